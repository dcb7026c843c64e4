//! Another basis for the random columns: Z' = Z M, block by block, in closed form. Theory (5).

use crate::crossprod::CrossProducts;
use crate::error::{CoreError, CoreResult};
use crate::small;

impl CrossProducts {
    /// Cross-products with Z_k M_k in place of Z_k; `maps` holds M_k (r x r row-major) or nothing.
    ///
    /// # Errors
    /// `Shape` when a map does not fit its block.
    pub fn transformed(&self, maps: &[Option<Vec<f64>>]) -> CoreResult<Self> {
        let mut out = self.clone();
        let px = self.p + 1;
        for (block, map) in out.blocks.iter_mut().zip(maps) {
            let Some(map) = map else { continue };
            let r = block.r;
            if map.len() != r * r {
                return Err(CoreError::Shape { what: "map", got: map.len(), need: r * r });
            }
            let mut half = vec![0.0; r * r];
            for zz in block.zz.chunks_exact_mut(r * r) {
                small::multiply(r, zz, map, &mut half);
                small::multiply_left_transposed(r, map, &half, zz);
            }
            block.zx.chunks_exact_mut(r * px).for_each(|zx| left_transposed(r, px, map, zx));
        }
        for pair in &mut out.pairs {
            let (r1, r2) = pair.shape;
            for values in pair.values.chunks_exact_mut(r1 * r2) {
                if let Some(map) = &maps[pair.first] {
                    left_transposed(r1, r2, map, values);
                }
                if let Some(map) = &maps[pair.second] {
                    right(r1, r2, map, values);
                }
            }
        }
        Ok(out)
    }
}

/// x (r, m) := M' x.
fn left_transposed(r: usize, m: usize, map: &[f64], x: &mut [f64]) {
    let copy = x.to_vec();
    for a in 0..r {
        for k in 0..m {
            x[a * m + k] = (0..r).map(|b| map[b * r + a] * copy[b * m + k]).sum();
        }
    }
}

/// x (m, r) := x M.
fn right(m: usize, r: usize, map: &[f64], x: &mut [f64]) {
    let mut copy = vec![0.0; r];
    for row in x.chunks_exact_mut(r).take(m) {
        copy.copy_from_slice(row);
        for a in 0..r {
            row[a] = (0..r).map(|b| copy[b] * map[b * r + a]).sum();
        }
    }
}
