//! From the names of a family and its link to its observation model.

use crate::observation::adjacent::adjacent;
use crate::observation::beta::Beta;
use crate::observation::beta_binomial::BetaBinomial;
use crate::observation::binomial::Binomial;
use crate::observation::continuation::Continuation;
use crate::observation::cumulative::Cumulative;
use crate::observation::multinomial::multinomial;
use crate::observation::tails::Link;
use crate::observation::{Jetted, Observation};

/// The model of a family, or none for names that do not go together.
///
/// `categories` counts the categories of ordered and nominal families, two or more.
pub fn build(name: &str, link: &str, categories: usize) -> Option<Box<dyn Observation>> {
    probabilities(name, link).or_else(|| of_categories(name, link, categories))
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
    fn names_that_do_not_go_together_give_nothing() {
        assert!(build("binomial", "log", 0).is_none());
        assert!(build("beta", "loglog", 0).is_none());
        assert!(build("adjacent", "probit", 4).is_none());
        assert!(build("multinomial", "logit", 1).is_none());
    }
}
