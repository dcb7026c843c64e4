//! log(F(b) - F(a)) with derivatives by both ends and by a shift of both at once.
//!
//! A shift is what a location does. Its derivatives are made directly: as sums of those by the
//! ends they would cancel where the ends are close. Theory (29).

use crate::observation::jet::Series;
use crate::observation::rows::{exp_neg, ln_1p};
use crate::observation::special::ln_one_minus_exp_neg;
use crate::observation::tails::Link;

/// Derivatives by a, b and the shift s. All zero but `value` for an impossible interval.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interval {
    pub value: f64,
    pub a: f64,
    pub b: f64,
    pub s: f64,
    pub aa: f64,
    pub ab: f64,
    pub bb: f64,
    pub a_s: f64,
    pub b_s: f64,
    pub ss: f64,
    pub a_ss: f64,
    pub b_ss: f64,
    pub sss: f64,
}

impl Interval {
    /// Everything below `b`.
    #[inline(always)]
    pub fn below(link: Link, b: f64) -> Self {
        let [value, d1, d2, d3] = link.ln_below(b);
        Self { value, b: d1, bb: d2, b_s: d2, b_ss: d3, ..Self::shift((d1, d2, d3)) }
    }

    /// Everything above `a`.
    #[inline(always)]
    pub fn above(link: Link, a: f64) -> Self {
        let [value, d1, d2, d3] = link.ln_above(a);
        Self { value, a: d1, aa: d2, a_s: d2, a_ss: d3, ..Self::shift((d1, d2, d3)) }
    }

    /// From `a` to `b`, whose distance is `width`, known better than their difference.
    #[inline(always)]
    pub fn between(link: Link, a: f64, b: f64, width: f64) -> Self {
        if width.is_nan() || width <= 0.0 {
            return Self::impossible();
        }
        match link {
            Link::Logit => Self::logistic(a, b, width),
            // From the tail that is nearer: differences of small numbers, not of ones near 1.
            _ if a + b > 0.0 => Self::in_tail(link.ln_above(a), link.ln_above(b)),
            _ => Self::in_tail(link.ln_below(b), link.ln_below(a)).turned(),
        }
    }

    fn impossible() -> Self {
        Self { value: f64::NEG_INFINITY, ..Self::default() }
    }

    #[inline(always)]
    fn shift((s, ss, sss): (f64, f64, f64)) -> Self {
        Self { s, ss, sss, ..Self::default() }
    }

    /// Exchanges the ends.
    fn turned(self) -> Self {
        let Self { a, b, aa, bb, a_s, b_s, a_ss, b_ss, .. } = self;
        Self { a: b, b: a, aa: bb, bb: aa, a_s: b_s, b_s: a_s, a_ss: b_ss, b_ss: a_ss, ..self }
    }

    /// F(b) - F(a) = F(b) (1 - F(a)) (1 - e^-(b - a)): three terms, of which one has no shift.
    #[inline(always)]
    fn logistic(a: f64, b: f64, width: f64) -> Self {
        let (up, down) = (Link::Logit.ln_below(b), Link::Logit.ln_above(a));
        let between = ln_width(width);
        Self {
            value: up[0] + down[0] + between[0],
            a: down[1] - between[1],
            b: up[1] + between[1],
            s: up[1] + down[1],
            aa: down[2] + between[2],
            ab: -between[2],
            bb: up[2] + between[2],
            a_s: down[2],
            b_s: up[2],
            ss: up[2] + down[2],
            a_ss: down[3],
            b_ss: up[3],
            sss: up[3] + down[3],
        }
    }

    /// log(e^near - e^far), each of its own end; `a` is the near one's.
    fn in_tail(near: Series, far: Series) -> Self {
        let gap = near[0] - far[0];
        if gap.is_nan() || gap <= 0.0 {
            return Self::impossible();
        }
        let g = ln_one_minus_exp_neg(gap);
        let value = near[0] + g[0];
        if g[1] == 0.0 {
            // Nothing is left of the far end, whose derivatives may overflow.
            let [_, d1, d2, d3] = near;
            return Self { value, a: d1, aa: d2, a_s: d2, a_ss: d3, ..Self::shift((d1, d2, d3)) };
        }
        if gap > CLOSE {
            Self::apart(value, near, far, g)
        } else {
            Self::close(value, near, far, g)
        }
    }

    /// By the chain rule, precise where little of the near tail is taken away.
    fn apart(value: f64, near: Series, far: Series, g: Series) -> Self {
        let ([_, u1, u2, u3], [_, v1, v2, v3]) = (near, far);
        let rest = 1.0 + g[1];
        let (aa, ab, bb) =
            (u2 * rest + u1 * u1 * g[2], -u1 * v1 * g[2], v1 * v1 * g[2] - v2 * g[1]);
        let aaa = u3 * rest + 3.0 * u1 * u2 * g[2] + u1 * u1 * u1 * g[3];
        let aab = -v1 * (u2 * g[2] + u1 * u1 * g[3]);
        let abb = u1 * (v1 * v1 * g[3] - v2 * g[2]);
        let bbb = 3.0 * v1 * v2 * g[2] - v3 * g[1] - v1 * v1 * v1 * g[3];
        let (a, b) = (u1 * rest, -v1 * g[1]);
        let (a_s, b_s) = (aa + ab, ab + bb);
        let (a_ss, b_ss) = (aaa + 2.0 * aab + abb, aab + 2.0 * abb + bbb);
        let shift = (a + b, a_s + b_s, a_ss + b_ss);
        Self { value, a, b, aa, ab, bb, a_s, b_s, a_ss, b_ss, ..Self::shift(shift) }
    }

    /// By ratios of differences to the difference, precise where the ends are close.
    fn close(value: f64, near: Series, far: Series, g: Series) -> Self {
        let (n, f) = (ratios(near, 1.0 + g[1]), ratios(far, g[1]));
        let r = [n[0] - f[0], n[1] - f[1], n[2] - f[2]];
        let (s, ss) = (r[0], r[1] - r[0] * r[0]);
        let sss = r[2] - 3.0 * r[0] * r[1] + 2.0 * r[0] * r[0] * r[0];
        // An end: k'(x) / difference, shifted once and twice.
        let once = |k: &[f64; 3]| k[1] - k[0] * s;
        let twice = |k: &[f64; 3]| k[2] - 2.0 * k[1] * s + k[0] * (s * s - ss);
        Self {
            value,
            a: n[0],
            b: -f[0],
            aa: n[1] - n[0] * n[0],
            ab: n[0] * f[0],
            bb: -f[1] - f[0] * f[0],
            a_s: once(&n),
            b_s: -once(&f),
            a_ss: twice(&n),
            b_ss: -twice(&f),
            ..Self::shift((s, ss, sss))
        }
    }
}

/// Difference of logarithms below which two tails are close.
const CLOSE: f64 = 0.25;

/// log(1 - e^-w) and two derivatives, as `ln_one_minus_exp_neg` with fewer calls.
#[inline(always)]
fn ln_width(w: f64) -> [f64; 3] {
    let (value, m) = if w > std::f64::consts::LN_2 {
        // 1 / (1 - e^-w) = 1 + m.
        let e = exp_neg::<false>(w);
        let m = e / (1.0 - e);
        (-ln_1p::<false>(m), m)
    } else {
        let rest = -(-w).exp_m1();
        (rest.ln(), (1.0 - rest) / rest)
    };
    [value, m, -m * (1.0 + m)]
}

/// Derivatives of e^(log tail) over the difference, of which the tail is `times`.
fn ratios([_, d1, d2, d3]: Series, times: f64) -> [f64; 3] {
    [times * d1, times * (d2 + d1 * d1), times * (d3 + 3.0 * d1 * d2 + d1 * d1 * d1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::LINKS;

    #[test]
    fn both_ways_agree_where_both_are_precise() {
        for link in LINKS {
            for (a, b) in [(-1.3, -0.9), (-0.2, 0.05), (0.3, 0.6), (1.1, 1.3)] {
                let (near, far) = (link.ln_below(b), link.ln_below(a));
                let g = ln_one_minus_exp_neg(near[0] - far[0]);
                let one = Interval::apart(0.0, near, far, g);
                let other = Interval::close(0.0, near, far, g);
                let error = (one.sss - other.sss).abs() + (one.a_ss - other.a_ss).abs();
                let more = (one.b_ss - other.b_ss).abs() + (one.bb - other.bb).abs();
                assert!(error + more < 1e-9, "{link:?} {a} {b} {error:e} {more:e}");
            }
        }
    }

    #[test]
    fn narrow_intervals_are_the_density() {
        // log(F(x + h) - F(x - h)) - log(2 h) is the log density and a term in h^2.
        let (x, h) = (0.8, 1e-6);
        let narrow = Interval::between(Link::Probit, x - h, x + h, 2.0 * h);
        assert!((narrow.s + x).abs() < 1e-9 && (narrow.ss + 1.0).abs() < 1e-8);
        let narrow = Interval::between(Link::Logit, x - h, x + h, 2.0 * h);
        let p = 1.0 / (1.0 + (-x).exp());
        assert!((narrow.s - (1.0 - 2.0 * p)).abs() < 1e-10);
        assert!((narrow.ss + 2.0 * p * (1.0 - p)).abs() < 1e-10);
    }

    #[test]
    fn ends_out_of_order_are_impossible() {
        let found = Interval::between(Link::Cloglog, 1.0, 0.5, -0.5);
        assert!(found.value == f64::NEG_INFINITY && found.s == 0.0 && found.ab == 0.0);
    }
}
