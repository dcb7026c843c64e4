//! Gaussian with any link: mean mu, standard deviation sigma. Theory (24).

use crate::observation::Row;
use crate::observation::inverse_gaussian::precision;
use crate::observation::jet::Number;
use crate::observation::means::MeanLink;
use crate::observation::parts::Parts;

/// Half the logarithm of 2 pi.
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
/// The square of a larger residual overflows with the precision.
const LARGEST: f64 = 1e80;

/// Channels: mean, log sigma.
#[derive(Clone, Copy)]
pub struct Gaussian {
    pub link: MeanLink,
}

impl Parts for Gaussian {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, _row: Row) -> f64 {
        -HALF_LN_2_PI
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let residual = self.link.mean(eta[0]) - row.y;
        // Also where the inverse link is asked at zero.
        if residual.value().is_nan() || residual.value().abs() > LARGEST {
            return N::constant(f64::NEG_INFINITY);
        }
        residual.square() * precision(eta[1]) * -0.5
    }

    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, eta: &[N]) -> N {
        -eta[1]
    }
}

/// Log-normal: log y is Gaussian. Channels: mean of log y, log sigma.
#[derive(Clone, Copy)]
pub struct Lognormal;

impl Parts for Lognormal {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -HALF_LN_2_PI - row.y.ln()
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let y = row.y.ln();
        Gaussian { link: MeanLink::Identity }.with_mean(Row { y, ..row }, eta)
    }

    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, eta: &[N]) -> N {
        -eta[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::parts::ByParts;
    use crate::observation::parts::tests::Whole;

    fn models() -> [Whole; 5] {
        let gaussian = |link| Whole(Box::new(ByParts::new(Gaussian { link })));
        [
            gaussian(MeanLink::Identity),
            gaussian(MeanLink::Log),
            gaussian(MeanLink::Inverse),
            gaussian(MeanLink::Sqrt),
            Whole(Box::new(ByParts::new(Lognormal))),
        ]
    }

    #[test]
    fn derivatives_match_differences() {
        for model in models() {
            for y in [1e-6, 0.8, 40.0, 1e8] {
                let row = Row { y, trials: 1.0 };
                for eta in grid().into_iter().filter(|e| e.abs() < 6.0 && e.abs() > 0.2) {
                    for a in [-6.0, -0.4, 1.2, 11.0] {
                        derivatives_above(1.0, &model, row, &[eta, a], 1);
                    }
                    derivatives_above(1.0, &model, row, &[eta, 0.3], 2);
                }
                for (eta, a) in far().iter().flat_map(|e| far().into_iter().map(|a| (*e, a))) {
                    numbers(&model, row, &[eta, a], 1);
                }
            }
            weights(&model, 2.0, 1.0, &[0.7, 0.2], 1);
        }
    }

    #[test]
    fn densities_integrate_to_one() {
        let [models @ .., lognormal] = models();
        for model in models {
            let each = |i| {
                let y = f64::from(i) * 0.01;
                0.01 * density(&model, Row { y, trials: 1.0 }, &[0.7, -0.3])
            };
            assert!(((-1000..1200).map(each).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let each = |i| {
            let y = (f64::from(i) * 0.01).exp();
            0.01 * y * density(&lognormal, Row { y, trials: 1.0 }, &[0.7, -0.3])
        };
        assert!(((-1000..1200).map(each).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
