//! Observation models: log density of a row and its derivatives by the row's linear predictors.
//!
//! A model has K linear predictors per row (channels): the mean's, and for some families those of
//! a dispersion, of structural zeros, of thresholds. A family is one small file that implements
//! `Density` (written once for plain numbers and for jets) or `Observation` itself. Theory (24).

pub mod adjacent;
pub mod beta;
pub mod beta_binomial;
pub mod binomial;
pub mod build;
#[cfg(test)]
pub mod checks;
pub mod continuation;
pub mod cumulative;
pub mod gamma;
pub mod gaussian;
pub mod hurdle;
pub mod interval;
pub mod inverse_gaussian;
pub mod jet;
pub mod means;
pub mod multinomial;
pub mod negative_binomial;
pub mod parts;
pub mod poisson;
pub mod rising;
pub mod rows;
pub mod softmax;
pub mod special;
pub mod student;
pub mod tails;
pub mod tweedie;
pub mod zero_inflated;

use jet::{Jet, Number};

/// Rows of a response; `trials` and `weights` may be empty (all ones).
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub y: &'a [f64],
    pub trials: &'a [f64],
    pub weights: &'a [f64],
}

/// One row of a response.
#[derive(Clone, Copy)]
pub struct Row {
    pub y: f64,
    pub trials: f64,
}

impl Rows<'_> {
    /// Row `i`.
    #[inline(always)]
    pub fn row(&self, i: usize) -> Row {
        Row { y: self.y[i], trials: if self.trials.is_empty() { 1.0 } else { self.trials[i] } }
    }

    /// Prior weight of row `i`.
    #[inline(always)]
    pub fn weight(&self, i: usize) -> f64 {
        if self.weights.is_empty() { 1.0 } else { self.weights[i] }
    }
}

/// Which derivatives are wanted. `active` channels are the leading ones, with random effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The value alone.
    Value,
    /// First and second derivatives by the active channels.
    Newton,
    /// All first derivatives; second (any, active); third (any, active, active).
    Gradient,
    /// All first and second derivatives.
    Information,
}

/// Derivatives of some rows, each an array over the rows: `value` (n,), `first` (K, n),
/// `second` (K, K, n) and `third` (K, A, A, n). Only what was asked for is written.
#[derive(Clone, Debug, Default)]
pub struct Derivatives {
    pub n: usize,
    pub channels: usize,
    pub active: usize,
    pub value: Vec<f64>,
    pub first: Vec<f64>,
    pub second: Vec<f64>,
    pub third: Vec<f64>,
}

impl Derivatives {
    /// Makes room for `n` rows.
    pub fn resize(&mut self, n: usize, channels: usize, active: usize) {
        (self.n, self.channels, self.active) = (n, channels, active);
        self.value.resize(n, 0.0);
        self.first.resize(channels * n, 0.0);
        self.second.resize(channels * channels * n, 0.0);
        self.third.resize(channels * active * active * n, 0.0);
    }

    /// Derivative by channel `k` of row `i`.
    #[inline(always)]
    pub fn d1(&self, k: usize, i: usize) -> f64 {
        self.first[k * self.n + i]
    }

    /// Second derivative by channels `k` and `l` of row `i`.
    #[inline(always)]
    pub fn d2(&self, k: usize, l: usize, i: usize) -> f64 {
        self.second[(k * self.channels + l) * self.n + i]
    }

    /// Third derivative by channels `k` (any), `l` and `m` (active) of row `i`.
    #[inline(always)]
    pub fn d3(&self, k: usize, l: usize, m: usize, i: usize) -> f64 {
        self.third[((k * self.active + l) * self.active + m) * self.n + i]
    }

    /// Sets everything to zero, for models that add up contributions.
    pub fn clear(&mut self) {
        let all = [&mut self.value, &mut self.first, &mut self.second, &mut self.third];
        all.into_iter().for_each(|values| values.fill(0.0));
    }
}

/// A family with its link, as the engine sees it.
pub trait Observation: Send + Sync {
    /// Number of linear predictors (K).
    fn channels(&self) -> usize;

    /// What the log density has besides `evaluate`, whatever the linear predictors are.
    fn constant(&self, row: Row) -> f64;

    /// Log densities and derivatives of rows, `eta` (K, n), all times the prior weight.
    ///
    /// Impossible values (a mean outside its range) give a value of -infinity, not an error.
    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    );
}

/// A log density written once, for plain numbers and for jets; `Jetted` makes it an `Observation`.
pub trait Density: Send + Sync {
    /// Number of linear predictors (K), at most 4.
    fn channels(&self) -> usize;

    /// What `log_density` leaves out: terms of the response alone.
    fn constant(&self, row: Row) -> f64;

    /// Log density of a row given its linear predictors (K,).
    fn log_density<N: Number>(&self, row: Row, eta: &[N]) -> N;
}

/// A `Density` whose derivatives come from jets.
pub struct Jetted<D>(pub D);

impl<D: Density> Jetted<D> {
    fn value(&self, rows: &Rows<'_>, eta: &[f64], out: &mut Derivatives) {
        let (n, channels) = (out.n, out.channels);
        let mut point = [0.0; 4];
        for i in 0..n {
            (0..channels).for_each(|k| point[k] = eta[k * n + i]);
            let value = self.0.log_density(rows.row(i), &point[..channels]);
            out.value[i] = rows.weight(i) * value;
        }
    }

    /// Derivatives by the first `D` channels (C: coefficients of a jet in them).
    fn jets<const V: usize, const C: usize>(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        need: Need,
        out: &mut Derivatives,
    ) {
        let (n, channels, active) = (out.n, out.channels, out.active);
        let mut point = [Jet::<V, C>::constant(0.0); 4];
        for i in 0..n {
            for k in 0..channels {
                let value = eta[k * n + i];
                point[k] = if k < V { Jet::variable(value, k) } else { Jet::constant(value) };
            }
            let weight = rows.weight(i);
            let jet = self.0.log_density(rows.row(i), &point[..channels]);
            out.value[i] = weight * jet.value();
            for k in 0..V {
                out.first[k * n + i] = weight * jet.d1(k);
                for l in 0..V {
                    out.second[(k * channels + l) * n + i] = weight * jet.d2(k, l);
                }
                if need == Need::Gradient {
                    for l in 0..active {
                        for m in 0..active {
                            let place = ((k * active + l) * active + m) * n + i;
                            out.third[place] = weight * jet.d3(k, l, m);
                        }
                    }
                }
            }
        }
    }
}

impl<D: Density> Observation for Jetted<D> {
    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn constant(&self, row: Row) -> f64 {
        self.0.constant(row)
    }

    fn evaluate(
        &self,
        rows: &Rows<'_>,
        eta: &[f64],
        active: usize,
        need: Need,
        out: &mut Derivatives,
    ) {
        let channels = self.0.channels();
        out.resize(rows.y.len(), channels, active);
        let wanted = if need == Need::Newton { active } else { channels };
        // Second-order jets are the first coefficients of third-order ones.
        match (wanted, need) {
            (_, Need::Value) => self.value(rows, eta, out),
            (1, Need::Gradient) => self.jets::<1, 4>(rows, eta, need, out),
            (1, _) => self.jets::<1, 3>(rows, eta, need, out),
            (2, Need::Gradient) => self.jets::<2, 10>(rows, eta, need, out),
            (2, _) => self.jets::<2, 6>(rows, eta, need, out),
            (3, Need::Gradient) => self.jets::<3, 20>(rows, eta, need, out),
            (3, _) => self.jets::<3, 10>(rows, eta, need, out),
            (_, Need::Gradient) => self.jets::<4, 35>(rows, eta, need, out),
            _ => self.jets::<4, 15>(rows, eta, need, out),
        }
    }
}
