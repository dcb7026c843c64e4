//! Working variates and linear combinations through a crossed design. Theory (9) and (10).

use crate::chain::multiply_panel;
use crate::chain_info::small_quadratic;
use crate::crossprod::dot;
use crate::elimination::{Combination, Direction, Reduced};
use crate::panels;
use crate::root::Root;
use crate::small;
use crate::variates::{Variates, fill_variates};

/// Rows whose right-hand sides are solved together.
const BATCH: usize = 64;

/// Elimination of the working variates: leaf level by level, then the root.
///
/// As in a forest, with z = S a + g and S what the leaf leaves of the root: the root adds
/// a'z + g'a - |L^-1 Lambda' z|^2 to f'f. Theory (10).
pub fn information(root: &Root, directions: &[Direction]) -> Reduced {
    let (k, px, q) = (directions.len(), root.px, root.layout.q);
    let variates = Variates::new(directions, &root.block_sizes());
    let mut out = Reduced::zero(px, k);
    let mut a = vec![0.0; q * k];
    for factor in &root.factors {
        let r = factor.r;
        let lambda = &root.lambdas[factor.block];
        let mut own = vec![0.0; r * k];
        for at in &root.layout.start[factor.node..factor.node + factor.count] {
            let (u, c) = (&root.u[*at..at + r], &root.c[*at..at + r]);
            fill_variates(r, k, variates.of(factor.block), lambda, u, c, &mut own);
            for row in 0..r {
                for i in 0..k {
                    a[i * q + at + row] = own[row * k + i];
                    out.slope[i] += c[row] * own[row * k + i];
                }
            }
        }
    }
    let g = leaf_variates(root, &variates, &mut out);
    let mut z: Vec<f64> = a.chunks_exact(q.max(1)).flat_map(|x| root.multiply_s(x)).collect();
    z.iter_mut().zip(&g).for_each(|(target, value)| *target += value);
    for i in 0..k {
        for j in 0..k {
            let (left, right) = (i * q..(i + 1) * q, j * q..(j + 1) * q);
            out.ff[i * k + j] +=
                dot(&a[left.clone()], &z[right.clone()]) + dot(&g[left], &a[right]);
        }
    }
    for (row, values) in root.zx.chunks_exact(px).enumerate() {
        for i in 0..k {
            (0..px).for_each(|x| out.xf[x * k + i] += values[x] * a[i * q + row]);
        }
    }
    root.multiply_nodes(k, &mut z, true);
    panels::solve_lower(&root.layout, &root.l, k, &mut z);
    for i in 0..k {
        let own = &z[i * q..(i + 1) * q];
        (0..k).for_each(|j| out.ff[i * k + j] -= dot(own, &z[j * q..(j + 1) * q]));
        (0..px).for_each(|x| out.xf[x * k + i] -= dot(own, &root.half[x * q..(x + 1) * q]));
    }
    out
}

/// The leaf's part; returns what it passes on to the root, (q, k) column-major.
fn leaf_variates(root: &Root, variates: &Variates, out: &mut Reduced) -> Vec<f64> {
    let (k, px, q) = (variates.k, root.px, root.layout.q);
    let mut g = vec![0.0; q * k];
    let Some(leaf) = &root.leaf else { return g };
    let (r, state) = (leaf.r, &root.state);
    let lambda = &root.lambdas[leaf.block];
    let directions = variates.of(leaf.block);
    let (mut a, mut z, mut w) = (vec![0.0; r * k], vec![0.0; r * k], vec![0.0; r * k]);
    let mut kk = vec![0.0; r * r];
    for j in 0..leaf.count {
        let (v, x) = (j * r * r..(j + 1) * r * r, j * r..(j + 1) * r);
        fill_variates(r, k, directions, lambda, &state.u[x.clone()], &state.res[x.clone()], &mut a);
        small::multiply_left_transposed(r, &state.c[v.clone()], &state.c[v.clone()], &mut kk);
        multiply_panel(r, k, &leaf.zz[v], &a, &mut z);
        multiply_panel(r, k, &kk, &z, &mut w);
        w.iter_mut().zip(&a).for_each(|(target, value)| *target = value - *target);
        let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
        for row in 0..r {
            let values = &leaf.values[r * from + row * (end - from)..][..end - from];
            let tail = &leaf.zx[(j * r + row) * px..(j * r + row + 1) * px];
            for (i, _) in directions {
                let factor = w[row * k + i];
                out.slope[*i] += state.res[j * r + row] * a[row * k + i];
                (0..k).for_each(|l| out.ff[i * k + l] += z[row * k + i] * w[row * k + l]);
                (0..px).for_each(|x| out.xf[x * k + i] += tail[x] * factor);
                for (value, column) in values.iter().zip(&leaf.cols[from..end]) {
                    g[i * q + *column as usize] += value * factor;
                }
            }
        }
    }
    g
}

/// Relative variances of linear combinations, in batches of right-hand sides.
pub fn variances(root: &Root, rows: &[Combination], omega: &[f64]) -> Vec<f64> {
    let mut out = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        out.extend(batch_variances(root, batch, omega));
    }
    out
}

fn batch_variances(root: &Root, rows: &[Combination], omega: &[f64]) -> Vec<f64> {
    let (q, m) = (root.layout.q, rows.len());
    let mut rhs = vec![0.0; q * m];
    let mut sums = vec![0.0; m];
    let mut fixed: Vec<Vec<f64>> = rows.iter().map(|row| row.x.clone()).collect();
    for (i, row) in rows.iter().enumerate() {
        for (block, level, z) in &row.parts {
            if let Some(factor) = root.factors.iter().find(|f| f.block == *block) {
                let at = i * q + root.layout.start[factor.node + level];
                rhs[at..at + factor.r].iter_mut().zip(z).for_each(|(t, v)| *t += v);
                continue;
            }
            let Some(leaf) = &root.leaf else { continue };
            let (r, j) = (leaf.r, *level);
            let c = &root.state.c[j * r * r..(j + 1) * r * r];
            let (mut w, mut v) = (vec![0.0; r], vec![0.0; r]);
            small::apply(r, c, z, &mut w);
            small::apply_transposed(r, c, &w, &mut v);
            sums[i] += w.iter().map(|value| value * value).sum::<f64>();
            let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
            for a in 0..r {
                let values = &leaf.values[r * from + a * (end - from)..][..end - from];
                for (value, column) in values.iter().zip(&leaf.cols[from..end]) {
                    rhs[i * q + *column as usize] -= v[a] * value;
                }
                let tail = &leaf.zx[(j * r + a) * root.px..(j * r + a + 1) * root.px];
                fixed[i].iter_mut().zip(tail).for_each(|(x, t)| *x -= v[a] * t);
            }
        }
    }
    root.multiply_nodes(m, &mut rhs, true);
    panels::solve_lower(&root.layout, &root.l, m, &mut rhs);
    for i in 0..m {
        let own = &rhs[i * q..(i + 1) * q];
        sums[i] += dot(own, own);
        for (k, x) in fixed[i].iter_mut().enumerate() {
            *x -= dot(own, &root.half[k * q..(k + 1) * q]);
        }
        sums[i] += small_quadratic(&fixed[i], omega);
    }
    sums
}
