//! Distribution functions of the links of a probability: log F(x) and log(1 - F(x)).
//!
//! Each `Series` stays finite and precise far out in both tails, where F itself is 0 or 1.

use crate::observation::jet::Series;
use crate::observation::rows::{exp_neg, ln_1p};

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
            Self::Logit => ln_logistic(x),
            Self::Probit => ln_normal(x),
            Self::Cloglog => ln_extreme(x),
            Self::Loglog => mirrored(minus_exp(-x), 1.0),
            Self::Cauchit => ln_cauchy(x),
        }
    }

    /// log(1 - F(x)).
    #[inline(always)]
    pub fn ln_above(self, x: f64) -> Series {
        match self {
            Self::Logit | Self::Probit | Self::Cauchit => mirrored(self.ln_below(-x), 1.0),
            Self::Cloglog => minus_exp(x),
            Self::Loglog => mirrored(ln_extreme(-x), 1.0),
        }
    }
}

/// s f(-x) from the series of f at -x.
#[inline(always)]
fn mirrored(f: Series, sign: f64) -> Series {
    [sign * f[0], -sign * f[1], sign * f[2], -sign * f[3]]
}

/// log(1 / (1 + e^-x)).
#[inline(always)]
fn ln_logistic(x: f64) -> Series {
    let e = exp_neg::<false>(x.abs());
    let r = 1.0 / (1.0 + e);
    let (p, q) = if x > 0.0 { (r, e * r) } else { (e * r, r) };
    [x.min(0.0) - ln_1p::<false>(e), q, -p * q, p * q * (p - q)]
}

/// -e^x; beyond 138 the value there, so that sums and products of it stay numbers.
#[inline(always)]
fn minus_exp(x: f64) -> Series {
    let e = if x > 138.0 { 138.0f64.exp() } else { x.exp() };
    [-e, -e, -e, -e]
}

/// B_2k / (2k (2k)!), k = 1, 2, ...: log(sinh(e / 2) / (e / 2)) is their sum with e^2k.
const LN_SINH: [f64; 10] = [
    1.0 / 24.0,
    -1.0 / 2880.0,
    1.0 / 181_440.0,
    -1.0 / 9_676_800.0,
    1.0 / 479_001_600.0,
    -4.403491782239578e-11,
    9.55895466477477e-13,
    -2.1185501852016142e-14,
    4.770034475709914e-16,
    -1.087434349279031e-17,
];

/// log(1 - exp(-e^x)).
#[inline(always)]
fn ln_extreme(x: f64) -> Series {
    if x < 0.0 {
        return ln_extreme_below(x);
    }
    let e = x.exp();
    if e > 740.0 {
        return [0.0; 4];
    }
    // m = 1 / (exp(e) - 1), dm / de = -m (1 + m).
    let m = 1.0 / e.exp_m1();
    let (first, up) = (e * m, e * (1.0 + m));
    let third = first * (1.0 - 3.0 * up + up * (up + e * m));
    [(-(-e).exp()).ln_1p(), first, first * (1.0 - up), third]
}

/// `ln_extreme` for x < 0: log e - e / 2 + log(sinh(e / 2) / (e / 2)), without cancellation.
fn ln_extreme_below(x: f64) -> Series {
    let e = x.exp();
    let half = -0.5 * e;
    let mut sums = [x + half, 1.0 + half, half, half];
    let (square, mut power) = (e * e, 1.0);
    for (k, coefficient) in LN_SINH.iter().enumerate() {
        power *= square;
        let (degree, mut term) = (2.0 * (k + 1) as f64, coefficient * power);
        for sum in &mut sums {
            *sum += term;
            term *= degree;
        }
    }
    sums
}

/// log Phi(x).
#[inline]
pub fn ln_normal(x: f64) -> Series {
    const LN_ROOT_2_PI: f64 = 0.918_938_533_204_672_8;
    if x < -2.0 {
        return ln_normal_below(-x, LN_ROOT_2_PI);
    }
    if x > 39.0 {
        return [0.0; 4];
    }
    let tail = 0.5 * libm::erfc(x.abs() * std::f64::consts::FRAC_1_SQRT_2);
    let (value, below) = if x > 0.0 { ((-tail).ln_1p(), 1.0 - tail) } else { (tail.ln(), tail) };
    // h = phi / Phi, h' = -h (x + h).
    let h = (-0.5 * x * x - LN_ROOT_2_PI).exp() / below;
    let u = x + h;
    [value, h, -h * u, h * (u * (u + h) - 1.0)]
}

/// log Phi(-t), t > 2, from the continued fraction of the Mills ratio.
///
/// With c_k = k / (t + c_(k+1)): phi / Phi = t + c_1, and the derivatives are products of
/// neighbouring c and of their differences, none of which cancels.
fn ln_normal_below(t: f64, ln_root_2_pi: f64) -> Series {
    let terms = 20 + (300.0 / (t * t)) as i32;
    let mut c3 = 0.0;
    for k in (3..=terms).rev() {
        c3 = f64::from(k) / (t + c3);
    }
    let c2 = 2.0 / (t + c3);
    let c1 = 1.0 / (t + c2);
    let h = t + c1;
    let value = -0.5 * t * t - ln_root_2_pi - h.ln();
    [value, h, -h * c1, h * c1 * c1 * c2 * (c3 - c2)]
}

/// log of the Cauchy distribution function.
fn ln_cauchy(x: f64) -> Series {
    use std::f64::consts::FRAC_1_PI;
    // s = 1 / (1 + x^2), g = d log density / dx, both without x^2, which may overflow.
    let v = 1.0 / x;
    let is_far = x.abs() > 1.0;
    let s = if is_far { v * v / (1.0 + v * v) } else { 1.0 / (1.0 + x * x) };
    let g = if is_far { -2.0 * v / (1.0 + v * v) } else { -2.0 * x * s };
    let g1 = g * g - 2.0 * s;
    let (value, h) = if x < -1.0 {
        // F = atan(-v) / pi.
        let angle = (-v).atan();
        ((angle * FRAC_1_PI).ln(), -v / (1.0 + v * v) * (-v / angle))
    } else if x > 1.0 {
        let below = 1.0 - v.atan() * FRAC_1_PI;
        ((-v.atan() * FRAC_1_PI).ln_1p(), s * FRAC_1_PI / below)
    } else {
        let below = 0.5 + x.atan() * FRAC_1_PI;
        (below.ln(), s * FRAC_1_PI / below)
    };
    let d1 = h * (g - h);
    [value, h, d1, d1 * (g - h) + h * (g1 - d1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{LINKS, far, grid};

    /// Against 40 digits: point, then log Phi and its derivatives there.
    #[rustfmt::skip]
    const NORMAL: [[f64; 5]; 16] = [
        [-10000.0, -50000010.12927891, 10000.000099999997, -0.9999999900000006, 1.99999976000003e-12],
        [-300.0, -45006.62273211866, 300.0033332592634, -0.999988889629561, 7.406419890239581e-08],
        [-50.0, -1254.8313611394199, 50.019984031905636, -0.999600956813196, 1.5923581891197387e-05],
        [-20.0, -203.91715537109727, 20.04975306852785, -0.9975367383849478, 0.00024272657893584202],
        [-8.0, -35.01343715991455, 8.121368112236112, -0.9856751165566591, 0.0032918765663441357],
        [-5.0, -15.064998393988725, 5.186503967125842, -0.9673035653828878, 0.0108257645063567],
        [-3.1, -6.940688458421228, 3.3761969902250675, -0.9324954471070941, 0.029643767586039923],
        [-2.0001, -3.783421659663929, 2.3733041052095722, -0.8857268349749428, 0.05935191923767072],
        [-1.9999, -3.7829470165573444, 2.3731269610296684, -0.8857149638026748, 0.059359803636450784],
        [-0.7, -1.4189677615315315, 1.2904993394581665, -0.7620390075212475, 0.14289502697201378],
        [1.3, -0.10181180266765504, 0.18973503541925962, -0.2826549297105852, 0.2849754594046336],
        [4.0, -3.167174337748927e-05, 0.00013383446446857514, -0.0005353557695381802, 0.0020077319117895783],
        [5.5, -1.8989562646189464e-08, 1.0769760247056311e-07, -5.923368251868707e-07, 3.1501550636437375e-06],
        [10.0, -7.619853024160525e-24, 7.694598626706419e-23, -7.694598626706419e-22, 7.617652640439355e-21],
        [30.0, -4.906713927148187e-198, 1.4736461348785476e-196, -4.420938404635642e-195, 1.3248078752558141e-193],
        [37.0, -5.725571222524577e-300, 2.1200065515246056e-298, -7.84402424064104e-297, 2.9001689624856606e-295],
    ];

    /// Against 40 digits: link, point, log F, derivatives.
    #[rustfmt::skip]
    const OTHERS: [(Link, [f64; 5]); 19] = [
        (Link::Logit, [-30.0, -30.000000000000092, 0.9999999999999064, -9.357622968838423e-14, -9.357622968836672e-14]),
        (Link::Logit, [0.4, -0.5130152523999526, 0.401312339887548, -0.24026074574152914, 0.04742154162820856]),
        (Link::Logit, [30.0, -9.357622968839737e-14, 9.357622968839299e-14, -9.357622968838423e-14, 9.357622968836672e-14]),
        (Link::Cloglog, [-30.0, -30.000000000000046, 0.9999999999999533, -4.6788114844199416e-14, -4.678811484419795e-14]),
        (Link::Cloglog, [-5.0, -5.003367081836518, 0.9966348098250748, -0.0033614068560331545, -0.003353840235425208]),
        (Link::Cloglog, [-0.8, -1.0162662354982694, 0.7921038843831307, -0.19123989711481296, -0.15826175938208237]),
        (Link::Cloglog, [-0.01, -0.4645118159738049, 0.585354274405844, -0.33681525421921876, -0.18856877235054678]),
        (Link::Cloglog, [0.01, -0.45287234441865887, 0.5785803648331532, -0.34057006790865674, -0.18687809980131206]),
        (Link::Cloglog, [1.2, -0.036818150728820595, 0.1245187749036795, -0.3044030421559629, 0.3686415454548342]),
        (Link::Cloglog, [3.0, -1.8921786966284627e-09, 3.800542511235663e-08, -7.253539457077387e-07, 1.3080410198943997e-05]),
        (Link::Cloglog, [6.0, -6.210136486566067e-176, 2.5053478702005618e-173, -1.0082241206844056e-170, 4.047276869887445e-168]),
        (Link::Loglog, [-3.0, -20.085536923187668, 20.085536923187668, -20.085536923187668, 20.085536923187668]),
        (Link::Loglog, [5.0, -0.006737946999085467, 0.006737946999085467, -0.006737946999085467, 0.006737946999085467]),
        (Link::Cauchit, [-1000000.0, -14.960240443814008, 9.999999999993333e-07, 9.99999999998e-13, 1.999999999992e-18]),
        (Link::Cauchit, [-40.0, -4.833817616894664, 0.024989588972454065, 0.0006242194547281677, 3.1171980680898064e-05]),
        (Link::Cauchit, [-1.01, -1.3926489818574295, 0.6343033815968084, 0.23193120208859305, -0.05606124808583505]),
        (Link::Cauchit, [0.9, -0.31025180802822044, 0.2398348006918566, -0.29603047816729033, 0.4085729557678388]),
        (Link::Cauchit, [1.1, -0.2676883886520206, 0.18824066295157396, -0.22282344243435878, 0.32189149717372195]),
        (Link::Cauchit, [1000000.0, -3.1830993684428716e-07, 3.1830998750468826e-13, -6.36620076329988e-19, 1.9098605329512266e-24]),
    ];

    fn near(found: Series, row: &[f64; 5]) {
        for k in 0..4 {
            let error = (found[k] - row[k + 1]).abs();
            assert!(error <= 1e-12 * row[k + 1].abs(), "{} {k}: {error:e}", row[0]);
        }
    }

    #[test]
    fn values_are_exact_in_both_tails() {
        NORMAL.iter().for_each(|row| near(ln_normal(row[0]), row));
        OTHERS.iter().for_each(|(link, row)| near(link.ln_below(row[0]), row));
    }

    #[test]
    fn tails_add_up_to_one_and_stay_numbers() {
        for link in LINKS {
            for x in grid() {
                let total = link.ln_below(x)[0].exp() + link.ln_above(x)[0].exp();
                assert!((total - 1.0).abs() < 1e-14, "{link:?} {x}");
            }
            for x in far() {
                let both = [link.ln_below(x), link.ln_above(x)];
                assert!(both.iter().flatten().all(|v| !v.is_nan() && *v < f64::INFINITY));
            }
        }
    }
}
