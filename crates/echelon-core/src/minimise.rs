//! Trust-region Newton on theta: average information, the curvature of Lambda Lambda', and secant
//! corrections. The minimum is certified by the Newton decrement, not guessed.
//!
//! The Gaussian criterion (`of_theta`) is even in the signs of Lambda's columns, so signs are free and a variance of zero
//! is an interior point where the curvature decides. Theory (11).

use crate::dense;
use crate::elimination::Direction;
use crate::error::{CoreError, CoreResult};

/// Pairs of steps and gradient changes kept for the secant correction.
const MEMORY: usize = 6;
/// Newton decrement (in units of -2 log likelihood) below which steps are short enough for their
/// change of gradient to measure the curvature.
const NEAR: f64 = 1.0;
/// Share of the length of theta that the first step may take.
const START_RADIUS: f64 = 0.93;
/// Share of the largest curvature below which a direction counts as flat.
const FLAT: f64 = 1e-10;

/// theta -> Lambda templates and their derivatives; the covariance structures live behind it.
pub trait ThetaMap {
    /// Number of parameters.
    fn n_theta(&self) -> usize;
    /// Whether Lambda is linear in theta.
    fn is_linear(&self) -> bool;
    /// Templates (r x r row-major), one per block.
    ///
    /// # Errors
    /// `Map` when the structure's own code fails.
    fn lambdas(&self, theta: &[f64]) -> CoreResult<Vec<Vec<f64>>>;
    /// d Lambda / d theta_i, in order of theta.
    ///
    /// # Errors
    /// `Map` when the structure's own code fails.
    fn directions(&self, theta: &[f64]) -> CoreResult<Vec<Direction>>;
}

/// Curvature (in units of -2 log likelihood, per unit of a random effect's standard deviation
/// relative to sigma) that no data can show.
const NO_CURVATURE: f64 = 1e-6;

/// Limits and tolerances. `scale` (k,) makes theta unit-free: root mean square of its column.
#[derive(Clone, Debug)]
pub struct Settings {
    pub max_evaluations: usize,
    pub tolerance: f64,
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
    pub scale: Vec<f64>,
    /// Pairs of steps and gradient changes that correct the curvature a problem gives.
    pub memory: usize,
    /// Length of the first step, in scaled units; none: from the length of the start.
    pub radius: Option<f64>,
}

impl Settings {
    /// Limits with the usual number of corrections and first step.
    pub fn new(
        max_evaluations: usize,
        tolerance: f64,
        (lower, upper): (Vec<f64>, Vec<f64>),
        scale: Vec<f64>,
    ) -> Self {
        Self { max_evaluations, tolerance, lower, upper, scale, memory: MEMORY, radius: None }
    }

    fn is_bounded(&self) -> bool {
        self.lower.iter().any(|v| v.is_finite()) || self.upper.iter().any(|v| v.is_finite())
    }

    /// Brings rounding back inside the limits.
    fn inside(&self, theta: Vec<f64>) -> Vec<f64> {
        let limits = self.lower.iter().zip(&self.upper);
        theta.iter().zip(limits).map(|(t, (low, high))| t.max(*low).min(*high)).collect()
    }
}

/// Why the minimiser stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The Newton decrement is below the tolerance.
    Converged,
    /// No step lowers the criterion any further.
    NoProgress,
    /// The evaluations are used up.
    Evaluations,
}

/// Where the minimiser ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub theta: Vec<f64>,
    pub objective: f64,
    pub n_evaluations: usize,
    pub decrement: f64,
    pub gradient_norm: f64,
    pub smallest_eigenvalue: f64,
    pub reason: Reason,
}

/// Value, gradient and curvature (k, k) of a criterion at one point.
pub struct Evaluation {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub curvature: Vec<f64>,
}

/// What is minimised.
pub trait Problem {
    /// Value and derivatives.
    ///
    /// # Errors
    /// `NotPositiveDefinite` or `NoMode` where the point is out of reach; others end the search.
    fn evaluate(&mut self, x: &[f64]) -> CoreResult<Evaluation>;

    /// The value, leaving the problem at `x`.
    ///
    /// # Errors
    /// Those of `evaluate`.
    fn value(&mut self, x: &[f64]) -> CoreResult<f64>;

    /// Whether coordinate `i` may be set to zero when it is zero to within rounding.
    fn may_vanish(&self, i: usize) -> bool;
}

/// Value, gradient and curvature at one point, in scaled coordinates.
struct State {
    theta: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

/// Secant pairs: step and change of gradient.
type Pairs = Vec<(Vec<f64>, Vec<f64>)>;

/// Minimises any problem from `start`.
///
/// # Errors
/// `Interrupted`, and failures of the problem at the starting point.
pub fn minimise_problem(
    problem: &mut dyn Problem,
    start: &[f64],
    settings: &Settings,
) -> CoreResult<Outcome> {
    let k = start.len();
    let mut count = 1;
    let mut at = evaluate(problem, start.to_vec(), settings)?;
    let size = at.theta.iter().zip(&settings.scale).map(|(t, d)| (t * d).powi(2)).sum::<f64>();
    // Not the whole length of theta: a step might end at theta = 0 exactly, where the gradient
    // vanishes by symmetry whatever the curvature.
    let mut radius = settings.radius.unwrap_or_else(|| (START_RADIUS * size.sqrt()).max(0.3));
    let mut pairs: Pairs = Vec::new();
    let reason = loop {
        let (model, values, vectors) = model(k, &at.curvature, &pairs)?;
        let free = free_gradient(&at, settings);
        let decrement = decrement(&at, &model, (&values, &vectors), settings)?;
        if decrement <= settings.tolerance {
            break Reason::Converged;
        }
        if count >= settings.max_evaluations {
            break Reason::Evaluations;
        }
        let step = if settings.is_bounded() {
            bounded_step(&at, &model, settings, radius)?
        } else {
            trust_region_step(k, &values, &vectors, &free, radius)
        };
        let target: Vec<f64> = (0..k).map(|i| at.theta[i] + step[i] / settings.scale[i]).collect();
        let target = settings.inside(target);
        let taken: Vec<f64> =
            (0..k).map(|i| (target[i] - at.theta[i]) * settings.scale[i]).collect();
        let length = norm(&taken);
        if length <= 1e-14 * (1.0 + radius) {
            break Reason::NoProgress;
        }
        count += 1;
        let predicted = -(inner(&at.gradient, &taken) + 0.5 * quadratic(k, &model, &taken));
        let trial = match evaluate(problem, target, settings) {
            Ok(trial) => trial,
            Err(CoreError::NotPositiveDefinite { .. } | CoreError::NoMode { .. }) => {
                radius = 0.25 * length;
                continue;
            }
            Err(error) => return Err(error),
        };
        let change: Vec<f64> =
            trial.gradient.iter().zip(&at.gradient).map(|(a, b)| a - b).collect();
        let noise = 1e-13 * at.value.abs().max(1.0);
        let gain = at.value - trial.value;
        let is_noise = predicted.abs() < 10.0 * noise && gain > -10.0 * noise;
        let ratio = if is_noise {
            // Rounding hides the difference of the values: let the gradients decide.
            if norm(&trial.gradient) < norm(&at.gradient) { 1.0 } else { 0.0 }
        } else {
            gain / predicted
        };
        if ratio < 0.25 {
            radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * radius {
            radius *= 2.5;
        }
        if decrement < NEAR {
            pairs.push((taken, change));
        }
        if pairs.len() > settings.memory.min(k + 1) {
            pairs.remove(0);
        }
        if ratio > 1e-4 {
            at = trial;
        } else if radius < 1e-10 || is_noise {
            break Reason::NoProgress;
        }
    };
    finish(problem, at, settings, count, &pairs, reason)
}

/// Sets entries that are zero to within rounding to zero, and certifies the end point.
fn finish(
    problem: &mut dyn Problem,
    at: State,
    settings: &Settings,
    mut count: usize,
    pairs: &Pairs,
    reason: Reason,
) -> CoreResult<Outcome> {
    let k = at.theta.len();
    let (model, values, vectors) = model(k, &at.curvature, pairs)?;
    let free = free_gradient(&at, settings);
    let decrement = decrement(&at, &model, (&values, &vectors), settings)?;
    let diagonal: Vec<f64> = (0..k).map(|i| at.curvature[i * k + i]).collect();
    let scaled: Vec<f64> = (0..k * k)
        .map(|e| {
            let size = (diagonal[e / k] * diagonal[e % k]).abs().sqrt();
            if size > 0.0 { at.curvature[e] / size } else { 0.0 }
        })
        .collect();
    let smallest = dense::eigen(k, &scaled)?.0.first().copied().unwrap_or(f64::INFINITY);
    let mut theta = at.theta.clone();
    for (i, value) in theta.iter_mut().enumerate() {
        if problem.may_vanish(i) && (*value * settings.scale[i]).abs() < 1e-5 {
            *value = 0.0;
        }
    }
    let mut objective = at.value;
    if theta != at.theta {
        count += 1;
        let zeroed = problem.value(&theta)?;
        if zeroed <= at.value + 1e-9 * at.value.abs().max(1.0) {
            objective = zeroed;
        } else {
            theta.clone_from(&at.theta);
        }
    }
    if theta == at.theta {
        objective = problem.value(&theta)?;
    }
    let gradient_norm = norm(&free);
    Ok(Outcome {
        theta,
        objective,
        n_evaluations: count,
        decrement,
        gradient_norm,
        smallest_eigenvalue: smallest,
        reason,
    })
}

fn evaluate(problem: &mut dyn Problem, theta: Vec<f64>, settings: &Settings) -> CoreResult<State> {
    let k = theta.len();
    let Evaluation { value, mut gradient, mut curvature } = problem.evaluate(&theta)?;
    for i in 0..k {
        gradient[i] /= settings.scale[i];
        for j in 0..k {
            curvature[i * k + j] /= settings.scale[i] * settings.scale[j];
        }
    }
    Ok(State { theta, value, gradient, curvature })
}

/// The quadratic model with its eigenvalues and eigenvectors. Secant corrections that make it
/// indefinite where the information is not are dropped.
fn model(k: usize, curvature: &[f64], pairs: &Pairs) -> CoreResult<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let matrix = corrected(k, curvature, pairs);
    let (values, vectors) = dense::eigen(k, &matrix)?;
    if pairs.is_empty() || values.first().is_none_or(|smallest| *smallest > 0.0) {
        return Ok((matrix, values, vectors));
    }
    let matrix = corrected(k, curvature, &Vec::new());
    let (values, vectors) = dense::eigen(k, &matrix)?;
    Ok((matrix, values, vectors))
}

/// Curvature with symmetric rank-one corrections from the latest steps.
fn corrected(k: usize, curvature: &[f64], pairs: &Pairs) -> Vec<f64> {
    let mut b: Vec<f64> =
        (0..k * k).map(|e| 0.5 * (curvature[e] + curvature[(e % k) * k + e / k])).collect();
    for (s, y) in pairs {
        let miss: Vec<f64> = (0..k).map(|i| y[i] - inner(&b[i * k..(i + 1) * k], s)).collect();
        let denominator = inner(&miss, s);
        if denominator.abs() > 1e-6 * norm(&miss) * norm(s) {
            for i in 0..k {
                for j in 0..k {
                    b[i * k + j] += miss[i] * miss[j] / denominator;
                }
            }
        }
    }
    b
}

/// Whether theta_i sits on a limit that the gradient pushes it against.
fn is_held(at: &State, settings: &Settings, i: usize) -> bool {
    (at.theta[i] <= settings.lower[i] && at.gradient[i] > 0.0)
        || (at.theta[i] >= settings.upper[i] && at.gradient[i] < 0.0)
}

/// The gradient without components that push against a limit.
fn free_gradient(at: &State, settings: &Settings) -> Vec<f64> {
    (0..at.theta.len())
        .map(|i| if is_held(at, settings, i) { 0.0 } else { at.gradient[i] })
        .collect()
}

/// g'B^-1g over the parameters that are not held at a limit.
fn decrement(
    at: &State,
    model: &[f64],
    (values, vectors): (&[f64], &[f64]),
    settings: &Settings,
) -> CoreResult<f64> {
    let k = at.theta.len();
    let free: Vec<usize> = (0..k).filter(|i| !is_held(at, settings, *i)).collect();
    if free.len() == k {
        return Ok(newton_decrement(k, values, vectors, &at.gradient));
    }
    let (matrix, gradient) = restrict(&free, model, &at.gradient);
    let (values, vectors) = dense::eigen(free.len(), &matrix)?;
    Ok(newton_decrement(free.len(), &values, &vectors, &gradient))
}

/// Rows and columns of the free parameters.
fn restrict(free: &[usize], model: &[f64], gradient: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let k = gradient.len();
    let matrix = free.iter().flat_map(|i| free.iter().map(move |j| model[i * k + j])).collect();
    (matrix, free.iter().map(|i| gradient[*i]).collect())
}

/// Trust-region step inside limits: a parameter whose step would cross a limit is taken (almost)
/// there and fixed, and the others are solved for again.
fn bounded_step(
    at: &State,
    model: &[f64],
    settings: &Settings,
    radius: f64,
) -> CoreResult<Vec<f64>> {
    let k = at.theta.len();
    let mut step = vec![0.0; k];
    let mut free: Vec<usize> = (0..k).filter(|i| !is_held(at, settings, *i)).collect();
    while !free.is_empty() {
        let shifted: Vec<f64> =
            (0..k).map(|i| at.gradient[i] + inner(&model[i * k..(i + 1) * k], &step)).collect();
        let (matrix, gradient) = restrict(&free, model, &shifted);
        let (values, vectors) = dense::eigen(free.len(), &matrix)?;
        let part = trust_region_step(free.len(), &values, &vectors, &gradient, radius);
        let room = |i: usize, value: f64| {
            let limit = if value < 0.0 { settings.lower[i] } else { settings.upper[i] };
            (limit - at.theta[i]) * settings.scale[i]
        };
        let crossing = free
            .iter()
            .zip(&part)
            .enumerate()
            .filter(|(_, (i, value))| value.abs() > room(**i, **value).abs())
            .map(|(place, (i, value))| (place, *i, room(*i, *value), room(*i, *value) / value))
            .min_by(|x, y| x.3.total_cmp(&y.3));
        let Some((place, i, distance, _)) = crossing else {
            free.iter().zip(&part).for_each(|(i, value)| step[*i] = *value);
            break;
        };
        // Not all the way: on a limit such as a standard deviation of zero the gradient vanishes.
        step[i] = 0.99 * distance;
        free.remove(place);
    }
    Ok(step)
}

fn newton_decrement(k: usize, values: &[f64], vectors: &[f64], gradient: &[f64]) -> f64 {
    let floor = (FLAT * values.iter().fold(0.0f64, |m, v| m.max(v.abs()))).max(NO_CURVATURE);
    (0..k)
        .map(|i| {
            let component = inner(&vectors[i * k..(i + 1) * k], gradient);
            component * component / values[i].abs().max(floor)
        })
        .sum()
}

/// Minimises g's + s'Bs / 2 over |s| <= radius, B given by its eigenvectors (columns).
fn trust_region_step(
    k: usize,
    values: &[f64],
    vectors: &[f64],
    gradient: &[f64],
    radius: f64,
) -> Vec<f64> {
    let components: Vec<f64> =
        (0..k).map(|i| inner(&vectors[i * k..(i + 1) * k], gradient)).collect();
    let largest = values.iter().fold(1e-300f64, |m, v| m.max(v.abs()));
    let smallest = values.iter().fold(f64::INFINITY, |m, v| m.min(*v));
    let length = |shift: f64| {
        let parts = values.iter().zip(&components);
        parts.map(|(v, c)| (c / (v + shift)).powi(2)).sum::<f64>().sqrt()
    };
    let mut low = (FLAT * largest - smallest).max(0.0);
    if length(low) > radius {
        let mut high = low.max(largest);
        while length(high) > radius {
            high *= 4.0;
        }
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if length(middle) > radius { low = middle } else { high = middle }
        }
        low = high;
    }
    let mut step = vec![0.0; k];
    for i in 0..k {
        let factor = -components[i] / (values[i] + low);
        for (target, v) in step.iter_mut().zip(&vectors[i * k..(i + 1) * k]) {
            *target += factor * v;
        }
    }
    step
}

pub(crate) fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(a: &[f64]) -> f64 {
    inner(a, a).sqrt()
}

fn quadratic(k: usize, matrix: &[f64], x: &[f64]) -> f64 {
    (0..k).map(|i| x[i] * inner(&matrix[i * k..(i + 1) * k], x)).sum()
}
