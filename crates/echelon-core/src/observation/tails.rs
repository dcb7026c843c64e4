//! Distribution functions of the links of a probability: log F(x) and log(1 - F(x)).
//!
//! Each `Series` stays finite and precise far out in both tails, where F itself is 0 or 1.

use crate::observation::jet::Series;
use crate::observation::special::softplus;

/// The distribution behind a link of a probability: p = F(eta).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Logit,
    Probit,
    Cloglog,
    Loglog,
    Cauchit,
}

impl Link {
    /// A link by name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "logit" => Self::Logit,
            "probit" => Self::Probit,
            "cloglog" => Self::Cloglog,
            "loglog" => Self::Loglog,
            "cauchit" => Self::Cauchit,
            _ => return None,
        })
    }

    /// log F(x).
    #[inline(always)]
    pub fn ln_below(self, x: f64) -> Series {
        match self {
            Self::Logit => mirrored(softplus(-x), -1.0, -1.0),
            Self::Probit => ln_normal(x),
            Self::Cloglog => ln_extreme(x),
            Self::Loglog => {
                let e = (-x).exp();
                [-e, e, -e, e]
            }
            Self::Cauchit => ln_cauchy(x),
        }
    }

    /// log(1 - F(x)).
    #[inline(always)]
    pub fn ln_above(self, x: f64) -> Series {
        match self {
            Self::Logit | Self::Probit | Self::Cauchit => mirrored(self.ln_below(-x), 1.0, -1.0),
            Self::Cloglog => {
                let e = x.exp();
                [-e, -e, -e, -e]
            }
            Self::Loglog => mirrored(ln_extreme(-x), 1.0, -1.0),
        }
    }
}

/// s f(-x), or s f(x) with `turn` 1, from the series of f at the inner point.
#[inline(always)]
fn mirrored(f: Series, sign: f64, turn: f64) -> Series {
    [sign * f[0], sign * turn * f[1], sign * f[2], sign * turn * f[3]]
}

/// log(1 - exp(-e^x)).
#[inline(always)]
fn ln_extreme(x: f64) -> Series {
    let e = x.exp();
    if e > 700.0 {
        return [0.0; 4];
    }
    if e < 1e-8 {
        // log e + log(1 - e / 2 + ...)
        return [x - 0.5 * e, 1.0 - 0.5 * e, -0.5 * e, -0.5 * e];
    }
    let value =
        if e > std::f64::consts::LN_2 { (-(-e).exp()).ln_1p() } else { (-(-e).exp_m1()).ln() };
    // m = 1 / (exp(e) - 1); d m / d e = -m (1 + m); f' = e m.
    let m = 1.0 / e.exp_m1();
    let (d1, d2) = (-m * (1.0 + m), m * (1.0 + m) * (1.0 + 2.0 * m));
    let first = e * m;
    let second = first + e * e * d1;
    let third = second + 2.0 * e * e * d1 + e * e * e * d2;
    [value, first, second, third]
}

/// log Phi(x).
#[inline]
pub fn ln_normal(x: f64) -> Series {
    let (value, ratio) = ln_normal_and_ratio(x);
    // h = phi / Phi: h' = -h (x + h).
    let h = ratio;
    let d1 = -h * (x + h);
    let d2 = -d1 * (x + h) - h * (1.0 + d1);
    if x < -50.0 {
        // x + h cancels: h = -x + 1/x' - 2/x'^3 ... with x' = -x.
        let r = 1.0 / (x * x);
        let excess = (-1.0 / x) * (1.0 - 2.0 * r + 10.0 * r * r);
        let d1 = -h * excess;
        // f''' = d2: derivative of -(1 - r + 6 r^2 - ...).
        let d2 = (2.0 / (x * x * x)) * (-1.0) * (1.0 - 12.0 * r);
        return [value, h, d1, -d2 * -1.0];
    }
    [value, h, d1, d2]
}

/// log Phi(x) and phi(x) / Phi(x).
fn ln_normal_and_ratio(x: f64) -> (f64, f64) {
    const LN_ROOT_2_PI: f64 = 0.918_938_533_204_672_8;
    if x > -5.0 {
        let below = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        let value = if x > 5.0 {
            (-0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2)).ln_1p()
        } else {
            below.ln()
        };
        let density = (-0.5 * x * x - LN_ROOT_2_PI).exp();
        return (value, density / below);
    }
    // Continued fraction of the Mills ratio of -x: 1 / (t + 1 / (t + 2 / (t + ...))).
    let t = -x;
    let mut tail = t;
    for k in (1..=60).rev() {
        tail = t + f64::from(k) / tail;
    }
    (-0.5 * t * t - LN_ROOT_2_PI - tail.ln(), tail)
}

/// log of the Cauchy distribution function.
fn ln_cauchy(x: f64) -> Series {
    // F = 1/2 + atan(x) / pi, or atan(1 / -x) / pi far below zero.
    let below = if x < -1.0 {
        (-1.0 / x).atan() * std::f64::consts::FRAC_1_PI
    } else {
        0.5 + x.atan() * std::f64::consts::FRAC_1_PI
    };
    let s = 1.0 / (1.0 + x * x);
    let density = s * std::f64::consts::FRAC_1_PI;
    let h = density / below;
    let g = -2.0 * x * s; // log density, first derivative
    let g1 = -2.0 * s + 4.0 * x * x * s * s;
    let d1 = h * (g - h);
    let d2 = d1 * (g - h) + h * (g1 - d1);
    let value = if x > 1.0 {
        (-(1.0 / x).atan() * std::f64::consts::FRAC_1_PI).ln_1p()
    } else {
        below.ln()
    };
    [value, h, d1, d2]
}
