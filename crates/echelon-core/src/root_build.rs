//! Arranges cross-products for `root`: the leaf factor's levels with their neighbours, and the
//! co-occurrences of the other factors as a sparse lower triangle. Theory (9).

use crate::chain_build::oriented;
use crate::crossprod::CrossProducts;
use crate::pairs;
use crate::symbolic::Layout;

/// The factor that is eliminated level by level.
pub struct Leaf {
    pub block: usize,
    pub r: usize,
    pub count: usize,
    pub zz: Vec<f64>,
    /// (J, r, p + 1).
    pub zx: Vec<f64>,
    /// Columns of the root that each level meets, ascending: `cols[ptr[j]..ptr[j + 1]]`.
    pub ptr: Vec<usize>,
    pub cols: Vec<u32>,
    /// Z_j' W Z_root on those columns, (r, count) row-major per level, from `r * ptr[j]` on.
    pub values: Vec<f64>,
    /// For every entry, its place in `touch` order.
    pub entry: Vec<u32>,
}

/// One factor of the root.
pub struct Factor {
    pub block: usize,
    pub r: usize,
    pub count: usize,
    /// Number of its first node.
    pub node: usize,
}

/// The root matrix before elimination, in the layout's order of columns.
pub struct Base {
    /// Lower entries by column, whole diagonal blocks: compressed columns.
    pub ptr: Vec<usize>,
    pub rows: Vec<u32>,
    pub values: Vec<f64>,
    /// (q, p + 1).
    pub zx: Vec<f64>,
    pub xx: Vec<f64>,
    /// First column of the node of each column, and its factor.
    pub node_start: Vec<u32>,
    pub factor_of: Vec<u16>,
    /// Leaf levels that meet each column: (level, position in its list).
    pub touch_ptr: Vec<usize>,
    pub touch: Vec<(u32, u32)>,
}

/// Factors of the root in the given order.
pub fn factors(products: &CrossProducts, blocks: &[usize]) -> Vec<Factor> {
    let mut node = 0;
    blocks
        .iter()
        .map(|block| {
            let sums = &products.blocks[*block];
            let factor = Factor { block: *block, r: sums.r, count: sums.n_groups, node };
            node += sums.n_groups;
            factor
        })
        .collect()
}

/// Nodes that each level of the leaf meets, per factor of the root.
pub fn neighbours(
    products: &CrossProducts,
    leaf: Option<usize>,
    factors: &[Factor],
) -> Vec<Vec<u32>> {
    let Some(block) = leaf else { return Vec::new() };
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); groups[block]];
    for factor in factors {
        let pair = oriented(products, block, factor.block, &groups);
        for (j, list) in lists.iter_mut().enumerate() {
            let cols = &pair.cols[pair.ptr[j]..pair.ptr[j + 1]];
            list.extend(cols.iter().map(|c| factor.node as u32 + c));
        }
    }
    lists
}

/// Pattern of the root after the leaf is gone: neighbours of every node, ascending. None when it
/// would hold more than `limit` entries.
pub fn graph(
    products: &CrossProducts,
    factors: &[Factor],
    lists: &[Vec<u32>],
    limit: usize,
) -> Option<Vec<Vec<u32>>> {
    let n = factors.last().map_or(0, |f| f.node + f.count);
    let mut meets: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (j, list) in lists.iter().enumerate() {
        list.iter().for_each(|node| meets[*node as usize].push(j as u32));
    }
    let mut direct: Vec<Vec<u32>> = vec![Vec::new(); n];
    each_pair(products, factors, |a, b, _, _| {
        direct[a].push(b as u32);
        direct[b].push(a as u32);
    });
    let mut mark = vec![usize::MAX; n];
    let mut total = 0;
    let mut graph = Vec::with_capacity(n);
    for node in 0..n {
        mark[node] = node;
        let mut row = Vec::new();
        let through = meets[node].iter().flat_map(|j| &lists[*j as usize]);
        for other in through.chain(&direct[node]) {
            if mark[*other as usize] != node {
                mark[*other as usize] = node;
                row.push(*other);
            }
        }
        total += row.len();
        // Extrapolate early: a dense root need not be traced to its end.
        let expected = total as f64 * n as f64 / (node + 1) as f64;
        if total > limit || (node >= 64 && expected > 2.0 * limit as f64) {
            return None;
        }
        row.sort_unstable();
        graph.push(row);
    }
    Some(graph)
}

/// Visits co-occurring nodes (a, b) of different levels, with the r_a x r_b block and its shape.
fn each_pair(
    products: &CrossProducts,
    factors: &[Factor],
    mut action: impl FnMut(usize, usize, &[f64], (usize, usize)),
) {
    for pair in &products.pairs {
        let find = |block: usize| factors.iter().find(|f| f.block == block);
        let (Some(first), Some(second)) = (find(pair.first), find(pair.second)) else { continue };
        let size = pair.shape.0 * pair.shape.1;
        for j in 0..pair.ptr.len() - 1 {
            for at in pair.ptr[j]..pair.ptr[j + 1] {
                let (a, b) = (first.node + j, second.node + pair.cols[at] as usize);
                // A multiple membership lists its own pairs both ways.
                if pair.first != pair.second || a < b {
                    action(a, b, &pair.values[at * size..(at + 1) * size], pair.shape);
                }
            }
        }
    }
}

/// The leaf in the layout's columns; `keep` are indices into [X y].
pub fn leaf(
    products: &CrossProducts,
    block: usize,
    factors: &[Factor],
    layout: &Layout,
    keep: &[usize],
) -> Leaf {
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let sums = &products.blocks[block];
    let (r, count) = (sums.r, sums.n_groups);
    let pairs: Vec<_> =
        factors.iter().map(|f| (f, oriented(products, block, f.block, &groups))).collect();
    let mut leaf = Leaf {
        block,
        r,
        count,
        zz: sums.zz.clone(),
        zx: select(&sums.zx, products.p + 1, keep),
        ptr: vec![0],
        cols: Vec::new(),
        values: Vec::new(),
        entry: Vec::new(),
    };
    let mut entries: Vec<(u32, usize, usize, usize)> = Vec::new();
    for j in 0..count {
        entries.clear();
        for (which, (factor, pair)) in pairs.iter().enumerate() {
            for at in pair.ptr[j]..pair.ptr[j + 1] {
                let start = layout.start[factor.node + pair.cols[at] as usize];
                entries.extend((0..factor.r).map(|b| ((start + b) as u32, which, at, b)));
            }
        }
        entries.sort_unstable_by_key(|e| e.0);
        leaf.cols.extend(entries.iter().map(|e| e.0));
        for a in 0..r {
            leaf.values.extend(entries.iter().map(|(_, which, at, b)| {
                let r2 = pairs[*which].0.r;
                pairs[*which].1.values[at * r * r2 + a * r2 + b]
            }));
        }
        leaf.ptr.push(leaf.cols.len());
    }
    leaf
}

fn select(rows: &[f64], width: usize, keep: &[usize]) -> Vec<f64> {
    rows.chunks_exact(width).flat_map(|row| keep.iter().map(move |c| row[*c])).collect()
}

/// The root before elimination.
pub fn base(
    products: &CrossProducts,
    factors: &[Factor],
    layout: &Layout,
    leaf: Option<&mut Leaf>,
    keep: &[usize],
) -> Base {
    let (q, px) = (layout.q, products.p + 1);
    let mut triplets: Vec<(u32, u32, f64)> = Vec::new();
    let mut node_start = vec![0u32; q];
    let mut factor_of = vec![0u16; q];
    let mut zx = vec![0.0; q * keep.len()];
    for (which, factor) in factors.iter().enumerate() {
        let sums = &products.blocks[factor.block];
        let r = factor.r;
        for j in 0..factor.count {
            let start = layout.start[factor.node + j];
            for a in 0..r {
                node_start[start + a] = start as u32;
                factor_of[start + a] = which as u16;
                for b in 0..r {
                    let value = sums.zz[(j * r + a) * r + b];
                    triplets.push(((start + b) as u32, (start + a) as u32, value));
                }
                let row = &sums.zx[(j * r + a) * px..(j * r + a + 1) * px];
                for (target, c) in zx[(start + a) * keep.len()..].iter_mut().zip(keep) {
                    *target = row[*c];
                }
            }
        }
    }
    each_pair(products, factors, |a, b, block, (r1, r2)| {
        let (first, second) = (layout.start[a], layout.start[b]);
        for i in 0..r1 {
            for k in 0..r2 {
                let (x, y) = ((first + i) as u32, (second + k) as u32);
                triplets.push((x.min(y), x.max(y), block[i * r2 + k]));
            }
        }
    });
    triplets.sort_unstable_by_key(|t| (t.0, t.1));
    let mut ptr = vec![0; q + 1];
    triplets.iter().for_each(|t| ptr[t.0 as usize + 1] += 1);
    (0..q).for_each(|c| ptr[c + 1] += ptr[c]);
    let (touch_ptr, touch) = touches(q, leaf);
    let xx = keep.iter().flat_map(|a| keep.iter().map(move |b| products.xx[a * px + b])).collect();
    Base {
        ptr,
        rows: triplets.iter().map(|t| t.1).collect(),
        values: triplets.iter().map(|t| t.2).collect(),
        zx,
        xx,
        node_start,
        factor_of,
        touch_ptr,
        touch,
    }
}

/// The leaf's lists by column of the root; notes in the leaf where each entry went.
fn touches(q: usize, leaf: Option<&mut Leaf>) -> (Vec<usize>, Vec<(u32, u32)>) {
    let mut ptr = vec![0; q + 1];
    let Some(leaf) = leaf else { return (ptr, Vec::new()) };
    leaf.cols.iter().for_each(|c| ptr[*c as usize + 1] += 1);
    (0..q).for_each(|c| ptr[c + 1] += ptr[c]);
    let mut next = ptr.clone();
    let mut touch = vec![(0, 0); leaf.cols.len()];
    leaf.entry = vec![0; leaf.cols.len()];
    for j in 0..leaf.count {
        for at in leaf.ptr[j]..leaf.ptr[j + 1] {
            let slot = &mut next[leaf.cols[at] as usize];
            touch[*slot] = (j as u32, (at - leaf.ptr[j]) as u32);
            leaf.entry[at] = *slot as u32;
            *slot += 1;
        }
    }
    (ptr, touch)
}

/// Work of eliminating the leaf by columns: pairs of entries, for the plan.
pub fn scatter_pairs(products: &CrossProducts, leaf: usize, roots: &[usize]) -> f64 {
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let mut met = vec![0.0f64; groups[leaf]];
    for root in roots {
        let Some(pair) = products.pairs.iter().find(|p| {
            (p.first == leaf && p.second == *root) || (p.first == *root && p.second == leaf)
        }) else {
            continue;
        };
        let turned = if pair.first == leaf { None } else { Some(pairs::transpose(pair, &groups)) };
        let pair = turned.as_ref().unwrap_or(pair);
        let r = products.blocks[*root].r as f64;
        met.iter_mut()
            .enumerate()
            .for_each(|(j, m)| *m += r * (pair.ptr[j + 1] - pair.ptr[j]) as f64);
    }
    met.iter().map(|m| 0.5 * m * m).sum::<f64>() * products.blocks[leaf].r as f64
}
