//! From the names of a family and its link to its observation model.

use crate::observation::adjacent::adjacent;
use crate::observation::beta::Beta;
use crate::observation::beta_binomial::BetaBinomial;
use crate::observation::binomial::Binomial;
use crate::observation::continuation::Continuation;
use crate::observation::cumulative::Cumulative;
use crate::observation::gamma::Gamma;
use crate::observation::gaussian::{Gaussian, Lognormal};
use crate::observation::hurdle::Hurdle;
use crate::observation::inverse_gaussian::InverseGaussian;
use crate::observation::means::MeanLink;
use crate::observation::multinomial::multinomial;
use crate::observation::negative_binomial::{Nbinom1, Nbinom2};
use crate::observation::parts::ByParts;
use crate::observation::poisson::Poisson;
use crate::observation::student::Student;
use crate::observation::tails::Link;
use crate::observation::tweedie::Tweedie;
use crate::observation::zero_inflated::ZeroInflated;
use crate::observation::{Jetted, Observation};

/// The model of a family, or none for names that do not go together.
///
/// `categories` counts the categories of ordered and nominal families, two or more.
pub fn build(name: &str, link: &str, categories: usize) -> Option<Box<dyn Observation>> {
    probabilities(name, link)
        .or_else(|| of_categories(name, link, categories))
        .or_else(|| counts(name, MeanLink::named(link)?))
        .or_else(|| measurements(name, MeanLink::named(link)?))
}

/// Models of counts, alone ("poisson"), with structural zeros ("zero:poisson"), behind a hurdle.
fn counts(name: &str, link: MeanLink) -> Option<Box<dyn Observation>> {
    if link == MeanLink::Inverse {
        return None;
    }
    let (poisson, nbinom2, nbinom1) = (Poisson { link }, Nbinom2 { link }, Nbinom1 { link });
    Some(match name {
        "poisson" => Poisson::observation(link),
        "nbinom2" => Nbinom2::observation(link),
        "nbinom1" => Nbinom1::observation(link),
        "zero:poisson" => ZeroInflated::observation(poisson),
        "zero:nbinom2" => ZeroInflated::observation(nbinom2),
        "zero:nbinom1" => ZeroInflated::observation(nbinom1),
        "hurdle:poisson" => Hurdle::observation(poisson),
        "hurdle:nbinom2" => Hurdle::observation(nbinom2),
        "hurdle:nbinom1" => Hurdle::observation(nbinom1),
        _ => return None,
    })
}

/// Models of real and positive values.
fn measurements(name: &str, link: MeanLink) -> Option<Box<dyn Observation>> {
    let is_root = link == MeanLink::Sqrt;
    Some(match (name, link) {
        ("gaussian", _) => Box::new(ByParts::new(Gaussian { link })),
        ("gamma", _) if !is_root => Box::new(ByParts::new(Gamma { link })),
        ("inverse_gaussian", _) if !is_root => Box::new(ByParts::new(InverseGaussian { link })),
        ("student", MeanLink::Identity | MeanLink::Log) => Box::new(ByParts::new(Student { link })),
        ("lognormal", MeanLink::Identity) => Box::new(ByParts::new(Lognormal)),
        ("tweedie", MeanLink::Log) => Box::new(ByParts::new(Tweedie)),
        _ => return None,
    })
}

/// Models of a probability.
fn probabilities(name: &str, link: &str) -> Option<Box<dyn Observation>> {
    let link = Link::named(link)?;
    Some(match name {
        "binomial" => Box::new(Binomial { link }),
        "betabinomial" => Box::new(Jetted(BetaBinomial { link })),
        "beta" if !matches!(link, Link::Loglog | Link::Cauchit) => Box::new(Jetted(Beta { link })),
        _ => return None,
    })
}

/// Models of ordered and nominal categories.
fn of_categories(name: &str, link: &str, categories: usize) -> Option<Box<dyn Observation>> {
    let link = Link::named(link).filter(|_| categories > 1)?;
    Some(match name {
        "cumulative" => Box::new(Cumulative { link, categories, has_scale: false }),
        "cumulative:scale" => Box::new(Cumulative { link, categories, has_scale: true }),
        "continuation" => Box::new(Continuation { link, categories }),
        "adjacent" if link == Link::Logit => Box::new(adjacent(categories)),
        "multinomial" if link == Link::Logit => Box::new(multinomial(categories)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_their_channels() {
        let channels = |name, link, j| build(name, link, j).map(|model| model.channels());
        assert!(channels("binomial", "cauchit", 0) == Some(1));
        assert!(channels("betabinomial", "loglog", 0) == Some(2));
        assert!(channels("beta", "cloglog", 0) == Some(2));
        assert!(channels("cumulative", "probit", 4) == Some(4));
        assert!(channels("cumulative:scale", "probit", 4) == Some(5));
        assert!(channels("adjacent", "logit", 4) == Some(4));
        assert!(channels("multinomial", "logit", 4) == Some(3));
        assert!(channels("continuation", "cloglog", 4) == Some(4));
    }

    #[test]
    fn counts_and_measurements_have_theirs() {
        let channels = |name, link| build(name, link, 0).map(|model| model.channels());
        assert!(channels("poisson", "sqrt") == Some(1));
        assert!(channels("zero:nbinom1", "log") == Some(3));
        assert!(channels("hurdle:poisson", "identity") == Some(2));
        assert!(channels("gaussian", "inverse") == Some(2));
        assert!(channels("tweedie", "log") == Some(3));
        assert!(channels("gamma", "sqrt").is_none());
        assert!(channels("poisson", "inverse").is_none());
    }

    #[test]
    fn names_that_do_not_go_together_give_nothing() {
        assert!(build("binomial", "log", 0).is_none());
        assert!(build("beta", "loglog", 0).is_none());
        assert!(build("adjacent", "probit", 4).is_none());
        assert!(build("multinomial", "logit", 1).is_none());
    }
}
