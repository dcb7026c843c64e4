//! After the elimination of a forest: working variates, conditional variances, linear combinations.

use crate::chain::{Chain, extend_omega, multiply_panel, pad_omega, quadratic};
use crate::chain_build::{Chunk, Nodes};
use crate::elimination::{Combination, Direction, Reduced};
use crate::small;
use rayon::prelude::*;

/// Forward elimination of the working variates f_i = Z_k a_i, a_i = dLambda u + Lambda dLambda' c.
///
/// Returns what is left for X (p + 1, k) and among themselves (k, k). Theory (10).
pub fn forward(
    chunk: &Chunk,
    lambdas: &[Vec<f64>],
    directions: &[Direction],
    level_of: &[usize],
    px: usize,
) -> Reduced {
    let levels = &chunk.levels;
    let k = directions.len();
    let a = variates(levels, lambdas, directions, level_of);
    let mut zf: Vec<Vec<f64>> = levels.iter().map(|l| vec![0.0; l.count * l.r * k]).collect();
    let mut out = Reduced { xf: vec![0.0; px * k], ff: vec![0.0; k * k] };
    gather(levels, &a, k, &mut zf, &mut out.xf);
    for (level, values) in a.iter().enumerate() {
        for (left, right) in values.chunks_exact(k).zip(zf[level].chunks_exact(k)) {
            add_outer(1.0, left, right, &mut out.ff);
        }
    }
    for level in 0..levels.len() {
        eliminate_variates(levels, level, k, &mut zf, &mut out);
    }
    out
}

/// a_i for every node, (count, r, k) per level; zero where a direction belongs elsewhere.
fn variates(
    levels: &[Nodes],
    lambdas: &[Vec<f64>],
    directions: &[Direction],
    level_of: &[usize],
) -> Vec<Vec<f64>> {
    let k = directions.len();
    let mut all = Vec::with_capacity(levels.len());
    for (level, nodes) in levels.iter().enumerate() {
        let r = nodes.r;
        let mut values = vec![0.0; nodes.count * r * k];
        let (mut first, mut inner, mut second) = (vec![0.0; r], vec![0.0; r], vec![0.0; r]);
        for (i, direction) in directions.iter().enumerate().filter(|(i, _)| level_of[*i] == level) {
            for node in 0..nodes.count {
                let at = node * r..(node + 1) * r;
                small::apply(r, &direction.d_lambda, &nodes.u[at.clone()], &mut first);
                small::apply_transposed(r, &direction.d_lambda, &nodes.res[at], &mut inner);
                small::apply(r, &lambdas[level], &inner, &mut second);
                for a in 0..r {
                    values[(node * r + a) * k + i] = first[a] + second[a];
                }
            }
        }
        all.push(values);
    }
    all
}

#[inline(always)]
fn add_outer(sign: f64, left: &[f64], right: &[f64], out: &mut [f64]) {
    let k = right.len();
    for (row, x) in out.chunks_exact_mut(k).zip(left) {
        let factor = sign * x;
        if factor != 0.0 {
            row.iter_mut().zip(right).for_each(|(target, y)| *target += factor * y);
        }
    }
}

/// Z'f for every node and X'f, from the original cross-products.
fn gather(levels: &[Nodes], a: &[Vec<f64>], k: usize, zf: &mut [Vec<f64>], xf: &mut [f64]) {
    for (level, nodes) in levels.iter().enumerate() {
        let (r, stride) = (nodes.r, nodes.stride);
        let above: usize = levels[level + 1..].iter().map(|l| l.r).sum();
        for node in 0..nodes.count {
            let mine = node * r * k..(node + 1) * r * k;
            for x in 0..r {
                for y in 0..r {
                    let factor = nodes.zz[(node * r + x) * r + y];
                    let source = &a[level][(node * r + y) * k..(node * r + y + 1) * k];
                    let target = &mut zf[level][(node * r + x) * k..(node * r + x + 1) * k];
                    target.iter_mut().zip(source).for_each(|(t, v)| *t += factor * v);
                }
            }
            let (mut offset, mut ancestor) = (0, node);
            for up in level + 1..levels.len() {
                ancestor = levels[up - 1].parent[ancestor] as usize;
                let r2 = levels[up].r;
                for x in 0..r {
                    for y in 0..r2 {
                        let factor = nodes.zt[(node * r + x) * stride + offset + y];
                        let theirs = (ancestor * r2 + y) * k..(ancestor * r2 + y + 1) * k;
                        let own = (node * r + x) * k..(node * r + x + 1) * k;
                        for i in 0..k {
                            zf[level][own.start + i] += factor * a[up][theirs.start + i];
                            zf[up][theirs.start + i] += factor * a[level][own.start + i];
                        }
                    }
                }
                offset += r2;
            }
            for x in 0..r {
                let tail = &nodes.zt[(node * r + x) * stride + above..];
                let own = &a[level][mine.start + x * k..mine.start + (x + 1) * k];
                let n_tail = xf.len() / k;
                add_outer(1.0, &tail[..n_tail], own, xf);
            }
        }
    }
}

/// One level of the forward elimination.
fn eliminate_variates(
    levels: &[Nodes],
    level: usize,
    k: usize,
    zf: &mut [Vec<f64>],
    out: &mut Reduced,
) {
    let nodes = &levels[level];
    let (r, stride) = (nodes.r, nodes.stride);
    let above: usize = levels[level + 1..].iter().map(|l| l.r).sum();
    let mut pf = vec![0.0; r * k];
    let mut panel = vec![0.0; r * stride];
    let (own, upper) = zf.split_at_mut(level + 1);
    let n_tail = out.xf.len() / k;
    for node in 0..nodes.count {
        let c = &nodes.c[node * r * r..(node + 1) * r * r];
        multiply_panel(r, k, c, &own[level][node * r * k..(node + 1) * r * k], &mut pf);
        let st = if nodes.st.is_empty() { &nodes.zt } else { &nodes.st };
        multiply_panel(r, stride, c, &st[node * r * stride..(node + 1) * r * stride], &mut panel);
        for a in 0..r {
            let right = &pf[a * k..(a + 1) * k];
            let left = &panel[a * stride..(a + 1) * stride];
            add_outer(-1.0, right, right, &mut out.ff);
            add_outer(-1.0, &left[above..above + n_tail], right, &mut out.xf);
            let (mut offset, mut ancestor) = (0, node);
            for up in level + 1..levels.len() {
                ancestor = levels[up - 1].parent[ancestor] as usize;
                let r2 = levels[up].r;
                let target = &mut upper[up - level - 1][ancestor * r2 * k..(ancestor + 1) * r2 * k];
                add_outer(-1.0, &left[offset..offset + r2], right, target);
                offset += r2;
            }
        }
    }
}

/// Lambda M^-1 Lambda' blocks of every node at `target`, (count, r, r).
pub fn conditional(chunk: &Chunk, target: usize, omega: &[f64]) -> Vec<f64> {
    let top = chunk.levels.len() - 1;
    let nodes = &chunk.levels[target];
    let mut out = Vec::with_capacity(nodes.count * nodes.r * nodes.r);
    let p = (omega.len() as f64).sqrt() as usize;
    let padded = pad_omega(omega, p, chunk.levels[top].stride);
    visit(&chunk.levels, top, target, 0..chunk.levels[top].count, &padded, &mut out);
    out
}

fn visit(
    levels: &[Nodes],
    k: usize,
    target: usize,
    range: std::ops::Range<usize>,
    omega: &[f64],
    out: &mut Vec<f64>,
) {
    let nodes = &levels[k];
    let (r, stride) = (nodes.r, nodes.stride);
    let (mut t, mut g) = (vec![0.0; r * stride], vec![0.0; r * r]);
    for node in range {
        let panel = node * r * stride..(node + 1) * r * stride;
        let st = if nodes.st.is_empty() { &nodes.zt[panel] } else { &nodes.st[panel] };
        if !omega.is_empty() {
            quadratic(r, stride, st, omega, &mut t, &mut g);
        }
        let c = &nodes.c[node * r * r..(node + 1) * r * r];
        let below = if k == target { r } else { levels[k - 1].stride };
        let wide = extend_omega(r, stride, c, omega, (&t, &g), below);
        if k == target {
            out.extend_from_slice(&wide);
        } else {
            let children = nodes.children[node]..nodes.children[node + 1];
            visit(levels, k - 1, target, children, &wide, out);
        }
    }
}

/// Relative variances of linear combinations: |L^-1 a|^2 along the paths of the levels named.
pub fn variances(chain: &Chain, rows: &[Combination], omega: &[f64]) -> Vec<f64> {
    let depth = chain.order.len();
    let mut place: Vec<Vec<(u32, u32)>> = vec![Vec::new(); depth];
    for (number, chunk) in chain.chunks.iter().enumerate() {
        for (level, nodes) in chunk.levels.iter().enumerate() {
            let needed = nodes.ids.iter().max().map_or(0, |id| *id as usize + 1);
            if place[level].len() < needed {
                place[level].resize(needed, (0, 0));
            }
            for (at, id) in nodes.ids.iter().enumerate() {
                place[level][*id as usize] = (number as u32, at as u32);
            }
        }
    }
    rows.par_iter().map(|row| variance(chain, &place, row, omega)).collect()
}

fn variance(chain: &Chain, place: &[Vec<(u32, u32)>], row: &Combination, omega: &[f64]) -> f64 {
    let mut x = row.x.clone();
    let mut sum = 0.0;
    // Right-hand sides met so far: (level, chunk, node, values).
    let mut active: Vec<(usize, u32, u32, Vec<f64>)> = Vec::new();
    for (block, id, z) in &row.parts {
        if let Some(level) = chain.order.iter().position(|b| b == block) {
            let (chunk, node) = place[level][*id];
            active.push((level, chunk, node, z.clone()));
        }
    }
    for level in 0..chain.order.len() {
        while let Some(at) = active.iter().position(|entry| entry.0 == level) {
            let (_, number, node, z) = active.swap_remove(at);
            let levels = &chain.chunks[number as usize].levels;
            let nodes = &levels[level];
            let (r, stride, node) = (nodes.r, nodes.stride, node as usize);
            let c = &nodes.c[node * r * r..(node + 1) * r * r];
            let (mut w, mut v) = (vec![0.0; r], vec![0.0; r]);
            small::apply(r, c, &z, &mut w);
            small::apply_transposed(r, c, &w, &mut v);
            sum += w.iter().map(|value| value * value).sum::<f64>();
            let st = if nodes.st.is_empty() { &nodes.zt } else { &nodes.st };
            let panel = &st[node * r * stride..(node + 1) * r * stride];
            let tail: Vec<f64> =
                (0..stride).map(|i| (0..r).map(|a| panel[a * stride + i] * v[a]).sum()).collect();
            let (mut offset, mut ancestor) = (0, node);
            for up in level + 1..levels.len() {
                ancestor = levels[up - 1].parent[ancestor] as usize;
                let r2 = levels[up].r;
                let passed: Vec<f64> = tail[offset..offset + r2].iter().map(|value| -value).collect();
                merge(&mut active, up, number, ancestor as u32, passed);
                offset += r2;
            }
            x.iter_mut().zip(&tail[offset..]).for_each(|(value, t)| *value -= t);
        }
    }
    sum + small_quadratic(&x, omega)
}

fn merge(
    active: &mut Vec<(usize, u32, u32, Vec<f64>)>,
    level: usize,
    chunk: u32,
    node: u32,
    values: Vec<f64>,
) {
    let found = active.iter_mut().find(|e| e.0 == level && e.1 == chunk && e.2 == node);
    match found {
        Some(entry) => entry.3.iter_mut().zip(&values).for_each(|(a, b)| *a += b),
        None => active.push((level, chunk, node, values)),
    }
}

/// x' omega x; zero when omega is empty.
pub fn small_quadratic(x: &[f64], omega: &[f64]) -> f64 {
    if omega.is_empty() {
        return 0.0;
    }
    omega.chunks_exact(x.len()).zip(x).map(|(row, v)| v * crate::crossprod::dot(row, x)).sum()
}
