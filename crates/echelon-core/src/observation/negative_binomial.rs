//! Negative binomial counts: NB2 (variance mu + mu^2 / theta) and NB1 (variance mu (1 + phi)).
//!
//! Both are written so that nothing cancels on the way to a Poisson: with S of `rising.rs`,
//! NB2 is y log mu - (y + theta) log(1 + mu / theta) + S(y, theta), and NB1 the same with
//! theta = mu / phi. Theory (24).

use crate::observation::jet::{Number, Series};
use crate::observation::means::{MeanLink, exp};
use crate::observation::parts::{ByParts, Parts};
use crate::observation::rising::{ln_1p_less, ln_rising, ln_rising_table};
use crate::observation::rows::{self, BLOCK, exp_neg, part};
use crate::observation::special::softplus;
use crate::observation::{Density, Derivatives, Jetted, Need, Observation, Row, Rows};

/// log theta and log phi are held within these bounds, where the limits have long been reached.
const LARGEST_LOG: f64 = 300.0;
/// Counts up to here are looked up where the dispersion is one number.
const TABLED: f64 = 255.0;

/// NB2 with any link; channels: mean, log theta.
#[derive(Clone, Copy)]
pub struct Nbinom2 {
    pub link: MeanLink,
}

impl Nbinom2 {
    /// The observation model of a link; the log link has its own loops.
    pub fn observation(link: MeanLink) -> Box<dyn Observation> {
        match link {
            MeanLink::Log => Box::new(Nbinom2Log),
            _ => Box::new(ByParts::new(Self { link })),
        }
    }
}

impl Parts for Nbinom2 {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -libm::lgamma(row.y + 1.0)
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.link.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let ln_size = eta[1].chain(bounded);
        let logarithm = match self.link {
            MeanLink::Log => (eta[0] - ln_size).chain(softplus),
            // Where the ratio is large it overflows, where it is small its logarithm does.
            link if link.mean(eta[0].value()) > ln_size.value().exp() => {
                (link.ln_mean(eta[0]) - ln_size).chain(softplus)
            }
            _ => (self.link.mean(eta[0]) * (-ln_size).exp()).chain(ln_1p),
        };
        let tail = -(ln_size.exp() + row.y) * logarithm;
        if row.y == 0.0 { tail } else { tail + self.link.ln_mean(eta[0]) * row.y }
    }

    #[inline]
    fn without_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if row.y <= 1.0 {
            return N::constant(0.0);
        }
        eta[1].chain(bounded).chain(|a| ln_rising(row.y, a))
    }
}

/// NB1 with any link; channels: mean, log phi.
#[derive(Clone, Copy)]
pub struct Nbinom1 {
    pub link: MeanLink,
}

impl Nbinom1 {
    /// The observation model of a link.
    pub fn observation(link: MeanLink) -> Box<dyn Observation> {
        Box::new(ByParts::new(Self { link }))
    }
}

impl Parts for Nbinom1 {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -libm::lgamma(row.y + 1.0)
    }

    #[inline]
    fn with_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        if !self.link.allows(eta[0].value()) {
            return N::constant(f64::NEG_INFINITY);
        }
        let mean = self.link.mean(eta[0]);
        if mean.value() == f64::INFINITY {
            return N::constant(f64::NEG_INFINITY);
        }
        let ln_phi = eta[1].chain(bounded);
        // log(1 + phi) / phi times the mean is theta log(1 + phi).
        let rate = ln_phi.chain(mean_log_ratio);
        let zero = -mean * rate;
        if row.y == 0.0 {
            return zero;
        }
        let ln_mean = self.link.ln_mean(eta[0]);
        let value = zero + ln_mean * row.y;
        if row.y <= 1.0 {
            return value;
        }
        value + (ln_mean - ln_phi).chain(|a| ln_rising(row.y, a))
    }

    #[inline]
    fn without_mean<N: Number>(&self, row: Row, eta: &[N]) -> N {
        -eta[1].chain(bounded).chain(softplus) * row.y
    }
}

/// The bounded logarithm of a dispersion.
#[inline(always)]
pub fn bounded(x: f64) -> Series {
    let inside = if x.abs() < LARGEST_LOG { 1.0 } else { 0.0 };
    [x.clamp(-LARGEST_LOG, LARGEST_LOG), inside, 0.0, 0.0]
}

/// log(1 + x).
#[inline(always)]
pub fn ln_1p(x: f64) -> Series {
    let r = 1.0 / (1.0 + x);
    [x.ln_1p(), r, -r * r, 2.0 * r * r * r]
}

/// log(1 + phi) / phi by log phi.
#[inline]
pub fn mean_log_ratio(ln_phi: f64) -> Series {
    let phi = ln_phi.exp();
    if phi < 0.02 {
        // 1 - phi / 2 + phi^2 / 3 - ..; each derivative brings down the power.
        let mut series = [1.0, 0.0, 0.0, 0.0];
        let mut power = 1.0;
        for k in 1..=9 {
            let order = f64::from(k);
            power *= -phi;
            let mut term = power / (order + 1.0);
            for entry in &mut series {
                *entry += term;
                term *= order;
            }
        }
        return series;
    }
    let value = phi.ln_1p() / phi;
    let p = 1.0 / (1.0 + phi);
    let d1 = p - value;
    let d2 = -phi * p * p - d1;
    [value, d1, d2, -phi * p * p * (1.0 - phi) * p - d2]
}

/// NB2 with log link, loops of its own.
pub struct Nbinom2Log;

impl Observation for Nbinom2Log {
    fn channels(&self) -> usize {
        2
    }

    fn constant(&self, row: Row) -> f64 {
        -libm::lgamma(row.y + 1.0)
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
        match need {
            _ if active > 1 => {
                Jetted(Nbinom2 { link: MeanLink::Log }).evaluate(rows, eta, active, need, out);
            }
            Need::Newton => {
                out.resize(n, 2, active);
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || newton(rows, &eta[..n], &eta[n..2 * n], out),
                );
            }
            _ => {
                out.resize(n, 2, active);
                everything(rows, &eta[..n], &eta[n..2 * n], need, out);
            }
        }
    }
}

/// softplus(t), its slope p and 1 - p, with one exponential and no branch.
#[inline(always)]
fn logistic(t: f64) -> (f64, f64, f64) {
    let small = exp_neg::<false>(t.abs());
    let inverse = 1.0 / (1.0 + small);
    let (logarithm, rest) = (rows::ln_1p::<false>(small), small * inverse);
    let (p, q) = if t >= 0.0 { (inverse, rest) } else { (rest, inverse) };
    (t.max(0.0) + logarithm, p, q)
}

/// The part with the mean and its first two derivatives by the mean's channel.
#[inline(always)]
fn newton(rows: &Rows<'_>, eta: &[f64], ln_size: &[f64], out: &mut Derivatives) {
    let n = rows.y.len();
    for from in (0..n).step_by(BLOCK) {
        let to = n.min(from + BLOCK);
        let (y, eta, ln_size) = (&rows.y[from..to], &eta[from..to], &ln_size[from..to]);
        let (weights, value) = (part(rows.weights, from, to), &mut out.value[from..to]);
        let (first, second) = (&mut out.first[from..to], &mut out.second[from..to]);
        let is_one = ln_size.iter().all(|v| *v == ln_size[0]);
        let mut sizes = [exp(ln_size[0].clamp(-LARGEST_LOG, LARGEST_LOG)); BLOCK];
        if !is_one {
            for i in 0..y.len() {
                sizes[i] = exp(ln_size[i].clamp(-LARGEST_LOG, LARGEST_LOG));
            }
        }
        let sizes = &sizes[..y.len()];
        for i in 0..y.len() {
            let a = ln_size[i].clamp(-LARGEST_LOG, LARGEST_LOG);
            let size = sizes[i];
            let (log_sum, p, q) = logistic(eta[i] - a);
            value[i] = weights[i] * (y[i] * (eta[i] - log_sum) - size * log_sum);
            first[i] = weights[i] * (y[i] * q - size * p);
            second[i] = -weights[i] * ((y[i] + size) * p * q);
        }
    }
}

/// S by count, looked up where the dispersion is the same in all rows.
struct Rising {
    table: Vec<Series>,
}

impl Rising {
    fn new(y: &[f64], ln_size: &[f64]) -> Self {
        let one = ln_size.first().copied().filter(|first| ln_size.iter().all(|v| v == first));
        let table = one.map_or_else(Vec::new, |a| {
            let largest = y.iter().filter(|v| **v <= TABLED).fold(0.0_f64, |m, v| m.max(*v));
            ln_rising_table(largest as usize, a.clamp(-LARGEST_LOG, LARGEST_LOG))
        });
        Self { table }
    }

    #[inline(always)]
    fn at(&self, y: f64, a: f64) -> Series {
        if y <= 1.0 {
            return [0.0; 4];
        }
        match self.table.get(y as usize) {
            Some(series) if y.fract() == 0.0 => *series,
            _ => ln_rising(y, a),
        }
    }
}

/// All first and second derivatives_above, and the third ones by the mean twice.
fn everything(rows: &Rows<'_>, eta: &[f64], ln_size: &[f64], need: Need, out: &mut Derivatives) {
    let n = rows.y.len();
    let rising = Rising::new(rows.y, ln_size);
    let third = need == Need::Gradient && out.active == 1;
    let (mut asked, mut a, mut size, mut is_free) = (f64::NAN, 0.0, 1.0, true);
    for i in 0..n {
        if ln_size[i] != asked {
            asked = ln_size[i];
            a = asked.clamp(-LARGEST_LOG, LARGEST_LOG);
            is_free = a == asked;
            size = a.exp();
        }
        let (y, weight) = (rows.y[i], rows.weight(i));
        let (log_sum, p, q) = logistic(eta[i] - a);
        let s = rising.at(y, a);
        out.value[i] = weight * (y * (eta[i] - log_sum) - size * log_sum + s[0]);
        if need == Need::Value {
            continue;
        }
        // theta (p - log(1 + r)), r = mu / theta: of the order of mu r, not of mu.
        let bent = if q > 0.8 {
            let r = p / q;
            -size * (ln_1p_less(r) + r * p)
        } else {
            size * (p - log_sum)
        };
        let by_size = |v: f64| if is_free { weight * v } else { 0.0 };
        let cross = y * p * q - size * p * p;
        out.first[i] = weight * (y * q - size * p);
        out.first[n + i] = by_size(bent + y * p + s[1]);
        out.second[i] = -weight * ((y + size) * p * q);
        out.second[n + i] = by_size(cross);
        out.second[2 * n + i] = by_size(cross);
        out.second[3 * n + i] = by_size(bent - cross + s[2]);
        if third {
            out.third[i] = -weight * ((y + size) * p * q * (q - p));
            out.third[n + i] = by_size(p * q * (y * (q - p) - 2.0 * size * p));
        }
    }
}

/// Counts whose log(-log P(Y = 0)) is known, however close to 1 that probability is.
pub trait Count: Density {
    /// Whether the mean's channel gives a mean.
    fn allows(&self, eta: f64) -> bool;

    /// log(-log P(Y = 0)), where the mean is allowed; `eta` (K,).
    fn ln_minus_ln_zero<N: Number>(&self, eta: &[N]) -> N;
}

impl Count for Nbinom2 {
    fn allows(&self, eta: f64) -> bool {
        self.link.allows(eta)
    }

    #[inline]
    fn ln_minus_ln_zero<N: Number>(&self, eta: &[N]) -> N {
        let ln_size = eta[1].chain(bounded);
        ln_size + (self.link.ln_mean(eta[0]) - ln_size).chain(ln_softplus)
    }
}

impl Count for Nbinom1 {
    fn allows(&self, eta: f64) -> bool {
        self.link.allows(eta)
    }

    #[inline]
    fn ln_minus_ln_zero<N: Number>(&self, eta: &[N]) -> N {
        self.link.ln_mean(eta[0]) + eta[1].chain(bounded).chain(mean_log_ratio).ln()
    }
}

/// log(log(1 + e^x)).
#[inline]
fn ln_softplus(x: f64) -> Series {
    let [value, p, pq, _] = softplus(x);
    if x < -12.0 {
        let r = x.exp();
        let (one, two) = (r / 2.0, 5.0 * r * r / 24.0);
        return [x - one + two, 1.0 - one + 2.0 * two, -one + 4.0 * two, -one + 8.0 * two];
    }
    let (h, q) = (p / value, if x >= 0.0 { pq / p } else { 1.0 - p });
    let d1 = h * (q - h);
    [value.ln(), h, d1, d1 * (q - h) - h * (pq + d1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::checks::{at, density, derivatives_above, far, grid, numbers, weights};
    use crate::observation::parts::tests::Whole;
    use crate::observation::poisson::Poisson;

    const LINKS: [MeanLink; 3] = [MeanLink::Log, MeanLink::Sqrt, MeanLink::Identity];

    fn models(link: MeanLink) -> [Whole; 2] {
        [Whole(Nbinom2::observation(link)), Whole(Nbinom1::observation(link))]
    }

    #[test]
    fn derivatives_match_differences() {
        for link in LINKS {
            for model in models(link) {
                for y in [0.0, 1.0, 7.0, 300.0, 1e8] {
                    let row = Row { y, trials: 1.0 };
                    // Further out the rounding of eta - log theta is all that differences show.
                    let is_checked =
                        |e: &f64| e.abs() < 10.0 && (link == MeanLink::Log || *e > 0.2);
                    for eta in grid().into_iter().filter(is_checked) {
                        for a in [-9.0, -2.0, 0.3, 2.6] {
                            derivatives_above(50.0 + 20.0 * y, &model, row, &[eta, a], 1);
                        }
                        derivatives_above(50.0 + 20.0 * y, &model, row, &[eta, 0.4], 2);
                    }
                    for (eta, a) in far().iter().flat_map(|e| far().into_iter().map(|a| (*e, a))) {
                        numbers(&model, row, &[eta, a], 1);
                    }
                }
                weights(&model, 3.0, 1.0, &[0.7, 0.2], 1);
                weights(&model, 3.0, 1.0, &[0.7, 0.2], 2);
            }
        }
    }

    #[test]
    fn loops_agree_with_jets() {
        let (loops, jets) = (Nbinom2Log, Jetted(Nbinom2 { link: MeanLink::Log }));
        for y in [0.0, 1.0, 9.0, 25.0, 1e4, 1e8] {
            let row = Row { y, trials: 1.0 };
            for (eta, a) in grid().iter().flat_map(|e| grid().into_iter().map(|a| (*e, a))) {
                for need in [Need::Value, Need::Gradient, Need::Information] {
                    let (one, other) =
                        (at(&loops, row, &[eta, a], 1, need), at(&jets, row, &[eta, a], 1, need));
                    let scale = one.value[0].abs() + y + eta.exp().min(1e300);
                    let near = |a: &[f64], b: &[f64]| {
                        let all = a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-14 * scale);
                        assert!(all, "{y} {eta} {a:?} {b:?}");
                    };
                    near(&one.value, &other.value);
                    near(&one.first, &other.first);
                    near(&one.second, &other.second);
                    near(&one.third, &other.third);
                }
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        for model in LINKS.into_iter().flat_map(models) {
            let each = |y| density(&model, Row { y: f64::from(y), trials: 1.0 }, &[1.3, 0.4]);
            assert!(((0..600).map(each).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_limit_is_poisson() {
        for (eta, y) in [(1.0, 4.0), (6.0, 500.0), (-20.0, 1.0)] {
            let row = Row { y, trials: 1.0 };
            let limit = density(&*Poisson::observation(MeanLink::Log), row, &[eta]);
            for (model, a) in models(MeanLink::Log).iter().zip([30.0, -30.0]) {
                assert!((density(model, row, &[eta, a]) - limit).abs() < 1e-9 * limit);
            }
        }
    }

    /// To first order in 1 / theta, the derivative is that of ((y - mu)^2 - y) / (2 theta).
    #[test]
    fn nothing_cancels_near_the_limit() {
        let (y, mu, a): (f64, f64, f64) = (60.0, 50.0, 28.0);
        let rows = Rows { y: &[y], trials: &[], weights: &[] };
        let mut out = Derivatives::default();
        Nbinom2Log.evaluate(&rows, &[mu.ln(), a], 1, Need::Gradient, &mut out);
        let exact = -((y - mu) * (y - mu) - y) / 2.0 * (-a).exp();
        assert!((out.first[1] - exact).abs() < 1e-5 * exact.abs());
    }

    /// To the truncation of the polygammas, 1e-16 times theta^3.
    #[test]
    fn tables_hold_the_sums() {
        for a in [-30.0, -3.0, 1.0, 2.4, 2.6, 9.0, 30.0] {
            let table = ln_rising_table(255, a);
            for y in [0.0, 1.0, 2.0, 24.0, 25.0, 100.0, 255.0] {
                for (one, other) in table[y as usize].iter().zip(ln_rising(y, a)) {
                    assert!(
                        (one - other).abs() <= 1e-12 * other.abs() + 1e-14 * y,
                        "{y} {a} {one} {other}"
                    );
                }
            }
        }
    }
}
