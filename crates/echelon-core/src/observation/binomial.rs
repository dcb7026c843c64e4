//! Binomial: y successes in n trials, P(success) = F(eta).
//!
//! The logit has a loop without branches, one exponential per row; the other links take log F and
//! log(1 - F) from `tails`. Theory (24).

use crate::observation::rows::{BLOCK, exp_neg, ln_1p, part};
use crate::observation::special::ln_choose;
use crate::observation::tails::Link;
use crate::observation::{Derivatives, Need, Observation, Row, Rows};

/// See the module. Channel: the mean's.
pub struct Binomial {
    pub link: Link,
}

impl Observation for Binomial {
    fn channels(&self) -> usize {
        1
    }

    fn constant(&self, row: Row) -> f64 {
        ln_choose(row.trials, row.y)
    }

    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    ) {
        let n = rows.y.len();
        out.resize(n, 1, active);
        let has_third = need == Need::Gradient && active > 0;
        for from in (0..n).step_by(BLOCK) {
            let to = n.min(from + BLOCK);
            let input = Input {
                y: &rows.y[from..to],
                trials: part(rows.trials, from, to),
                weights: part(rows.weights, from, to),
                eta: &eta[from..to],
            };
            let third = if has_third { &mut out.third[from..to] } else { &mut [][..] };
            let output = Output {
                value: &mut out.value[from..to],
                first: &mut out.first[from..to],
                second: &mut out.second[from..to],
                third,
            };
            match (self.link, need) {
                (Link::Logit, Need::Value) => logit::<0>(&input, output),
                (Link::Logit, Need::Gradient) if has_third => logit::<3>(&input, output),
                (Link::Logit, _) => logit::<2>(&input, output),
                (link, _) => tails(link, &input, output, need),
            }
        }
    }
}

/// Some rows, slices of one length.
struct Input<'a> {
    y: &'a [f64],
    trials: &'a [f64],
    weights: &'a [f64],
    eta: &'a [f64],
}

/// Their derivatives; `third` is empty where it is not wanted.
struct Output<'a> {
    value: &'a mut [f64],
    first: &'a mut [f64],
    second: &'a mut [f64],
    third: &'a mut [f64],
}

/// Rows with the logit link, with derivatives up to ORDER.
fn logit<const ORDER: usize>(input: &Input<'_>, output: Output<'_>) {
    let n = input.y.len();
    let (y, trials) = (&input.y[..n], &input.trials[..n]);
    let (weights, eta) = (&input.weights[..n], &input.eta[..n]);
    let (value, first) = (&mut output.value[..n], &mut output.first[..n]);
    let (second, third) = (&mut output.second[..n], output.third);
    let third = if ORDER > 2 { &mut third[..n] } else { third };
    for i in 0..n {
        let (x, wy, wn) = (eta[i], weights[i] * y[i], weights[i] * trials[i]);
        let failures = wn - wy;
        let e = exp_neg(x.abs());
        // Successes and failures apart: what is left near 0 and 1 is not a difference.
        value[i] = -(wy * (-x).max(0.0) + failures * x.max(0.0) + wn * ln_1p(e));
        if ORDER == 0 {
            continue;
        }
        let r = 1.0 / (1.0 + e);
        let (p, q) = if x > 0.0 { (r, e * r) } else { (e * r, r) };
        first[i] = wy * q - failures * p;
        second[i] = -wn * (p * q);
        if ORDER > 2 {
            third[i] = -wn * (p * q) * (q - p);
        }
    }
}

/// Rows with any link.
fn tails(link: Link, input: &Input<'_>, output: Output<'_>, need: Need) {
    for i in 0..input.y.len() {
        let (successes, failures) = (input.y[i], input.trials[i] - input.y[i]);
        let mut sum = [0.0; 4];
        if successes > 0.0 {
            let series = link.ln_below(input.eta[i]);
            (0..4).for_each(|k| sum[k] += input.weights[i] * successes * series[k]);
        }
        if failures > 0.0 {
            let series = link.ln_above(input.eta[i]);
            (0..4).for_each(|k| sum[k] += input.weights[i] * failures * series[k]);
        }
        output.value[i] = sum[0];
        if need == Need::Value {
            continue;
        }
        (output.first[i], output.second[i]) = (sum[1], sum[2]);
        if let Some(third) = output.third.get_mut(i) {
            *third = sum[3];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{self, LINKS};

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for link in LINKS {
            let model = Binomial { link };
            for (y, trials) in [(0.0, 1.0), (1.0, 1.0), (3.0, 10.0), (10.0, 10.0), (4e5, 1e6)] {
                for x in checks::grid() {
                    checks::derivatives(&model, Row { y, trials }, &[x], 1);
                }
                for x in checks::far() {
                    checks::numbers(&model, Row { y, trials }, &[x], 1);
                }
            }
        }
    }

    #[test]
    fn densities_sum_to_one() {
        for link in LINKS {
            let model = Binomial { link };
            for x in [-3.0, -0.4, 0.0, 1.1, 2.5] {
                let total: f64 = (0..=12)
                    .map(|y| checks::density(&model, Row { y: f64::from(y), trials: 12.0 }, &[x]))
                    .sum();
                assert!((total - 1.0).abs() < 1e-13, "{link:?} {x}");
            }
        }
    }

    #[test]
    fn weights_multiply_and_rows_are_independent() {
        checks::weights(&Binomial { link: Link::Logit }, 1.0, 3.0, &[0.4], 1);
        checks::weights(&Binomial { link: Link::Probit }, 1.0, 3.0, &[0.4], 1);
    }
}
