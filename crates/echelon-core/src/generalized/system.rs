//! M = Lambda' A Lambda + I by blocks: the leaf is eliminated level by level, the other factors are
//! one root matrix on a dense or sparse layout. Theory (9), (25).

use crate::error::{CoreError, CoreResult};
use crate::generalized::pattern::{Blocks, Pattern};
use crate::generalized::system_plan::{Touch, find_touches, plan};
use crate::panels;
use crate::small;
use crate::stop::Stop;
use crate::symbolic::Layout;
use rayon::prelude::*;

/// Column ranges that threads take when a dense root is assembled.
const RANGES: usize = 16;
/// Multiplications below which one thread does a loop alone.
const PARALLEL_WORK: usize = 400_000;

/// Where an entry of A (by scalar) stands in the root's layout.
pub(crate) struct RootEntry {
    /// None: a diagonal block; else the pair.
    pub pair: Option<usize>,
    pub blocks: (usize, usize),
    /// Group or entry number, and places (r1 x r2) in the layout.
    pub number: usize,
    pub places: Vec<usize>,
}

/// See the module.
pub(crate) struct System {
    pub(crate) leaf: Option<usize>,
    /// r and number of levels of the leaf.
    pub(crate) r: usize,
    pub(crate) count: usize,
    pub(crate) layout: Layout,
    /// Block, group and place in the group of every column of the root.
    owner: Vec<(u16, u32, u16)>,
    /// First column of every group, by block (empty for the leaf).
    starts: Vec<Vec<usize>>,
    pub(crate) touch_ptr: Vec<usize>,
    touches: Vec<Touch>,
    pub(crate) entries: Vec<RootEntry>,
    /// Places of the lower pairs of each level's columns, for a sparse layout.
    pub(crate) places: Option<Vec<usize>>,
    pub(crate) is_parallel: bool,
    pub(crate) stop: Stop,
    lambdas: Vec<Vec<f64>>,
    /// Factor of every level (r, r), C = L^-1 Lambda', and P = C A Lambda (r, columns it meets).
    pub(crate) l: Vec<f64>,
    c: Vec<f64>,
    p: Vec<f64>,
    pub(crate) root: Vec<f64>,
    pub(crate) inverse: Vec<f64>,
}

impl System {
    /// Plans the elimination.
    ///
    /// # Errors
    /// `TooLarge` when the root does not fit into memory.
    pub fn new(pattern: &Pattern, leaf: Option<usize>, stop: Stop) -> CoreResult<Self> {
        let (count, r) = leaf.map_or((0, 0), |k| pattern.sizes[k]);
        let blocks: Vec<usize> = (0..pattern.sizes.len()).filter(|k| Some(*k) != leaf).collect();
        let mut first_node = vec![0; pattern.sizes.len()];
        let mut sizes = Vec::new();
        for k in &blocks {
            first_node[*k] = sizes.len();
            sizes.extend(std::iter::repeat_n(pattern.sizes[*k].1, pattern.sizes[*k].0));
        }
        let layout = plan(pattern, leaf, &first_node, &sizes)?;
        let mut owner = vec![(0, 0, 0); layout.q];
        let mut starts = vec![Vec::new(); pattern.sizes.len()];
        for k in &blocks {
            for group in 0..pattern.sizes[*k].0 {
                let start = layout.start[first_node[*k] + group];
                starts[*k].push(start);
                for a in 0..pattern.sizes[*k].1 {
                    owner[start + a] = (*k as u16, group as u32, a as u16);
                }
            }
        }
        let (touch_ptr, touches) = find_touches(pattern, leaf, &starts);
        let mut system = Self {
            leaf,
            r,
            count,
            owner,
            starts,
            p: vec![0.0; touches.len() * r],
            root: vec![0.0; layout.n_values],
            inverse: vec![0.0; layout.n_values],
            touch_ptr,
            touches,
            entries: Vec::new(),
            places: None,
            is_parallel: false,
            stop,
            lambdas: Vec::new(),
            l: vec![0.0; count * r * r],
            c: vec![0.0; count * r * r],
            layout,
        };
        system.find_entries(pattern);
        let met = system.touch_ptr.windows(2).map(|w| (w[1] - w[0]).pow(2) * r.max(1));
        system.is_parallel = met.sum::<usize>() + count * r * r * r > PARALLEL_WORK;
        if !system.layout.is_dense() {
            system.places = Some(system.find_places());
        }
        Ok(system)
    }

    /// Place of the lower entry of two columns of the root.
    fn place(&self, row: usize, column: usize) -> usize {
        let (row, column) = (row.max(column), row.min(column));
        let panel = &self.layout.panels[self.layout.panel_of[column] as usize];
        let base = panel.offset + (column - panel.first) * panel.height();
        let at = if row < panel.first + panel.cols {
            row - panel.first
        } else {
            panel.cols + panel.rows.partition_point(|r| (*r as usize) < row)
        };
        base + at
    }

    fn find_entries(&mut self, pattern: &Pattern) {
        let mut entries = Vec::new();
        for (k, starts) in self.starts.iter().enumerate() {
            let r = pattern.sizes[k].1;
            for (number, start) in starts.iter().enumerate() {
                let grid = (0..r).flat_map(|a| (0..r).map(move |b| (a, b)));
                let places = grid.map(|(a, b)| self.place(start + a, start + b)).collect();
                entries.push(RootEntry { pair: None, blocks: (k, k), number, places });
            }
        }
        for (which, pair) in pattern.pairs.iter().enumerate() {
            if Some(pair.first) == self.leaf || Some(pair.second) == self.leaf {
                continue;
            }
            let (r1, r2) = (pattern.sizes[pair.first].1, pattern.sizes[pair.second].1);
            for j in 0..pair.ptr.len() - 1 {
                for number in pair.ptr[j]..pair.ptr[j + 1] {
                    let x = self.starts[pair.first][j];
                    let y = self.starts[pair.second][pair.cols[number] as usize];
                    let grid = (0..r1).flat_map(|a| (0..r2).map(move |b| (a, b)));
                    let places = grid.map(|(a, b)| self.place(x + a, y + b)).collect();
                    let blocks = (pair.first, pair.second);
                    entries.push(RootEntry { pair: Some(which), blocks, number, places });
                }
            }
        }
        self.entries = entries;
    }

    fn find_places(&self) -> Vec<usize> {
        let mut places = Vec::new();
        for j in 0..self.count {
            let own = &self.touches[self.touch_ptr[j]..self.touch_ptr[j + 1]];
            for (at, column) in own.iter().enumerate() {
                for row in &own[at..] {
                    places.push(self.place(row.column as usize, column.column as usize));
                }
            }
        }
        places
    }

    /// Factors M at some templates; returns log|M|.
    ///
    /// # Errors
    /// `NotPositiveDefinite`, `Interrupted`.
    pub fn factor(&mut self, a: &Blocks, lambdas: &[Vec<f64>]) -> CoreResult<f64> {
        self.lambdas = lambdas.to_vec();
        let mut logdet = self.factor_leaf(a)?;
        self.assemble(a);
        self.stop.check()?;
        logdet += panels::factor(&self.layout, &mut self.root, &self.stop)?;
        Ok(logdet)
    }

    fn factor_leaf(&mut self, a: &Blocks) -> CoreResult<f64> {
        let Some(leaf) = self.leaf else { return Ok(0.0) };
        let (r, size) = (self.r, self.r * self.r);
        let lambda = &self.lambdas[leaf];
        let zz = &a.diagonal[leaf];
        let mut scratch = vec![0.0; size];
        let mut logdet = 0.0;
        for j in 0..self.count {
            let v = j * size..(j + 1) * size;
            let (l, c) = (&mut self.l[v.clone()], &mut self.c[v.clone()]);
            logdet += small::factor_level(r, lambda, &zz[v], l, c, &mut scratch)
                .map_err(|_| CoreError::NotPositiveDefinite { index: j })?;
        }
        // P = C A Lambda of the root, level by level.
        let mut p = std::mem::take(&mut self.p);
        let task = |(j, row): (usize, &mut [f64])| self.fill_panel(a, j, row);
        let mut rows = Vec::with_capacity(self.count);
        let mut rest = p.as_mut_slice();
        for j in 0..self.count {
            let (own, tail) = rest.split_at_mut((self.touch_ptr[j + 1] - self.touch_ptr[j]) * r);
            rows.push(own);
            rest = tail;
        }
        if self.is_parallel {
            rows.into_par_iter().enumerate().with_min_len(64).for_each(task);
        } else {
            rows.into_iter().enumerate().for_each(task);
        }
        self.p = p;
        Ok(logdet)
    }

    /// Row-major (r, m): C_j times the level's blocks of A times the root's Lambda.
    fn fill_panel(&self, a: &Blocks, j: usize, panel: &mut [f64]) {
        let r = self.r;
        let own = &self.touches[self.touch_ptr[j]..self.touch_ptr[j + 1]];
        let m = own.len();
        let c = &self.c[j * r * r..(j + 1) * r * r];
        if r == 1 && self.lambdas.iter().all(|lambda| lambda.len() == 1) {
            for (value, touch) in panel.iter_mut().zip(own) {
                let lambda = self.lambdas[self.owner[touch.column as usize].0 as usize][0];
                *value = c[0] * a.pairs[touch.pair as usize][touch.at] * lambda;
            }
            return;
        }
        let mut at = 0;
        while at < m {
            let (block, _, _) = self.owner[own[at].column as usize];
            let lambda = &self.lambdas[block as usize];
            let width = (lambda.len() as f64).sqrt() as usize;
            for b in 0..width {
                for i in 0..r {
                    let mut sum = 0.0;
                    for k in b..width {
                        let factor = lambda[k * width + b];
                        if factor == 0.0 {
                            continue;
                        }
                        let touch = own[at + k];
                        let values = &a.pairs[touch.pair as usize];
                        let row = &c[i * r..(i + 1) * r];
                        let column = values[touch.at..].iter().step_by(touch.stride);
                        let part: f64 = row.iter().zip(column).map(|(c, v)| c * v).sum();
                        sum += factor * part;
                    }
                    panel[i * m + at + b] = sum;
                }
            }
            at += width;
        }
    }

    /// The root: Lambda' A Lambda + I - P'P.
    fn assemble(&mut self, a: &Blocks) {
        let mut root = std::mem::take(&mut self.root);
        root.fill(0.0);
        let mut half = Vec::new();
        for entry in &self.entries {
            let (left, right) = (&self.lambdas[entry.blocks.0], &self.lambdas[entry.blocks.1]);
            let (r1, r2) = (side(left), side(right));
            let source = match entry.pair {
                None => &a.diagonal[entry.blocks.0],
                Some(pair) => &a.pairs[pair],
            };
            let block = &source[entry.number * r1 * r2..(entry.number + 1) * r1 * r2];
            scaled(block, left, right, r1, r2, &mut half);
            for (at, place) in entry.places.iter().enumerate() {
                let (i, k) = (at / r2, at % r2);
                if entry.pair.is_some() {
                    root[*place] += half[at];
                } else if i >= k {
                    root[*place] += half[at] + if i == k { 1.0 } else { 0.0 };
                }
            }
        }
        match &self.places {
            Some(places) => self.subtract_sparse(places, &mut root),
            None => self.subtract_dense(&mut root),
        }
        self.root = root;
    }

    fn subtract_sparse(&self, places: &[usize], root: &mut [f64]) {
        let r = self.r;
        let mut next = 0;
        for j in 0..self.count {
            let (from, end) = (self.touch_ptr[j], self.touch_ptr[j + 1]);
            let m = end - from;
            let p = &self.p[from * r..end * r];
            for at in 0..m {
                for other in at..m {
                    let value: f64 = (0..r).map(|i| p[i * m + at] * p[i * m + other]).sum();
                    root[places[next]] -= value;
                    next += 1;
                }
            }
        }
    }

    /// Column ranges in parallel; within a column, levels in order.
    fn subtract_dense(&self, root: &mut [f64]) {
        let (q, r) = (self.layout.q, self.r);
        if q == 0 {
            return;
        }
        let width = q.div_ceil(if self.is_parallel { RANGES } else { 1 });
        let task = |(range, columns): (usize, &mut [f64])| {
            let (low, high) = ((range * width) as u32, ((range + 1) * width) as u32);
            for j in 0..self.count {
                let (from, end) = (self.touch_ptr[j], self.touch_ptr[j + 1]);
                let own = &self.touches[from..end];
                let m = own.len();
                let start = own.partition_point(|t| t.column < low);
                for at in start..m {
                    let column = own[at].column;
                    if column >= high {
                        break;
                    }
                    let target = &mut columns[(column - low) as usize * q..][..q];
                    for i in 0..r {
                        let row = &self.p[(from * r + i * m)..(from * r + (i + 1) * m)];
                        let factor = row[at];
                        for (touch, value) in own[at..].iter().zip(&row[at..]) {
                            target[touch.column as usize] -= factor * value;
                        }
                    }
                }
            }
        };
        if self.is_parallel {
            root.par_chunks_mut(width * q).enumerate().for_each(task);
        } else {
            root.chunks_mut(width * q).enumerate().for_each(task);
        }
    }

    /// Solves M x = rhs in place, by block (J, r) each.
    pub fn solve(&self, rhs: &mut [Vec<f64>]) {
        let r = self.r;
        let mut root = vec![0.0; self.layout.q];
        for (value, (block, group, a)) in root.iter_mut().zip(&self.owner) {
            let width = side(&self.lambdas[*block as usize]);
            *value = rhs[*block as usize][*group as usize * width + *a as usize];
        }
        if let Some(leaf) = self.leaf {
            for j in 0..self.count {
                let x = &mut rhs[leaf][j * r..(j + 1) * r];
                small::solve_lower_rows(r, 1, &self.l[j * r * r..(j + 1) * r * r], x);
                let (own, p) = self.level(j);
                for i in 0..r {
                    for (touch, value) in own.iter().zip(&p[i * own.len()..]) {
                        root[touch.column as usize] -= value * x[i];
                    }
                }
            }
        }
        panels::solve_lower(&self.layout, &self.root, 1, &mut root);
        panels::solve_lower_transposed(&self.layout, &self.root, 1, &mut root);
        for (value, (block, group, a)) in root.iter().zip(&self.owner) {
            let width = side(&self.lambdas[*block as usize]);
            rhs[*block as usize][*group as usize * width + *a as usize] = *value;
        }
        if let Some(leaf) = self.leaf {
            for j in 0..self.count {
                let x = &mut rhs[leaf][j * r..(j + 1) * r];
                let (own, p) = self.level(j);
                for i in 0..r {
                    let row = &p[i * own.len()..(i + 1) * own.len()];
                    x[i] -=
                        own.iter().zip(row).map(|(t, v)| v * root[t.column as usize]).sum::<f64>();
                }
                let l = &self.l[j * r * r..(j + 1) * r * r];
                crate::generalized::mode::solve_lower_transposed(r, l, x);
            }
        }
    }

    pub(crate) fn level(&self, j: usize) -> (&[Touch], &[f64]) {
        let (from, end) = (self.touch_ptr[j], self.touch_ptr[j + 1]);
        (&self.touches[from..end], &self.p[from * self.r..end * self.r])
    }

    /// Order of the root matrix, and whether it is dense.
    pub fn root(&self) -> (usize, bool) {
        (self.layout.q, self.layout.is_dense())
    }
}

fn side(template: &[f64]) -> usize {
    (template.len() as f64).sqrt() as usize
}

/// out = left' block right, (r1, r2).
fn scaled(block: &[f64], left: &[f64], right: &[f64], r1: usize, r2: usize, out: &mut Vec<f64>) {
    out.clear();
    out.resize(r1 * r2, 0.0);
    for i in 0..r1 {
        for k in 0..r2 {
            let mut sum = 0.0;
            for a in i..r1 {
                for b in k..r2 {
                    sum += left[a * r1 + i] * block[a * r2 + b] * right[b * r2 + k];
                }
            }
            out[i * r2 + k] = sum;
        }
    }
}
