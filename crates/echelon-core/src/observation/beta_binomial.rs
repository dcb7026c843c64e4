//! Beta-binomial: successes in n trials whose probability is Beta(mu phi, (1 - mu) phi).
//!
//! Written as the binomial and three sums S of `rising.rs` that vanish as phi grows, so that
//! nothing cancels on the way to a binomial:
//! y log mu + (n - y) log(1 - mu) + S(y, mu phi) + S(n - y, (1 - mu) phi) - S(n, phi). Theory (24).

use crate::observation::jet::{Number, Series};
use crate::observation::rising::ln_rising;
use crate::observation::special::ln_choose;
use crate::observation::tails::Link;
use crate::observation::{Density, Row};

/// See the module. Channels: the mean's, log phi.
pub struct BetaBinomial {
    pub link: Link,
}

/// A probability's linear predictor held within 1e30, either side of zero.
#[inline(always)]
pub fn held(x: f64) -> Series {
    hold(x, 1e30)
}

/// log phi held within 200, either side of zero: its limits are long reached there.
#[inline(always)]
pub fn held_log(x: f64) -> Series {
    hold(x, 200.0)
}

#[inline(always)]
fn hold(x: f64, bound: f64) -> Series {
    if x.abs() > bound { [bound.copysign(x), 0.0, 0.0, 0.0] } else { [x, 1.0, 0.0, 0.0] }
}

impl Density for BetaBinomial {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        ln_choose(row.trials, row.y)
    }

    #[inline]
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N {
        let (mean, ln_phi) = (eta[0].chain(held), eta[1].chain(held_log));
        let mut sum = rising(row.trials, -1.0, ln_phi);
        if row.y > 0.0 {
            let ln_mu = mean.chain(|x| self.link.ln_below(x));
            sum = sum + ln_mu * row.y + rising(row.y, 1.0, ln_mu + ln_phi);
        }
        let failures = row.trials - row.y;
        if failures > 0.0 {
            let ln_nu = mean.chain(|x| self.link.ln_above(x));
            sum = sum + ln_nu * failures + rising(failures, 1.0, ln_nu + ln_phi);
        }
        sum
    }
}

/// `sign` S(count, size).
#[inline(always)]
fn rising<N: Number>(count: f64, sign: f64, ln_size: N) -> N {
    if count <= 1.0 {
        return N::constant(0.0);
    }
    ln_size.chain(|a| ln_rising(count, a)) * sign
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{self, LINKS};
    use crate::observation::{Jetted, Need};

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for link in LINKS {
            let model = Jetted(BetaBinomial { link });
            for (y, trials) in [(0.0, 1.0), (1.0, 1.0), (3.0, 10.0), (40.0, 40.0), (4e5, 1e6)] {
                let row = Row { y, trials };
                for ln_phi in [-6.0, -1.0, 0.7, 4.0, 12.0] {
                    for x in [-25.0, -5.1, -1.2, 0.03, 1.7, 3.1, 9.0, 25.0] {
                        // The sums S are of this size.
                        let size = link.ln_below(x)[0].abs() + link.ln_above(x)[0].abs();
                        let unit = (8.0 + 8.0 * trials) * (1.0 + size);
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
    fn densities_sum_to_one_with_the_variance_of_the_definition() {
        let model = Jetted(BetaBinomial { link: Link::Logit });
        let (n, x, phi) = (12.0, -0.4f64, 1.7f64);
        let mu = 1.0 / (1.0 + (-x).exp());
        let p = |y: f64| checks::density(&model, Row { y, trials: n }, &[x, phi.ln()]);
        let moment = |f: &dyn Fn(f64) -> f64| (0..=12).map(|y| f(y.into()) * p(y.into())).sum();
        let (total, variance): (f64, f64) = (moment(&|_| 1.0), moment(&|y| (y - n * mu).powi(2)));
        assert!((total - 1.0).abs() < 1e-13);
        let expected = n * mu * (1.0 - mu) * (1.0 + (n - 1.0) / (phi + 1.0));
        assert!((variance - expected).abs() < 1e-12 * expected);
    }

    #[test]
    fn the_limit_is_binomial() {
        use crate::observation::binomial::Binomial;
        let row = Row { y: 3.0, trials: 10.0 };
        let limit = checks::at(&Binomial { link: Link::Probit }, row, &[0.3], 1, Need::Newton);
        let model = Jetted(BetaBinomial { link: Link::Probit });
        let found = checks::at(&model, row, &[0.3, 40.0], 1, Need::Newton);
        assert!((found.value[0] - limit.value[0]).abs() < 1e-13);
        assert!((found.d2(0, 0, 0) - limit.d2(0, 0, 0)).abs() < 1e-12);
    }
}
