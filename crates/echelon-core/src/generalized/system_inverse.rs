//! M^-1 on the pattern of A, from the factor. Theory (9), (25).

use crate::error::CoreResult;
use crate::generalized::mode::solve_lower_transposed;
use crate::generalized::pattern::Blocks;
use crate::generalized::system::System;
use crate::generalized::system_plan::Touch;
use crate::panels;
use rayon::prelude::*;

impl System {
    /// M^-1 on the pattern of A.
    ///
    /// # Errors
    /// `Interrupted`.
    pub fn inverse(&mut self, v: &mut Blocks) -> CoreResult<()> {
        panels::inverse(&self.layout, &self.root, &mut self.inverse, &self.stop)?;
        if self.layout.is_dense() {
            self.mirror();
        }
        for entry in &self.entries {
            let size = entry.places.len();
            let target = match entry.pair {
                None => &mut v.diagonal[entry.blocks.0],
                Some(pair) => &mut v.pairs[pair],
            };
            let target = &mut target[entry.number * size..(entry.number + 1) * size];
            target.iter_mut().zip(&entry.places).for_each(|(t, place)| *t = self.inverse[*place]);
        }
        self.invert_leaf(v);
        Ok(())
    }

    /// Completes a dense inverse, so that rows can be read as columns.
    fn mirror(&mut self) {
        let q = self.layout.q;
        for c in 0..q {
            for row in c + 1..q {
                self.inverse[row * q + c] = self.inverse[c * q + row];
            }
        }
    }

    /// V_jc = -L^-T P_j V_c and V_jj = L^-T (I + P_j V P_j') L^-1 for every level of the leaf.
    fn invert_leaf(&self, v: &mut Blocks) {
        let Some(leaf) = self.leaf else { return };
        let (r, size) = (self.r, self.r * self.r);
        let firsts: Vec<usize> = match &self.places {
            None => Vec::new(),
            Some(_) => self
                .touch_ptr
                .windows(2)
                .scan(0, |next, w| {
                    let (own, m) = (*next, w[1] - w[0]);
                    *next += m * (m + 1) / 2;
                    Some(own)
                })
                .collect(),
        };
        let task = |j: usize| {
            let (own, p) = self.level(j);
            let m = own.len();
            let mut t = vec![0.0; r * m];
            match &self.places {
                None => self.times_dense(own, p, &mut t),
                Some(places) => self.times_sparse(&places[firsts[j]..], p, m, &mut t),
            }
            let l = &self.l[j * size..(j + 1) * size];
            let mut block = vec![0.0; size];
            for a in 0..r {
                for b in 0..r {
                    let unit = if a == b { 1.0 } else { 0.0 };
                    block[a * r + b] = unit
                        + crate::crossprod::dot(&t[a * m..(a + 1) * m], &p[b * m..(b + 1) * m]);
                }
            }
            // L^-T block L^-1: twice, columns then rows.
            let mut column = vec![0.0; r];
            for _ in 0..2 {
                for b in 0..r {
                    (0..r).for_each(|a| column[a] = block[a * r + b]);
                    solve_lower_transposed(r, l, &mut column);
                    (0..r).for_each(|a| block[a * r + b] = column[a]);
                }
                for a in 0..r {
                    for b in 0..a {
                        block.swap(a * r + b, b * r + a);
                    }
                }
            }
            for at in 0..m {
                (0..r).for_each(|a| column[a] = -t[a * m + at]);
                solve_lower_transposed(r, l, &mut column);
                (0..r).for_each(|a| t[a * m + at] = column[a]);
            }
            (block, t)
        };
        let results: Vec<(Vec<f64>, Vec<f64>)> = if self.is_parallel {
            (0..self.count).into_par_iter().with_min_len(16).map(task).collect()
        } else {
            (0..self.count).map(task).collect()
        };
        for (j, (block, t)) in results.iter().enumerate() {
            v.diagonal[leaf][j * size..(j + 1) * size].copy_from_slice(block);
            let own = self.level(j).0;
            for (at, touch) in own.iter().enumerate() {
                for a in 0..r {
                    v.pairs[touch.pair as usize][touch.at + a * touch.stride] =
                        t[a * own.len() + at];
                }
            }
        }
    }

    fn times_dense(&self, own: &[Touch], p: &[f64], t: &mut [f64]) {
        let (q, m) = (self.layout.q, own.len());
        for (at, touch) in own.iter().enumerate() {
            let column = &self.inverse[touch.column as usize * q..(touch.column as usize + 1) * q];
            for a in 0..self.r {
                let row = &p[a * m..(a + 1) * m];
                t[a * m + at] =
                    own.iter().zip(row).map(|(o, v)| v * column[o.column as usize]).sum();
            }
        }
    }

    fn times_sparse(&self, places: &[usize], p: &[f64], m: usize, t: &mut [f64]) {
        let mut next = 0;
        for at in 0..m {
            for other in at..m {
                let value = self.inverse[places[next]];
                next += 1;
                for a in 0..self.r {
                    t[a * m + at] += p[a * m + other] * value;
                    if other != at {
                        t[a * m + other] += p[a * m + at] * value;
                    }
                }
            }
        }
    }
}
