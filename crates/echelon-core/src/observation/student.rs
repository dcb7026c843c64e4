//! Student's t: location mu, scale sigma, nu degrees of freedom. Theory (24).

use crate::observation::Row;
use crate::observation::jet::{Number, Series};
use crate::observation::means::MeanLink;
use crate::observation::negative_binomial::ln_1p;
use crate::observation::parts::Parts;
use crate::observation::rising::ln_rising;

/// log sigma and log nu are held within these bounds.
const LARGEST_LOG: f64 = 60.0;
/// A larger z / sqrt(nu) overflows when it is cubed.
const LARGEST: f64 = 1e50;

/// Channels: location, log sigma, log nu.
#[derive(Clone, Copy)]
pub struct Student {
    pub link: MeanLink,
}

impl Parts for Student {
    fn channels(&self) -> usize {
        3
    }

    fn constant(&self, _row: Row) -> f64 {
        const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
        -HALF_LN_2_PI
    }

    /// -(nu + 1) / 2 log(1 + z^2 / nu), z = (y - mu) / sigma.
    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let ln_nu = eta[2].chain(bounded);
        let residual = self.link.mean(eta[0]) - row.y;
        let scale = (-(eta[1].chain(bounded) + ln_nu * 0.5)).exp();
        // Written so that a NaN is outside too.
        let is_inside =
            residual.value().abs() < LARGEST && (residual.value() * scale.value()).abs() < LARGEST;
        if !is_inside {
            return N::constant(f64::NEG_INFINITY);
        }
        let ratio = residual * scale;
        (ln_nu.exp() + 1.0) * ratio.square().chain(ln_1p) * -0.5
    }

    /// log Gamma((nu + 1) / 2) - log Gamma(nu / 2) - log(nu / 2) / 2 - log sigma.
    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, eta: &[N]) -> N {
        let ln_half = eta[2].chain(bounded) - std::f64::consts::LN_2;
        ln_half.chain(|a| ln_rising(0.5, a)) - eta[1].chain(bounded)
    }
}

/// The bounded logarithm of a parameter.
#[inline(always)]
fn bounded(x: f64) -> Series {
    let inside = if x.abs() < LARGEST_LOG { 1.0 } else { 0.0 };
    [x.clamp(-LARGEST_LOG, LARGEST_LOG), inside, 0.0, 0.0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::gaussian::Gaussian;
    use crate::observation::parts::ByParts;
    use crate::observation::parts::tests::Whole;

    fn models() -> [Whole; 2] {
        [MeanLink::Identity, MeanLink::Log]
            .map(|link| Whole(Box::new(ByParts::new(Student { link }))))
    }

    #[test]
    fn derivatives_match_differences() {
        for model in models() {
            for y in [-3.0, 0.8, 40.0, 1e8] {
                let row = Row { y, trials: 1.0 };
                for eta in grid().into_iter().filter(|e| e.abs() < 6.0) {
                    for (a, nu) in [(-3.0, 1.0), (-0.4, -2.0), (1.2, 3.0), (11.0, 3.4)] {
                        derivatives_above(30.0, &model, row, &[eta, a, nu], 1);
                    }
                    derivatives_above(30.0, &model, row, &[eta, 0.3, 1.0], 2);
                }
                for (eta, a) in far().iter().flat_map(|e| far().into_iter().map(|a| (*e, a))) {
                    numbers(&model, row, &[eta, a, 0.4], 1);
                    numbers(&model, row, &[eta, 0.4, a], 1);
                    numbers(&model, row, &[0.4, eta, a], 1);
                }
            }
            weights(&model, 2.0, 1.0, &[0.7, 0.2, 1.1], 1);
        }
    }

    #[test]
    fn density_integrates_to_one() {
        for model in models() {
            // By x, y = sinh x.
            let each = |i| {
                let x = f64::from(i) * 0.01;
                let row = Row { y: x.sinh(), trials: 1.0 };
                0.01 * x.cosh() * density(&model, row, &[0.7, -0.3, 0.9])
            };
            assert!(((-2500..2500).map(each).sum::<f64>() - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn the_limit_is_gaussian() {
        let row = Row { y: 2.0, trials: 1.0 };
        let gaussian = ByParts::new(Gaussian { link: MeanLink::Identity });
        let limit = density(&gaussian, row, &[0.7, -0.3]);
        for model in models().iter().take(1) {
            let value = density(model, row, &[0.7, -0.3, 35.0]);
            assert!((value - limit).abs() < 1e-13 * limit);
        }
    }
}
