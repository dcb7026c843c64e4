//! Arranges cross-products as the forest that `chain` eliminates.

use crate::chain_patterns::{self, Summed};
use crate::crossprod::CrossProducts;
use crate::pairs::{self, PairSums};
use rayon::prelude::*;
use std::borrow::Cow;

/// Innermost nodes per chunk: fixed, so that results do not depend on the number of threads.
const CHUNK_NODES: usize = 1_024;
/// Innermost nodes above which chunks are assembled by several threads.
const PARALLEL_NODES: usize = 20_000;

/// The nodes of one level in one chunk. r x r blocks and r x stride panels, row-major.
pub struct Nodes {
    pub r: usize,
    pub count: usize,
    /// Tail columns (ancestors, X, y) rounded up to a multiple of four.
    pub stride: usize,
    /// Place of each node in the data's order of groups.
    pub ids: Vec<u32>,
    /// Local index of the parent at the next level.
    pub parent: Vec<u32>,
    /// Range of children at the level below.
    pub children: Vec<usize>,
    /// Groups that each node stands for; empty: one each.
    pub copies: Vec<f64>,
    pub zz: Vec<f64>,
    pub zt: Vec<f64>,
    /// What children leave of zz and zt (levels above the first).
    pub s: Vec<f64>,
    pub st: Vec<f64>,
    pub l: Vec<f64>,
    pub c: Vec<f64>,
    pub u: Vec<f64>,
    pub b: Vec<f64>,
    pub res: Vec<f64>,
}

/// Whole trees: levels from the innermost up, and one front per level.
pub struct Chunk {
    pub levels: Vec<Nodes>,
    pub fronts: Vec<Vec<f64>>,
}

impl Nodes {
    /// s and st of `node` after its children; passes the rest of their front on.
    #[inline(always)]
    pub fn take_from_children(
        &mut self,
        node: usize,
        below: &[f64],
        width: usize,
        front: &mut [f64],
    ) {
        let (r, stride) = (self.r, self.stride);
        let columns = stride.min(width - r);
        for a in 0..r {
            let at = node * r * r + a * r;
            for b in 0..r {
                self.s[at + b] = self.zz[at + b] - below[a * width + b];
            }
            let at = (node * r + a) * stride;
            for i in 0..columns {
                self.st[at + i] = self.zt[at + i] - below[a * width + r + i];
            }
        }
        for i in 0..columns {
            for j in 0..columns {
                front[i * stride + j] += below[(r + i) * width + r + j];
            }
        }
    }

    /// b, u and the residual products of a node, given the coefficients of its tail. Theory (7).
    #[inline(always)]
    pub fn solve_modes(&mut self, node: usize, r: usize, coef: &[f64], scratch: &mut [f64]) {
        let stride = self.stride;
        let is_leaf = self.s.is_empty();
        let (v, w) = (node * r * r, node * r);
        let (rhs, rest) = scratch.split_at_mut(r);
        let q = &mut rest[..r];
        let st = if is_leaf { &self.zt } else { &self.st };
        for a in 0..r {
            rhs[a] = -crate::crossprod::dot(&st[(w + a) * stride..(w + a + 1) * stride], coef);
        }
        let (l, c) = (&self.l[v..v + r * r], &self.c[v..v + r * r]);
        crate::small::apply(r, c, rhs, q);
        crate::small::apply_transposed(r, c, q, &mut self.b[w..w + r]);
        for i in (0..r).rev() {
            let sum: f64 = (i + 1..r).map(|k| l[k * r + i] * self.u[w + k]).sum();
            self.u[w + i] = (q[i] - sum) / l[i * r + i];
        }
        let s = if is_leaf { &self.zz[v..v + r * r] } else { &self.s[v..v + r * r] };
        crate::small::apply(r, s, &self.b[w..w + r], q);
        for a in 0..r {
            self.res[w + a] = rhs[a] - q[a];
        }
    }

    /// Coefficients of a child's tail: this node's b, then its own tail.
    pub fn extend_coefficients(
        &self,
        node: usize,
        r: usize,
        coef: &[f64],
        below: usize,
    ) -> Vec<f64> {
        let mut wide = vec![0.0; below];
        wide[..r].copy_from_slice(&self.b[node * r..(node + 1) * r]);
        let width = self.stride.min(below - r);
        wide[r..r + width].copy_from_slice(&coef[..width]);
        wide
    }
}

/// Columns of a tail, rounded up so that rows are whole vectors.
fn padded(columns: usize) -> usize {
    columns.div_ceil(4) * 4
}

/// The forest's chunks and the kept part of [X y]'[X y].
pub fn build(
    products: &CrossProducts,
    order: &[usize],
    keep: &[usize],
    fewest: Option<usize>,
) -> (Vec<Chunk>, Vec<f64>) {
    let columns: Vec<usize> = keep.iter().copied().chain([products.p]).collect();
    let px = products.p + 1;
    let base = columns.iter().flat_map(|a| columns.iter().map(move |b| products.xx[a * px + b]));
    let base = base.collect();
    if order.is_empty() {
        return (Vec::new(), base);
    }
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    // pairs_up[k][l]: the pair of level k with level l > k, rows of level k.
    let pairs_up: Vec<Vec<Cow<'_, PairSums>>> = (0..order.len())
        .map(|k| {
            (k + 1..order.len()).map(|l| oriented(products, order[k], order[l], &groups)).collect()
        })
        .collect();
    let source = Source { products, order, pairs_up: &pairs_up, columns: &columns };
    let is_summing = fewest.is_some_and(|least| groups[order[0]] >= least);
    let summed = if is_summing && order.len() == 1 { source.summed_groups() } else { None };
    if let Some(chunks) = summed {
        return (chunks, base);
    }
    let trees = plant(order, &pairs_up, &groups);
    let assemble = |tree| source.assemble(tree, is_summing && order.len() > 1);
    let chunks = if groups[order[0]] > PARALLEL_NODES {
        trees.into_par_iter().map(assemble).collect()
    } else {
        trees.into_iter().map(assemble).collect()
    };
    (chunks, base)
}

/// The sums of two factors with `first` in the rows.
pub fn oriented<'a>(
    products: &'a CrossProducts,
    first: usize,
    second: usize,
    groups: &[usize],
) -> Cow<'a, PairSums> {
    let pair = products.pairs.iter().find(|p| {
        (p.first == first && p.second == second) || (p.first == second && p.second == first)
    });
    match pair {
        Some(pair) if pair.first == first => Cow::Borrowed(pair),
        Some(pair) => Cow::Owned(pairs::transpose(pair, groups)),
        None => Cow::Owned(PairSums {
            first,
            second,
            shape: (products.blocks[first].r, products.blocks[second].r),
            ptr: vec![0; groups[first] + 1],
            cols: Vec::new(),
            values: Vec::new(),
        }),
    }
}

/// Group ids and children of the levels of one chunk, innermost first.
struct Tree {
    ids: Vec<Vec<u32>>,
    children: Vec<Vec<usize>>,
}

/// Cuts the forest into chunks of whole top-level trees with about `CHUNK_NODES` leaves.
fn plant(order: &[usize], pairs_up: &[Vec<Cow<'_, PairSums>>], groups: &[usize]) -> Vec<Tree> {
    let depth = order.len();
    // Children of every group of level k + 1, by counting sort over the parents.
    let below: Vec<(Vec<usize>, Vec<u32>)> = (0..depth - 1)
        .map(|k| {
            let parents = &pairs_up[k][0].cols;
            let mut ptr = vec![0; groups[order[k + 1]] + 1];
            parents.iter().for_each(|p| ptr[*p as usize + 1] += 1);
            (0..ptr.len() - 1).for_each(|j| ptr[j + 1] += ptr[j]);
            let mut next = ptr.clone();
            let mut list = vec![0; parents.len()];
            for (child, parent) in parents.iter().enumerate() {
                list[next[*parent as usize]] = child as u32;
                next[*parent as usize] += 1;
            }
            (ptr, list)
        })
        .collect();
    let mut trees = Vec::new();
    let mut tree = empty_tree(depth);
    for top in 0..groups[order[depth - 1]] as u32 {
        grow(&mut tree, &below, depth - 1, top);
        if tree.ids[0].len() >= CHUNK_NODES {
            trees.push(std::mem::replace(&mut tree, empty_tree(depth)));
        }
    }
    if !tree.ids[depth - 1].is_empty() {
        trees.push(tree);
    }
    trees
}

fn empty_tree(depth: usize) -> Tree {
    Tree { ids: vec![Vec::new(); depth], children: vec![vec![0]; depth] }
}

fn grow(tree: &mut Tree, below: &[(Vec<usize>, Vec<u32>)], k: usize, id: u32) {
    tree.ids[k].push(id);
    if k > 0 {
        let (ptr, list) = &below[k - 1];
        for child in &list[ptr[id as usize]..ptr[id as usize + 1]] {
            grow(tree, below, k - 1, *child);
        }
        tree.children[k].push(tree.ids[k - 1].len());
    }
}

/// What chunks are assembled from.
struct Source<'a> {
    products: &'a CrossProducts,
    order: &'a [usize],
    pairs_up: &'a [Vec<Cow<'a, PairSums>>],
    columns: &'a [usize],
}

impl Source<'_> {
    /// Columns of the tail at level k.
    fn width(&self, k: usize) -> usize {
        let above: usize = self.order[k + 1..].iter().map(|l| self.products.blocks[*l].r).sum();
        above + self.columns.len()
    }

    /// zz and zt of the groups `ids` of level k.
    fn gather(&self, k: usize, ids: &[u32]) -> (Vec<f64>, Vec<f64>) {
        let block = &self.products.blocks[self.order[k]];
        let (r, px) = (block.r, self.products.p + 1);
        let is_whole = self.columns.len() == px;
        let stride = padded(self.width(k));
        let mut zz = Vec::with_capacity(ids.len() * r * r);
        let mut zt = vec![0.0; ids.len() * r * stride];
        for (node, id) in ids.iter().enumerate() {
            let id = *id as usize;
            zz.extend_from_slice(&block.zz[id * r * r..(id + 1) * r * r]);
            for a in 0..r {
                let row = &mut zt[(node * r + a) * stride..(node * r + a + 1) * stride];
                let mut at = 0;
                for pair in &self.pairs_up[k] {
                    let r2 = pair.shape.1;
                    let entry = pair.ptr[id] * r * r2 + a * r2;
                    row[at..at + r2].copy_from_slice(&pair.values[entry..entry + r2]);
                    at += r2;
                }
                let source = &block.zx[(id * r + a) * px..(id * r + a + 1) * px];
                if is_whole {
                    row[at..at + px].copy_from_slice(source);
                } else {
                    self.columns.iter().enumerate().for_each(|(i, c)| row[at + i] = source[*c]);
                }
            }
        }
        (zz, zt)
    }

    /// All groups of the only factor, summed by pattern; nothing when that would not help.
    fn summed_groups(&self) -> Option<Vec<Chunk>> {
        let block = &self.products.blocks[self.order[0]];
        let (r, width) = (block.r, self.width(0));
        if !chain_patterns::looks_repetitive(r, &block.zz) {
            return None;
        }
        let ids: Vec<u32> = (0..block.n_groups as u32).collect();
        let (zz, zt) = self.gather(0, &ids);
        let stride = padded(width);
        let summed = chain_patterns::sum_patterns(r, stride, width, &zz, &zt)?;
        let parts = summed
            .copies
            .chunks(CHUNK_NODES)
            .zip(summed.zz.chunks(CHUNK_NODES * r * r))
            .zip(summed.zt.chunks(CHUNK_NODES * r * stride));
        let chunk = |((copies, zz), zt): ((&[f64], &[f64]), &[f64])| {
            let mut level = nodes(r, stride, Vec::new(), vec![0], zz.to_vec(), zt.to_vec(), false);
            level.copies = copies.to_vec();
            Chunk { levels: vec![level], fronts: vec![vec![0.0; stride * stride]] }
        };
        Some(parts.map(chunk).collect())
    }

    fn assemble(&self, mut tree: Tree, is_summing: bool) -> Chunk {
        let mut levels: Vec<Nodes> = Vec::with_capacity(self.order.len());
        for k in 0..self.order.len() {
            let ids = std::mem::take(&mut tree.ids[k]);
            let children = std::mem::take(&mut tree.children[k]);
            let (r, stride) = (self.products.blocks[self.order[k]].r, padded(self.width(k)));
            let (zz, zt) = self.gather(k, &ids);
            let summed = if is_summing && k == 0 {
                self.sum_siblings(&mut tree.children[1], &zz, &zt)
            } else {
                None
            };
            levels.push(match summed {
                Some(Summed { zz, zt, copies }) => {
                    let mut level = nodes(r, stride, Vec::new(), children, zz, zt, false);
                    level.copies = copies;
                    level
                }
                None => nodes(r, stride, ids, children, zz, zt, k > 0),
            });
        }
        for k in 0..levels.len() - 1 {
            let mut parent = vec![0; levels[k].count];
            for (node, range) in levels[k + 1].children.windows(2).enumerate() {
                parent[range[0]..range[1]].fill(node as u32);
            }
            levels[k].parent = parent;
        }
        let fronts = levels.iter().map(|l| vec![0.0; l.stride * l.stride]).collect();
        Chunk { levels, fronts }
    }

    /// Sums the innermost groups of each parent by pattern; adjusts the ranges of children.
    fn sum_siblings(&self, children: &mut [usize], zz: &[f64], zt: &[f64]) -> Option<Summed> {
        let (r, width) = (self.products.blocks[self.order[0]].r, self.width(0));
        let stride = padded(width);
        let mut out = Summed { zz: Vec::new(), zt: Vec::new(), copies: Vec::new() };
        let mut ranges = vec![0];
        for range in children.windows(2) {
            let zz = &zz[range[0] * r * r..range[1] * r * r];
            let zt = &zt[range[0] * r * stride..range[1] * r * stride];
            match chain_patterns::sum_patterns(r, stride, width, zz, zt) {
                Some(part) => {
                    out.zz.extend(part.zz);
                    out.zt.extend(part.zt);
                    out.copies.extend(part.copies);
                }
                None => {
                    out.zz.extend_from_slice(zz);
                    out.zt.extend_from_slice(zt);
                    out.copies.resize(out.copies.len() + range[1] - range[0], 1.0);
                }
            }
            ranges.push(out.copies.len());
        }
        if out.copies.iter().all(|c| *c == 1.0) {
            return None;
        }
        children.copy_from_slice(&ranges);
        Some(out)
    }
}

/// A level's nodes with room for what an evaluation leaves.
fn nodes(
    r: usize,
    stride: usize,
    ids: Vec<u32>,
    children: Vec<usize>,
    zz: Vec<f64>,
    zt: Vec<f64>,
    is_inner: bool,
) -> Nodes {
    let count = zz.len() / (r * r);
    let inner = if is_inner { (zz.len(), zt.len()) } else { (0, 0) };
    Nodes {
        r,
        count,
        stride,
        ids,
        parent: Vec::new(),
        children,
        copies: Vec::new(),
        s: vec![0.0; inner.0],
        st: vec![0.0; inner.1],
        l: vec![0.0; zz.len()],
        c: vec![0.0; zz.len()],
        u: vec![0.0; count * r],
        b: vec![0.0; count * r],
        res: vec![0.0; count * r],
        zz,
        zt,
    }
}
