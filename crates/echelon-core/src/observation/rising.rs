//! Rising factorials relative to a power: S = log Gamma(y + s) - log Gamma(s) - y log s.
//!
//! S is the sum of log(1 + j / s) over j < y: zero for y <= 1 and near zero for large s, where the
//! three terms of its definition cancel. Its derivatives are by log s.

use crate::observation::jet::Series;
use crate::observation::special::{digamma, tetragamma, trigamma};

/// Counts up to here are summed term by term.
const SUMMED: f64 = 24.0;
/// Sizes beyond e^FAR, either side, are at their limit; within, cubes of sizes are numbers.
const FAR: f64 = 200.0;
/// Asymptotic series serve from here on.
const ASYMPTOTIC: f64 = 12.0;

/// S and its derivatives by `ln_size` = log s.
pub fn ln_rising(y: f64, ln_size: f64) -> Series {
    let size = ln_size.exp();
    if ln_size.abs() > FAR {
        return if ln_size > 0.0 { [0.0; 4] } else { from_gamma(y, ln_size, size) };
    }
    if y <= SUMMED && y.fract() == 0.0 {
        let mut sum = RisingSum::new(size);
        (1..y as usize).for_each(|j| sum.add(j as f64));
        return sum.series();
    }
    if size < ASYMPTOTIC { from_gamma(y, ln_size, size) } else { from_stirling(y, size) }
}

/// S for y = 0, 1, .., `largest` and one size.
pub fn ln_rising_table(largest: usize, ln_size: f64) -> Vec<Series> {
    let mut sum = RisingSum::new(ln_size.exp());
    let mut table = Vec::with_capacity(largest + 2);
    table.push([0.0; 4]);
    for j in 1..=largest {
        table.push(sum.series());
        sum.add(j as f64);
        sum.fold();
    }
    table
}

/// The running sum: `excess` is the product of the factors 1 + j / s, less one.
struct RisingSum {
    size: f64,
    reciprocal: f64,
    folded: f64,
    excess: f64,
    slopes: [f64; 3],
}

impl RisingSum {
    fn new(size: f64) -> Self {
        Self { size, reciprocal: 1.0 / size, folded: 0.0, excess: 0.0, slopes: [0.0; 3] }
    }

    #[inline(always)]
    fn add(&mut self, j: f64) {
        let part = 1.0 / (self.size + j);
        let (p, q) = (j * part, self.size * part);
        self.slopes[0] -= p;
        self.slopes[1] += p * q;
        self.slopes[2] += p * q * (p - q);
        let ratio = j * self.reciprocal;
        self.excess += ratio + self.excess * ratio;
        if self.excess > 1e100 {
            self.fold();
        }
    }

    /// Takes the logarithm of the product so far.
    #[inline(always)]
    fn fold(&mut self) {
        self.folded += self.excess.ln_1p();
        self.excess = 0.0;
    }

    #[inline(always)]
    fn series(&self) -> Series {
        let [d1, d2, d3] = self.slopes;
        [self.folded + self.excess.ln_1p(), d1, d2, d3]
    }
}

/// S for a small size, its first term (j = 0) taken out so that no pole is left.
fn from_gamma(y: f64, ln_size: f64, size: f64) -> Series {
    let (top, bottom) = (y + size, 1.0 + size);
    let value = libm::lgamma(top) - libm::lgamma(bottom) - (y - 1.0) * ln_size;
    let psi = size * (digamma(top) - digamma(bottom));
    let psi1 = size * size * (trigamma(top) - trigamma(bottom));
    let psi2 = size * size * size * (tetragamma(top) - tetragamma(bottom));
    [value, psi - (y - 1.0), psi1 + psi, psi2 + 3.0 * psi1 + psi]
}

/// S by Stirling's series: s log(1 + x) - y + y log(1 + x) and what is left, x = y / s.
fn from_stirling(y: f64, size: f64) -> Series {
    let x = y / size;
    let w = y / (y + size);
    let bent = size * ln_1p_less(x);
    let logarithm = x.ln_1p();
    let (top, bottom) = (remainder(y + size, size), remainder(size, size));
    [
        bent + (y - 0.5) * logarithm + top[0] - bottom[0],
        bent + top[1] - bottom[1],
        bent + y * w + top[2] - bottom[2],
        bent + y * w * w + top[3] - bottom[3],
    ]
}

/// log(1 + x) - x, x > -0.2.
#[inline]
pub fn ln_1p_less(x: f64) -> f64 {
    if x > 0.2 {
        return x.ln_1p() - x;
    }
    let s = x / (2.0 + x);
    let r = s * s;
    let mut tail = 0.0;
    for k in (1..=8).rev() {
        tail = r * (1.0 / f64::from(2 * k + 1) + tail);
    }
    s * (2.0 * tail - x)
}

/// log Gamma(z) less (z - 1/2) log z - z + log(2 pi) / 2, then derivatives of it with -log(z) / 2
/// by log s where z = s + const.
fn remainder(z: f64, size: f64) -> Series {
    let inverse = 1.0 / z;
    let r = inverse * inverse;
    let value = inverse
        * (1.0 / 12.0
            - r * (1.0 / 360.0
                - r * (1.0 / 1260.0
                    - r * (1.0 / 1680.0 - r * (1.0 / 1188.0 - r * 691.0 / 360360.0)))));
    let d1 = -0.5 * inverse
        - r * (1.0 / 12.0
            - r * (1.0 / 120.0
                - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r * (1.0 / 132.0 - r * 691.0 / 32760.0)))));
    let d2 = 0.5 * r
        + r * inverse
            * (1.0 / 6.0
                - r * (1.0 / 30.0
                    - r * (1.0 / 42.0 - r * (1.0 / 30.0 - r * (5.0 / 66.0 - r * 691.0 / 2730.0)))));
    let d3 = -r * inverse
        - r * r
            * (0.5
                - r * (1.0 / 6.0
                    - r * (1.0 / 6.0 - r * (3.0 / 10.0 - r * (5.0 / 6.0 - r * 691.0 / 210.0)))));
    let (s1, s2, s3) = (size * d1, size * size * d2, size * size * size * d3);
    [value, s1, s2 + s1, s3 + 3.0 * s2 + s1]
}
