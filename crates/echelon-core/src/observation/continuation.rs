//! Continuation: P(Y = j | Y >= j) = F(threshold_j - location) of ordered categories.
//!
//! Channels: location and J - 1 thresholds. The log probability is a sum over the steps that a row
//! took: log(1 - F) for each category passed, log F for the one it stopped at. Theory (29).

use crate::observation::cumulative::clear;
use crate::observation::tails::Link;
use crate::observation::{Derivatives, Need, Observation, Row, Rows};

/// See the module. The location alone may be active.
pub struct Continuation {
    pub link: Link,
    pub categories: usize,
}

impl Observation for Continuation {
    fn channels(&self) -> usize {
        self.categories
    }

    fn constant(&self, _row: Row) -> f64 {
        0.0
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
        out.resize(n, self.categories, active);
        clear(out, need);
        for i in 0..n {
            let (y, weight) = (rows.y[i] as usize, rows.weight(i));
            let mut sum = [0.0; 4];
            for k in 1..self.categories.min(y + 2) {
                let x = eta[k * n + i] - eta[i];
                let stops = k == y + 1;
                let series = if stops { self.link.ln_below(x) } else { self.link.ln_above(x) };
                let series = series.map(|s| weight * s);
                (0..4).for_each(|order| sum[order] += series[order]);
                threshold(k, series, need, i, out);
            }
            location(sum, need, i, out);
        }
    }
}

/// Writes a row's derivatives by threshold `k` of its term f(threshold - location).
#[inline(always)]
fn threshold(k: usize, [_, d1, d2, d3]: [f64; 4], need: Need, i: usize, out: &mut Derivatives) {
    let (n, channels) = (out.n, out.channels);
    match need {
        Need::Value | Need::Newton => {}
        Need::Gradient => {
            out.first[k * n + i] = d1;
            if out.active > 0 {
                out.second[k * channels * n + i] = -d2;
                out.third[k * n + i] = d3;
            }
        }
        Need::Information => {
            out.first[k * n + i] = d1;
            out.second[k * channels * n + i] = -d2;
            out.second[k * n + i] = -d2;
            out.second[(k * channels + k) * n + i] = d2;
        }
    }
}

/// Writes the value and the derivatives by the location, from sums over the steps.
#[inline(always)]
fn location([value, d1, d2, d3]: [f64; 4], need: Need, i: usize, out: &mut Derivatives) {
    out.value[i] = value;
    if need == Need::Value {
        return;
    }
    (out.first[i], out.second[i]) = (-d1, d2);
    if need == Need::Gradient && out.active > 0 {
        out.third[i] = -d3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{self, LINKS};

    fn eta(location: f64) -> [f64; 4] {
        [location, -1.2, 0.8, 0.3]
    }

    #[test]
    fn derivatives_match_differences_and_stay_numbers() {
        for link in LINKS {
            let model = Continuation { link, categories: 4 };
            for y in [0.0, 1.0, 2.0, 3.0] {
                let row = Row { y, trials: 1.0 };
                for x in checks::grid() {
                    checks::derivatives_above(1e-3, &model, row, &eta(x), 1);
                }
                checks::far().iter().for_each(|x| checks::numbers(&model, row, &eta(*x), 1));
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for link in LINKS {
            let model = Continuation { link, categories: 4 };
            let density = |y| checks::density(&model, Row { y, trials: 1.0 }, &eta(0.4));
            let total = density(0.0) + density(1.0) + density(2.0) + density(3.0);
            assert!((total - 1.0).abs() < 1e-14, "{link:?}");
            checks::weights(&model, 2.0, 1.0, &eta(0.4), 1);
        }
    }
}
