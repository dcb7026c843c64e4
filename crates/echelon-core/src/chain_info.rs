//! After the elimination of a forest: working variates, conditional variances, linear combinations.

use crate::chain::{Chain, extend_omega, pad_omega, quadratic};
use crate::chain_build::{Chunk, Nodes};
use crate::elimination::{Combination, Reduced};
use crate::small;
use crate::variates::{BlockDirections, Variates, fill_variates};
use rayon::prelude::*;

/// Elimination of the working variates f_i = Z a_i, a_i = dLambda u + Lambda dLambda' c.
///
/// With z = S a + g (g: what the children pass on) and w = a - K z, a node adds z'w + g'a to f'f
/// and passes S_t'w on to its tail, all with the reduced S and S_t. Theory (10).
pub fn forward(
    chunk: &Chunk,
    lambdas: &[Vec<f64>],
    variates: &Variates,
    order: &[usize],
    px: usize,
) -> Reduced {
    let levels = &chunk.levels;
    let k = variates.k;
    let mut g: Vec<Vec<f64>> = levels
        .iter()
        .map(|l| vec![0.0; if l.s.is_empty() { 0 } else { l.count * l.r * k }])
        .collect();
    let mut out = Reduced::zero(px, k);
    for (level, nodes) in levels.iter().enumerate() {
        let (mine, above) = g.split_at_mut(level + 1);
        let task =
            Level { levels, level, lambda: &lambdas[level], directions: variates.of(order[level]) };
        let r = nodes.r;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || crate::small::with_size!(r, task.run(r, k, &mine[level], above, &mut out)),
        );
    }
    out
}

/// One level of the elimination of the variates.
struct Level<'a> {
    levels: &'a [Nodes],
    level: usize,
    lambda: &'a [f64],
    directions: &'a BlockDirections,
}

impl Level<'_> {
    #[inline(always)]
    fn run(&self, r: usize, k: usize, g: &[f64], above: &mut [Vec<f64>], out: &mut Reduced) {
        let nodes = &self.levels[self.level];
        let stride = nodes.stride;
        let offset: usize = self.levels[self.level + 1..].iter().map(|l| l.r).sum();
        let n_tail = out.xf.len() / k;
        let (mut a, mut z, mut w) = (vec![0.0; r * k], vec![0.0; r * k], vec![0.0; r * k]);
        let mut kk = vec![0.0; r * r];
        let mut passed = vec![0.0; k * stride];
        let mut tails = vec![0.0; k * stride];
        let none = vec![0.0; r * k];
        for node in 0..nodes.count {
            let (v, x) = (node * r * r..(node + 1) * r * r, node * r..(node + 1) * r);
            let s = if nodes.s.is_empty() { &nodes.zz[v.clone()] } else { &nodes.s[v.clone()] };
            let own = if g.is_empty() { &none[..] } else { &g[node * r * k..(node + 1) * r * k] };
            fill_variates(
                r,
                k,
                self.directions,
                self.lambda,
                &nodes.u[x.clone()],
                &nodes.res[x.clone()],
                &mut a,
            );
            for (row, c) in nodes.res[x].iter().enumerate() {
                (0..k).for_each(|i| out.slope[i] += c * a[row * k + i]);
            }
            small::multiply_left_transposed(r, &nodes.c[v.clone()], &nodes.c[v], &mut kk);
            for row in 0..r {
                for i in 0..k {
                    let sum: f64 = (0..r).map(|c| s[row * r + c] * a[c * k + i]).sum();
                    z[row * k + i] = sum + own[row * k + i];
                }
            }
            for row in 0..r {
                for i in 0..k {
                    let sum: f64 = (0..r).map(|c| kk[row * r + c] * z[c * k + i]).sum();
                    w[row * k + i] = a[row * k + i] - sum;
                }
                for i in 0..k {
                    for j in 0..k {
                        out.ff[i * k + j] +=
                            z[row * k + i] * w[row * k + j] + own[row * k + i] * a[row * k + j];
                    }
                }
            }
            let panel = node * r * stride..(node + 1) * r * stride;
            let st = if nodes.st.is_empty() { &nodes.zt[panel] } else { &nodes.st[panel] };
            let is_top = self.level + 1 == self.levels.len();
            let target = if is_top { &mut tails } else { &mut passed };
            if !is_top {
                target.fill(0.0);
            }
            for row in 0..r {
                let source = &st[row * stride..(row + 1) * stride];
                for (sums, factor) in target.chunks_exact_mut(stride).zip(&w[row * k..]) {
                    sums.iter_mut().zip(source).for_each(|(t, value)| *t += factor * value);
                }
            }
            if !is_top {
                self.pass_on(node, k, &passed, above, &mut tails);
            }
        }
        for i in 0..k {
            for x in 0..n_tail {
                out.xf[x * k + i] += tails[i * stride + offset + x];
            }
        }
    }

    /// Adds S_t'w of a node to its ancestors and to the running sum of the tails.
    #[inline(always)]
    fn pass_on(
        &self,
        node: usize,
        k: usize,
        passed: &[f64],
        above: &mut [Vec<f64>],
        tails: &mut [f64],
    ) {
        let stride = self.levels[self.level].stride;
        tails.iter_mut().zip(passed).for_each(|(t, v)| *t += v);
        let (mut offset, mut ancestor) = (0, node);
        for up in self.level + 1..self.levels.len() {
            ancestor = self.levels[up - 1].parent[ancestor] as usize;
            let r2 = self.levels[up].r;
            let target =
                &mut above[up - self.level - 1][ancestor * r2 * k..(ancestor + 1) * r2 * k];
            for row in 0..r2 {
                for i in 0..k {
                    target[row * k + i] += passed[i * stride + offset + row];
                }
            }
            offset += r2;
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
    let one = |row: &Combination| variance(chain, &place, row, omega);
    if chain.is_parallel {
        rows.par_iter().map(one).collect()
    } else {
        rows.iter().map(one).collect()
    }
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
                let passed: Vec<f64> =
                    tail[offset..offset + r2].iter().map(|value| -value).collect();
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
