//! The inverse of the root matrix on its pattern, and what the leaf needs of it. Theory (9).

use crate::error::{CoreError, CoreResult};
use crate::panels;
use crate::root::Root;
use crate::root_build::Leaf;
use rayon::prelude::*;

impl Root {
    /// Lambda M^-1 Lambda' on the layout into `w`, and (for X) T omega, (q, p) column-major.
    ///
    /// With `n` given, the gradient sums of the root are added to it on the way.
    pub(crate) fn invert(
        &mut self,
        omega: &[f64],
        n: Option<&mut [Vec<f64>]>,
    ) -> CoreResult<Vec<f64>> {
        let (q, p) = (self.layout.q, self.px - 1);
        let mut w = std::mem::take(&mut self.w);
        w.resize(self.layout.n_values, 0.0);
        let inverted = panels::inverse(&self.layout, &self.l, &mut w, &self.stop);
        if inverted.is_err() {
            self.w = w;
            return Err(CoreError::Interrupted);
        }
        let mut t = Vec::new();
        let mut t_omega = Vec::new();
        if !omega.is_empty() {
            t = self.half[..p * q].to_vec();
            panels::solve_lower_transposed(&self.layout, &self.l, p, &mut t);
            t_omega = vec![0.0; q * p];
            crate::dense::product((q, p, p), &t, omega, &mut t_omega);
        }
        self.on_columns(
            &mut w,
            #[inline(always)]
            |c, column, _| {
                let rows = self.layout.rows(self.layout.panel_of[c] as usize);
                for (target, row) in column.iter_mut().zip(rows) {
                    if row >= c {
                        *target += (0..t.len() / q.max(1))
                            .map(|k| t[k * q + row] * t_omega[k * q + c])
                            .sum::<f64>();
                    }
                }
            },
        );
        self.mirror_nodes(&mut w);
        if let Some(n) = n {
            crate::root_gradient::add(self, &self.s, &w, &t_omega, n);
        }
        self.to_omega(&mut w);
        self.w = w;
        self.multiply_nodes(t_omega.len() / q.max(1), &mut t_omega, false);
        Ok(t_omega)
    }

    /// Completes the diagonal blocks of nodes with several columns.
    fn mirror_nodes(&self, w: &mut [f64]) {
        for panel in &self.layout.panels {
            let h = panel.height();
            for k in 0..panel.cols {
                let c = panel.first + k;
                for row in self.base.node_start[c] as usize..c {
                    let at = row - panel.first;
                    w[panel.offset + k * h + at] = w[panel.offset + at * h + k];
                }
            }
        }
    }

    /// W := Lambda W Lambda' in place.
    fn to_omega(&self, w: &mut [f64]) {
        self.on_columns(
            w,
            #[inline(always)]
            |c, column, _| {
                let owner = self.layout.panel_of[c] as usize;
                let from = self.base.node_start[c] as usize - self.layout.panels[owner].first;
                self.multiply_rows(owner, from, column, false);
            },
        );
        for panel in &self.layout.panels {
            let h = panel.height();
            let mut c = panel.first;
            while c < panel.first + panel.cols {
                let (lambda, r) = self.template(c);
                let from = panel.offset + (c - panel.first) * h;
                let columns = &mut w[from..from + r * h];
                if r == 1 {
                    columns.iter_mut().for_each(|value| *value *= lambda[0]);
                } else {
                    let mut row = vec![0.0; r];
                    for at in 0..h {
                        (0..r).for_each(|b| row[b] = columns[b * h + at]);
                        for b in 0..r {
                            columns[b * h + at] = (0..r).map(|k| lambda[b * r + k] * row[k]).sum();
                        }
                    }
                }
                c += r;
            }
        }
    }

    /// S_j Omega S_j' for every leaf level, from the columns of Omega; X included.
    pub(crate) fn leaf_quadratics(&mut self, omega: &[f64], t_omega: &[f64]) -> Vec<f64> {
        let Some(leaf) = &self.leaf else { return Vec::new() };
        let size = leaf.r * leaf.r;
        let mut entries = vec![0.0; leaf.cols.len() * size];
        let mut slices = Vec::with_capacity(self.layout.q);
        let mut rest = entries.as_mut_slice();
        for c in 0..self.layout.q {
            let met = self.base.touch_ptr[c + 1] - self.base.touch_ptr[c];
            let (own, tail) = rest.split_at_mut(met * size);
            slices.push(own);
            rest = tail;
        }
        let run = |work: &mut Vec<f64>, (c, out): (usize, &mut [f64])| {
            if self.stop.is_requested() {
                return;
            }
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || self.quadratic_column(leaf, c, out, work),
            );
        };
        let fresh = || vec![0.0; if self.layout.is_dense() { 0 } else { self.layout.q }];
        if self.is_parallel {
            slices.into_par_iter().enumerate().with_min_len(4).for_each_init(fresh, run);
        } else {
            let mut work = fresh();
            slices.into_iter().enumerate().for_each(|item| run(&mut work, item));
        }
        self.state.collect_quadratics(leaf, &entries, omega, t_omega, self.layout.q)
    }

    #[inline(always)]
    fn quadratic_column(&self, leaf: &Leaf, c: usize, out: &mut [f64], work: &mut [f64]) {
        let owner = self.layout.panel_of[c] as usize;
        let panel = &self.layout.panels[owner];
        let h = panel.height();
        let stored = &self.w[panel.offset + (c - panel.first) * h..][..h];
        if !self.layout.is_dense() {
            stored.iter().zip(self.layout.rows(owner)).for_each(|(v, row)| work[row] = *v);
        }
        let column: &[f64] = if self.layout.is_dense() { stored } else { work };
        let before = c - self.base.node_start[c] as usize;
        let (_, width) = self.template(c);
        let touched = &self.base.touch[self.base.touch_ptr[c]..self.base.touch_ptr[c + 1]];
        let r = leaf.r;
        for ((j, at), g) in touched.iter().zip(out.chunks_exact_mut(r * r)) {
            let (j, at) = (*j as usize, *at as usize);
            let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
            let met = end - from;
            let first = at - before;
            let values = &leaf.values[r * from..r * end];
            for a in 0..r {
                let row = &values[a * met..(a + 1) * met];
                let sum = |range: std::ops::Range<usize>| -> f64 {
                    let cols = &leaf.cols[from + range.start..from + range.end];
                    cols.iter().zip(&row[range]).map(|(col, v)| column[*col as usize] * v).sum()
                };
                let inside = sum(first..first + width);
                let below = sum(first + width..met);
                for b in 0..r {
                    let value = values[b * met + at];
                    g[a * r + b] += (inside + below) * value;
                    g[b * r + a] += below * value;
                }
            }
        }
    }
}
