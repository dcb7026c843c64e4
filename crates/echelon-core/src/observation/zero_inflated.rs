//! Counts with structural zeros: P(0) = pi + (1 - pi) f(0), P(y) = (1 - pi) f(y). Theory (29).

use crate::observation::jet::Number;
use crate::observation::negative_binomial::Count;
use crate::observation::special::softplus;
use crate::observation::{Density, Jetted, Observation, Row};

/// log f(0) and the logit of pi this far apart: the smaller adds nothing to P(0).
const NEGLIGIBLE: f64 = 750.0;

/// A count family with channels mean, zero (logit of pi), then the family's own.
#[derive(Clone, Copy)]
pub struct ZeroInflated<D>(pub D);

impl<D: Count + 'static> ZeroInflated<D> {
    /// The observation model of a family.
    pub fn observation(base: D) -> Box<dyn Observation> {
        Box::new(Jetted(Self(base)))
    }
}

impl<D: Count> Density for ZeroInflated<D> {
    fn channels(&self) -> usize {
        self.0.channels() + 1
    }

    fn constant(&self, row: Row) -> f64 {
        self.0.constant(row)
    }

    #[inline]
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.0.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let (zero, own) = apart(eta);
        let base = self.0.log_density(row, &own[..self.0.channels()]);
        if row.y > 0.0 {
            return base - zero.chain(softplus);
        }
        if base.value() < zero.value() - NEGLIGIBLE {
            return -(-zero).chain(softplus);
        }
        if base.value() > zero.value() + NEGLIGIBLE {
            return base - zero.chain(softplus);
        }
        // log(pi (1 + e^(base - zero))), or the same from the other side.
        if base.value() < zero.value() {
            (base - zero).chain(softplus) - (-zero).chain(softplus)
        } else {
            base + (zero - base).chain(softplus) - zero.chain(softplus)
        }
    }
}

/// The second channel, and the others in order.
#[inline(always)]
pub fn apart<N: Number>(eta: &[N]) -> (N, [N; 3]) {
    let mut own = [eta[0]; 3];
    own[1..].iter_mut().zip(&eta[2..]).for_each(|(to, from)| *to = *from);
    (eta[1], own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::means::MeanLink;
    use crate::observation::negative_binomial::{Nbinom1, Nbinom2};
    use crate::observation::poisson::Poisson;

    fn models(link: MeanLink) -> [(Box<dyn Observation>, Vec<f64>); 3] {
        [
            (ZeroInflated::observation(Poisson { link }), vec![]),
            (ZeroInflated::observation(Nbinom2 { link }), vec![0.4]),
            (ZeroInflated::observation(Nbinom1 { link }), vec![-0.3]),
        ]
    }

    fn with(mean: f64, zero: f64, own: &[f64]) -> Vec<f64> {
        [&[mean, zero], own].concat()
    }

    #[test]
    fn derivatives_match_differences() {
        for link in [MeanLink::Log, MeanLink::Sqrt, MeanLink::Identity] {
            for (model, own) in models(link) {
                for y in [0.0, 1.0, 7.0, 1e3] {
                    let row = Row { y, trials: 1.0 };
                    let is_checked =
                        |e: &f64| e.abs() < 10.0 && (link == MeanLink::Log || *e > 0.02);
                    for eta in grid().into_iter().filter(is_checked) {
                        for zero in [-6.0, 0.2, 5.0] {
                            derivatives_above(
                                50.0 + 10.0 * y,
                                &*model,
                                row,
                                &with(eta, zero, &own),
                                1,
                            );
                            derivatives_above(
                                50.0 + 10.0 * y,
                                &*model,
                                row,
                                &with(eta, zero, &own),
                                2,
                            );
                        }
                    }
                    for eta in far() {
                        for zero in far() {
                            numbers(&*model, row, &with(eta, zero, &own), 2);
                            numbers(&*model, Row { y: 1e8 * y, ..row }, &with(eta, zero, &own), 2);
                        }
                    }
                }
                weights(&*model, 0.0, 1.0, &with(0.7, -0.4, &own), 2);
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for (model, own) in models(MeanLink::Log) {
            let each =
                |y| density(&*model, Row { y: f64::from(y), trials: 1.0 }, &with(1.3, 0.4, &own));
            assert!(((0..600).map(each).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn without_structural_zeros_it_is_the_family() {
        let base = [
            Poisson::observation(MeanLink::Log),
            Nbinom2::observation(MeanLink::Log),
            Nbinom1::observation(MeanLink::Log),
        ];
        for ((model, own), base) in models(MeanLink::Log).iter().zip(base) {
            for y in [0.0, 4.0] {
                let row = Row { y, trials: 1.0 };
                let limit = density(&*base, row, &[&[0.8], &own[..]].concat());
                let value = density(&**model, row, &with(0.8, -40.0, own));
                assert!((value - limit).abs() < 1e-14 * limit);
            }
        }
    }
}
