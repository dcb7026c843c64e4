//! Inverse Gaussian: mean mu, variance mu^3 sigma^2. Theory (24).

use crate::observation::Row;
use crate::observation::jet::{Number, Series};
use crate::observation::means::MeanLink;
use crate::observation::parts::Parts;

/// Channels: mean, log sigma.
#[derive(Clone, Copy)]
pub struct InverseGaussian {
    pub link: MeanLink,
}

/// The square of a larger distance overflows with the precision.
const LARGEST: f64 = 1e80;

impl Parts for InverseGaussian {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
        -HALF_LN_2_PI - 1.5 * row.y.ln()
    }

    /// -(y - mu)^2 / (2 sigma^2 mu^2 y), as -(y / mu - 1)^2 / (2 y sigma^2).
    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.link.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let distance = match self.link {
            MeanLink::Log => (-(eta[0] - row.y.ln())).chain(exp_m1),
            MeanLink::Inverse => eta[0] * row.y - 1.0,
            _ => self.link.mean(eta[0]).recip() * row.y - 1.0,
        };
        if distance.value().abs() > LARGEST {
            return N::constant(f64::NEG_INFINITY);
        }
        -(distance.square() * precision(eta[1])) * (0.5 / row.y)
    }

    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, eta: &[N]) -> N {
        -eta[1]
    }
}

/// 1 / sigma^2, held where it can be multiplied by others.
#[inline(always)]
pub fn precision<N: Number>(ln_sigma: N) -> N {
    ln_sigma.chain(|a| {
        let value = (-2.0 * a).clamp(-300.0, 300.0).exp();
        let slope = if a.abs() < 150.0 { -2.0 } else { 0.0 };
        [value, slope * value, slope * slope * value, slope * slope * slope * value]
    })
}

/// e^x - 1, for x up to 190 and beyond that the value there.
#[inline(always)]
fn exp_m1(x: f64) -> Series {
    let x = x.min(190.0);
    let e = x.exp();
    [x.exp_m1(), e, e, e]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::observation::checks::{density, derivatives, far, grid, numbers, weights};
    use crate::observation::parts::ByParts;
    use crate::observation::parts::tests::Whole;

    const LINKS: [MeanLink; 3] = [MeanLink::Log, MeanLink::Inverse, MeanLink::Identity];

    fn model(link: MeanLink) -> Whole {
        Whole(Box::new(ByParts::new(InverseGaussian { link })))
    }

    #[test]
    fn derivatives_match_differences() {
        for link in LINKS {
            let model = model(link);
            for y in [1e-6, 0.8, 40.0, 1e8] {
                let row = Row { y, trials: 1.0 };
                let is_checked = |e: &f64| e.abs() < 10.0 && (link == MeanLink::Log || *e > 0.2);
                for eta in grid().into_iter().filter(is_checked) {
                    for a in [-6.0, -0.4, 1.2, 11.0] {
                        derivatives(&model, row, &[eta, a], 1);
                    }
                    derivatives(&model, row, &[eta, 0.3], 2);
                }
                for (eta, a) in far().iter().flat_map(|e| far().into_iter().map(|a| (*e, a))) {
                    numbers(&model, row, &[eta, a], 1);
                }
            }
            weights(&model, 2.0, 1.0, &[0.7, 0.2], 1);
        }
    }

    #[test]
    fn density_integrates_to_one() {
        for link in LINKS {
            let model = model(link);
            assert!(model.channels() == 2);
            // By x = log y.
            let each = |i| {
                let y = (f64::from(i) * 0.01).exp();
                0.01 * y * density(&model, Row { y, trials: 1.0 }, &[0.7, -0.3])
            };
            assert!(((-1000..1200).map(each).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
