//! Cumulative: P(Y <= j) = F((threshold_j - location) / scale) of ordered categories.
//!
//! Channels: location, J - 1 thresholds and, if asked for, the log of the scale. A row touches its
//! location, the thresholds on both sides of its category and the scale. Theory (29).

use crate::observation::interval::Interval;
use crate::observation::tails::Link;
use crate::observation::{Derivatives, Need, Observation, Row, Rows};

/// See the module. The location alone may be active.
pub struct Cumulative {
    pub link: Link,
    pub categories: usize,
    pub has_scale: bool,
}

impl Observation for Cumulative {
    fn channels(&self) -> usize {
        self.categories + usize::from(self.has_scale)
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
        out.resize(n, self.channels(), active);
        clear(out, need);
        for i in 0..n {
            let place = self.place(rows.y[i] as usize, eta, n, i);
            let interval = self.interval(&place);
            place.write(&interval, rows.weight(i), need, i, out);
        }
    }
}

/// Sets to zero what not every row writes: all but the location's part.
pub fn clear(out: &mut Derivatives, need: Need) {
    match need {
        Need::Value | Need::Newton => {}
        Need::Gradient => {
            let (n, channels) = (out.n, out.channels);
            out.first.fill(0.0);
            out.third.fill(0.0);
            for k in 0..channels {
                out.second[k * channels * n..][..out.active * n].fill(0.0);
            }
        }
        Need::Information => {
            out.first.fill(0.0);
            out.second.fill(0.0);
        }
    }
}

/// Where a row lies: the channels of the thresholds around it (0: none), the ends a and b.
struct Place {
    lower: usize,
    upper: usize,
    scale: usize,
    a: f64,
    b: f64,
    width: f64,
    /// 1 / scale.
    c: f64,
}

/// Ends beyond this are taken for it, so that products with powers of them stay numbers.
const FAR: f64 = 1e60;

impl Cumulative {
    #[inline(always)]
    fn place(&self, category: usize, eta: &[f64], n: usize, i: usize) -> Place {
        let upper = if category + 1 < self.categories { category + 1 } else { 0 };
        let (lower, scale) = (category, if self.has_scale { self.categories } else { 0 });
        let c = if scale > 0 { (-eta[scale * n + i]).clamp(-138.0, 138.0).exp() } else { 1.0 };
        let end =
            |k: usize| if k > 0 { ((eta[k * n + i] - eta[i]) * c).clamp(-FAR, FAR) } else { 0.0 };
        let width = if lower > 0 && upper > 0 {
            (eta[upper * n + i] - eta[lower * n + i]) * c
        } else {
            0.0
        };
        Place { lower, upper, scale, a: end(lower), b: end(upper), width, c }
    }

    #[inline(always)]
    fn interval(&self, place: &Place) -> Interval {
        match (place.lower, place.upper) {
            (0, _) => Interval::below(self.link, place.b),
            (_, 0) => Interval::above(self.link, place.a),
            _ => Interval::between(self.link, place.a, place.b, place.width),
        }
    }
}

impl Place {
    /// Maps derivatives by a, b and a shift to the channels.
    #[inline(always)]
    fn write(&self, f: &Interval, weight: f64, need: Need, i: usize, out: &mut Derivatives) {
        let (n, channels, c) = (out.n, out.channels, self.c);
        out.value[i] = weight * f.value;
        if need == Need::Value {
            return;
        }
        out.first[i] = -weight * c * f.s;
        out.second[i] = weight * c * c * f.ss;
        if need == Need::Newton {
            return;
        }
        let mut first = |k: usize, value: f64| out.first[k * n + i] = weight * value;
        self.each(c * f.a, c * f.b, -(self.a * f.a + self.b * f.b), &mut first);
        let cc = c * c;
        let mixed = c * (f.s + self.a * f.a_s + self.b * f.b_s);
        if need == Need::Information {
            let mut second = |k: usize, l: usize, value: f64| {
                out.second[(k * channels + l) * n + i] = weight * value;
                out.second[(l * channels + k) * n + i] = weight * value;
            };
            self.each(-cc * f.a_s, -cc * f.b_s, mixed, &mut |k, value| second(k, 0, value));
            self.squares(f, &mut second);
        } else if out.active > 0 {
            let mut second = |k: usize, value: f64| {
                out.second[k * channels * n + i] = weight * value;
            };
            self.each(-cc * f.a_s, -cc * f.b_s, mixed, &mut second);
            out.third[i] = -weight * c * cc * f.sss;
            let mut third = |k: usize, value: f64| out.third[k * n + i] = weight * value;
            let mixed = -cc * (2.0 * f.ss + self.a * f.a_ss + self.b * f.b_ss);
            self.each(c * cc * f.a_ss, c * cc * f.b_ss, mixed, &mut third);
        }
    }

    /// Hands out values for the thresholds and the scale that this row has.
    #[inline(always)]
    fn each(&self, lower: f64, upper: f64, scale: f64, put: &mut impl FnMut(usize, f64)) {
        for (k, value) in [(self.lower, lower), (self.upper, upper), (self.scale, scale)] {
            if k > 0 {
                put(k, value);
            }
        }
    }

    /// Second derivatives among thresholds and scale.
    fn squares(&self, f: &Interval, put: &mut impl FnMut(usize, usize, f64)) {
        let (a, b, c) = (self.a, self.b, self.c);
        // Derivatives by the scale: of c is -c, of a and b -a and -b.
        let (by_a, by_b) = (a * f.aa + b * f.ab, a * f.ab + b * f.bb);
        let (lower, upper, scale) = (self.lower, self.upper, self.scale);
        self.each(c * c * f.aa, c * c * f.bb, 0.0, &mut |k, value| put(k, k, value));
        if lower > 0 && upper > 0 {
            put(lower, upper, c * c * f.ab);
        }
        if scale > 0 {
            self.each(-c * (f.a + by_a), -c * (f.b + by_b), 0.0, &mut |k, v| put(scale, k, v));
            put(scale, scale, a * (f.a + by_a) + b * (f.b + by_b));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{self, LINKS};

    fn models(has_scale: bool) -> impl Iterator<Item = Cumulative> {
        LINKS.into_iter().map(move |link| Cumulative { link, categories: 4, has_scale })
    }

    #[test]
    fn derivatives_match_differences() {
        for model in models(false).chain(models(true)) {
            for (location, y) in
                checks::grid().into_iter().flat_map(|x| [0, 1, 2, 3].map(|y| (x, y)))
            {
                let mut eta = vec![location, -1.4, 0.3, 1.9];
                eta.extend(model.has_scale.then_some(0.25));
                let row = Row { y: f64::from(y), trials: 1.0 };
                let is_exact = model.link == Link::Logit && !model.has_scale;
                let unit = if is_exact { 0.0 } else { 5.0 };
                checks::derivatives_above(unit, &model, row, &eta, 1);
            }
        }
    }

    #[test]
    fn far_away_nothing_is_nan() {
        for model in models(false).chain(models(true)) {
            for (location, y) in
                checks::far().into_iter().flat_map(|x| [0, 1, 2, 3].map(|y| (x, y)))
            {
                for scale in [-1e3, -3.0, 0.0, 3.0, 1e3] {
                    let mut eta = vec![location, -1.4, 0.3, 1.9];
                    eta.extend(model.has_scale.then_some(scale));
                    checks::numbers(&model, Row { y: f64::from(y), trials: 1.0 }, &eta, 1);
                }
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for model in models(true) {
            for location in [-9.0, -1.0, 0.2, 2.0, 8.0] {
                let eta = [location, -1.4, 0.3, 1.9, 0.4];
                let total: f64 = (0..4)
                    .map(|y| checks::density(&model, Row { y: f64::from(y), trials: 1.0 }, &eta))
                    .sum();
                assert!((total - 1.0).abs() < 1e-14, "{:?} {location}", model.link);
            }
        }
    }

    #[test]
    fn thresholds_out_of_order_are_impossible() {
        for model in models(false) {
            let row = Row { y: 1.0, trials: 1.0 };
            let out = checks::at(&model, row, &[0.0, 1.0, 0.5, 2.0], 1, Need::Information);
            assert!(out.value[0] == f64::NEG_INFINITY);
            assert!(out.first.iter().chain(&out.second).all(|v| *v == 0.0));
        }
    }

    #[test]
    fn rows_leave_nothing_behind() {
        let model = Cumulative { link: Link::Logit, categories: 4, has_scale: true };
        checks::weights(&model, 1.0, 1.0, &[0.3, -1.4, 0.3, 1.9, 0.4], 1);
        let mut out = Derivatives::default();
        let eta = [0.3, -1.4, 0.3, 1.9, 0.4];
        for y in [2.0, 0.0] {
            let rows = Rows { y: &[y], trials: &[], weights: &[] };
            model.evaluate(&rows, &eta, 1, Need::Information, &mut out);
        }
        assert!(out.d1(2, 0) == 0.0 && out.d2(2, 3, 0) == 0.0 && out.d1(1, 0) != 0.0);
    }
}
