//! Counts behind a hurdle: P(0) = pi, P(y) = (1 - pi) f(y) / (1 - f(0)). Theory (29).

use crate::observation::jet::Number;
use crate::observation::negative_binomial::Count;
use crate::observation::special::softplus;
use crate::observation::tails::Link;
use crate::observation::zero_inflated::apart;
use crate::observation::{Density, Jetted, Observation, Row};

/// A count family with channels mean, hurdle (logit of pi), then the family's own.
#[derive(Clone, Copy)]
pub struct Hurdle<D>(pub D);

impl<D: Count + 'static> Hurdle<D> {
    /// The observation model of a family.
    pub fn observation(base: D) -> Box<dyn Observation> {
        Box::new(Jetted(Self(base)))
    }
}

impl<D: Count> Density for Hurdle<D> {
    fn channels(&self) -> usize {
        self.0.channels() + 1
    }

    fn constant(&self, row: Row) -> f64 {
        if row.y > 0.0 { self.0.constant(row) } else { 0.0 }
    }

    #[inline]
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.0.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let (hurdle, own) = apart(eta);
        if row.y == 0.0 {
            return -(-hurdle).chain(softplus);
        }
        let own = &own[..self.0.channels()];
        // 1 - f(0) = 1 - exp(-e^u), u = log(-log f(0)): nothing cancels where f(0) is near 1.
        let above = self.0.ln_minus_ln_zero(own).chain(|u| Link::Cloglog.ln_below(u));
        let base = self.0.log_density(row, own);
        base - above - hurdle.chain(softplus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Need;
    use crate::observation::checks::{at, density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::means::MeanLink;
    use crate::observation::negative_binomial::{Nbinom1, Nbinom2};
    use crate::observation::poisson::Poisson;

    fn models(link: MeanLink) -> [(Box<dyn Observation>, Vec<f64>); 3] {
        [
            (Hurdle::observation(Poisson { link }), vec![]),
            (Hurdle::observation(Nbinom2 { link }), vec![0.4]),
            (Hurdle::observation(Nbinom1 { link }), vec![-0.3]),
        ]
    }

    fn with(mean: f64, hurdle: f64, own: &[f64]) -> Vec<f64> {
        [&[mean, hurdle], own].concat()
    }

    #[test]
    fn derivatives_match_differences() {
        for link in [MeanLink::Log, MeanLink::Sqrt, MeanLink::Identity] {
            for (model, own) in models(link) {
                for y in [0.0, 1.0, 7.0, 1e3] {
                    let row = Row { y, trials: 1.0 };
                    let is_checked =
                        |e: &f64| e.abs() < 10.0 && (link == MeanLink::Log || *e > 0.2);
                    for eta in grid().into_iter().filter(is_checked) {
                        for hurdle in [-6.0, 0.2, 5.0] {
                            derivatives_above(
                                50.0 + 10.0 * y,
                                &*model,
                                row,
                                &with(eta, hurdle, &own),
                                1,
                            );
                            derivatives_above(
                                50.0 + 10.0 * y,
                                &*model,
                                row,
                                &with(eta, hurdle, &own),
                                2,
                            );
                        }
                    }
                    for eta in far() {
                        numbers(&*model, row, &with(eta, 0.3, &own), 2);
                        numbers(&*model, row, &with(0.3, eta, &own), 2);
                        numbers(&*model, Row { y: 1e8 * y, ..row }, &with(eta, 0.3, &own), 2);
                    }
                }
                weights(&*model, 2.0, 1.0, &with(0.7, -0.4, &own), 2);
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for (model, own) in models(MeanLink::Log) {
            for mean in [-30.0, -3.0, 1.3] {
                let eta = with(mean, 0.4, &own);
                let each = |y| density(&*model, Row { y: f64::from(y), trials: 1.0 }, &eta);
                assert!(((0..600).map(each).sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    /// A positive count of a vanishing mean is 1: its truncated probability is 1 - mu / 2.
    #[test]
    fn small_means_lose_no_digits() {
        let model = Hurdle::observation(Poisson { link: MeanLink::Log });
        let one = Row { y: 1.0, trials: 1.0 };
        let out = at(&*model, one, &[-18.0, -800.0], 1, Need::Gradient);
        let half = 0.5 * (-18.0_f64).exp();
        for derivative in [out.d1(0, 0), out.d2(0, 0, 0), out.d3(0, 0, 0, 0)] {
            assert!((derivative + half).abs() < 1e-6 * half, "{derivative}");
        }
    }
}
