//! Products of the data with V^-1: what sandwich variances and group-wise diagnostics are made of.
//!
//! Each column of [X y] takes the place of the response once. Theory (7) and (16).

use crate::criterion::Criterion;
use crate::error::CoreResult;

/// Products with V^-1, V relative to sigma^2; p + 1 raw columns, 0 where a column is not kept.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Z_k'V^-1 [X y], (J, r, p + 1) per block.
    pub products: Vec<Vec<f64>>,
    /// Lambda Lambda' Z_k'V^-1 [X y], (J, r, p + 1) per block: V^-1 x = W (x - Z b).
    pub effects: Vec<Vec<f64>>,
    /// [X y]'V^-1 [X y], (p + 1, p + 1).
    pub gram: Vec<f64>,
}

impl Criterion {
    /// Scores at the last point.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn scores(&mut self) -> CoreResult<Scores> {
        let (kept, px) = (self.keep.clone(), self.n_columns() + 1);
        let k = kept.len();
        let at_zero = self.modes_at(&vec![0.0; k])?;
        let empty = |m: &crate::elimination::Modes| vec![0.0; m.b.len() * px];
        let mut scores = Scores {
            products: at_zero.iter().map(empty).collect(),
            effects: at_zero.iter().map(empty).collect(),
            gram: vec![0.0; px * px],
        };
        for (column, target) in kept.iter().copied().chain([px - 1]).enumerate() {
            // Modes are linear in beta: those of a column of X are a difference.
            let mut unit = vec![0.0; k];
            let moved = if column < k {
                unit[column] = 1.0;
                Some(self.modes_at(&unit)?)
            } else {
                None
            };
            for (block, zero) in at_zero.iter().enumerate() {
                let other = moved.as_ref().map(|m| &m[block]);
                for i in 0..zero.b.len() {
                    let (b, c) = other.map_or((0.0, 0.0), |m| (m.b[i], m.c[i]));
                    scores.effects[block][i * px + target] = zero.b[i] - b;
                    scores.products[block][i * px + target] = zero.c[i] - c;
                }
            }
        }
        self.write_gram(&mut scores.gram);
        self.uncentre(&mut scores);
        Ok(scores)
    }

    /// Places the kept part of [X y]'V^-1[X y] among all columns.
    fn write_gram(&self, gram: &mut [f64]) {
        let px = self.n_columns() + 1;
        let places: Vec<usize> = self.keep.iter().copied().chain([px - 1]).collect();
        for (a, row) in places.iter().enumerate() {
            for (b, column) in places.iter().enumerate() {
                gram[row * px + column] = self.reduced()[a * places.len() + b];
            }
        }
    }

    /// x = (x - centre) + centre 1, for rows of products and both sides of the gram.
    fn uncentre(&self, scores: &mut Scores) {
        let Some(one) = self.kept_intercept() else { return };
        let px = self.n_columns() + 1;
        let mut shift = self.centre().to_vec();
        for (column, value) in shift.iter_mut().enumerate() {
            if column == one || (column + 1 < px && !self.keep.contains(&column)) {
                *value = 0.0;
            }
        }
        let shift_row = |row: &mut [f64]| {
            let unit = row[one];
            row.iter_mut().zip(&shift).for_each(|(value, m)| *value += m * unit);
        };
        scores.products.iter_mut().for_each(|b| b.chunks_exact_mut(px).for_each(shift_row));
        scores.effects.iter_mut().for_each(|b| b.chunks_exact_mut(px).for_each(shift_row));
        scores.gram.chunks_exact_mut(px).for_each(shift_row);
        for a in 0..px {
            for b in 0..px {
                // The row of ones is not shifted, so this uses the finished columns.
                scores.gram[a * px + b] += shift[a] * scores.gram[one * px + b];
            }
        }
    }
}
