//! Gamma: mean mu, variance mu^2 sigma^2, shape 1 / sigma^2. Theory (24).

use crate::observation::Row;
use crate::observation::jet::{Number, Series};
use crate::observation::means::MeanLink;
use crate::observation::parts::Parts;
use crate::observation::rising::ln_1p_less;
use crate::observation::special::ln_gamma;

/// Channels: mean, log sigma.
#[derive(Clone, Copy)]
pub struct Gamma {
    pub link: MeanLink,
}

/// A larger distance from the mean overflows with the shape.
const LARGEST: f64 = 1e150;
/// Shapes from here on use Stirling's series.
const ASYMPTOTIC: f64 = 30.0;

impl Parts for Gamma {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -row.y.ln()
    }

    /// -shape (r - 1 - log r), r = y / mu: the part that vanishes at the mean.
    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.link.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let distance = match self.link {
            MeanLink::Log => (-(eta[0] - row.y.ln())).chain(exp_less),
            MeanLink::Inverse => (eta[0] * row.y).chain(less_ln),
            _ => (self.link.mean(eta[0]).recip() * row.y).chain(less_ln),
        };
        if distance.value() > LARGEST {
            return N::constant(f64::NEG_INFINITY);
        }
        -(shape_of(eta[1]).exp() * distance)
    }

    /// shape log(shape) - shape - log Gamma(shape).
    #[inline]
    fn without_mean<N: Number>(&self, _row: Row, eta: &[N]) -> N {
        shape_of(eta[1]).chain(normalised)
    }
}

/// log shape, held where its exponential can be multiplied by others.
#[inline(always)]
fn shape_of<N: Number>(ln_sigma: N) -> N {
    ln_sigma.chain(|a| {
        let value = -2.0 * a;
        let slope = if value.abs() < 300.0 { -2.0 } else { 0.0 };
        [value.clamp(-300.0, 300.0), slope, 0.0, 0.0]
    })
}

/// e^x - 1 - x, for x up to 300 and beyond that the value there.
#[inline]
pub fn exp_less(x: f64) -> Series {
    let x = x.min(300.0);
    let e = x.exp();
    if x.abs() > 0.1 {
        return [e - 1.0 - x, e - 1.0, e, e];
    }
    // x^2 / 2 (1 + x / 3 (1 + x / 4 ..)).
    let mut sum = 1.0;
    for k in (3..=12).rev() {
        sum = 1.0 + sum * x / f64::from(k);
    }
    [0.5 * x * x * sum, x.exp_m1(), e, e]
}

/// r - 1 - log r, r > 0.
#[inline]
fn less_ln(r: f64) -> Series {
    let (u, inverse) = (r - 1.0, 1.0 / r);
    let value = if u.abs() < 0.2 { -ln_1p_less(u) } else { u - r.ln() };
    let square = inverse * inverse;
    [value, u * inverse, square, -2.0 * square * inverse]
}

/// k log k - k - log Gamma(k) and its derivatives by log k.
fn normalised(ln_shape: f64) -> Series {
    let k = ln_shape.exp();
    if k < 1e-8 {
        // log Gamma(k) = -log k - 0.577 k.
        const EULER: f64 = 0.577_215_664_901_532_9;
        let rest = k * (ln_shape - 1.0 + EULER);
        return [ln_shape + rest, 1.0 + rest + k, rest + 2.0 * k, rest + 3.0 * k];
    }
    if k < ASYMPTOTIC {
        let [value, psi, psi1, psi2] = ln_gamma(k);
        let (d1, d2, d3) = (k * (ln_shape - psi), k * (1.0 - k * psi1), -k * k * k * psi2);
        // By log k: first k g', then the products below.
        return [k * ln_shape - k - value, d1, d1 + d2, d1 + 3.0 * d2 + (d3 - k)];
    }
    let r = 1.0 / (k * k);
    const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
    // Terms c_j k^-(2j + 1); each derivative multiplies by the power.
    let terms = [-1.0 / 12.0, 1.0 / 360.0, -1.0 / 1260.0, 1.0 / 1680.0, -1.0 / 1188.0];
    let mut series = [0.5 * ln_shape - HALF_LN_2_PI, 0.5, 0.0, 0.0];
    let mut power = 1.0 / k;
    for (j, coefficient) in terms.iter().enumerate() {
        let mut term = coefficient * power;
        for entry in &mut series {
            *entry += term;
            term *= -(2.0 * j as f64 + 1.0);
        }
        power *= r;
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::observation::checks::{density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::parts::ByParts;
    use crate::observation::parts::tests::Whole;

    const LINKS: [MeanLink; 3] = [MeanLink::Log, MeanLink::Inverse, MeanLink::Identity];

    fn model(link: MeanLink) -> Whole {
        Whole(Box::new(ByParts::new(Gamma { link })))
    }

    #[test]
    fn derivatives_match_differences() {
        for link in LINKS {
            let model = model(link);
            for y in [1e-6, 0.8, 40.0, 1e8] {
                let row = Row { y, trials: 1.0 };
                let is_checked = |e: &f64| e.abs() < 10.0 && (link == MeanLink::Log || *e > 0.2);
                for eta in grid().into_iter().filter(is_checked) {
                    for a in [-6.0, -1.69, -0.4, 1.2, 8.0, 11.0] {
                        derivatives_above(1e-2 * y + 1.0, &model, row, &[eta, a], 1);
                    }
                    derivatives_above(1e-2 * y + 1.0, &model, row, &[eta, 0.3], 2);
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
            assert!(((-2500..800).map(each).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
