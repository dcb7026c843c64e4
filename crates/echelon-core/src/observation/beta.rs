//! Beta: proportions in (0, 1) with mean mu and variance mu (1 - mu) / (1 + phi).
//!
//! With a = mu phi, b = (1 - mu) phi and log Gamma(x) = x log x - x - log(x) / 2 + G(log x), the
//! large terms are gone: a log(y / mu) + b log((1 - y) / (1 - mu)) + (log a + log b - log phi) / 2
//! + G(log phi) - G(log a) - G(log b). Theory (24).

use crate::observation::beta_binomial::{held, held_log};
use crate::observation::jet::{Number, Series};
use crate::observation::special::{digamma, tetragamma, trigamma};
use crate::observation::tails::Link;
use crate::observation::{Density, Row};

/// See the module. Channels: the mean's, log phi.
pub struct Beta {
    pub link: Link,
}

impl Density for Beta {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -row.y.ln() - (-row.y).ln_1p()
    }

    #[inline]
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let (mean, ln_phi) = (eta[0].chain(held), eta[1].chain(held_log));
        let ln_mu = mean.chain(|x| self.link.ln_below(x));
        let ln_nu = mean.chain(|x| self.link.ln_above(x));
        let (ln_a, ln_b) = (ln_mu + ln_phi, ln_nu + ln_phi);
        let distance =
            ln_a.exp() * (-ln_mu + row.y.ln()) + ln_b.exp() * (-ln_nu + (-row.y).ln_1p());
        let spread = (ln_mu + ln_nu + ln_phi) * 0.5;
        distance + spread + ln_phi.chain(rest) - ln_a.chain(rest) - ln_b.chain(rest)
    }
}

/// B_2k / (2k (2k - 1)), k = 1, 2, ...: Stirling's series.
const STIRLING: [f64; 7] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
];

/// G(log x) = log Gamma(x) - x log x + x + log(x) / 2, derivatives by log x.
fn rest(ln_x: f64) -> Series {
    const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
    if ln_x < -100.0 {
        return [-0.5 * ln_x, -0.5, 0.0, 0.0];
    }
    let x = ln_x.exp();
    if x < 12.0 {
        return rest_of_small(x, ln_x);
    }
    let r = 1.0 / x;
    let (mut sums, mut power) = ([HALF_LN_2_PI, 0.0, 0.0, 0.0], r);
    for (k, coefficient) in STIRLING.iter().enumerate() {
        let (degree, mut term) = (-((2 * k + 1) as f64), coefficient * power);
        for sum in &mut sums {
            *sum += term;
            term *= degree;
        }
        power *= r * r;
    }
    sums
}

fn rest_of_small(x: f64, ln_x: f64) -> Series {
    let (p0, p1, p2) = (x * (digamma(x) - ln_x), x * x * trigamma(x), x * x * x * tetragamma(x));
    let value = libm::lgamma(x) - x * ln_x + x + 0.5 * ln_x;
    [value, p0 + 0.5, p0 + p1 - x, p0 + 3.0 * p1 + p2 - 2.0 * x]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Jetted, checks};

    const LINKS: [Link; 3] = [Link::Logit, Link::Probit, Link::Cloglog];

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for model in LINKS.map(|link| Jetted(Beta { link })) {
            for y in [1e-12, 0.02, 0.5, 0.93, 1.0 - 1e-12] {
                let row = Row { y, trials: 1.0 };
                for ln_phi in [-6.0f64, -1.0, 0.7, 4.0, 12.0] {
                    for x in [-8.0, -3.0, -1.2, 0.03, 1.7, 3.1, 5.2] {
                        let unit = 10.0 + 100.0 * ln_phi.exp();
                        checks::derivatives_above(unit, &model, row, &[x, ln_phi], 1);
                    }
                }
                for x in checks::far() {
                    for ln_phi in [-1e300, -700.0, -40.0, 0.0, 40.0, 700.0, 1e300] {
                        checks::numbers(&model, row, &[x, ln_phi], 1);
                    }
                }
            }
        }
    }

    #[test]
    fn density_integrates_to_one_with_the_variance_of_the_definition() {
        let model = Jetted(Beta { link: Link::Logit });
        let (x, phi) = (0.4f64, 7.5f64);
        let mu = 1.0 / (1.0 + (-x).exp());
        let density = |y| checks::density(&model, Row { y, trials: 1.0 }, &[x, phi.ln()]);
        // Midpoints of y = sin^2(t), which flattens both ends.
        let n = 4000;
        let (mut total, mut variance) = (0.0, 0.0);
        for i in 0..n {
            let t = (f64::from(i) + 0.5) / f64::from(n) * std::f64::consts::FRAC_PI_2;
            let (y, slope) = (t.sin().powi(2), (2.0 * t).sin());
            let mass = density(y) * slope * std::f64::consts::FRAC_PI_2 / f64::from(n);
            total += mass;
            variance += mass * (y - mu).powi(2);
        }
        assert!((total - 1.0).abs() < 1e-8);
        assert!((variance - mu * (1.0 - mu) / (1.0 + phi)).abs() < 1e-8);
    }

    #[test]
    fn the_rest_is_continuous() {
        let (below, above) = (rest(12.0f64.ln() - 1e-12), rest(12.0f64.ln() + 1e-12));
        assert!(below.iter().zip(&above).all(|(a, b)| (a - b).abs() < 1e-12));
        let (below, above) = (rest(-99.999), rest(-100.001));
        assert!((below[0] - above[0]).abs() < 2e-3 && below[2].abs() < 1e-14);
    }
}
