//! Draws [Z X]'W e for e ~ N(0, W^-1) without rows: normal with covariance G = [Z X]'W[Z X].
//!
//! G is eliminated like the model's system, but without the penalty, so that it may be singular:
//! a column that earlier ones explain gets no noise of its own. Theory (20).

use crate::chain_build::oriented;
use crate::crossprod::{CrossProducts, dot};
use crate::error::{CoreError, CoreResult};
use crate::pairs::PairSums;
use crate::plan::{Plan, Way};
use std::borrow::Cow;

/// A pivot below this share of its column's sum of squares is that of an explained column.
const EXPLAINED: f64 = 1e-9;
/// Columns that may be left for the dense part.
const MOST_DENSE: usize = 12_000;

/// One group of an eliminated factor: its r columns from `own` on, and those it shares rows with.
struct Node {
    own: usize,
    r: usize,
    /// Columns of other factors, ascending, all X last.
    cols: Vec<u32>,
    /// Sums of squares of the columns, before anything was taken away.
    size: Vec<f64>,
    /// S, then its factor L (r, r).
    l: Vec<f64>,
    /// S_t, then L^-1 S_t (r, cols).
    panel: Vec<f64>,
}

/// A square root of G. Columns are numbered in order of elimination; X comes last.
pub struct Noise {
    nodes: Vec<Node>,
    /// First column that is not of a node, and the factor of the rest (m, m).
    start: usize,
    dense: Vec<f64>,
    /// First column of every block, and of X.
    offsets: Vec<usize>,
    pub n_columns: usize,
    /// Independent columns.
    pub rank: usize,
}

impl Noise {
    /// Factors G.
    ///
    /// # Errors
    /// `TooLarge` where too many columns cross; those of the plan.
    pub fn new(products: &CrossProducts) -> CoreResult<Self> {
        let plan = Plan::new(products, None)?;
        let n_blocks = products.blocks.len();
        let (eliminated, rest) = match plan.way {
            Way::Chain => (plan.order.clone(), Vec::new()),
            Way::Dense | Way::Sparse if plan.has_leaf() => {
                (vec![plan.order[0]], plan.order[1..].to_vec())
            }
            _ => (Vec::new(), plan.order.clone()),
        };
        let mut offsets = vec![0; n_blocks + 1];
        let mut next = 0;
        let mut start = 0;
        for (place, block) in eliminated.iter().chain(&rest).enumerate() {
            if place == eliminated.len() {
                start = next;
            }
            offsets[*block] = next;
            next += products.blocks[*block].n_groups * products.blocks[*block].r;
        }
        if rest.is_empty() {
            start = next;
        }
        offsets[n_blocks] = next;
        let n_columns = next + products.p;
        let m = n_columns - start;
        if m > MOST_DENSE {
            return Err(CoreError::TooLarge {
                bytes: 8 * (m * m) as u64,
                limit: 8 * (MOST_DENSE * MOST_DENSE) as u64,
            });
        }
        let nodes = plant(products, &eliminated, &offsets);
        let dense = dense_part(products, &rest, &offsets, start);
        let mut noise = Self { nodes, start, dense, offsets, n_columns, rank: 0 };
        noise.factor();
        Ok(noise)
    }

    fn factor(&mut self) {
        let m = self.n_columns - self.start;
        let total: Vec<f64> = (0..m).map(|a| self.dense[a * m + a]).collect();
        for at in 0..self.nodes.len() {
            let mut node = std::mem::replace(&mut self.nodes[at], Node::empty());
            let alive = factor_small(node.r, &mut node.l, &node.size);
            self.rank += alive.iter().filter(|a| **a).count();
            solve_small(node.r, &node.l, &alive, &mut node.panel);
            self.pass_on(at, &node);
            self.nodes[at] = node;
        }
        self.rank += factor_dense(m, &mut self.dense, &total);
    }

    /// Takes what a node explains away from the columns it shares rows with.
    fn pass_on(&mut self, at: usize, node: &Node) {
        let (width, m) = (node.cols.len(), self.n_columns - self.start);
        let mut i = 0;
        while i < width {
            let column = node.cols[i] as usize;
            if column >= self.start {
                let row = (column - self.start) * m;
                for k in i..width {
                    let other = node.cols[k] as usize - self.start;
                    let value = node.product(i, k);
                    self.dense[row + other] -= value;
                    if other != column - self.start {
                        self.dense[other * m + column - self.start] -= value;
                    }
                }
                i += 1;
                continue;
            }
            let owner = at + 1 + self.find(at + 1, column);
            let parent = &mut self.nodes[owner];
            let (r, tail) = (parent.r, parent.cols.len());
            for a in 0..r {
                for k in i..i + r {
                    parent.l[a * r + k - i] -= node.product(i + a, k);
                }
                for k in i + r..width {
                    parent.panel[a * tail + k - i - r] -= node.product(i + a, k);
                }
            }
            i += r;
        }
    }

    /// Which of the nodes from `first` on has `column`.
    fn find(&self, first: usize, column: usize) -> usize {
        self.nodes[first..].partition_point(|n| n.own + n.r <= column)
    }

    /// One draw: c (n_columns,) in this numbering, and z'z over the independent columns.
    pub fn draw(&self, mut normal: impl FnMut() -> f64) -> (Vec<f64>, f64) {
        let mut c = vec![0.0; self.n_columns];
        let mut square = 0.0;
        let mut z = Vec::new();
        for node in &self.nodes {
            z.clear();
            z.extend((0..node.r).map(
                |a| {
                    if node.l[a * node.r + a] > 0.0 { normal() } else { 0.0 }
                },
            ));
            square += dot(&z, &z);
            for a in 0..node.r {
                c[node.own + a] += dot(&node.l[a * node.r..a * node.r + a + 1], &z[..=a]);
            }
            for (row, value) in node.panel.chunks_exact(node.cols.len().max(1)).zip(&z) {
                for (column, factor) in node.cols.iter().zip(row) {
                    c[*column as usize] += factor * value;
                }
            }
        }
        let m = self.n_columns - self.start;
        let z: Vec<f64> =
            (0..m).map(|a| if self.dense[a * m + a] > 0.0 { normal() } else { 0.0 }).collect();
        for a in 0..m {
            c[self.start + a] += dot(&self.dense[a * m..a * m + a + 1], &z[..=a]);
        }
        (c, square + dot(&z, &z))
    }

    /// Columns of a block (its number; that of X is the number of blocks) in a draw.
    pub fn of_block<'a>(&self, c: &'a [f64], block: usize, size: usize) -> &'a [f64] {
        &c[self.offsets[block]..self.offsets[block] + size]
    }
}

impl Node {
    fn empty() -> Self {
        let none = Vec::new;
        Self { own: 0, r: 0, cols: Vec::new(), size: none(), l: none(), panel: none() }
    }

    /// Inner product of two columns of the panel.
    fn product(&self, i: usize, k: usize) -> f64 {
        let width = self.cols.len();
        (0..self.r).map(|a| self.panel[a * width + i] * self.panel[a * width + k]).sum()
    }
}

/// Nodes of the eliminated blocks, in order, with their sums.
fn plant(products: &CrossProducts, eliminated: &[usize], offsets: &[usize]) -> Vec<Node> {
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let (p, px) = (products.p, products.p + 1);
    let mut nodes = Vec::new();
    for (place, block) in eliminated.iter().enumerate() {
        let sums = &products.blocks[*block];
        let r = sums.r;
        let mut others: Vec<usize> =
            (0..groups.len()).filter(|b| b != block && !eliminated[..place].contains(b)).collect();
        others.sort_by_key(|b| offsets[*b]);
        let pairs: Vec<(usize, Cow<'_, PairSums>)> =
            others.iter().map(|b| (*b, oriented(products, *block, *b, &groups))).collect();
        for j in 0..sums.n_groups {
            let mut cols: Vec<u32> = Vec::new();
            for (b, pair) in &pairs {
                for group in &pair.cols[pair.ptr[j]..pair.ptr[j + 1]] {
                    let first = offsets[*b] + *group as usize * pair.shape.1;
                    cols.extend((first..first + pair.shape.1).map(|c| c as u32));
                }
            }
            cols.extend((0..p).map(|c| (offsets[groups.len()] + c) as u32));
            let mut panel = Vec::with_capacity(r * cols.len());
            for a in 0..r {
                for (_, pair) in &pairs {
                    let (r2, size) = (pair.shape.1, r * pair.shape.1);
                    for at in pair.ptr[j]..pair.ptr[j + 1] {
                        panel.extend_from_slice(&pair.values[at * size + a * r2..][..r2]);
                    }
                }
                panel.extend_from_slice(&sums.zx[(j * r + a) * px..][..p]);
            }
            let l = sums.zz[j * r * r..(j + 1) * r * r].to_vec();
            let size = (0..r).map(|a| l[a * r + a]).collect();
            nodes.push(Node { own: offsets[*block] + j * r, r, cols, size, l, panel });
        }
    }
    nodes
}

/// G of the columns that are not eliminated group by group, and of X: (m, m).
fn dense_part(
    products: &CrossProducts,
    rest: &[usize],
    offsets: &[usize],
    start: usize,
) -> Vec<f64> {
    let (p, px, n_blocks) = (products.p, products.p + 1, products.blocks.len());
    let m = offsets[n_blocks] + p - start;
    let mut dense = vec![0.0; m * m];
    let tail = m - p;
    for a in 0..p {
        for b in 0..p {
            dense[(tail + a) * m + tail + b] = products.xx[a * px + b];
        }
    }
    for block in rest {
        let sums = &products.blocks[*block];
        let r = sums.r;
        for j in 0..sums.n_groups {
            for a in 0..r {
                let row = offsets[*block] - start + j * r + a;
                for b in 0..r {
                    dense[row * m + row - a + b] = sums.zz[(j * r + a) * r + b];
                }
                for c in 0..p {
                    let value = sums.zx[(j * r + a) * px + c];
                    dense[row * m + tail + c] = value;
                    dense[(tail + c) * m + row] = value;
                }
            }
        }
    }
    for pair in &products.pairs {
        if !rest.contains(&pair.first) || !rest.contains(&pair.second) {
            continue;
        }
        let (r1, r2) = pair.shape;
        for j in 0..pair.ptr.len() - 1 {
            for at in pair.ptr[j]..pair.ptr[j + 1] {
                for e in 0..r1 * r2 {
                    let row = offsets[pair.first] - start + j * r1 + e / r2;
                    let column =
                        offsets[pair.second] - start + pair.cols[at] as usize * r2 + e % r2;
                    let value = pair.values[at * r1 * r2 + e];
                    dense[row * m + column] = value;
                    dense[column * m + row] = value;
                }
            }
        }
    }
    dense
}

/// Cholesky in place that leaves out explained columns (their column of L is zero).
fn factor_small(r: usize, s: &mut [f64], size: &[f64]) -> Vec<bool> {
    let mut alive = vec![false; r];
    for j in 0..r {
        let left = s[j * r + j] - (0..j).map(|k| s[j * r + k] * s[j * r + k]).sum::<f64>();
        alive[j] = left > EXPLAINED * size[j] && left > 0.0;
        let pivot = if alive[j] { left.sqrt() } else { 0.0 };
        s[j * r + j] = pivot;
        for i in j + 1..r {
            let sum: f64 = (0..j).map(|k| s[i * r + k] * s[j * r + k]).sum();
            s[i * r + j] = if alive[j] { (s[i * r + j] - sum) / pivot } else { 0.0 };
        }
        (0..j).for_each(|i| s[i * r + j] = 0.0);
    }
    alive
}

/// panel := L^-1 panel; rows of explained columns are zero.
fn solve_small(r: usize, l: &[f64], alive: &[bool], panel: &mut [f64]) {
    let width = panel.len() / r.max(1);
    for a in 0..r {
        let (done, rest) = panel.split_at_mut(a * width);
        let row = &mut rest[..width];
        if !alive[a] {
            row.fill(0.0);
            continue;
        }
        for (b, other) in done.chunks_exact(width.max(1)).enumerate() {
            let factor = l[a * r + b];
            row.iter_mut().zip(other).for_each(|(t, v)| *t -= factor * v);
        }
        row.iter_mut().for_each(|t| *t /= l[a * r + a]);
    }
}

/// Cholesky in place, row by row, leaving out explained columns; returns how many are left.
fn factor_dense(m: usize, a: &mut [f64], total: &[f64]) -> usize {
    let mut rank = 0;
    for i in 0..m {
        let (above, rest) = a.split_at_mut(i * m);
        let row = &mut rest[..m];
        for j in 0..i {
            let other = &above[j * m..j * m + j + 1];
            let sum = dot(&row[..j], &other[..j]);
            row[j] = if other[j] > 0.0 { (row[j] - sum) / other[j] } else { 0.0 };
        }
        let left = row[i] - dot(&row[..i], &row[..i]);
        let is_own = left > EXPLAINED * total[i] && left > 0.0;
        row[i] = if is_own { left.sqrt() } else { 0.0 };
        rank += usize::from(is_own);
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::{Chunk, ChunkBlock, Member};
    use crate::stop::Stop;

    /// Sums of unit draws are R'R, which must be G itself: nested and crossed, with explained
    /// columns (the intercepts of an outer factor are sums of those of the inner one).
    #[test]
    fn unit_draws_add_up_to_the_sums() {
        let n = 60;
        let column = |k: f64| (0..n).map(|i| (i as f64 * k).sin()).collect::<Vec<f64>>();
        let columns = [vec![1.0; n], column(0.7), column(1.3), column(2.1)];
        let leaf: Vec<i32> = (0..n as i32).map(|i| (i * 7) % 12).collect();
        let parent: Vec<i32> = leaf.iter().map(|j| j / 4).collect();
        let crossed: Vec<i32> = (0..n as i32).map(|i| i % 5).collect();
        for other in [&parent, &crossed] {
            let block = |codes, columns: &[usize], n_groups| ChunkBlock {
                members: vec![Member { codes, weights: None }],
                columns: columns.to_vec(),
                n_groups,
            };
            let chunk = Chunk {
                n,
                columns: columns.iter().map(Vec::as_slice).collect(),
                fixed: vec![0, 1, 2],
                response: 3,
                blocks: vec![block(leaf.as_slice(), &[0, 1], 12), block(other, &[0], 5)],
                weights: None,
                intercept: Some(0),
                stop: Stop::default(),
            };
            let products = CrossProducts::from_chunk(&chunk, None).unwrap();
            let noise = Noise::new(&products).unwrap();
            let m = noise.n_columns;
            let mut sum = vec![0.0; m * m];
            for unit in 0..noise.rank {
                let mut call = 0;
                let (c, square) = noise.draw(|| {
                    call += 1;
                    f64::from(u8::from(call == unit + 1))
                });
                assert_eq!(square, 1.0);
                (0..m * m).for_each(|e| sum[e] += c[e / m] * c[e % m]);
            }
            let place = |k: usize, j: i32, a: usize| {
                noise.offsets[k] + j as usize * products.blocks[k].r + a
            };
            let mut gram = vec![0.0; m * m];
            for i in 0..n {
                let mut row = vec![0.0; m];
                row[place(0, leaf[i], 0)] = 1.0;
                row[place(0, leaf[i], 1)] = columns[1][i];
                row[place(1, other[i], 0)] = 1.0;
                for c in 0..3 {
                    row[noise.offsets[2] + c] = columns[c][i] - products.centre[c];
                }
                (0..m * m).for_each(|e| gram[e] += row[e / m] * row[e % m]);
            }
            let worst = sum.iter().zip(&gram).fold(0.0f64, |w, (a, b)| w.max((a - b).abs()));
            assert!(worst < 1e-9, "{worst}");
        }
    }
}
