//! Refits of simulated responses, in parallel; a replicate depends on its seed alone. Theory (20).

use crate::criterion::Criterion;
use crate::crossprod::CrossProducts;
use crate::dense;
use crate::error::{CoreError, CoreResult};
use crate::minimise::{Reason, Settings, ThetaMap};
use crate::of_theta;
use crate::plan::Way;
use crate::simulate::Sampler;
use crate::stop::Stop;
use rayon::prelude::*;
use std::sync::Arc;

/// A standard deviation (relative to sigma) below which a fit is at a boundary.
const BOUNDARY: f64 = 1e-4;

/// One refit; NaN where it failed.
#[derive(Clone, Debug)]
pub struct Replicate {
    pub theta: Vec<f64>,
    pub beta: Vec<f64>,
    pub std_error: Vec<f64>,
    pub sigma: f64,
    pub objective: f64,
    pub is_converged: bool,
    pub is_failed: bool,
}

/// How each replicate is fitted. A boundary found from one start is confirmed from the next.
pub struct Refit<'a> {
    pub is_reml: bool,
    pub way: Option<Way>,
    pub map: &'a (dyn ThetaMap + Send + Sync),
    pub starts: Vec<Vec<f64>>,
    pub settings: Settings,
    /// Root mean square of the random columns, r per block.
    pub rms: Vec<Vec<f64>>,
}

impl Refit<'_> {
    /// Draws a response for every seed and fits the model to each.
    ///
    /// # Errors
    /// `Interrupted`; a replicate that fails is marked, not an error.
    pub fn replicates(
        &self,
        products: &CrossProducts,
        sampler: &Sampler,
        seeds: &[u64],
        stop: &Stop,
    ) -> CoreResult<Vec<Replicate>> {
        let fresh = || Arc::new(products.clone());
        let one = |own: &mut Arc<CrossProducts>, seed: &u64| {
            stop.check()?;
            sampler.draw_into(*seed, Arc::make_mut(own));
            match self.fit(own, stop) {
                Ok(replicate) => Ok(replicate),
                Err(CoreError::Interrupted) => Err(CoreError::Interrupted),
                Err(_) => Ok(self.failed(own)),
            }
        };
        seeds.par_iter().map_init(fresh, one).collect()
    }

    fn failed(&self, products: &CrossProducts) -> Replicate {
        Replicate {
            theta: vec![f64::NAN; self.map.n_theta()],
            beta: vec![f64::NAN; products.p],
            std_error: vec![f64::NAN; products.p],
            sigma: f64::NAN,
            objective: f64::NAN,
            is_converged: false,
            is_failed: true,
        }
    }

    fn fit(&self, products: &Arc<CrossProducts>, stop: &Stop) -> CoreResult<Replicate> {
        let mut criterion = Criterion::new(products, self.is_reml, self.way, stop)?;
        let mut best: Option<(f64, Vec<f64>, bool)> = None;
        for start in &self.starts {
            let outcome = of_theta::minimise(&mut criterion, self.map, start, &self.settings)?;
            let is_converged = outcome.reason != Reason::Evaluations;
            let is_better = best.as_ref().is_none_or(|(value, ..)| outcome.objective < *value);
            if is_better {
                best = Some((outcome.objective, outcome.theta, is_converged));
            }
            let Some((_, theta, _)) = &best else { continue };
            if is_converged && !self.is_boundary(theta)? {
                break;
            }
        }
        let Some((_, theta, is_converged)) = best else {
            criterion.evaluate(&self.map.lambdas(&[])?)?;
            return Ok(read(&mut criterion, Vec::new(), true));
        };
        criterion.evaluate(&self.map.lambdas(&theta)?)?;
        Ok(read(&mut criterion, theta, is_converged))
    }

    /// Whether a template, in units of its columns, is singular to within `BOUNDARY`.
    fn is_boundary(&self, theta: &[f64]) -> CoreResult<bool> {
        for (lambda, rms) in self.map.lambdas(theta)?.iter().zip(&self.rms) {
            let r = rms.len();
            let square: Vec<f64> = (0..r * r)
                .map(|e| {
                    let (i, j) = (e / r, e % r);
                    let sum: f64 = (0..r).map(|k| lambda[i * r + k] * lambda[j * r + k]).sum();
                    sum * rms[i] * rms[j]
                })
                .collect();
            let smallest = dense::eigen(r, &square)?.0.first().copied().unwrap_or(1.0);
            if smallest < BOUNDARY * BOUNDARY {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn read(criterion: &mut Criterion, theta: Vec<f64>, is_converged: bool) -> Replicate {
    let (beta, vcov) = criterion.fixed();
    let p = beta.len();
    Replicate {
        theta,
        std_error: (0..p).map(|i| vcov[i * p + i].sqrt()).collect(),
        beta,
        sigma: criterion.residual_variance().sqrt(),
        objective: criterion.point.objective,
        is_converged,
        is_failed: false,
    }
}
