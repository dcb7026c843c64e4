//! Numerics of echelon: Gaussian multilevel models from cross-products.
//!
//! `crossprod` reads rows once; `plan` arranges what it found; an `elimination` (`chain`, `root`)
//! removes the random effects; `criterion` turns that into ML or REML with gradient and
//! information; `minimise` finds the minimum. Equation numbers refer to docs/theory.md.

mod chain;
mod chain_build;
mod chain_info;
mod chain_patterns;
pub mod chunk;
pub mod criterion;
pub mod crossprod;
mod dense;
pub mod elimination;
pub mod error;
pub mod generalized;
pub mod minimise;
mod noise;
pub mod observation;
pub mod of_theta;
mod pairs;
mod panels;
pub mod plan;
mod rank;
pub mod replicate;
mod root;
mod root_build;
mod root_gradient;
mod root_info;
mod root_inverse;
mod root_leaf;
pub mod scores;
pub mod simulate;
mod small;
pub mod start;
pub mod stop;
mod symbolic;
mod transform;
mod variates;

pub use pairs::PairSums;
