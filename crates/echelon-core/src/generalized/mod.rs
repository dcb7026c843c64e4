//! Generalized models: observation models with random effects, by Laplace and by quadrature.
//!
//! `data` holds the rows, sorted by the largest grouping factor; `groups` evaluates models with one
//! factor, group by group; `crossed` evaluates all others through `system`, a factorisation by
//! blocks; `problem` and `fit` put either under the minimiser of the crate. Theory (25), (26).

pub mod crossed;
mod crossed_gradient;
pub mod data;
pub mod fit;
mod group_gradient;
pub mod groups;
mod mode;
pub mod nested;
pub mod nodes;
pub mod pattern;
mod quadrature;
mod rowwise;
pub mod start;
mod system;
mod system_inverse;
mod system_plan;

use crate::error::CoreResult;

/// What one evaluation gives: the criterion, and its derivatives by the coefficients (P,) and by
/// the entries of every Lambda template (r x r).
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    pub value: f64,
    pub coefficients: Vec<f64>,
    pub lambdas: Vec<Vec<f64>>,
}

/// The information about the coefficients (P, P) and, per block, what `theta_information` needs:
/// for every level the matrix I - V (r, r) of spherical random effects.
#[derive(Clone, Debug, Default)]
pub struct Information {
    pub coefficients: Vec<f64>,
    pub shares: Vec<Vec<f64>>,
}

/// A marginal criterion, -2 log likelihood, as a function of coefficients and Lambda templates.
pub trait Marginal: Send {
    /// Criterion and gradient.
    ///
    /// # Errors
    /// `NotPositiveDefinite` where the inner problem has no maximum; `NoMode` where it was not
    /// found; `Interrupted`.
    fn evaluate(&mut self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> CoreResult<Evaluated>;

    /// Information at the last point, for the first model of the curvature.
    ///
    /// # Errors
    /// Those of `evaluate`.
    fn information(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Information>;

    /// Spherical random effects by block, (J, r) each: the modes at the last point.
    fn modes(&self) -> Vec<Vec<f64>>;

    /// Makes the next evaluation start from these modes.
    fn set_modes(&mut self, modes: &[Vec<f64>]);

    /// The rows.
    fn data(&self) -> &data::Data;
}
