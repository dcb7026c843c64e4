//! Nested grouping factors (any depth): a forest eliminated leaf by leaf, with no fill.
//!
//! Level 0 is the innermost factor. A node's tail is [its ancestors' columns, X, y]; what a node
//! leaves behind is a small matrix over its tail, added up in its parent. The forest is cut into
//! chunks of whole top-level trees of a fixed size, so the threads never share a sum. Theory (6).

use crate::chain_build::{self, Chunk, Nodes};
use crate::chain_info;
use crate::crossprod::{CrossProducts, dot};
use crate::elimination::{Combination, Direction, Elimination, Modes, Reduced};
use crate::error::CoreResult;
use crate::small::{self, with_size};
use crate::stop::Stop;
use crate::variates::Variates;
use rayon::prelude::*;

/// A forest of nested factors. `order[k]` is the block at level k, innermost first.
pub struct Chain {
    pub(crate) order: Vec<usize>,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) px: usize,
    sizes: Vec<(usize, usize)>,
    base: Vec<f64>,
    lambdas: Vec<Vec<f64>>,
    pub(crate) is_parallel: bool,
    stop: Stop,
}

/// Work below which the chunks are visited by one thread (multiplications per evaluation).
const PARALLEL_WORK: usize = 2_000_000;

impl Chain {
    /// Arranges cross-products as a forest; `keep` are the estimable columns of X.
    ///
    /// With `fewest`, innermost groups that share Z'WZ are summed where there are at least so many.
    pub fn new(
        products: &CrossProducts,
        order: &[usize],
        keep: &[usize],
        fewest: Option<usize>,
        stop: Stop,
    ) -> Self {
        let (chunks, base) = chain_build::build(products, order, keep, fewest);
        let sizes = order.iter().map(|k| (products.blocks[*k].n_groups, products.blocks[*k].r));
        let work: usize =
            chunks.iter().flat_map(|c| &c.levels).map(|l| l.count * l.stride * l.stride).sum();
        Self {
            order: order.to_vec(),
            chunks,
            px: keep.len() + 1,
            sizes: sizes.collect(),
            base,
            lambdas: Vec::new(),
            is_parallel: work > PARALLEL_WORK,
            stop,
        }
    }

    /// Runs `task` on every chunk and returns the results in chunk order.
    pub(crate) fn on_chunks<T: Send>(
        &mut self,
        task: impl Fn(&mut Chunk) -> CoreResult<T> + Sync + Send,
    ) -> CoreResult<Vec<T>> {
        let stop = &self.stop;
        let run = |chunk: &mut Chunk| {
            stop.check()?;
            task(chunk)
        };
        if self.is_parallel {
            self.chunks.par_iter_mut().map(run).collect()
        } else {
            self.chunks.iter_mut().map(run).collect()
        }
    }

    /// Lambda templates by level.
    fn by_level(&self, lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.order.iter().map(|k| lambdas[*k].clone()).collect()
    }
}

impl Elimination for Chain {
    fn is_parallel(&self) -> bool {
        self.is_parallel
    }

    fn n_visited(&self) -> usize {
        self.chunks.iter().map(|c| c.levels[0].count).sum()
    }

    fn is_summed(&self) -> bool {
        self.chunks.iter().any(|c| c.levels.iter().any(|l| !l.copies.is_empty()))
    }

    fn reduce(&mut self, lambdas: &[Vec<f64>], sxx: &mut [f64]) -> CoreResult<f64> {
        let lambdas = self.by_level(lambdas);
        let px = self.px;
        let parts = self.on_chunks(|chunk| {
            let top = chunk.levels.len() - 1;
            let mut front = std::mem::take(&mut chunk.fronts[top]);
            front.fill(0.0);
            let all = 0..chunk.levels[top].count;
            let logdet =
                eliminate(&mut chunk.levels, &mut chunk.fronts, &lambdas, top, all, &mut front);
            chunk.fronts[top] = front;
            logdet
        })?;
        self.lambdas = lambdas;
        sxx.copy_from_slice(&self.base);
        for chunk in &self.chunks {
            let Some(level) = chunk.levels.last() else { continue };
            let front = &chunk.fronts[chunk.levels.len() - 1];
            for a in 0..px {
                for b in 0..px {
                    sxx[a * px + b] -= front[a * level.stride + b];
                }
            }
        }
        Ok(parts.iter().sum())
    }

    fn gradient(&mut self, beta: &[f64], omega: &[f64], weight: f64) -> CoreResult<Vec<Vec<f64>>> {
        let lambdas = std::mem::take(&mut self.lambdas);
        let parts = self.on_chunks(|chunk| {
            let mut sums: Vec<Vec<f64>> =
                chunk.levels.iter().map(|l| vec![0.0; l.r * l.r]).collect();
            descend_all(chunk, &lambdas, beta, omega, Some((weight, &mut sums)));
            Ok(sums)
        })?;
        self.lambdas = lambdas;
        let mut n = vec![Vec::new(); self.order.len()];
        for (level, block) in self.order.iter().enumerate() {
            n[*block] = vec![0.0; self.sizes[level].1 * self.sizes[level].1];
            for part in &parts {
                n[*block].iter_mut().zip(&part[level]).for_each(|(total, value)| *total += value);
            }
        }
        Ok(n)
    }

    fn information(&mut self, directions: &[Direction]) -> CoreResult<Reduced> {
        let (k, px) = (directions.len(), self.px);
        let mut sizes = vec![0; self.order.len()];
        self.order.iter().zip(&self.sizes).for_each(|(block, (_, r))| sizes[*block] = *r);
        let variates = Variates::new(directions, &sizes);
        let lambdas = std::mem::take(&mut self.lambdas);
        let order = std::mem::take(&mut self.order);
        let parts =
            self.on_chunks(|chunk| Ok(chain_info::forward(chunk, &lambdas, &variates, &order, px)));
        self.lambdas = lambdas;
        self.order = order;
        let mut total = Reduced::zero(px, k);
        parts?.iter().for_each(|part| total.add(part));
        Ok(total)
    }

    fn modes(&mut self, beta: &[f64]) -> CoreResult<Vec<Modes>> {
        let lambdas = std::mem::take(&mut self.lambdas);
        self.on_chunks(|chunk| {
            descend_all(chunk, &lambdas, beta, &[], None);
            Ok(())
        })?;
        self.lambdas = lambdas;
        let mut modes = vec![Modes::default(); self.order.len()];
        for (level, block) in self.order.iter().enumerate() {
            let (j, r) = self.sizes[level];
            let target = &mut modes[*block];
            *target = Modes { b: vec![0.0; j * r], u: vec![0.0; j * r], c: vec![0.0; j * r] };
            for nodes in self.chunks.iter().map(|c| &c.levels[level]) {
                for (at, id) in nodes.ids.iter().enumerate() {
                    let (to, from) = (*id as usize * r, at * r);
                    target.b[to..to + r].copy_from_slice(&nodes.b[from..from + r]);
                    target.u[to..to + r].copy_from_slice(&nodes.u[from..from + r]);
                    target.c[to..to + r].copy_from_slice(&nodes.res[from..from + r]);
                }
            }
        }
        Ok(modes)
    }

    fn conditional(&mut self, k: usize, omega: &[f64]) -> CoreResult<Vec<f64>> {
        let level = self.order.iter().position(|b| *b == k).unwrap_or(0);
        let (j, r) = self.sizes[level];
        let parts = self.on_chunks(|chunk| Ok(chain_info::conditional(chunk, level, omega)))?;
        let mut blocks = vec![0.0; j * r * r];
        for (part, chunk) in parts.iter().zip(&self.chunks) {
            for (at, id) in chunk.levels[level].ids.iter().enumerate() {
                let to = *id as usize * r * r;
                blocks[to..to + r * r].copy_from_slice(&part[at * r * r..(at + 1) * r * r]);
            }
        }
        Ok(blocks)
    }

    fn variances(&mut self, rows: &[Combination], omega: &[f64]) -> CoreResult<Vec<f64>> {
        Ok(chain_info::variances(self, rows, omega))
    }
}

/// Eliminates `range` of the nodes of level k with everything below; adds to `front` what they
/// leave for their tails. Returns the log determinant.
#[inline(always)]
fn eliminate_level(
    levels: &mut [Nodes],
    fronts: &mut [Vec<f64>],
    lambdas: &[Vec<f64>],
    k: usize,
    range: std::ops::Range<usize>,
    front: &mut [f64],
    r: usize,
) -> CoreResult<f64> {
    let mut logdet = 0.0;
    let (lower, upper) = levels.split_at_mut(k);
    let nodes = &mut upper[0];
    let stride = nodes.stride;
    let mut panel = vec![0.0; r * stride];
    let mut scratch = vec![0.0; r * r];
    for node in range {
        let (zz, zt) =
            (node * r * r..(node + 1) * r * r, node * r * stride..(node + 1) * r * stride);
        if k > 0 {
            let mut below = std::mem::take(&mut fronts[k - 1]);
            below.fill(0.0);
            let children = nodes.children[node]..nodes.children[node + 1];
            let inner = eliminate(lower, fronts, lambdas, k - 1, children, &mut below);
            nodes.take_from_children(node, &below, lower[k - 1].stride, front);
            fronts[k - 1] = below;
            logdet += inner?;
        }
        let s = if k > 0 { &nodes.s[zz.clone()] } else { &nodes.zz[zz.clone()] };
        let st = if k > 0 { &nodes.st[zt] } else { &nodes.zt[zt] };
        let (l, c) = (&mut nodes.l[zz.clone()], &mut nodes.c[zz]);
        let copies = nodes.copies.get(node).copied().unwrap_or(1.0);
        logdet += copies * small::factor_level(r, &lambdas[k], s, l, c, &mut scratch)?;
        multiply_panel(r, stride, c, st, &mut panel);
        add_gram(stride, &panel, front);
    }
    Ok(logdet)
}

/// See `eliminate_level`; here the block size becomes known to the compiler.
fn eliminate(
    levels: &mut [Nodes],
    fronts: &mut [Vec<f64>],
    lambdas: &[Vec<f64>],
    k: usize,
    range: std::ops::Range<usize>,
    front: &mut [f64],
) -> CoreResult<f64> {
    let r = levels[k].r;
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || with_size!(r, eliminate_level(levels, fronts, lambdas, k, range, front, r)),
    )
}

/// panel (r, stride) = c (r, r) times st (r, stride).
#[inline(always)]
pub(crate) fn multiply_panel(r: usize, stride: usize, c: &[f64], st: &[f64], panel: &mut [f64]) {
    panel.fill(0.0);
    for a in 0..r {
        let row = &mut panel[a * stride..(a + 1) * stride];
        for b in 0..r {
            let factor = c[a * r + b];
            for (target, value) in row.iter_mut().zip(&st[b * stride..(b + 1) * stride]) {
                *target += factor * value;
            }
        }
    }
}

/// front += panel' panel; strides are multiples of four, so the common ones are unrolled.
#[inline(always)]
fn add_gram(stride: usize, panel: &[f64], front: &mut [f64]) {
    match stride {
        4 => add_gram_fixed::<4>(panel, front),
        8 => add_gram_fixed::<8>(panel, front),
        12 => add_gram_fixed::<12>(panel, front),
        16 => add_gram_fixed::<16>(panel, front),
        _ => {
            for row in panel.chunks_exact(stride) {
                for (target, left) in front.chunks_exact_mut(stride).zip(row) {
                    target.iter_mut().zip(row).for_each(|(t, right)| *t += left * right);
                }
            }
        }
    }
}

#[inline(always)]
fn add_gram_fixed<const M: usize>(panel: &[f64], front: &mut [f64]) {
    for (i, target) in front.chunks_exact_mut(M).enumerate() {
        let mut sums = [0.0; M];
        sums.copy_from_slice(target);
        for row in panel.chunks_exact(M) {
            for k in 0..M {
                sums[k] += row[i] * row[k];
            }
        }
        target.copy_from_slice(&sums);
    }
}

/// Top-down over a chunk: modes, and the gradient sums when asked for.
fn descend_all(
    chunk: &mut Chunk,
    lambdas: &[Vec<f64>],
    beta: &[f64],
    omega: &[f64],
    gradient: Option<(f64, &mut [Vec<f64>])>,
) {
    let top = chunk.levels.len() - 1;
    let stride = chunk.levels[top].stride;
    // The tail's coefficients: beta, and -1 for y, so that -S_t coef is the residual product.
    let mut coef = vec![0.0; stride];
    coef[..beta.len()].copy_from_slice(beta);
    coef[beta.len()] = -1.0;
    let padded = pad_omega(omega, beta.len(), stride);
    let all = 0..chunk.levels[top].count;
    descend(&mut chunk.levels, lambdas, top, all, &coef, &padded, gradient);
}

/// Omega over a tail, (stride, stride) with zeros for y and padding; empty stays empty.
pub(crate) fn pad_omega(omega: &[f64], p: usize, stride: usize) -> Vec<f64> {
    if omega.is_empty() {
        return Vec::new();
    }
    let mut padded = vec![0.0; stride * stride];
    for a in 0..p {
        padded[a * stride..a * stride + p].copy_from_slice(&omega[a * p..(a + 1) * p]);
    }
    padded
}

#[inline(always)]
fn descend_level(
    levels: &mut [Nodes],
    lambdas: &[Vec<f64>],
    k: usize,
    range: std::ops::Range<usize>,
    coef: &[f64],
    omega: &[f64],
    mut gradient: Option<(f64, &mut [Vec<f64>])>,
    r: usize,
) {
    let (lower, upper) = levels.split_at_mut(k);
    let nodes = &mut upper[0];
    let stride = nodes.stride;
    let mut g = vec![0.0; r * r];
    let mut t = vec![0.0; r * stride];
    let mut scratch = vec![0.0; 4 * r * r];
    for node in range {
        nodes.solve_modes(node, r, coef, &mut scratch);
        let (b, v) = (node * r..(node + 1) * r, node * r * r..(node + 1) * r * r);
        let s = if k > 0 { &nodes.s[v.clone()] } else { &nodes.zz[v.clone()] };
        let panel = node * r * stride..(node + 1) * r * stride;
        let st = if k > 0 { &nodes.st[panel] } else { &nodes.zt[panel] };
        if let Some((weight, sums)) = gradient.as_mut() {
            if !omega.is_empty() {
                quadratic(r, stride, st, omega, &mut t, &mut g);
            }
            let (l, c) = (&nodes.l[v.clone()], &nodes.c[v.clone()]);
            let modes = (&nodes.u[b.clone()], &nodes.res[b.clone()], *weight);
            let copies = nodes.copies.get(node).copied().unwrap_or(1.0);
            small::add_level_gradient(r, s, l, c, &g, modes, copies, &mut sums[k], &mut scratch);
        }
        if k > 0 {
            let below = lower[k - 1].stride;
            let child_coef = nodes.extend_coefficients(node, r, coef, below);
            let child_omega = if gradient.is_some() {
                extend_omega(r, stride, &nodes.c[v], omega, (&t, &g), below)
            } else {
                Vec::new()
            };
            let children = nodes.children[node]..nodes.children[node + 1];
            let inner = gradient.as_mut().map(|(weight, sums)| (*weight, &mut **sums));
            descend(lower, lambdas, k - 1, children, &child_coef, &child_omega, inner);
        }
    }
}

fn descend(
    levels: &mut [Nodes],
    lambdas: &[Vec<f64>],
    k: usize,
    range: std::ops::Range<usize>,
    coef: &[f64],
    omega: &[f64],
    gradient: Option<(f64, &mut [Vec<f64>])>,
) {
    let r = levels[k].r;
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || with_size!(r, descend_level(levels, lambdas, k, range, coef, omega, gradient, r)),
    );
}

/// t = S_t Omega (r, stride) and g = S_t Omega S_t' (r, r).
#[inline(always)]
pub(crate) fn quadratic(
    r: usize,
    stride: usize,
    st: &[f64],
    omega: &[f64],
    t: &mut [f64],
    g: &mut [f64],
) {
    t.fill(0.0);
    for a in 0..r {
        let target = &mut t[a * stride..(a + 1) * stride];
        for (row, factor) in omega.chunks_exact(stride).zip(&st[a * stride..(a + 1) * stride]) {
            target.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
        }
        for b in 0..=a {
            let value = dot(&t[a * stride..(a + 1) * stride], &st[b * stride..(b + 1) * stride]);
            g[a * r + b] = value;
            g[b * r + a] = value;
        }
    }
}

/// Omega over a child's tail: [[K + K G K, -K T], [., Omega]] with K = C'C. Theory (8).
#[inline(always)]
pub(crate) fn extend_omega(
    r: usize,
    stride: usize,
    c: &[f64],
    omega: &[f64],
    (t, g): (&[f64], &[f64]),
    below: usize,
) -> Vec<f64> {
    let mut k = vec![0.0; r * r];
    small::multiply_left_transposed(r, c, c, &mut k);
    let mut wide = vec![0.0; below * below];
    let (mut kg, mut kgk) = (vec![0.0; r * r], vec![0.0; r * r]);
    if !omega.is_empty() {
        small::multiply(r, &k, g, &mut kg);
        small::multiply(r, &kg, &k, &mut kgk);
    }
    for a in 0..r {
        for b in 0..r {
            wide[a * below + b] = k[a * r + b] + kgk[a * r + b];
        }
    }
    if omega.is_empty() {
        return wide;
    }
    // The child's tail may be padded differently; columns past `below` are padding.
    let width = stride.min(below - r);
    for i in 0..width {
        for a in 0..r {
            let value: f64 = -(0..r).map(|b| k[a * r + b] * t[b * stride + i]).sum::<f64>();
            wide[a * below + r + i] = value;
            wide[(r + i) * below + a] = value;
        }
        for j in 0..width {
            wide[(r + i) * below + r + j] = omega[i * stride + j];
        }
    }
    wide
}
