//! The Gaussian criterion under the minimiser, as a function of theta. Theory (11).

use crate::criterion::Criterion;
use crate::elimination::Direction;
use crate::error::CoreResult;
use crate::minimise::{Evaluation, Outcome, Problem, Settings, ThetaMap, inner, minimise_problem};

/// Minimises the Gaussian criterion from `start`.
///
/// # Errors
/// `Interrupted`, errors of the map, and failures of the criterion at the starting point.
pub fn minimise(
    criterion: &mut Criterion,
    map: &dyn ThetaMap,
    start: &[f64],
    settings: &Settings,
) -> CoreResult<Outcome> {
    minimise_problem(&mut OfTheta { criterion, map }, start, settings)
}

/// The Gaussian criterion as a function of theta.
struct OfTheta<'a> {
    criterion: &'a mut Criterion,
    map: &'a dyn ThetaMap,
}

impl Problem for OfTheta<'_> {
    fn evaluate(&mut self, theta: &[f64]) -> CoreResult<Evaluation> {
        let lambdas = self.map.lambdas(theta)?;
        let directions = self.map.directions(theta)?;
        let value = self.criterion.evaluate(&lambdas)?;
        let by_block = self.criterion.gradient()?;
        let gradient = directions.iter().map(|d| inner(&d.d_lambda, &by_block[d.block])).collect();
        let mut curvature = self.criterion.information(&directions)?;
        if self.map.is_linear() {
            add_curvature_of_square(&lambdas, &directions, &by_block, &mut curvature);
        }
        Ok(Evaluation { value, gradient, curvature })
    }

    fn value(&mut self, theta: &[f64]) -> CoreResult<f64> {
        self.criterion.evaluate(&self.map.lambdas(theta)?)
    }

    fn may_vanish(&self, _: usize) -> bool {
        true
    }
}

/// Adds 2 tr(dLambda_i' G dLambda_j), G the derivative with respect to Lambda Lambda'.
///
/// The gradient with respect to Lambda is 2 G Lambda, so G follows by solving with Lambda; a
/// template that is singular to rounding adds nothing.
fn add_curvature_of_square(
    lambdas: &[Vec<f64>],
    directions: &[Direction],
    by_block: &[Vec<f64>],
    curvature: &mut [f64],
) {
    let k = directions.len();
    for (block, lambda) in lambdas.iter().enumerate() {
        let r = (lambda.len() as f64).sqrt() as usize;
        let Some(g) = solve_right(r, lambda, &by_block[block]) else { continue };
        let mine: Vec<usize> = (0..k).filter(|i| directions[*i].block == block).collect();
        let mut product = vec![0.0; r * r];
        for i in &mine {
            // by_block holds 2 G Lambda, so g is 2 G.
            crate::small::multiply(r, &g, &directions[*i].d_lambda, &mut product);
            for j in &mine {
                curvature[i * k + j] += inner(&product, &directions[*j].d_lambda);
            }
        }
    }
}

/// The symmetric part of X with X Lambda = n; none when Lambda is singular to rounding.
fn solve_right(r: usize, lambda: &[f64], n: &[f64]) -> Option<Vec<f64>> {
    let largest = lambda.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let mut x = n.to_vec();
    for j in (0..r).rev() {
        let pivot = lambda[j * r + j];
        if pivot.abs() <= 1e-9 * largest || pivot == 0.0 {
            return None;
        }
        for i in 0..r {
            let sum: f64 = (j + 1..r).map(|c| x[i * r + c] * lambda[c * r + j]).sum();
            x[i * r + j] = (x[i * r + j] - sum) / pivot;
        }
    }
    Some((0..r * r).map(|e| 0.5 * (x[e] + x[(e % r) * r + e / r])).collect())
}
