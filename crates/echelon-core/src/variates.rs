//! Working variates: what a change of theta does to the fitted variance. Theory (10).

use crate::elimination::Direction;

/// Entries of one dLambda that are not zero: (row, column, value).
type Entries = Vec<(usize, usize, f64)>;

/// Directions of one block: their place among all, and their entries.
pub type BlockDirections = Vec<(usize, Entries)>;

/// Directions by block, each as the entries of dLambda that are not zero.
pub struct Variates {
    pub k: usize,
    by_block: Vec<BlockDirections>,
}

impl Variates {
    /// Sorts directions by block; `sizes` holds r of every block.
    pub fn new(directions: &[Direction], sizes: &[usize]) -> Self {
        let mut by_block = vec![Vec::new(); sizes.len()];
        for (i, direction) in directions.iter().enumerate() {
            let r = sizes[direction.block];
            let entries = direction.d_lambda.iter().enumerate().filter(|(_, v)| **v != 0.0);
            by_block[direction.block]
                .push((i, entries.map(|(at, v)| (at / r, at % r, *v)).collect()));
        }
        Self { k: directions.len(), by_block }
    }

    /// Directions of one block.
    pub fn of(&self, block: usize) -> &BlockDirections {
        &self.by_block[block]
    }
}

/// a_i = dLambda_i u + Lambda dLambda_i' c for the directions of a block, into (r, k); others zero.
#[inline(always)]
pub fn fill_variates(
    r: usize,
    k: usize,
    directions: &BlockDirections,
    lambda: &[f64],
    u: &[f64],
    c: &[f64],
    a: &mut [f64],
) {
    a.fill(0.0);
    for (i, entries) in directions {
        for (row, column, value) in entries {
            a[row * k + i] += value * u[*column];
            let factor = value * c[*row];
            for x in *column..r {
                a[x * k + i] += lambda[x * r + column] * factor;
            }
        }
    }
}
