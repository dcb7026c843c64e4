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
/// Rows above which differences are one-sided: the criterion is nearly quadratic over a step of
/// this many standard errors, to about 1e-5 of the curvature.
const MANY_ROWS: usize = 4_000;
const ONE_SIDED_STEP: f64 = 1e-4;
/// Longest step, as a share of the value or of what moves a linear predictor by one.
const LONGEST: f64 = 0.1;
/// Times that this step is made shorter where the criterion has no value.
const SHORTER: usize = 8;
/// Smallest eigenvalue, on the correlation scale, of a curvature to begin with.
const SMALLEST: f64 = 1e-7;
/// Smallest eigenvalue of a Hessian, on the correlation scale, that has an inverse.
const INDEFINITE: f64 = 1e-9;

/// A coefficient whose column is centred: `targets` are the constants that take its mean up, each
/// with the factor by which they do.
#[derive(Clone, Debug)]
pub struct Shift {
    pub coefficient: usize,
    pub targets: Vec<(usize, f64)>,
}

/// A marginal criterion as a function of x = (coefficients, theta), some of them free.
///
/// Inside, constants are those of centred columns (`shifts`): far from zero a constant and a slope
/// could hardly be told apart.
pub struct OfParameters<'a> {
    marginal: &'a mut dyn Marginal,
    map: &'a dyn ThetaMap,
    /// All coordinates, with centred columns; those that are not free stay.
    full: Vec<f64>,
    free: Vec<usize>,
    shifts: Vec<Shift>,
    p: usize,
    curvature: Vec<f64>,
    last: Option<(Vec<f64>, f64, Vec<f64>)>,
}

impl<'a> OfParameters<'a> {
    /// A problem at `full` (P + k,), of which `free` vary.
    pub fn new(
        marginal: &'a mut dyn Marginal,
        map: &'a dyn ThetaMap,
        full: &[f64],
        free: &[usize],
        shifts: &[Shift],
    ) -> Self {
        let p = marginal.data().n_coefficients;
        let is_free = |i: usize| free.contains(&i);
        let all_free =
            |s: &&Shift| is_free(s.coefficient) && s.targets.iter().all(|target| is_free(target.0));
        let shifts: Vec<Shift> = shifts.iter().filter(all_free).cloned().collect();
        let full = moved(full, &shifts, 1.0);
        Self {
            marginal,
            map,
            full,
            free: free.to_vec(),
            shifts,
            p,
            curvature: Vec::new(),
            last: None,
        }
    }

    /// The free coordinates.
    fn inner(&self) -> Vec<f64> {
        self.free.iter().map(|i| self.full[*i]).collect()
    }

    fn place(&mut self, x: &[f64]) {
        self.free.iter().zip(x).for_each(|(i, v)| self.full[*i] = *v);
    }

    fn gradient_at(&mut self, x: &[f64]) -> CoreResult<(f64, Vec<f64>)> {
        self.place(x);
        let raw = moved(&self.full, &self.shifts, -1.0);
        let (coefficients, theta) = raw.split_at(self.p);
        let lambdas = self.map.lambdas(theta)?;
        let directions = self.map.directions(theta)?;
        let mut at = self.marginal.evaluate(coefficients, &lambdas)?;
        for shift in &self.shifts {
            let taken = shift.targets.iter().map(|(i, factor)| factor * at.coefficients[*i]);
            let taken: f64 = taken.sum();
            at.coefficients[shift.coefficient] -= taken;
        }
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

    /// What moves a typical row's linear predictor by one, for the free coordinate `i`.
    fn unit(&self, i: usize) -> CoreResult<f64> {
        let data = self.marginal.data();
        let i = self.free[i];
        let column = if i < self.p {
            let parts = data.channels.iter().flat_map(|c| &c.parts);
            parts.filter(|part| part.coefficient == i).map(|part| part.column).next()
        } else {
            let direction = &self.map.directions(&self.full[self.p..])?[i - self.p];
            let columns = &data.blocks[direction.block].columns;
            let entry = direction.d_lambda.iter().position(|d| *d != 0.0);
            entry.map(|entry| columns[entry / columns.len()])
        };
        let square = column.map_or(1.0, |column| {
            let values = &data.columns[column];
            values.iter().map(|v| v * v).sum::<f64>() / data.n.max(1) as f64
        });
        Ok(if square > 0.0 { 1.0 / square.sqrt() } else { 1.0 })
    }

    /// Gradients at a step up coordinate `i`, and down unless it `is_one_sided`.
    fn sides(
        &mut self,
        at: &[f64],
        i: usize,
        step: f64,
        is_one_sided: bool,
        modes: &[Vec<f64>],
    ) -> CoreResult<Vec<Vec<f64>>> {
        let mut slopes = Vec::with_capacity(2);
        self.marginal.set_modes(modes);
        for side in if is_one_sided { vec![step] } else { vec![step, -step] } {
            let mut x = at.to_vec();
            x[i] += side;
            slopes.push(self.gradient_at(&x)?.1);
            // The modes are nearly linear in x: those of the other side mirror these.
            let reached = self.marginal.modes();
            self.marginal.set_modes(&mirrored(modes, &reached, side < 0.0));
        }
        Ok(slopes)
    }

    /// The first model of the curvature, (free, free), at the present point.
    ///
    /// # Errors
    /// Those of the information.
    fn first_curvature(&mut self) -> CoreResult<Vec<f64>> {
        let raw = moved(&self.full, &self.shifts, -1.0);
        let (coefficients, theta) = raw.split_at(self.p);
        let lambdas = self.map.lambdas(theta)?;
        let directions = self.map.directions(theta)?;
        let mut information = self.marginal.information(coefficients, &lambdas)?;
        centre(&self.shifts, self.p, &mut information.coefficients);
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

/// Coefficients with constants of centred columns (`side` 1), or back (-1).
fn moved(full: &[f64], shifts: &[Shift], side: f64) -> Vec<f64> {
    let mut out = full.to_vec();
    for shift in shifts {
        let value = full[shift.coefficient];
        shift.targets.iter().for_each(|(i, factor)| out[*i] += side * factor * value);
    }
    out
}

/// R'HR for an information (p, p) of raw columns: that of centred ones.
fn centre(shifts: &[Shift], p: usize, matrix: &mut [f64]) {
    for shift in shifts {
        let j = shift.coefficient;
        for (i, factor) in &shift.targets {
            (0..p).for_each(|k| matrix[j * p + k] -= factor * matrix[i * p + k]);
            (0..p).for_each(|k| matrix[k * p + j] -= factor * matrix[k * p + i]);
        }
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
    (free, shifts): (&[usize], &[Shift]),
    (lower, upper): (&[f64], &[f64]),
    (max_evaluations, tolerance): (usize, f64),
) -> CoreResult<Outcome> {
    let mut problem = OfParameters::new(marginal, map, full, free, shifts);
    let start = problem.inner();
    let n = free.len();
    problem.curvature = problem.first_curvature()?;
    let scale = (0..n).map(|i| size(problem.curvature[i * n + i])).collect();
    let limits = |all: &[f64]| free.iter().map(|i| all[*i]).collect();
    let mut settings =
        Settings::new(max_evaluations, tolerance, (limits(lower), limits(upper)), scale);
    // In scaled units a step of one is about a standard error.
    (settings.memory, settings.radius) = (0, Some(10.0 * (n as f64).sqrt()));
    let outcome = minimise::minimise_problem(&mut problem, &start, &settings)?;
    problem.place(&outcome.theta);
    let full = moved(&problem.full, &problem.shifts, -1.0);
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
    (free, shifts): (&[usize], &[Shift]),
) -> CoreResult<Vec<f64>> {
    let mut problem = OfParameters::new(marginal, map, full, free, shifts);
    let at = problem.inner();
    let middle = problem.gradient_at(&at)?.1;
    let modes = problem.marginal.modes();
    let curvature = problem.first_curvature()?;
    let n = free.len();
    let is_one_sided = problem.marginal.data().n > MANY_ROWS;
    let length = if is_one_sided { ONE_SIDED_STEP } else { HESSIAN_STEP };
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        let mut step = length / size(0.5 * curvature[i * n + i]);
        if step > LONGEST * at[i].abs() {
            // Flat directions have long steps, which must not lead to where they are not flat.
            step = step.min(LONGEST * at[i].abs().max(problem.unit(i)?));
        }
        let mut slopes = problem.sides(&at, i, step, is_one_sided, &modes);
        for _ in 0..SHORTER {
            if !matches!(
                slopes,
                Err(CoreError::NotPositiveDefinite { .. } | CoreError::NoMode { .. })
            ) {
                break;
            }
            // The criterion has no value so far out, where it is almost flat here.
            step *= 0.1;
            slopes = problem.sides(&at, i, step, is_one_sided, &modes);
        }
        let slopes = slopes?;
        let (below, width) = if is_one_sided { (&middle, step) } else { (&slopes[1], 2.0 * step) };
        for j in 0..n {
            matrix[i * n + j] = (slopes[0][j] - below[j]) / width;
        }
    }
    problem.marginal.set_modes(&modes);
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
    (free, shifts): (&[usize], &[Shift]),
) -> CoreResult<Vec<f64>> {
    let n = free.len();
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut matrix = hessian(marginal, map, full, (free, shifts))?;
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
    let mut covariance: Vec<f64> = (0..n * n).map(entry).collect();
    // Back to raw columns: constant = centred constant - factor slope.
    let place = |i: usize| free.iter().position(|f| *f == i);
    for shift in shifts {
        let Some(j) = place(shift.coefficient) else { continue };
        let targets: Option<Vec<(usize, f64)>> =
            shift.targets.iter().map(|(i, f)| Some((place(*i)?, *f))).collect();
        for (i, factor) in targets.unwrap_or_default() {
            (0..n).for_each(|k| covariance[i * n + k] -= factor * covariance[j * n + k]);
            (0..n).for_each(|k| covariance[k * n + i] -= factor * covariance[k * n + j]);
        }
    }
    Ok(covariance)
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

/// G + G' with Lambda G = d; a diagonal that is small in its row counts as a small one.
fn relative(r: usize, lambda: &[f64], d: &[f64]) -> Vec<f64> {
    let mut g = d.to_vec();
    for i in 0..r {
        // Rows may differ by the units of their columns.
        let row = lambda[i * r..(i + 1) * r].iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let floor = if row > 0.0 { 1e-3 * row } else { 1.0 };
        let pivot = lambda[i * r + i];
        let pivot = if pivot.abs() < floor { floor } else { pivot };
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
        let value = value.abs().max(SMALLEST);
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
    // Sizes in the units of the curvature's diagonal.
    let unit = |i: usize| size(b[i * n + i]);
    let miss_size = (0..n).map(|i| (miss[i] / unit(i)).powi(2)).sum::<f64>().sqrt();
    let step_size = (0..n).map(|i| (step[i] * unit(i)).powi(2)).sum::<f64>().sqrt();
    if denominator.abs() > 1e-6 * miss_size * step_size {
        for i in 0..n {
            for j in 0..n {
                b[i * n + j] += miss[i] * miss[j] / denominator;
            }
        }
    }
}
