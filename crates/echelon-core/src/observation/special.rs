//! Special functions with three derivatives, stable over their whole range.
//!
//! Each takes a point and gives a `Series`; use them through `Number::chain`.

use crate::observation::jet::{Number, Series};

/// log(1 + e^x).
#[inline(always)]
pub fn softplus(x: f64) -> Series {
    let small = (-x.abs()).exp();
    let p = if x >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    let q = if x >= 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
    [x.max(0.0) + small.ln_1p(), p, p * q, p * q * (q - p)]
}

/// log Gamma(x), x > 0.
#[inline]
pub fn ln_gamma(x: f64) -> Series {
    [libm::lgamma(x), digamma(x), trigamma(x), tetragamma(x)]
}

/// Lifts x above this before the asymptotic series.
const ASYMPTOTIC: f64 = 12.0;

/// psi(x) = d log Gamma / dx, x > 0.
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < ASYMPTOTIC {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r
        * (1.0 / 12.0
            - r * (1.0 / 120.0
                - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * 691.0 / 32760.0)))));
    shift + x.ln() - 0.5 / x - series
}

/// psi'(x), x > 0.
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < ASYMPTOTIC {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r / x
        * (1.0 / 6.0
            - r * (1.0 / 30.0
                - r * (1.0 / 42.0 - r * (1.0 / 30.0 - r * (5.0 / 66.0 - r * 691.0 / 2730.0)))));
    shift + 1.0 / x + 0.5 * r + series
}

/// psi''(x), x > 0.
pub fn tetragamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < ASYMPTOTIC {
        shift -= 2.0 / (x * x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = r
        * r
        * (0.5
            - r * (1.0 / 6.0
                - r * (1.0 / 6.0 - r * (3.0 / 10.0 - r * (5.0 / 6.0 - r * 691.0 / 210.0)))));
    shift - r - r / x - series
}

/// log(1 - e^-x), x > 0.
#[inline]
pub fn ln_one_minus_exp_neg(x: f64) -> Series {
    let value =
        if x > std::f64::consts::LN_2 { (-(-x).exp()).ln_1p() } else { (-(-x).exp_m1()).ln() };
    // 1 / (e^x - 1) and its derivatives.
    let m = 1.0 / x.exp_m1();
    [value, m, -m * (1.0 + m), m * (1.0 + m) * (1.0 + 2.0 * m)]
}

/// log(e^a + e^b).
#[inline(always)]
pub fn ln_add_exp<N: Number>(a: N, b: N) -> N {
    if a.value() >= b.value() { a + (b - a).chain(softplus) } else { b + (a - b).chain(softplus) }
}

/// log of the number of ways to choose y of n; both may be large.
pub fn ln_choose(n: f64, y: f64) -> f64 {
    let (few, many) = (y.min(n - y), y.max(n - y));
    if few <= 0.0 {
        return 0.0;
    }
    if few == 1.0 {
        return n.ln();
    }
    libm::lgamma(n + 1.0) - libm::lgamma(few + 1.0) - libm::lgamma(many + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, f: impl Fn(f64) -> Series, points: &[f64]) {
        for x in points {
            let h = 1e-5 * x.abs().max(1e-2);
            let (up, at, down) = (f(x + h), f(*x), f(x - h));
            for order in 0..3 {
                let slope = (up[order] - down[order]) / (2.0 * h);
                let error = (slope - at[order + 1]).abs();
                assert!(error < 1e-6 * (1.0 + at[order + 1].abs()), "{name} {x} {order}");
            }
        }
    }

    #[test]
    fn derivatives_match_differences() {
        check("softplus", softplus, &[-30.0, -2.0, 0.3, 2.0, 30.0]);
        check("ln_gamma", ln_gamma, &[0.05, 0.7, 3.0, 11.5, 12.5, 400.0]);
        check("ln_one_minus_exp_neg", ln_one_minus_exp_neg, &[0.01, 0.5, 3.0, 40.0]);
    }

    #[test]
    fn polygammas_have_their_known_values() {
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-14);
        assert!((trigamma(1.0) - 1.644_934_066_848_226_4).abs() < 1e-14);
        assert!((tetragamma(1.0) + 2.404_113_806_319_188_6).abs() < 1e-13);
    }
}
