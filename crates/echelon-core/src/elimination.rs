//! The interface between a way of eliminating the random effects and the criterion.
//!
//! Random effects are eliminated from [Z X y]'[Z X y] in V-form: what remains for [X y] is
//! [X y]' V^-1 [X y] with V = I + Z Lambda Lambda' Z'. Theory (6) to (9).

use crate::error::CoreResult;

/// Derivative of one Lambda template with respect to one parameter.
#[derive(Clone)]
pub struct Direction {
    pub block: usize,
    /// r x r, row-major.
    pub d_lambda: Vec<f64>,
}

/// What `information` leaves: [X y]'V^-1 f (p + 1, k) row-major, f'V^-1 f (k, k), and c'a (k,).
pub struct Reduced {
    pub xf: Vec<f64>,
    pub ff: Vec<f64>,
    pub slope: Vec<f64>,
}

impl Reduced {
    /// Sums to add to.
    pub fn zero(px: usize, k: usize) -> Self {
        Self { xf: vec![0.0; px * k], ff: vec![0.0; k * k], slope: vec![0.0; k] }
    }

    /// Adds another part.
    pub fn add(&mut self, other: &Self) {
        let pairs =
            [(&mut self.xf, &other.xf), (&mut self.ff, &other.ff), (&mut self.slope, &other.slope)];
        for (mine, theirs) in pairs {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
    }
}

/// Modes and residual products of a block, (J, r) each, row-major, in the data's group order.
#[derive(Clone, Default)]
pub struct Modes {
    /// Random effects b.
    pub b: Vec<f64>,
    /// Spherical random effects u.
    pub u: Vec<f64>,
    /// Z' W e-hat, the residual cross-products.
    pub c: Vec<f64>,
}

/// One way to eliminate the random effects. Lambdas are r x r row-major templates, one per block.
pub trait Elimination: Send {
    /// Whether there is enough work for several threads; if not, none but the caller's is used.
    fn is_parallel(&self) -> bool;

    /// Whether groups were summed by pattern: then only criterion, gradient and information exist.
    fn is_summed(&self) -> bool {
        false
    }

    /// Innermost groups, or what stands for them, that an evaluation visits.
    fn n_visited(&self) -> usize;

    /// Eliminates; returns log|Lambda' Z'WZ Lambda + I| and writes [X y]' V^-1 [X y] into `sxx`.
    ///
    /// # Errors
    /// `NotPositiveDefinite` when a block cannot be factored.
    fn reduce(&mut self, lambdas: &[Vec<f64>], sxx: &mut [f64]) -> CoreResult<f64>;

    /// Given beta, computes modes top-down, then the gradient templates N (without the factor 2).
    ///
    /// `omega` (p, p) is (X'V^-1X)^-1 under REML and empty under ML; `weight` is m / r2.
    fn gradient(&mut self, beta: &[f64], omega: &[f64], weight: f64) -> CoreResult<Vec<Vec<f64>>>;

    /// Cross-products of the working variates f_i = d(Z Lambda Lambda' Z') V^-1 (y - X beta),
    /// after elimination. Needs `gradient` (or `modes`) at the same point.
    fn information(&mut self, directions: &[Direction]) -> CoreResult<Reduced>;

    /// Modes given beta.
    fn modes(&mut self, beta: &[f64]) -> CoreResult<Vec<Modes>>;

    /// Blocks of Lambda M^-1 Lambda' for every level of block `k` (J, r, r), where M includes X
    /// when `omega` is not empty.
    fn conditional(&mut self, k: usize, omega: &[f64]) -> CoreResult<Vec<f64>>;

    /// Variances a' M^-1 a (relative) of linear combinations: see `Combination`.
    fn variances(&mut self, rows: &[Combination], omega: &[f64]) -> CoreResult<Vec<f64>>;
}

/// A linear combination x'beta + sum_k z_k' b_k: `parts` lists (block, level, z).
pub struct Combination {
    pub x: Vec<f64>,
    pub parts: Vec<(usize, usize, Vec<f64>)>,
}

impl Combination {
    /// Adds up parts of the same group: the square of a sum is not the sum of squares.
    #[must_use]
    pub fn merged(mut self) -> Self {
        let mut parts: Vec<(usize, usize, Vec<f64>)> = Vec::with_capacity(self.parts.len());
        for (block, level, z) in self.parts.drain(..) {
            match parts.iter_mut().find(|part| part.0 == block && part.1 == level) {
                Some(part) => part.2.iter_mut().zip(&z).for_each(|(sum, value)| *sum += value),
                None => parts.push((block, level, z)),
            }
        }
        self.parts = parts;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_group_are_added() {
        let part = |block, level, z| (block, level, vec![z, 1.0]);
        let parts = vec![part(0, 2, 1.0), part(1, 2, 3.0), part(0, 2, 0.5), part(0, 1, 7.0)];
        let merged = Combination { x: vec![1.0], parts }.merged();
        assert_eq!(merged.parts.len(), 3);
        assert_eq!(merged.parts[0], (0, 2, vec![1.5, 2.0]));
        assert_eq!(merged.x, vec![1.0]);
    }
}
