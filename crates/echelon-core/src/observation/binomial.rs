//! Binomial: y successes in n trials, P(success) = F(eta).
//!
//! The logit has a loop without branches, one exponential per row; the other links take log F and
//! log(1 - F) from `tails`. Theory (24).

use crate::observation::rows::{BLOCK, exp_neg, ln_1p, part};
use crate::observation::special::ln_choose;
use crate::observation::tails::Link;
use crate::observation::{Derivatives, Need, Observation, Row, Rows};
use pulp::{Simd, WithSimd};

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
        out.resize(rows.y.len(), 1, active);
        pulp::Arch::new().dispatch(Blocks { link: self.link, rows, eta, need, out });
    }
}

/// Rows in blocks that stay in the nearest cache, with the machine's vector instructions.
struct Blocks<'a, 'b> {
    link: Link,
    rows: &'a Rows<'b>,
    eta: &'a [f64],
    need: Need,
    out: &'a mut Derivatives,
}

// Not a closure: the call of a closure by value is not inlined, and so compiled without vectors.
impl WithSimd for Blocks<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { link, rows, eta, need, out } = self;
        if S::F64_LANES > 1 {
            blocks::<true>(link, rows, eta, need, out);
        } else {
            blocks::<false>(link, rows, eta, need, out);
        }
    }
}

/// HAS: whether a b + c is one instruction there.
#[inline(always)]
fn blocks<const HAS: bool>(
    link: Link,
    rows: &Rows<'_>,
    eta: &[f64],
    need: Need,
    out: &mut Derivatives,
) {
    let n = rows.y.len();
    let has_third = need == Need::Gradient && out.active > 0;
    for from in (0..n).step_by(BLOCK) {
        let to = n.min(from + BLOCK);
        let input = Input {
            y: &rows.y[from..to],
            trials: part(rows.trials, from, to),
            weights: part(rows.weights, from, to),
            eta: &eta[from..to],
        };
        let output = Output {
            value: &mut out.value[from..to],
            first: &mut out.first[from..to],
            second: &mut out.second[from..to],
            third: if has_third { &mut out.third[from..to] } else { &mut [][..] },
        };
        match (link, need) {
            (Link::Logit, Need::Value) => logit::<0, HAS, BLOCK>(&input, output),
            (Link::Logit, Need::Gradient) if has_third && to - from <= FEW => {
                logit::<3, HAS, FEW>(&input, output)
            }
            (Link::Logit, Need::Gradient) if has_third => logit::<3, HAS, BLOCK>(&input, output),
            (Link::Logit, _) if to - from <= FEW => logit::<2, HAS, FEW>(&input, output),
            (Link::Logit, _) => logit::<2, HAS, BLOCK>(&input, output),
            _ => tails(link, &input, output, need),
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

/// Rows of a small group: clearing room for a block of rows would cost as much as they do.
const FEW: usize = 16;

/// At most ROOM rows with the logit link, with derivatives up to ORDER (0, 2 or 3).
#[inline(always)]
fn logit<const ORDER: usize, const HAS: bool, const ROOM: usize>(
    input: &Input<'_>,
    output: Output<'_>,
) {
    let n = input.y.len();
    let (y, trials) = (&input.y[..n], &input.trials[..n]);
    let (weights, eta) = (&input.weights[..n], &input.eta[..n]);
    let (mut values, mut firsts) = ([0.0; ROOM], [0.0; ROOM]);
    let (mut seconds, mut thirds) = ([0.0; ROOM], [0.0; ROOM]);
    for i in 0..n.min(ROOM) {
        let (x, wn) = (eta[i], weights[i] * trials[i]);
        let (size, sign) = (x.abs(), 1.0f64.copysign(x));
        // Counts of what is likely at x and of what is not: no difference of close numbers.
        let (successes, failures) = (weights[i] * y[i], weights[i] * (trials[i] - y[i]));
        let likely = if sign > 0.0 { successes } else { failures };
        let unlikely = if sign > 0.0 { failures } else { successes };
        let e = exp_neg::<HAS>(size);
        values[i] = -(unlikely * size + wn * ln_1p::<HAS>(e));
        if ORDER == 0 {
            continue;
        }
        let r = 1.0 / (1.0 + e);
        firsts[i] = sign * r * (likely * e - unlikely);
        let second = -wn * (e * r * r);
        seconds[i] = second;
        if ORDER > 2 {
            // (1 - e) r is p - q, up to its sign.
            thirds[i] = -second * sign * (1.0 - e) * r;
        }
    }
    output.value.copy_from_slice(&values[..n]);
    if ORDER > 0 {
        output.first.copy_from_slice(&firsts[..n]);
        output.second.copy_from_slice(&seconds[..n]);
    }
    if ORDER > 2 {
        output.third.copy_from_slice(&thirds[..n]);
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
