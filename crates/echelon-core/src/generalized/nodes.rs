//! Gauss-Hermite rules for a standard normal weight, in one dimension and as pruned products.

use crate::dense;
use crate::error::CoreResult;

/// Weight of all nodes that may be left out of a product rule.
const PRUNED: f64 = 1e-10;

/// A rule of r dimensions: `points` (nodes, r) and log weights (nodes,).
#[derive(Clone, Debug)]
pub struct Rule {
    pub r: usize,
    pub points: Vec<f64>,
    pub log_weights: Vec<f64>,
}

impl Rule {
    /// Number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.log_weights.len()
    }

    /// Product rule with `n` points per dimension; of two or more dimensions the lightest nodes
    /// are left out (pruned) as long as their weights add up to less than `PRUNED`.
    ///
    /// # Errors
    /// Those of the eigenvalue routine.
    pub fn product(n: usize, r: usize) -> CoreResult<Self> {
        let (points, log_weights) = one_dimension(n)?;
        let mut nodes: Vec<(f64, Vec<usize>)> = Vec::new();
        let mut digits = vec![0usize; r];
        loop {
            nodes.push((digits.iter().map(|d| log_weights[*d]).sum(), digits.clone()));
            let Some(place) = digits.iter().position(|d| d + 1 < n) else { break };
            digits[..place].fill(0);
            digits[place] += 1;
        }
        let mut by_weight: Vec<f64> = nodes.iter().map(|node| node.0).collect();
        by_weight.sort_by(f64::total_cmp);
        let mut left_out = 0.0;
        let threshold = by_weight
            .into_iter()
            .find(|weight| {
                left_out += weight.exp();
                left_out > PRUNED
            })
            .unwrap_or(f64::NEG_INFINITY);
        let kept = nodes.into_iter().filter(|node| r < 2 || node.0 >= threshold - 1e-9);
        let mut rule = Self { r, points: Vec::new(), log_weights: Vec::new() };
        for (weight, digits) in kept {
            rule.points.extend(digits.iter().map(|d| points[*d]));
            rule.log_weights.push(weight);
        }
        Ok(rule)
    }
}

/// Points and log weights for the standard normal density, ascending (Golub & Welsch 1969, with the
/// weights from the recurrence at the points so that the smallest keep their digits).
pub fn one_dimension(n: usize) -> CoreResult<(Vec<f64>, Vec<f64>)> {
    let mut matrix = vec![0.0; n * n];
    for k in 1..n {
        let b = (k as f64).sqrt();
        matrix[k * n + k - 1] = b;
        matrix[(k - 1) * n + k] = b;
    }
    let mut points = dense::eigen(n, &matrix)?.0;
    let mut log_weights = vec![0.0; n];
    for (x, log_weight) in points.iter_mut().zip(&mut log_weights) {
        for _ in 0..2 {
            let (value, before, _) = hermite(n, *x);
            // He_n' = sqrt(n) He_(n-1) for orthonormal polynomials.
            *x -= value / ((n as f64).sqrt() * before);
        }
        let (_, before, log_scale) = hermite(n, *x);
        // w = 1 / (n h_(n-1)(x)^2).
        *log_weight = -(n as f64).ln() - 2.0 * (before.abs().ln() + log_scale);
    }
    for k in 0..n / 2 {
        let x = 0.5 * (points[n - 1 - k] - points[k]);
        (points[k], points[n - 1 - k]) = (-x, x);
        let w = 0.5 * (log_weights[k] + log_weights[n - 1 - k]);
        (log_weights[k], log_weights[n - 1 - k]) = (w, w);
    }
    if n % 2 == 1 {
        points[n / 2] = 0.0;
    }
    Ok((points, log_weights))
}

/// Orthonormal Hermite polynomials h_n and h_(n-1) at x, both over e^scale.
fn hermite(n: usize, x: f64) -> (f64, f64, f64) {
    let (mut before, mut value, mut log_scale) = (0.0, 1.0, 0.0);
    for k in 0..n {
        let next = (x * value - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt();
        (before, value) = (value, next);
        let size = value.abs().max(before.abs());
        if size > 1e100 {
            before /= size;
            value /= size;
            log_scale += size.ln();
        }
    }
    (value, before, log_scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_normal_are_exact() {
        for n in [1, 2, 5, 12, 25, 51, 100] {
            let (points, log_weights) = one_dimension(n).unwrap();
            let moment = |power: i32| -> f64 {
                points.iter().zip(&log_weights).map(|(x, w)| w.exp() * x.powi(power)).sum()
            };
            assert!((moment(0) - 1.0).abs() < 1e-12, "{n}");
            assert!(moment(1).abs() < 1e-12);
            if n > 2 {
                assert!((moment(2) - 1.0).abs() < 1e-12);
                assert!((moment(4) - 3.0).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn pruning_leaves_almost_all_of_the_weight() {
        let rule = Rule::product(25, 2).unwrap();
        let total: f64 = rule.log_weights.iter().map(|w| w.exp()).sum();
        assert!(rule.n_nodes() < 400 && (total - 1.0).abs() < 2e-10);
        assert_eq!(Rule::product(3, 3).unwrap().n_nodes(), 27);
    }
}
