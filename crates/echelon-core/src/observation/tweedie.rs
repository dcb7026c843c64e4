//! Tweedie with a power between 1 and 2: mass at zero, a density above. Theory (24).
//!
//! log f = -(y mu^(1-p) / (p-1) + mu^(2-p) / (2-p)) / phi + log of the series of Dunn & Smyth
//! (2005), which has no mean in it.

use crate::observation::Row;
use crate::observation::jet::{Number, Series};
use crate::observation::parts::Parts;
use crate::observation::special::{ln_gamma, softplus};

/// The log mean, log phi and the logit of p - 1 are held within these bounds.
const LARGEST_LN_MEAN: f64 = 300.0;
const LARGEST_LN_PHI: f64 = 60.0;
const LARGEST_LOGIT: f64 = 12.0;
/// Terms below e^-this of the largest are left out.
const NEGLIGIBLE: f64 = 40.0;
/// Terms spread wider than this are taken in steps of half their spread: for terms so close to a
/// normal curve, the sum by the trapezoid rule is exact to the last place.
const WIDE: f64 = 8.0;
/// From here on, y^(2-p) / phi, the saddlepoint is nearer than the rounding of the terms.
const SADDLE: f64 = 1e8;
/// No more terms on either side. By the two rules above, 90 are enough.
const MOST_TERMS: usize = 200;

/// Log link; channels: mean, log phi, logit of p - 1.
#[derive(Clone, Copy)]
pub struct Tweedie;

impl Parts for Tweedie {
    fn channels(&self) -> usize {
        3
    }

    fn constant(&self, row: Row) -> f64 {
        if row.y > 0.0 { -row.y.ln() } else { 0.0 }
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let ln_mean = eta[0].chain(|x| bounded(x, LARGEST_LN_MEAN));
        let power = Power::new(eta);
        let above = power.ln_below_two.exp() * ln_mean - power.ln_phi - power.ln_below_two;
        let zero = -above.exp();
        if row.y == 0.0 {
            return zero;
        }
        let below = -(power.ln_above_one.exp() * ln_mean) - power.ln_phi - power.ln_above_one;
        zero - below.exp() * row.y
    }

    fn without_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if row.y == 0.0 {
            return N::constant(0.0);
        }
        ln_series(row.y.ln(), &Power::new(eta))
    }
}

/// phi and the power, as logarithms of phi, p - 1 and 2 - p.
struct Power<N> {
    ln_phi: N,
    logit: N,
    ln_above_one: N,
    ln_below_two: N,
}

impl<N: Number> Power<N> {
    #[inline(always)]
    fn new(eta: &[N]) -> Self {
        let logit = eta[2].chain(|x| bounded(x, LARGEST_LOGIT));
        Self {
            ln_phi: eta[1].chain(|x| bounded(x, LARGEST_LN_PHI)),
            logit,
            ln_above_one: -(-logit).chain(softplus),
            ln_below_two: -logit.chain(softplus),
        }
    }
}

/// log of the sum over j of exp(j slope) / (j! Gamma(j alpha)), alpha = (2 - p) / (p - 1).
fn ln_series<N: Number>(ln_y: f64, power: &Power<N>) -> N {
    let alpha = (-power.logit).exp();
    let slope =
        alpha * (-(power.ln_above_one + power.ln_phi) + ln_y) - power.ln_phi - power.ln_below_two;
    let term = |j: f64| slope * j - (alpha * j).chain(ln_gamma) - libm::lgamma(j + 1.0);
    let plain =
        |j: f64| slope.value() * j - libm::lgamma(alpha.value() * j) - libm::lgamma(j + 1.0);
    let below_two = power.ln_below_two.value();
    let mode = (below_two.exp() * ln_y - power.ln_phi.value() - below_two).exp();
    let centre = mode.clamp(1.0, 1e15).round();
    let spread = (centre / (1.0 + alpha.value())).sqrt();
    let step = if spread > WIDE { (0.5 * spread).floor() } else { 1.0 };
    if spread > 1e3 && mode * below_two.exp() > SADDLE {
        return saddle(ln_y, power);
    }
    let (top, most) = (term(centre), plain(centre));
    // Relative to the largest term, derivatives too: large j would cancel otherwise.
    let mut sum = N::constant(1.0);
    for sign in [-1.0, 1.0] {
        for k in 1..=MOST_TERMS {
            let j = centre + sign * step * k as f64;
            if j < 1.0 || plain(j) < most - NEGLIGIBLE {
                break;
            }
            sum = sum + (term(j) - top).exp();
        }
    }
    top + sum.ln() + step.ln()
}

/// The series by the saddlepoint: a density at its own mean of (2 pi phi y^p)^(-1/2).
fn saddle<N: Number>(ln_y: f64, power: &Power<N>) -> N {
    let (above, below) = (power.ln_above_one, power.ln_below_two);
    let peak = (below.exp() * ln_y - power.ln_phi - above - below).exp();
    let variance = power.ln_phi + (above.exp() + 1.0) * ln_y;
    peak - (variance + std::f64::consts::TAU.ln()) * 0.5 + ln_y
}

/// A bounded predictor.
#[inline(always)]
fn bounded(x: f64, bound: f64) -> Series {
    let inside = if x.abs() < bound { 1.0 } else { 0.0 };
    [x.clamp(-bound, bound), inside, 0.0, 0.0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::parts::ByParts;
    use crate::observation::parts::tests::Whole;

    fn model() -> Whole {
        Whole(Box::new(ByParts::new(Tweedie)))
    }

    #[test]
    fn derivatives_match_differences() {
        let model = model();
        for y in [0.0, 1e-6, 0.8, 40.0] {
            let row = Row { y, trials: 1.0 };
            for eta in grid().into_iter().filter(|e| e.abs() < 6.0) {
                for (a, p) in [(-2.0, 0.4), (0.3, -1.5), (2.0, 1.5)] {
                    derivatives_above(100.0, &model, row, &[eta, a, p], 1);
                }
                derivatives_above(100.0, &model, row, &[eta, 0.3, 0.2], 2);
            }
            for (eta, a) in far().iter().flat_map(|e| far().into_iter().map(|a| (*e, a))) {
                numbers(&model, row, &[eta, a, 0.4], 1);
                numbers(&model, row, &[eta, 0.4, a], 1);
            }
        }
        weights(&model, 2.0, 1.0, &[0.7, 0.2, 0.1], 1);
    }

    #[test]
    fn mass_and_density_add_up_to_one() {
        let model = model();
        for (a, p) in [(0.3, 0.2), (-4.0, 0.2), (-7.0, 1.0), (0.5, -0.7)] {
            let eta = [0.7, a, p];
            let at = |y| density(&model, Row { y, trials: 1.0 }, &eta);
            let each = |i| {
                let y = (f64::from(i) * 0.002).exp();
                0.002 * y * at(y)
            };
            let total = at(0.0) + (-20_000..2600).map(each).sum::<f64>();
            assert!((total - 1.0).abs() < 1e-8, "{eta:?} {total}");
        }
    }

    /// Steps change nothing: against all terms one by one.
    #[test]
    fn steps_give_the_whole_sum() {
        for (y, ln_phi) in [(3.0_f64, -6.0), (50.0, -9.0), (200.0, -3.0)] {
            let power = Power::new(&[0.0, ln_phi, 0.3]);
            let alpha = (-0.3_f64).exp();
            let slope =
                alpha * (y.ln() - power.ln_above_one - ln_phi) - ln_phi - power.ln_below_two;
            let term = |j: i32| {
                let j = f64::from(j);
                slope * j - libm::lgamma(alpha * j) - libm::lgamma(j + 1.0)
            };
            let most = (1..400_000).map(term).fold(f64::MIN, f64::max);
            let sum: f64 = (1..400_000).map(|j| (term(j) - most).exp()).sum();
            let exact = most + sum.ln();
            assert!((ln_series(y.ln(), &power) - exact).abs() < 1e-13 * most.abs() + 1e-11);
        }
    }
}
