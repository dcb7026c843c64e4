//! A generalized model under the minimiser: coefficients and theta together. Theory (25).
//!
//! The curvature starts from the information about the coefficients and the expected information
//! about theta; every pair of points corrects it (BFGS where that keeps it positive, else SR1).

use crate::dense;
use crate::elimination::Direction;
use crate::error::{CoreError, CoreResult};
use crate::generalized::start::size;
use crate::generalized::{Evaluated, Information, Marginal};
use crate::minimise::{self, Evaluation, Outcome, Problem, Settings, ThetaMap};
use crate::small;

/// Step of the differences that give the Hessian, in standard errors.
const HESSIAN_STEP: f64 = 2e-3;
/// Smallest eigenvalue of a Hessian, on the correlation scale, that has an inverse.
const INDEFINITE: f64 = 1e-9;

/// A marginal criterion as a function of x = (coefficients, theta), some of them free.
pub struct OfParameters<'a> {
    marginal: &'a mut dyn Marginal,
    map: &'a dyn ThetaMap,
    /// All coordinates; those that are not free stay.
    full: Vec<f64>,
    free: Vec<usize>,
    p: usize,
    curvature: Vec<f64>,
    last: Option<(Vec<f64>, f64, Vec<f64>)>,
}

impl<'a> OfParameters<'a> {
    /// A problem at `full` (P + k,), of which `free` vary.
    pub fn new(
        marginal: &'a mut dyn Marginal,
        map: &'a dyn ThetaMap,
        full: Vec<f64>,
        free: Vec<usize>,
    ) -> Self {
        let p = marginal.data().n_coefficients;
        Self { marginal, map, full, free, p, curvature: Vec::new(), last: None }
    }

    fn place(&mut self, x: &[f64]) {
        self.free.iter().zip(x).for_each(|(i, v)| self.full[*i] = *v);
    }

    fn gradient_at(&mut self, x: &[f64]) -> CoreResult<(f64, Vec<f64>)> {
        self.place(x);
        let (coefficients, theta) = self.full.split_at(self.p);
        let lambdas = self.map.lambdas(theta)?;
        let directions = self.map.directions(theta)?;
        let at = self.marginal.evaluate(coefficients, &lambdas)?;
        let is_finite = at.value.is_finite() && at.coefficients.iter().all(|v| v.is_finite());
        if !is_finite {
            return Err(CoreError::NotPositiveDefinite { index: 0 });
        }
        let gradient = self.free.iter().map(|i| self.slope(&at, &directions, *i)).collect();
        Ok((at.value, gradient))
    }

    fn slope(&self, at: &Evaluated, directions: &[Direction], i: usize) -> f64 {
        if i < self.p {
            return at.coefficients[i];
        }
        let d = &directions[i - self.p];
        d.d_lambda.iter().zip(&at.lambdas[d.block]).map(|(x, y)| x * y).sum()
    }

    /// The first model of the curvature, (free, free), at the present point.
    ///
    /// # Errors
    /// Those of the information.
    fn first_curvature(&mut self) -> CoreResult<Vec<f64>> {
        let (coefficients, theta) = self.full.split_at(self.p);
        let lambdas = self.map.lambdas(theta)?;
        let directions = self.map.directions(theta)?;
        let information = self.marginal.information(coefficients, &lambdas)?;
        let of_theta = theta_information(&information, &lambdas, &directions);
        let (p, k) = (self.p, directions.len());
        let entry = |i: usize, j: usize| match (i < p, j < p) {
            (true, true) => 2.0 * information.coefficients[i * p + j],
            (false, false) => of_theta[(i - p) * k + j - p],
            _ => 0.0,
        };
        let n = self.free.len();
        let mut matrix = vec![0.0; n * n];
        for (a, i) in self.free.iter().enumerate() {
            for (b, j) in self.free.iter().enumerate() {
                matrix[a * n + b] = entry(*i, *j);
            }
        }
        positive(n, matrix)
    }

    fn correct(&mut self, x: &[f64], gradient: &[f64]) {
        let Some((before, _, old)) = &self.last else { return };
        let step: Vec<f64> = x.iter().zip(before).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = gradient.iter().zip(old).map(|(a, b)| a - b).collect();
        update(&mut self.curvature, &step, &change);
    }
}

impl Problem for OfParameters<'_> {
    fn evaluate(&mut self, x: &[f64]) -> CoreResult<Evaluation> {
        let (value, gradient) = self.gradient_at(x)?;
        if self.curvature.is_empty() {
            self.curvature = self.first_curvature()?;
        }
        self.correct(x, &gradient);
        self.last = Some((x.to_vec(), value, gradient.clone()));
        Ok(Evaluation { value, gradient, curvature: self.curvature.clone() })
    }

    fn value(&mut self, x: &[f64]) -> CoreResult<f64> {
        if let Some((_, value, _)) = self.last.as_ref().filter(|l| l.0 == x) {
            let value = *value;
            self.place(x);
            return Ok(value);
        }
        let (value, gradient) = self.gradient_at(x)?;
        self.last = Some((x.to_vec(), value, gradient));
        Ok(value)
    }

    fn may_vanish(&self, i: usize) -> bool {
        self.free[i] >= self.p
    }
}

/// Minimises over the free coordinates of `full`; limits are of all (P + k) coordinates.
///
/// # Errors
/// Those of the criterion at the start, `Interrupted`, `Map`.
pub fn minimise(
    marginal: &mut dyn Marginal,
    map: &dyn ThetaMap,
    full: &[f64],
    free: &[usize],
    (lower, upper): (&[f64], &[f64]),
    (max_evaluations, tolerance): (usize, f64),
) -> CoreResult<Outcome> {
    let mut problem = OfParameters::new(marginal, map, full.to_vec(), free.to_vec());
    let start: Vec<f64> = free.iter().map(|i| full[*i]).collect();
    let n = free.len();
    problem.gradient_at(&start)?;
    problem.curvature = problem.first_curvature()?;
    let scale = (0..n).map(|i| size(problem.curvature[i * n + i])).collect();
    let limits = |all: &[f64]| free.iter().map(|i| all[*i]).collect();
    let mut settings =
        Settings::new(max_evaluations, tolerance, (limits(lower), limits(upper)), scale);
    // In scaled units a step of one is about a standard error.
    (settings.memory, settings.radius) = (0, Some(10.0 * (n as f64).sqrt()));
    let outcome = minimise::minimise_problem(&mut problem, &start, &settings)?;
    let mut full = full.to_vec();
    free.iter().zip(&outcome.theta).for_each(|(i, v)| full[*i] = *v);
    Ok(Outcome { theta: full, ..outcome })
}

/// Hessian of the criterion by central differences of its gradient, (free, free), at `full`.
///
/// # Errors
/// Those of the criterion near the point.
pub fn hessian(
    marginal: &mut dyn Marginal,
    map: &dyn ThetaMap,
    full: &[f64],
    free: &[usize],
) -> CoreResult<Vec<f64>> {
    let mut problem = OfParameters::new(marginal, map, full.to_vec(), free.to_vec());
    let at: Vec<f64> = free.iter().map(|i| full[*i]).collect();
    problem.gradient_at(&at)?;
    let modes = problem.marginal.modes();
    let curvature = problem.first_curvature()?;
    let n = free.len();
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        let mut step = HESSIAN_STEP / size(0.5 * curvature[i * n + i]);
        // The first model of the curvature may be far off: stay close to the value itself.
        step = step.min(0.05 * at[i].abs().max(0.1));
        let mut slopes = Vec::with_capacity(2);
        for side in [step, -step] {
            let mut x = at.clone();
            x[i] += side;
            slopes.push(problem.gradient_at(&x)?.1);
            // The modes are nearly linear in x: those of the other side mirror these.
            let reached = problem.marginal.modes();
            problem.marginal.set_modes(&mirrored(&modes, &reached, side < 0.0));
        }
        for j in 0..n {
            matrix[i * n + j] = (slopes[0][j] - slopes[1][j]) / (2.0 * step);
        }
    }
    problem.marginal.set_modes(&modes);
    problem.gradient_at(&at)?;
    Ok((0..n * n).map(|e| 0.5 * (matrix[e] + matrix[(e % n) * n + e / n])).collect())
}

/// Covariance of the free coordinates, (free, free): twice the inverse of the criterion's Hessian.
/// Empty where the Hessian is not positive definite.
///
/// # Errors
/// Those of the criterion near the point.
pub fn covariance(
    marginal: &mut dyn Marginal,
    map: &dyn ThetaMap,
    full: &[f64],
    free: &[usize],
) -> CoreResult<Vec<f64>> {
    let n = free.len();
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut matrix = hessian(marginal, map, full, free)?;
    let scale: Vec<f64> = (0..n).map(|i| size(matrix[i * n + i])).collect();
    for e in 0..n * n {
        matrix[e] /= scale[e / n] * scale[e % n];
    }
    if matrix.iter().any(|v| !v.is_finite()) {
        return Ok(Vec::new());
    }
    let (values, vectors) = dense::eigen(n, &matrix)?;
    if values[0] <= INDEFINITE {
        return Ok(Vec::new());
    }
    let entry = |e: usize| {
        let (i, j) = (e / n, e % n);
        let parts = values.iter().zip(vectors.chunks_exact(n));
        let sum: f64 = parts.map(|(value, v)| v[i] * v[j] / value).sum();
        2.0 * sum / (scale[i] * scale[j])
    };
    Ok((0..n * n).map(entry).collect())
}

/// Modes on the other side of the middle; after both sides the middle itself.
fn mirrored(middle: &[Vec<f64>], reached: &[Vec<f64>], is_done: bool) -> Vec<Vec<f64>> {
    if is_done {
        return middle.to_vec();
    }
    let turn = |(m, r): (&Vec<f64>, &Vec<f64>)| m.iter().zip(r).map(|(m, r)| 2.0 * m - r).collect();
    middle.iter().zip(reached).map(turn).collect()
}

/// Expected information about theta, (k, k): for levels of a block, tr(U D_a U D_b) with
/// U = I - M^-1 and D = G + G', G = Lambda^-1 dLambda. Theory (25).
fn theta_information(
    information: &Information,
    lambdas: &[Vec<f64>],
    directions: &[Direction],
) -> Vec<f64> {
    let k = directions.len();
    let mut matrix = vec![0.0; k * k];
    for (block, lambda) in lambdas.iter().enumerate() {
        let r = (lambda.len() as f64).sqrt() as usize;
        let mine: Vec<usize> = (0..k).filter(|i| directions[*i].block == block).collect();
        let turns: Vec<Vec<f64>> =
            mine.iter().map(|i| relative(r, lambda, &directions[*i].d_lambda)).collect();
        let mut products = vec![vec![0.0; r * r]; turns.len()];
        for u in information.shares[block].chunks_exact(r * r) {
            for (d, product) in turns.iter().zip(&mut products) {
                small::multiply(r, u, d, product);
            }
            for (a, i) in mine.iter().enumerate() {
                for (b, j) in mine.iter().enumerate() {
                    let trace: f64 =
                        (0..r * r).map(|e| products[a][e] * products[b][(e % r) * r + e / r]).sum();
                    matrix[i * k + j] += trace;
                }
            }
        }
    }
    for i in 0..k {
        if matrix[i * k + i].is_nan() || matrix[i * k + i] <= 0.0 {
            matrix[i * k + i] = 1.0;
        }
    }
    matrix
}

/// G + G' with Lambda G = d; a diagonal that is zero counts as a small one.
fn relative(r: usize, lambda: &[f64], d: &[f64]) -> Vec<f64> {
    let largest = lambda.iter().fold(1e-8f64, |m, v| m.max(v.abs()));
    let mut g = d.to_vec();
    for i in 0..r {
        let pivot = lambda[i * r + i];
        let pivot = if pivot.abs() < 1e-3 * largest { 1e-3 * largest } else { pivot };
        for j in 0..r {
            let sum: f64 = (0..i).map(|k| lambda[i * r + k] * g[k * r + j]).sum();
            g[i * r + j] = (g[i * r + j] - sum) / pivot;
        }
    }
    (0..r * r).map(|e| g[e] + g[(e % r) * r + e / r]).collect()
}

/// The matrix with eigenvalues (on the correlation scale) made positive.
fn positive(n: usize, mut matrix: Vec<f64>) -> CoreResult<Vec<f64>> {
    let scale: Vec<f64> = (0..n).map(|i| size(matrix[i * n + i])).collect();
    for i in 0..n {
        for j in 0..n {
            matrix[i * n + j] /= scale[i] * scale[j];
            if !matrix[i * n + j].is_finite() {
                matrix[i * n + j] = if i == j { 1.0 } else { 0.0 };
            }
        }
    }
    let (values, vectors) = dense::eigen(n, &matrix)?;
    let mut out = vec![0.0; n * n];
    for (value, vector) in values.iter().zip(vectors.chunks_exact(n.max(1))) {
        let value = value.abs().max(1e-4);
        for i in 0..n {
            for j in 0..n {
                out[i * n + j] += value * vector[i] * vector[j] * scale[i] * scale[j];
            }
        }
    }
    Ok(out)
}

/// Corrects a curvature so that it maps the step to the change of the gradient.
fn update(b: &mut [f64], step: &[f64], change: &[f64]) {
    let n = step.len();
    let product: Vec<f64> =
        (0..n).map(|i| b[i * n..(i + 1) * n].iter().zip(step).map(|(b, s)| b * s).sum()).collect();
    let dot = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(a, b)| a * b).sum() };
    let (ys, bs) = (dot(change, step), dot(&product, step));
    if bs <= 0.0 || !bs.is_finite() {
        return;
    }
    if ys > 1e-3 * bs {
        for i in 0..n {
            for j in 0..n {
                b[i * n + j] += change[i] * change[j] / ys - product[i] * product[j] / bs;
            }
        }
        return;
    }
    let miss: Vec<f64> = change.iter().zip(&product).map(|(y, p)| y - p).collect();
    let denominator = dot(&miss, step);
    if denominator.abs() > 1e-6 * dot(&miss, &miss).sqrt() * dot(step, step).sqrt() {
        for i in 0..n {
            for j in 0..n {
                b[i * n + j] += miss[i] * miss[j] / denominator;
            }
        }
    }
}
