//! The root's share of the gradient: sums of S Lambda W over its blocks. Theory (9).

use crate::root::Root;
use rayon::prelude::*;

/// Columns per partial sum: fixed, so that results do not depend on the number of threads.
const COLUMNS: usize = 64;

/// Adds S Lambda W (X included) for every block of the root; `t_omega` is T omega, (q, p).
pub fn add(root: &Root, s: &[f64], w: &[f64], t_omega: &[f64], n: &mut [Vec<f64>]) {
    let q = root.layout.q;
    let zero: Vec<Vec<f64>> = n.iter().map(|block| vec![0.0; block.len()]).collect();
    let starts: Vec<usize> = (0..q).filter(|c| root.base.node_start[*c] as usize == *c).collect();
    let sum = |nodes: &[usize]| {
        let mut part = zero.clone();
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for start in nodes {
                    add_node(root, s, w, t_omega, *start, &mut part);
                }
            },
        );
        part
    };
    let parts: Vec<Vec<Vec<f64>>> = if root.is_parallel {
        starts.par_chunks(COLUMNS).map(sum).collect()
    } else {
        starts.chunks(COLUMNS).map(sum).collect()
    };
    for part in &parts {
        for (total, block) in n.iter_mut().zip(part) {
            total.iter_mut().zip(block).for_each(|(a, b)| *a += b);
        }
    }
}

/// One node's columns: both triangles of every block below the diagonal.
#[inline(always)]
fn add_node(root: &Root, s: &[f64], w: &[f64], t_omega: &[f64], start: usize, n: &mut [Vec<f64>]) {
    let owner = root.layout.panel_of[start] as usize;
    let panel = &root.layout.panels[owner];
    let (h, q, p) = (panel.height(), root.layout.q, root.px - 1);
    let (lambda, r) = root.template(start);
    let own_block = root.factors[root.base.factor_of[start] as usize].block;
    let from = panel.offset + (start - panel.first) * h;
    let (s, w) = (&s[from..from + r * h], &w[from..from + r * h]);
    let mut at = start - panel.first;
    while at < h {
        let row =
            if at < panel.cols { panel.first + at } else { panel.rows[at - panel.cols] as usize };
        let (other, r2) = root.template(row);
        let other_block = root.factors[root.base.factor_of[row] as usize].block;
        if r == 1 && r2 == 1 {
            n[other_block][0] += s[at] * lambda[0] * w[at];
            if row != start {
                n[own_block][0] += s[at] * other[0] * w[at];
            }
        } else {
            add_blocks(
                (r, r2),
                (lambda, other),
                (&s[at..], &w[at..], h),
                row != start,
                (own_block, other_block),
                n,
            );
        }
        at += r2;
    }
    if !t_omega.is_empty() {
        for a in 0..r {
            let row = &root.zx[(start + a) * root.px..(start + a) * root.px + p];
            for b in 0..r {
                let sum: f64 = (0..p).map(|k| row[k] * t_omega[k * q + start + b]).sum();
                n[own_block][a * r + b] -= sum;
            }
        }
    }
}

/// A block (r2 rows, r columns) of S and W, general sizes.
fn add_blocks(
    (r, r2): (usize, usize),
    (lambda, other): (&[f64], &[f64]),
    (s, w, h): (&[f64], &[f64], usize),
    is_below: bool,
    (own_block, other_block): (usize, usize),
    n: &mut [Vec<f64>],
) {
    // S Lambda_own W' into the row's factor.
    for a in 0..r2 {
        for b in 0..r {
            let left: f64 = (0..r).map(|k| s[k * h + a] * lambda[k * r + b]).sum();
            for a2 in 0..r2 {
                n[other_block][a * r2 + a2] += left * w[b * h + a2];
            }
        }
    }
    // S' Lambda_row W into the column's factor.
    if is_below {
        for b in 0..r {
            for k in 0..r2 {
                let left: f64 = (0..r2).map(|a| s[b * h + a] * other[a * r2 + k]).sum();
                for b2 in 0..r {
                    n[own_block][b * r + b2] += left * w[b2 * h + k];
                }
            }
        }
    }
}

/// Subtracts weight c u' of every node.
pub fn add_modes(root: &Root, weight: f64, n: &mut [Vec<f64>]) {
    for factor in &root.factors {
        let r = factor.r;
        for start in &root.layout.start[factor.node..factor.node + factor.count] {
            for a in 0..r {
                for b in 0..r {
                    n[factor.block][a * r + b] -= weight * root.c[start + a] * root.u[start + b];
                }
            }
        }
    }
}
