//! Jets: numbers that carry their derivatives by V variables, up to the second or third order.
//!
//! Coefficients are plain derivatives (not divided by factorials): the value, V first, then second
//! derivatives (k <= l), then third (k <= l <= m), in lexicographic order. The number of
//! coefficients C says how far a jet goes: 1 + V + V (V + 1) / 2, or that plus the third order.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A function of one variable at a point: value and three derivatives.
pub type Series = [f64; 4];

/// What a log density may be written with: plain numbers or jets.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    /// A number that does not vary.
    fn constant(value: f64) -> Self;

    /// The value itself.
    fn value(self) -> f64;

    /// f(self), given f: a point to f and its first three derivatives there.
    ///
    /// Plain numbers use the value only; `f` is called once.
    fn chain(self, f: impl Fn(f64) -> Series) -> Self;

    /// e^self.
    #[inline(always)]
    fn exp(self) -> Self {
        self.chain(|x| {
            let e = x.exp();
            [e, e, e, e]
        })
    }

    /// Natural logarithm.
    #[inline(always)]
    fn ln(self) -> Self {
        self.chain(|x| {
            let r = 1.0 / x;
            [x.ln(), r, -r * r, 2.0 * r * r * r]
        })
    }

    /// 1 / self.
    #[inline(always)]
    fn recip(self) -> Self {
        self.chain(|x| {
            let r = 1.0 / x;
            [r, -r * r, 2.0 * r * r * r, -6.0 * r * r * r * r]
        })
    }

    /// self^2.
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }
}

impl Number for f64 {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn value(self) -> f64 {
        self
    }

    #[inline(always)]
    fn chain(self, f: impl Fn(f64) -> Series) -> Self {
        f(self)[0]
    }
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jet<const V: usize, const C: usize>([f64; C]);

/// Place of the second derivative (k <= l) in a jet of V variables.
#[inline(always)]
const fn place2(v: usize, k: usize, l: usize) -> usize {
    1 + v + k * v - k * (k + 1) / 2 + l
}

/// Place of the third derivative (k <= l <= m).
#[inline(always)]
const fn place3(v: usize, k: usize, l: usize, m: usize) -> usize {
    // Triples before first index k, then pairs before second index l among k.., then m.
    let mut before = 1 + v + v * (v + 1) / 2;
    let mut a = 0;
    while a < k {
        let rest = v - a;
        before += rest * (rest + 1) / 2;
        a += 1;
    }
    let mut b = k;
    while b < l {
        before += v - b;
        b += 1;
    }
    before + m - l
}

impl<const V: usize, const C: usize> Jet<V, C> {
    const ORDER_TWO: usize = 1 + V + V * (V + 1) / 2;
    const HAS_THIRD: bool = C > Self::ORDER_TWO;

    /// Variable `k` at a value.
    #[inline(always)]
    pub fn variable(value: f64, k: usize) -> Self {
        let mut c = [0.0; C];
        c[0] = value;
        c[1 + k] = 1.0;
        Self(c)
    }

    /// First derivative.
    #[inline(always)]
    pub fn d1(&self, k: usize) -> f64 {
        self.0[1 + k]
    }

    /// Second derivative, in any order.
    #[inline(always)]
    pub fn d2(&self, k: usize, l: usize) -> f64 {
        self.0[place2(V, k.min(l), k.max(l))]
    }

    /// Third derivative, in any order.
    #[inline(always)]
    pub fn d3(&self, k: usize, l: usize, m: usize) -> f64 {
        let (low, high) = (k.min(l).min(m), k.max(l).max(m));
        self.0[place3(V, low, k + l + m - low - high, high)]
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let mut c = self.0;
        c.iter_mut().for_each(|v| *v = f(*v));
        Self(c)
    }
}

impl<const V: usize, const C: usize> Number for Jet<V, C> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        let mut c = [0.0; C];
        c[0] = value;
        Self(c)
    }

    #[inline(always)]
    fn value(self) -> f64 {
        self.0[0]
    }

    #[inline(always)]
    fn chain(self, f: impl Fn(f64) -> Series) -> Self {
        let s = f(self.0[0]);
        let g = &self.0;
        let mut c = [0.0; C];
        c[0] = s[0];
        for k in 0..V {
            c[1 + k] = product(s[1], g[1 + k]);
            for l in k..V {
                let at = place2(V, k, l);
                c[at] = product(s[1], g[at]) + product(s[2], g[1 + k] * g[1 + l]);
                if !Self::HAS_THIRD {
                    continue;
                }
                for m in l..V {
                    let third = place3(V, k, l, m);
                    let mixed = g[at] * g[1 + m]
                        + g[place2(V, k, m)] * g[1 + l]
                        + g[place2(V, l, m)] * g[1 + k];
                    c[third] = product(s[1], g[third])
                        + product(s[2], mixed)
                        + product(s[3], g[1 + k] * g[1 + l] * g[1 + m]);
                }
            }
        }
        Self(c)
    }
}

/// a b, where a derivative that is zero keeps an infinite factor from making a NaN.
#[inline(always)]
fn product(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a * b }
}

impl<const V: usize, const C: usize> Add for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut c = self.0;
        c.iter_mut().zip(&other.0).for_each(|(a, b)| *a += b);
        Self(c)
    }
}

impl<const V: usize, const C: usize> Sub for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let mut c = self.0;
        c.iter_mut().zip(&other.0).for_each(|(a, b)| *a -= b);
        Self(c)
    }
}

impl<const V: usize, const C: usize> Neg for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|v| -v)
    }
}

impl<const V: usize, const C: usize> Mul for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (f, g) = (&self.0, &other.0);
        let mut c = [0.0; C];
        c[0] = f[0] * g[0];
        for k in 0..V {
            c[1 + k] = f[1 + k] * g[0] + f[0] * g[1 + k];
            for l in k..V {
                let at = place2(V, k, l);
                c[at] = f[at] * g[0] + f[1 + k] * g[1 + l] + f[1 + l] * g[1 + k] + f[0] * g[at];
                if !Self::HAS_THIRD {
                    continue;
                }
                for m in l..V {
                    let (km, lm) = (place2(V, k, m), place2(V, l, m));
                    let third = place3(V, k, l, m);
                    c[third] = f[third] * g[0]
                        + f[0] * g[third]
                        + f[at] * g[1 + m]
                        + f[km] * g[1 + l]
                        + f[lm] * g[1 + k]
                        + f[1 + m] * g[at]
                        + f[1 + l] * g[km]
                        + f[1 + k] * g[lm];
                }
            }
        }
        Self(c)
    }
}

impl<const V: usize, const C: usize> Div for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    #[allow(clippy::suspicious_arithmetic_impl)] // a quotient is a product with the reciprocal
    fn div(self, other: Self) -> Self {
        self * other.recip()
    }
}

impl<const V: usize, const C: usize> Add<f64> for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, other: f64) -> Self {
        self.0[0] += other;
        self
    }
}

impl<const V: usize, const C: usize> Sub<f64> for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, other: f64) -> Self {
        self.0[0] -= other;
        self
    }
}

impl<const V: usize, const C: usize> Mul<f64> for Jet<V, C> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: f64) -> Self {
        self.map(|v| v * other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x^2 y + e^(x y) / y with its derivatives.
    fn function<N: Number>(x: N, y: N) -> N {
        x * x * y + (x * y).exp() / y
    }

    #[test]
    fn derivatives_are_those_of_the_function() {
        let (x, y) = (0.7, 1.3);
        let jet = function(Jet::<2, 10>::variable(x, 0), Jet::variable(y, 1));
        let e = (x * y).exp();
        assert!((jet.value() - function(x, y)).abs() < 1e-14);
        assert!((jet.d1(0) - (2.0 * x * y + e)).abs() < 1e-13);
        assert!((jet.d2(0, 0) - (2.0 * y + y * e)).abs() < 1e-13);
        assert!((jet.d2(1, 0) - (2.0 * x + x * e)).abs() < 1e-13);
        assert!((jet.d3(0, 0, 0) - y * y * e).abs() < 1e-13);
        assert!((jet.d3(1, 0, 0) - (2.0 + e + x * y * e)).abs() < 1e-13);
        assert!((jet.d3(1, 0, 1) - x * x * e).abs() < 1e-13);
        let h = 1e-5;
        let second = |y: f64| function(Jet::<2, 6>::variable(x, 0), Jet::variable(y, 1)).d2(1, 1);
        let slope = (second(y + h) - second(y - h)) / (2.0 * h);
        assert!((jet.d3(1, 1, 1) - slope).abs() < 1e-7);
    }
}
