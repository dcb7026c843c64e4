//! The criterion (ML or REML), its gradient and its information, as functions of Lambda.
//!
//! The engine never knows the name of a covariance structure: it is given templates and directions.
//! Theory (6) to (10).

use crate::crossprod::CrossProducts;
use crate::dense;
use crate::elimination::{Combination, Direction, Elimination, Modes};
use crate::error::{CoreError, CoreResult};
use crate::plan::{Plan, Way};
use crate::rank;
use crate::stop::Stop;
use std::sync::Arc;

/// Where a criterion was evaluated and what came out. `beta` are the kept, centred coefficients.
#[derive(Clone, Debug, Default)]
pub struct Point {
    pub objective: f64,
    pub logdet_random: f64,
    pub logdet_fixed: f64,
    pub pwrss: f64,
    pub beta: Vec<f64>,
}

/// What sigma is while Lambda varies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// The value that minimises the criterion.
    #[default]
    Profiled,
    /// A number.
    Fixed(f64),
    /// Whatever makes the covariance of two random effects (rows of a template; the same row twice:
    /// a variance) a number.
    Tied { block: usize, row: usize, other: usize, covariance: f64 },
}

/// What is held while the rest varies (profiles): a combination of beta, and sigma.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// l'beta = value for kept, centred coefficients.
    pub combination: Option<(Vec<f64>, f64)>,
    pub scale: Scale,
}

/// A model ready to be evaluated: cross-products arranged by a plan.
pub struct Criterion {
    products: Arc<CrossProducts>,
    stop: Stop,
    engine: Box<dyn Elimination>,
    /// Templates of the last point.
    lambdas: Vec<Vec<f64>>,
    pub plan: Plan,
    /// Innermost groups, or what stands for them, that an evaluation visits.
    pub n_visited: usize,
    /// Columns of X that are estimated.
    pub keep: Vec<usize>,
    /// n, or n - p under REML.
    pub residual_n: f64,
    is_reml: bool,
    sum_log_weights: f64,
    centre: Vec<f64>,
    intercept: Option<usize>,
    p: usize,
    /// Lower Cholesky factor of X'V^-1X and its inverse, row-major, at the last point.
    factor: Vec<f64>,
    omega: Vec<f64>,
    sxx: Vec<f64>,
    held: Held,
    /// (X'V^-1X)^-1 l and l'(X'V^-1X)^-1 l of the held combination l.
    path: (Vec<f64>, f64),
    pub point: Point,
}

impl Criterion {
    /// Arranges the cross-products; drops aliased columns of X.
    ///
    /// # Errors
    /// `NoResidualDegrees` when nothing is left to estimate the residual variance.
    pub fn new(
        products: &Arc<CrossProducts>,
        is_reml: bool,
        way: Option<Way>,
        stop: &Stop,
    ) -> CoreResult<Self> {
        let keep = rank::estimable(products);
        let n = products.n as f64;
        let p = keep.len();
        if products.n as usize <= p {
            return Err(CoreError::NoResidualDegrees { n: products.n as usize, p });
        }
        let mut plan = Plan::new(products, way)?;
        let engine = plan.engine(products, &keep, false, stop);
        Ok(Self {
            products: Arc::clone(products),
            n_visited: engine.n_visited(),
            stop: stop.clone(),
            lambdas: Vec::new(),
            engine,
            plan,
            residual_n: if is_reml { n - p as f64 } else { n },
            is_reml,
            sum_log_weights: products.sum_log_weights,
            centre: products.centre.clone(),
            intercept: products.intercept,
            p: products.p,
            factor: vec![0.0; p * p],
            omega: vec![0.0; p * p],
            sxx: vec![0.0; (p + 1) * (p + 1)],
            held: Held::default(),
            path: (Vec::new(), 0.0),
            point: Point::default(),
            keep,
        })
    }

    /// Holds a combination x'beta (x raw, (p,)) at a value, and sigma as `scale` says.
    ///
    /// The criterion then is that of the constrained model, under ML; with `Held` left at its
    /// default nothing is held.
    pub fn hold(&mut self, combination: Option<(&[f64], f64)>, scale: Scale) {
        let combination = combination.map(|(x, value)| {
            // x'beta_raw = l'beta_centred + x_1 (centre of y): see `fixed`.
            let shift = self.kept_intercept().map_or(0.0, |one| x[one] * self.centre[self.p]);
            (self.centred(x, true), value - shift)
        });
        self.held = Held { combination, scale };
    }

    /// Whether evaluations use several threads.
    pub fn is_parallel(&self) -> bool {
        self.engine.is_parallel()
    }

    /// Evaluates the criterion at Lambda templates (r x r row-major, one per block).
    ///
    /// # Errors
    /// `NotPositiveDefinite`, or `PerfectFit` when the residual sum of squares vanishes.
    pub fn evaluate(&mut self, lambdas: &[Vec<f64>]) -> CoreResult<f64> {
        let logdet_random = self.engine.reduce(lambdas, &mut self.sxx)?;
        self.lambdas = lambdas.to_vec();
        let (p, px) = (self.keep.len(), self.keep.len() + 1);
        for a in 0..p {
            self.factor[a * p..(a + 1) * p].copy_from_slice(&self.sxx[a * px..a * px + p]);
        }
        dense::cholesky_of(p, &mut self.factor)?;
        let mut half: Vec<f64> = (0..p).map(|a| self.sxx[a * px + p]).collect();
        crate::small::solve_lower_rows(p, 1, &self.factor, &mut half);
        let pwrss = self.sxx[px * px - 1] - half.iter().map(|v| v * v).sum::<f64>();
        if pwrss.is_nan() || pwrss <= f64::EPSILON * self.sxx[px * px - 1].abs() {
            return Err(CoreError::PerfectFit);
        }
        for i in (0..p).rev() {
            let sum: f64 = (i + 1..p).map(|k| self.factor[k * p + i] * half[k]).sum();
            half[i] = (half[i] - sum) / self.factor[i * p + i];
        }
        let pwrss = pwrss + self.move_to_held(&mut half);
        let logdet_fixed = (0..p).map(|i| 2.0 * self.factor[i * p + i].ln()).sum();
        let m = self.residual_n;
        let variance = self.variance_of(pwrss);
        if !variance.is_finite() || variance <= 0.0 {
            // A covariance held at a number of the other sign: the step was too long.
            return Err(CoreError::NotPositiveDefinite { index: 0 });
        }
        let spread = pwrss / variance + m * (2.0 * std::f64::consts::PI * variance).ln();
        let restricted = if self.is_reml { logdet_fixed } else { 0.0 };
        let objective = logdet_random + restricted + spread - self.sum_log_weights;
        self.point = Point { objective, logdet_random, logdet_fixed, pwrss, beta: half };
        if objective.is_finite() { Ok(objective) } else { Err(CoreError::PerfectFit) }
    }

    /// Moves beta (at its minimum) to where the held combination has its value; returns what
    /// that adds to pwrss.
    fn move_to_held(&mut self, beta: &mut [f64]) -> f64 {
        let Some((l, value)) = &self.held.combination else { return 0.0 };
        let p = beta.len();
        let mut along = l.clone();
        crate::small::solve_lower_rows(p, 1, &self.factor, &mut along);
        let size: f64 = along.iter().map(|v| v * v).sum();
        for i in (0..p).rev() {
            let sum: f64 = (i + 1..p).map(|k| self.factor[k * p + i] * along[k]).sum();
            along[i] = (along[i] - sum) / self.factor[i * p + i];
        }
        let distance = value - crate::crossprod::dot(l, beta);
        beta.iter_mut().zip(&along).for_each(|(b, a)| *b += a * distance / size);
        self.path = (along, size);
        distance * distance / size
    }

    /// sigma^2 for a given pwrss at the current templates.
    fn variance_of(&self, pwrss: f64) -> f64 {
        match self.held.scale {
            Scale::Profiled => pwrss / self.residual_n,
            Scale::Fixed(sigma) => sigma * sigma,
            Scale::Tied { block, row, other, covariance } => {
                covariance / self.row_product(block, row, other)
            }
        }
    }

    /// Inner product of two rows of a template.
    fn row_product(&self, block: usize, row: usize, other: usize) -> f64 {
        let (own, its) = (self.template_row(block, row), self.template_row(block, other));
        crate::crossprod::dot(own, its)
    }

    fn template_row(&self, block: usize, row: usize) -> &[f64] {
        let lambda = &self.lambdas[block];
        let r = (lambda.len() as f64).sqrt() as usize;
        &lambda[row * r..(row + 1) * r]
    }

    /// Derivatives of the criterion with respect to the entries of Lambda, r x r per block.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn gradient(&mut self) -> CoreResult<Vec<Vec<f64>>> {
        let omega = if self.is_reml { self.inverse() } else { Vec::new() };
        let variance = self.residual_variance();
        let mut n = self.engine.gradient(&self.point.beta, &omega, 1.0 / variance)?;
        n.iter_mut().flatten().for_each(|value| *value *= 2.0);
        if let Scale::Tied { block, row, other, .. } = self.held.scale {
            // d (pwrss / sigma^2 + m log sigma^2) with sigma^2 = covariance / (row other').
            let factor = (self.point.pwrss / variance - self.residual_n)
                / self.row_product(block, row, other);
            for (at, from) in [(row, other), (other, row)] {
                let its = self.template_row(block, from);
                let r = its.len();
                n[block][at * r..(at + 1) * r]
                    .iter_mut()
                    .zip(its)
                    .for_each(|(value, entry)| *value += factor * entry);
            }
        }
        Ok(n)
    }

    /// Average information of the profiled criterion in the given directions, (k, k). Theory (10).
    ///
    /// # Errors
    /// Those of the engine. Needs `gradient` at the same point.
    pub fn information(&mut self, directions: &[Direction]) -> CoreResult<Vec<f64>> {
        let (k, p) = (directions.len(), self.keep.len());
        let mut reduced = self.engine.information(directions)?;
        reduced.xf.truncate(p * k);
        let raw = reduced.xf.clone();
        crate::small::solve_lower_rows(p, k, &self.factor, &mut reduced.xf);
        let variance = self.residual_variance();
        let slope: Vec<f64> = reduced.slope.iter().map(|value| value / variance).collect();
        let held = self.held_products(&raw, k);
        let mut information = vec![0.0; k * k];
        for i in 0..k {
            for j in 0..k {
                let fixed: f64 =
                    (0..p).map(|a| reduced.xf[a * k + i] * reduced.xf[a * k + j]).sum();
                information[i * k + j] =
                    (reduced.ff[i * k + j] - fixed + held[i] * held[j]) / variance;
            }
        }
        self.add_scale(&slope, directions, &mut information);
        Ok(information)
    }

    /// What a held combination leaves of the fixed effects' share in the variates, (k,).
    fn held_products(&self, xf: &[f64], k: usize) -> Vec<f64> {
        let mut held = vec![0.0; k];
        if self.held.combination.is_some() {
            let (along, size) = &self.path;
            for (row, a) in xf.chunks_exact(k.max(1)).zip(along) {
                held.iter_mut().zip(row).for_each(|(h, v)| *h += a * v / size.sqrt());
            }
        }
        held
    }

    /// The part of the information that sigma has in it: d sigma / d theta by the kind of scale.
    fn add_scale(&self, slope: &[f64], directions: &[Direction], information: &mut [f64]) {
        let k = slope.len();
        // d log sigma / d theta; -d pwrss / d theta / sigma^2 is `slope`.
        let (move_of, weight): (Vec<f64>, f64) = match self.held.scale {
            Scale::Fixed(_) => return,
            Scale::Profiled => {
                let m = self.residual_n;
                (slope.iter().map(|v| -0.5 * v / m).collect(), 4.0 * m)
            }
            Scale::Tied { block, row, other, .. } => {
                let product = self.row_product(block, row, other);
                let turn = |d: &Direction| {
                    if d.block != block {
                        return 0.0;
                    }
                    let change = |from: usize, to: usize| {
                        let its = self.template_row(block, to);
                        let r = its.len();
                        crate::crossprod::dot(&d.d_lambda[from * r..(from + 1) * r], its)
                    };
                    -0.5 * (change(row, other) + change(other, row)) / product
                };
                let variance = self.residual_variance();
                (directions.iter().map(turn).collect(), 4.0 * self.point.pwrss / variance)
            }
        };
        for i in 0..k {
            for j in 0..k {
                information[i * k + j] += 2.0 * (slope[i] * move_of[j] + move_of[i] * slope[j])
                    + weight * move_of[i] * move_of[j];
            }
        }
    }

    /// (X'V^-1X)^-1 of the kept columns, row-major, for centred columns.
    pub fn inverse(&mut self) -> Vec<f64> {
        let p = self.keep.len();
        if p > dense::MANY_COLUMNS {
            return dense::inverse_rows(p, &self.factor);
        }
        let mut half = vec![0.0; p * p];
        (0..p).for_each(|i| half[i * p + i] = 1.0);
        crate::small::solve_lower_rows(p, p, &self.factor, &mut half);
        for a in 0..p {
            for b in 0..p {
                self.omega[a * p + b] = (0..p).map(|k| half[k * p + a] * half[k * p + b]).sum();
            }
        }
        self.omega.clone()
    }

    /// Residual variance: pwrss / m unless it is held.
    pub fn residual_variance(&self) -> f64 {
        self.variance_of(self.point.pwrss)
    }

    /// Modes with beta (kept, centred) as given, at the last Lambda.
    pub(crate) fn modes_at(&mut self, beta: &[f64]) -> CoreResult<Vec<Modes>> {
        self.exact()?.modes(beta)
    }

    /// [X y]'V^-1[X y] of the kept, centred columns.
    pub(crate) fn reduced(&self) -> &[f64] {
        &self.sxx
    }

    /// Columns of X, estimable or not.
    pub(crate) fn n_columns(&self) -> usize {
        self.p
    }

    /// What the columns of [X y] are centred by.
    pub(crate) fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// The column of ones, where it is estimated.
    pub(crate) fn kept_intercept(&self) -> Option<usize> {
        self.intercept.filter(|one| self.keep.contains(one))
    }

    /// Coefficients (p,) and covariance (p, p) in the data's columns; NaN where not estimated.
    pub fn fixed(&mut self) -> (Vec<f64>, Vec<f64>) {
        let (p, kept) = (self.p, self.keep.clone());
        let k = kept.len();
        let omega = self.inverse();
        let variance = self.residual_variance();
        // beta_raw = T beta_centred: only the intercept's row of T is not a unit row.
        let one = self.intercept.and_then(|c| kept.iter().position(|x| *x == c));
        let mut beta = vec![f64::NAN; p];
        let mut vcov = vec![f64::NAN; p * p];
        let mut full = omega;
        let mut raw = self.point.beta.clone();
        if let Some(one) = one {
            let shift: Vec<f64> = kept.iter().map(|c| self.centre[*c]).collect();
            raw[one] += self.centre[p] - crate::crossprod::dot(&shift, &raw);
            // Rows, then columns, of T omega T': only the intercept's change.
            let moved: Vec<f64> = (0..k)
                .map(|j| {
                    full[one * k + j] - (0..k).map(|i| shift[i] * full[i * k + j]).sum::<f64>()
                })
                .collect();
            full[one * k..(one + 1) * k].copy_from_slice(&moved);
            for i in 0..k {
                let row = &full[i * k..(i + 1) * k];
                full[i * k + one] = row[one] - crate::crossprod::dot(&shift, row);
            }
        }
        for (i, row) in kept.iter().enumerate() {
            beta[*row] = raw[i];
            for (j, column) in kept.iter().enumerate() {
                vcov[row * p + column] = variance * full[i * k + j];
            }
        }
        (beta, vcov)
    }

    /// The engine with every group by itself: what is asked about groups needs them.
    fn exact(&mut self) -> CoreResult<&mut dyn Elimination> {
        if self.engine.is_summed() {
            self.engine = self.plan.engine(&self.products, &self.keep, true, &self.stop);
            self.engine.reduce(&self.lambdas, &mut self.sxx)?;
        }
        Ok(self.engine.as_mut())
    }

    /// Modes of every block at the last point.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn modes(&mut self) -> CoreResult<Vec<Modes>> {
        let beta = self.point.beta.clone();
        self.exact()?.modes(&beta)
    }

    /// Conditional covariances of block `k`, (J, r, r), in response units squared.
    ///
    /// With `with_fixed` they include the uncertainty of beta.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn conditional(&mut self, k: usize, with_fixed: bool) -> CoreResult<Vec<f64>> {
        let omega = if with_fixed { self.inverse() } else { Vec::new() };
        let variance = self.residual_variance();
        let mut blocks = self.exact()?.conditional(k, &omega)?;
        blocks.iter_mut().for_each(|value| *value *= variance);
        Ok(blocks)
    }

    /// Variances of linear combinations x'beta + z'b, in response units squared.
    ///
    /// `x` are raw columns (p,); with `with_fixed` false beta is taken as known.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn variances(&mut self, rows: Vec<Combination>, with_fixed: bool) -> CoreResult<Vec<f64>> {
        let omega = if with_fixed { self.inverse() } else { Vec::new() };
        let variance = self.residual_variance();
        let centred: Vec<Combination> = rows
            .into_iter()
            .map(|row| Combination { x: self.centred(&row.x, with_fixed), ..row.merged() })
            .collect();
        let mut values = self.exact()?.variances(&centred, &omega)?;
        values.iter_mut().for_each(|value| *value *= variance);
        Ok(values)
    }

    /// Kept columns of a raw row, in the coordinates of the centred coefficients.
    fn centred(&self, x: &[f64], with_fixed: bool) -> Vec<f64> {
        if !with_fixed {
            return Vec::new();
        }
        // x'beta_raw = sum_i x_i beta_i + x_1 (beta_1c - sum c_i beta_i): the row of ones may hold
        // any multiple, e.g. 0 in a contrast.
        let one = self.intercept.map_or(0.0, |c| x[c]);
        let is_kept = self.intercept.is_some_and(|c| self.keep.contains(&c));
        let scale = if is_kept { one } else { 0.0 };
        self.keep
            .iter()
            .map(
                |c| {
                    if Some(*c) == self.intercept { x[*c] } else { x[*c] - scale * self.centre[*c] }
                },
            )
            .collect()
    }
}
