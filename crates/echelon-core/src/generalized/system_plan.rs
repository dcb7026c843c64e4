//! How M is eliminated: the root's layout, and where the leaf meets it. Theory (9), (25).

use crate::error::{CoreError, CoreResult};
use crate::generalized::pattern::Pattern;
use crate::symbolic::Layout;

/// Roots up to this size are dense without looking at their pattern.
const SMALL_ROOT: usize = 192;
/// A sparse factorisation runs at about this share of the speed of a dense one.
const SPARSE_SPEED: f64 = 0.25;
/// Bytes that the root matrix may take.
const MEMORY: u64 = 16_000_000_000;

/// A column of the root that a level of the leaf meets: where its block stands in A.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touch {
    pub column: u32,
    pub pair: u32,
    /// First value of the block's column; its rows are `stride` apart.
    pub at: usize,
    pub stride: usize,
}

/// The root's layout: dense, or sparse where that is cheaper.
pub(crate) fn plan(
    pattern: &Pattern,
    leaf: Option<usize>,
    first_node: &[usize],
    sizes: &[usize],
) -> CoreResult<Layout> {
    let q: usize = sizes.iter().sum();
    let mut layout = None;
    if q > SMALL_ROOT {
        let limit = sizes.len() * sizes.len() / 4;
        if let Some(graph) = graph(pattern, leaf, first_node, sizes.len(), limit) {
            let sparse = Layout::sparse(sizes, &graph);
            if sparse.flops / SPARSE_SPEED < (q as f64).powi(3) / 3.0 {
                layout = Some(sparse);
            }
        }
    }
    let layout = match layout {
        Some(layout) => layout,
        None => {
            let bytes = 16 * (q as u64).pow(2);
            if bytes > MEMORY {
                return Err(CoreError::TooLarge { bytes, limit: MEMORY });
            }
            Layout::dense(sizes)
        }
    };
    Ok(layout)
}

/// Neighbours of every node of the root once the leaf is gone; none past `limit` entries.
fn graph(
    pattern: &Pattern,
    leaf: Option<usize>,
    first_node: &[usize],
    n: usize,
    limit: usize,
) -> Option<Vec<Vec<u32>>> {
    let count = leaf.map_or(0, |k| pattern.sizes[k].0);
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); count];
    let mut direct: Vec<Vec<u32>> = vec![Vec::new(); n];
    for pair in &pattern.pairs {
        for j in 0..pair.ptr.len() - 1 {
            let others = pair.cols[pair.ptr[j]..pair.ptr[j + 1]]
                .iter()
                .map(|c| (first_node[pair.second] + *c as usize) as u32);
            if Some(pair.first) == leaf {
                lists[j].extend(others);
            } else {
                let own = first_node[pair.first] + j;
                for other in others {
                    direct[own].push(other);
                    direct[other as usize].push(own as u32);
                }
            }
        }
    }
    let mut meets: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (j, list) in lists.iter().enumerate() {
        list.iter().for_each(|node| meets[*node as usize].push(j as u32));
    }
    let mut mark = vec![usize::MAX; n];
    let mut graph = Vec::with_capacity(n);
    let mut total = 0;
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
        if total > limit {
            return None;
        }
        row.sort_unstable();
        graph.push(row);
    }
    Some(graph)
}

pub(crate) fn find_touches(
    pattern: &Pattern,
    leaf: Option<usize>,
    starts: &[Vec<usize>],
) -> (Vec<usize>, Vec<Touch>) {
    let mut ptr = vec![0];
    let mut touches = Vec::new();
    let Some(leaf) = leaf else { return (ptr, touches) };
    let r = pattern.sizes[leaf].1;
    for j in 0..pattern.sizes[leaf].0 {
        let from = touches.len();
        for (which, pair) in pattern.pairs.iter().enumerate().filter(|p| p.1.first == leaf) {
            let r2 = pattern.sizes[pair.second].1;
            for entry in pair.ptr[j]..pair.ptr[j + 1] {
                let start = starts[pair.second][pair.cols[entry] as usize];
                for b in 0..r2 {
                    let at = entry * r * r2 + b;
                    touches.push(Touch {
                        column: (start + b) as u32,
                        pair: which as u32,
                        at,
                        stride: r2,
                    });
                }
            }
        }
        touches[from..].sort_unstable_by_key(|t| t.column);
        ptr.push(touches.len());
    }
    (ptr, touches)
}
