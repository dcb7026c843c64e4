//! The leaf of a crossed design: elimination, modes, gradient and variances level by level.

use crate::chain::multiply_panel;
use crate::crossprod::dot;
use crate::error::CoreResult;
use crate::root_build::Leaf;
use crate::small;

/// What an evaluation leaves for the levels of the leaf. Layouts as in `Leaf`.
#[derive(Default)]
pub struct LeafState {
    pub l: Vec<f64>,
    pub c: Vec<f64>,
    /// C S on the root's columns.
    pub p: Vec<f64>,
    /// C S on [X y].
    pub p_x: Vec<f64>,
    pub u: Vec<f64>,
    pub b: Vec<f64>,
    pub res: Vec<f64>,
}

impl LeafState {
    /// Room for the levels of a leaf; empty without one.
    pub fn new(leaf: Option<&Leaf>, px: usize) -> Self {
        let Some(leaf) = leaf else { return Self::default() };
        let (j, r) = (leaf.count, leaf.r);
        Self {
            l: vec![0.0; j * r * r],
            c: vec![0.0; j * r * r],
            p: vec![0.0; leaf.values.len()],
            p_x: vec![0.0; j * r * px],
            u: vec![0.0; j * r],
            b: vec![0.0; j * r],
            res: vec![0.0; j * r],
        }
    }

    /// Factors every level; subtracts P'P from [X y]'[X y]; returns the log determinant.
    pub fn eliminate(
        &mut self,
        leaf: &Leaf,
        lambda: &[f64],
        px: usize,
        sxx: &mut [f64],
    ) -> CoreResult<f64> {
        let r = leaf.r;
        let mut scratch = vec![0.0; r * r];
        let mut logdet = 0.0;
        for j in 0..leaf.count {
            let v = j * r * r..(j + 1) * r * r;
            let (l, c) = (&mut self.l[v.clone()], &mut self.c[v.clone()]);
            logdet += small::factor_level(r, lambda, &leaf.zz[v], l, c, &mut scratch)?;
            let entries = r * leaf.ptr[j]..r * leaf.ptr[j + 1];
            let met = leaf.ptr[j + 1] - leaf.ptr[j];
            multiply_panel(r, met, c, &leaf.values[entries.clone()], &mut self.p[entries]);
            let tail = j * r * px..(j + 1) * r * px;
            let p_x = &mut self.p_x[tail.clone()];
            multiply_panel(r, px, c, &leaf.zx[tail], p_x);
            for row in p_x.chunks_exact(px) {
                for (target, left) in sxx.chunks_exact_mut(px).zip(row) {
                    target.iter_mut().zip(row).for_each(|(t, right)| *t -= left * right);
                }
            }
        }
        Ok(logdet)
    }

    /// Modes of every level given beta and the root's random effects.
    pub fn solve(&mut self, leaf: &Leaf, beta: &[f64], root: &[f64]) {
        let r = leaf.r;
        let px = beta.len() + 1;
        let (mut rhs, mut q) = (vec![0.0; r], vec![0.0; r]);
        for j in 0..leaf.count {
            let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
            let met = end - from;
            let cols = &leaf.cols[from..end];
            for a in 0..r {
                let tail = &leaf.zx[(j * r + a) * px..(j * r + a + 1) * px];
                let row = &leaf.values[r * from + a * met..r * from + (a + 1) * met];
                let crossed: f64 = row.iter().zip(cols).map(|(v, c)| v * root[*c as usize]).sum();
                rhs[a] = tail[px - 1] - dot(&tail[..px - 1], beta) - crossed;
            }
            let (v, w) = (j * r * r..(j + 1) * r * r, j * r);
            let (l, c) = (&self.l[v.clone()], &self.c[v.clone()]);
            small::apply(r, c, &rhs, &mut q);
            small::apply_transposed(r, c, &q, &mut self.b[w..w + r]);
            for i in (0..r).rev() {
                let sum: f64 = (i + 1..r).map(|k| l[k * r + i] * self.u[w + k]).sum();
                self.u[w + i] = (q[i] - sum) / l[i * r + i];
            }
            small::apply(r, &leaf.zz[v], &self.b[w..w + r], &mut q);
            (0..r).for_each(|a| self.res[w + a] = rhs[a] - q[a]);
        }
    }

    /// G_j = S_j Omega S_j' from its entries by column, with the parts that involve X.
    pub fn collect_quadratics(
        &self,
        leaf: &Leaf,
        entries: &[f64],
        omega: &[f64],
        t_omega: &[f64],
        q: usize,
    ) -> Vec<f64> {
        let (r, size) = (leaf.r, leaf.r * leaf.r);
        let mut g = vec![0.0; leaf.count * size];
        let px = if leaf.count == 0 { 1 } else { leaf.zx.len() / (leaf.count * r) };
        let p = if omega.is_empty() { 0 } else { px - 1 };
        let (mut half, mut cross) = (vec![0.0; p], vec![0.0; p]);
        for j in 0..leaf.count {
            let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
            let g = &mut g[j * size..(j + 1) * size];
            for at in from..end {
                let entry = leaf.entry[at] as usize * size;
                g.iter_mut().zip(&entries[entry..entry + size]).for_each(|(t, v)| *t += v);
            }
            if omega.is_empty() {
                continue;
            }
            let met = end - from;
            for a in 0..r {
                let tail = &leaf.zx[(j * r + a) * px..(j * r + a) * px + p];
                for k in 0..p {
                    half[k] = dot(&omega[k * p..(k + 1) * p], tail);
                    let column = &t_omega[k * q..(k + 1) * q];
                    let row = &leaf.values[r * from + a * met..r * from + (a + 1) * met];
                    let cols = &leaf.cols[from..end];
                    cross[k] = row.iter().zip(cols).map(|(v, c)| v * column[*c as usize]).sum();
                }
                for b in 0..r {
                    let other = &leaf.zx[(j * r + b) * px..(j * r + b) * px + p];
                    // Omega_rX = -Lambda T omega: the cross terms enter with a minus.
                    let mixed = dot(&cross, other);
                    g[a * r + b] += dot(&half, other) - mixed;
                    g[b * r + a] -= mixed;
                }
            }
        }
        g
    }

    /// Adds the levels' terms of the gradient.
    pub fn add_gradient(&self, leaf: &Leaf, g: &[f64], weight: f64, n: &mut [f64]) {
        let r = leaf.r;
        let mut scratch = vec![0.0; 4 * r * r];
        for j in 0..leaf.count {
            let (v, w) = (j * r * r..(j + 1) * r * r, j * r..(j + 1) * r);
            let modes = (&self.u[w.clone()], &self.res[w], weight);
            let (l, c) = (&self.l[v.clone()], &self.c[v.clone()]);
            small::add_level_gradient(
                r,
                &leaf.zz[v.clone()],
                l,
                c,
                &g[v],
                modes,
                1.0,
                n,
                &mut scratch,
            );
        }
    }

    /// K + K G K for every level.
    pub fn conditional(&self, r: usize, count: usize, g: &[f64]) -> Vec<f64> {
        let size = r * r;
        let mut out = vec![0.0; count * size];
        let (mut k, mut kg, mut kgk) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
        for j in 0..count {
            let v = j * size..(j + 1) * size;
            small::multiply_left_transposed(r, &self.c[v.clone()], &self.c[v.clone()], &mut k);
            small::multiply(r, &k, &g[v.clone()], &mut kg);
            small::multiply(r, &kg, &k, &mut kgk);
            out[v].iter_mut().zip(k.iter().zip(&kgk)).for_each(|(t, (a, b))| *t = a + b);
        }
        out
    }
}
