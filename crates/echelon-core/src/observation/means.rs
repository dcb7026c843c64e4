//! Links of a mean that is a count or a measurement: log, sqrt, identity, inverse.

use crate::observation::jet::{Number, Series};
use crate::observation::rows::exp_neg;

/// g in g(mean) = eta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeanLink {
    Log,
    Sqrt,
    Identity,
    Inverse,
}

/// The log link's mean is held below e^700, where products of it still are numbers.
const LARGEST_LOG: f64 = 700.0;
/// Its negative is the least logarithm of a mean, so that counts times it are numbers.
const SMALLEST_LOG: f64 = 1e100;
/// Keeps the logarithm of a mean and its derivatives finite under the square-root link.
const SMALLEST_ROOT: f64 = 1e-80;

impl MeanLink {
    /// A link by name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "log" => Self::Log,
            "sqrt" => Self::Sqrt,
            "identity" => Self::Identity,
            "inverse" => Self::Inverse,
            _ => return None,
        })
    }

    /// Whether `eta` gives a positive mean (the square-root link takes eta of any sign).
    #[inline(always)]
    pub fn allows(self, eta: f64) -> bool {
        match self {
            Self::Log | Self::Sqrt => true,
            Self::Identity | Self::Inverse => eta > 0.0,
        }
    }

    /// The mean.
    #[inline(always)]
    pub fn mean<N: Number>(self, eta: N) -> N {
        match self {
            Self::Log => eta.chain(|x| [x.min(LARGEST_LOG).exp(); 4]),
            Self::Sqrt => eta.square(),
            Self::Identity => eta,
            Self::Inverse => eta.recip(),
        }
    }

    /// Logarithm of the mean.
    #[inline(always)]
    pub fn ln_mean<N: Number>(self, eta: N) -> N {
        match self {
            Self::Log => eta.chain(|x| [x.clamp(-SMALLEST_LOG, LARGEST_LOG), 1.0, 0.0, 0.0]),
            Self::Sqrt => eta.chain(ln_square),
            Self::Identity => eta.ln(),
            Self::Inverse => -eta.ln(),
        }
    }
}

/// log(x^2), either sign of x.
#[inline(always)]
fn ln_square(x: f64) -> Series {
    let x = if x.abs() < SMALLEST_ROOT { SMALLEST_ROOT } else { x };
    let r = 1.0 / x;
    [2.0 * x.abs().ln(), 2.0 * r, -2.0 * r * r, 4.0 * r * r * r]
}

/// e^x without a branch, for loops over rows; beyond 708 on either side the value there.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let small = exp_neg::<false>(x.abs());
    if x > 0.0 { 1.0 / small } else { small }
}
