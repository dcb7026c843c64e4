//! Working variates and linear combinations through a crossed design. Theory (9) and (10).

use crate::chain::multiply_panel;
use crate::chain_info::small_quadratic;
use crate::elimination::{Combination, Direction, Reduced};
use crate::panels;
use crate::root::Root;
use crate::small;

/// Rows whose right-hand sides are solved together.
const BATCH: usize = 64;

/// Forward elimination of f_i = Z a_i, a_i = dLambda u + Lambda dLambda' c.
pub fn information(root: &Root, directions: &[Direction]) -> Reduced {
    let (k, px, q) = (directions.len(), root.px, root.layout.q);
    let mut xf = vec![0.0; px * k];
    let mut ff = vec![0.0; k * k];
    // Working variates of the root (q, k) and what they meet there, column-major.
    let mut a_root = vec![0.0; q * k];
    for (i, direction) in directions.iter().enumerate() {
        for factor in root.factors.iter().filter(|f| f.block == direction.block) {
            for at in &root.layout.start[factor.node..factor.node + factor.count] {
                let nodes = *at..at + factor.r;
                let lambda = &root.lambdas[factor.block];
                let value = variate(direction, lambda, &root.u[nodes.clone()], &root.c[nodes]);
                a_root[i * q + at..i * q + at + factor.r].copy_from_slice(&value);
            }
        }
    }
    let mut z_root = vec![0.0; q * k];
    for i in 0..k {
        multiply_base(root, &a_root[i * q..(i + 1) * q], &mut z_root[i * q..(i + 1) * q]);
    }
    for (row, values) in root.base.zx.chunks_exact(px).enumerate() {
        for i in 0..k {
            let a = a_root[i * q + row];
            (0..px).for_each(|x| xf[x * k + i] += values[x] * a);
        }
    }
    leaf_part(root, directions, &a_root, &mut z_root, &mut xf, &mut ff);
    root.multiply_nodes(k, &mut z_root, true);
    panels::solve_lower(&root.layout, &root.l, k, &mut z_root);
    for i in 0..k {
        let own = &z_root[i * q..(i + 1) * q];
        for j in 0..k {
            ff[i * k + j] -= crate::crossprod::dot(own, &z_root[j * q..(j + 1) * q]);
        }
        for x in 0..px {
            xf[x * k + i] -= crate::crossprod::dot(own, &root.half[x * q..(x + 1) * q]);
        }
    }
    Reduced { xf, ff }
}

fn variate(direction: &Direction, lambda: &[f64], u: &[f64], c: &[f64]) -> Vec<f64> {
    let r = u.len();
    let (mut first, mut inner, mut second) = (vec![0.0; r], vec![0.0; r], vec![0.0; r]);
    small::apply(r, &direction.d_lambda, u, &mut first);
    small::apply_transposed(r, &direction.d_lambda, c, &mut inner);
    small::apply(r, lambda, &inner, &mut second);
    first.iter().zip(&second).map(|(a, b)| a + b).collect()
}

/// y += S x for the root's own co-occurrences (before the leaf), whose lower triangle is stored
/// with whole diagonal blocks.
fn multiply_base(root: &Root, x: &[f64], y: &mut [f64]) {
    let base = &root.base;
    for c in 0..x.len() {
        for at in base.ptr[c]..base.ptr[c + 1] {
            let row = base.rows[at] as usize;
            y[row] += base.values[at] * x[c];
            if base.node_start[row] != base.node_start[c] {
                y[c] += base.values[at] * x[row];
            }
        }
    }
}

/// Products of the variates with the leaf, and its elimination; also completes f'f.
fn leaf_part(
    root: &Root,
    directions: &[Direction],
    a_root: &[f64],
    z_root: &mut [f64],
    xf: &mut [f64],
    ff: &mut [f64],
) {
    let (k, px, q) = (directions.len(), root.px, root.layout.q);
    let Some(leaf) = &root.leaf else {
        add_products(k, q, a_root, z_root, ff);
        return;
    };
    let (r, state) = (leaf.r, &root.state);
    let lambda = &root.lambdas[leaf.block];
    let mut leaves = vec![0.0; leaf.count * r * k];
    let mut met_leaves = vec![0.0; leaf.count * r * k];
    for j in 0..leaf.count {
        let own = j * r..(j + 1) * r;
        for (i, direction) in directions.iter().enumerate().filter(|(_, d)| d.block == leaf.block) {
            let value = variate(direction, lambda, &state.u[own.clone()], &state.res[own.clone()]);
            (0..r).for_each(|a| leaves[(j * r + a) * k + i] = value[a]);
        }
        let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
        for a in 0..r {
            for i in 0..k {
                let mine = leaves[(j * r + a) * k + i];
                let row = &leaf.values[r * from + a * (end - from)..][..end - from];
                let mut sum = 0.0;
                for (value, c) in row.iter().zip(&leaf.cols[from..end]) {
                    sum += value * a_root[i * q + *c as usize];
                    z_root[i * q + *c as usize] += value * mine;
                }
                for b in 0..r {
                    sum += leaf.zz[(j * r + a) * r + b] * leaves[(j * r + b) * k + i];
                }
                met_leaves[(j * r + a) * k + i] += sum;
                let tail = &leaf.zx[(j * r + a) * px..(j * r + a + 1) * px];
                (0..px).for_each(|x| xf[x * k + i] += tail[x] * mine);
            }
        }
    }
    add_products(k, q, a_root, z_root, ff);
    for (left, right) in leaves.chunks_exact(k).zip(met_leaves.chunks_exact(k)) {
        for i in 0..k {
            (0..k).for_each(|j| ff[i * k + j] += left[i] * right[j]);
        }
    }
    let mut pf = vec![0.0; r * k];
    for j in 0..leaf.count {
        let c = &state.c[j * r * r..(j + 1) * r * r];
        multiply_panel(r, k, c, &met_leaves[j * r * k..(j + 1) * r * k], &mut pf);
        let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
        for a in 0..r {
            let right = &pf[a * k..(a + 1) * k];
            let row = &state.p[r * from + a * (end - from)..][..end - from];
            let tail = &state.p_x[(j * r + a) * px..(j * r + a + 1) * px];
            for i in 0..k {
                (0..k).for_each(|l| ff[i * k + l] -= right[i] * right[l]);
                (0..px).for_each(|x| xf[x * k + i] -= tail[x] * right[i]);
                for (value, column) in row.iter().zip(&leaf.cols[from..end]) {
                    z_root[i * q + *column as usize] -= value * right[i];
                }
            }
        }
    }
}

/// f'f over the root: a' z.
fn add_products(k: usize, q: usize, a: &[f64], z: &[f64], ff: &mut [f64]) {
    for i in 0..k {
        for j in 0..k {
            ff[i * k + j] += crate::crossprod::dot(&a[i * q..(i + 1) * q], &z[j * q..(j + 1) * q]);
        }
    }
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
        sums[i] += crate::crossprod::dot(own, own);
        for (k, x) in fixed[i].iter_mut().enumerate() {
            *x -= crate::crossprod::dot(own, &root.half[k * q..(k + 1) * q]);
        }
        sums[i] += small_quadratic(&fixed[i], omega);
    }
    sums
}
