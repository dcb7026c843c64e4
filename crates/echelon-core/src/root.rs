//! Crossed designs: the largest factor eliminated level by level, the others as one root matrix.
//!
//! All columns of the root are independent in the two expensive loops (`assemble` before the
//! factorisation, `leaf_quadratics` after the inverse), so threads never share a sum. Theory (9).

use crate::elimination::{Combination, Direction, Elimination, Modes, Reduced};
use crate::error::CoreResult;
use crate::panels;
use crate::root_build::{Base, Factor, Leaf};
use crate::root_leaf::LeafState;
use crate::small;
use crate::stop::Stop;
use crate::symbolic::Layout;
use rayon::prelude::*;

/// Work (multiplications) below which one thread does a column loop alone.
const PARALLEL_WORK: usize = 4_000_000;

/// A root matrix and the leaf that was eliminated into it.
pub struct Root {
    pub(crate) layout: Layout,
    pub(crate) factors: Vec<Factor>,
    pub(crate) base: Base,
    pub(crate) leaf: Option<Leaf>,
    pub(crate) state: LeafState,
    pub(crate) px: usize,
    n_blocks: usize,
    pub(crate) is_parallel: bool,
    pub(crate) stop: Stop,
    /// Templates by block, at the last point.
    pub(crate) lambdas: Vec<Vec<f64>>,
    /// Root matrix before scaling, its factor, and its inverse (or Omega).
    pub(crate) s: Vec<f64>,
    pub(crate) l: Vec<f64>,
    pub(crate) w: Vec<f64>,
    /// Root rows of [X y] after elimination (q, p + 1), and L^-1 Lambda' of them, column-major.
    pub(crate) zx: Vec<f64>,
    pub(crate) half: Vec<f64>,
    pub(crate) u: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Vec<f64>,
}

impl Root {
    /// Takes the arranged cross-products.
    pub fn new(
        layout: Layout,
        factors: Vec<Factor>,
        base: Base,
        leaf: Option<Leaf>,
        px: usize,
        n_blocks: usize,
        stop: Stop,
    ) -> Self {
        let q = layout.q;
        let state = LeafState::new(leaf.as_ref(), px);
        let touched: usize = leaf.as_ref().map_or(0, |l| l.cols.len());
        let is_parallel = layout.n_values + 8 * touched > PARALLEL_WORK / 8;
        Self {
            s: vec![0.0; layout.n_values],
            l: vec![0.0; layout.n_values],
            w: Vec::new(),
            zx: Vec::new(),
            half: Vec::new(),
            u: vec![0.0; q],
            b: vec![0.0; q],
            c: vec![0.0; q],
            lambdas: Vec::new(),
            layout,
            factors,
            base,
            leaf,
            state,
            px,
            n_blocks,
            is_parallel,
            stop,
        }
    }

    /// Template of the factor that column `c` belongs to, with its size.
    pub(crate) fn template(&self, c: usize) -> (&[f64], usize) {
        let factor = &self.factors[self.base.factor_of[c] as usize];
        (&self.lambdas[factor.block], factor.r)
    }

    /// r of every block.
    pub(crate) fn block_sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.n_blocks];
        self.factors.iter().for_each(|f| sizes[f.block] = f.r);
        self.leaf.iter().for_each(|l| sizes[l.block] = l.r);
        sizes
    }

    /// Runs `task(column, values, work)` over columns of a matrix on the layout.
    pub(crate) fn on_columns(
        &self,
        values: &mut [f64],
        task: impl Fn(usize, &mut [f64], &mut [f64]) + Sync + Send,
    ) {
        let columns = panels::columns_mut(&self.layout, values);
        let run = |work: &mut Vec<f64>, (c, column): (usize, &mut [f64])| {
            if self.stop.is_requested() {
                return;
            }
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || task(c, column, work),
            );
        };
        let fresh = || vec![0.0; if self.layout.is_dense() { 0 } else { self.layout.q }];
        if self.is_parallel {
            columns.into_par_iter().enumerate().with_min_len(4).for_each_init(fresh, run);
        } else {
            let mut work = fresh();
            columns.into_iter().enumerate().for_each(|item| run(&mut work, item));
        }
    }

    /// Root matrix after the leaf: base less P'P, column by column.
    fn assemble(&mut self) {
        let mut s = std::mem::take(&mut self.s);
        self.on_columns(
            &mut s,
            #[inline(always)]
            |c, column, work| {
                if self.layout.is_dense() {
                    column.fill(0.0);
                    self.assemble_column(c, column);
                } else {
                    self.assemble_column(c, work);
                    let owner = self.layout.panel_of[c] as usize;
                    for (target, row) in column.iter_mut().zip(self.layout.rows(owner)) {
                        *target = std::mem::take(&mut work[row]);
                    }
                }
            },
        );
        self.s = s;
        let mut zx = self.base.zx.clone();
        if let Some(leaf) = &self.leaf {
            let px = self.px;
            let add = |(c, row): (usize, &mut [f64])| {
                for (j, at) in &self.base.touch[self.base.touch_ptr[c]..self.base.touch_ptr[c + 1]]
                {
                    let (j, at) = (*j as usize, *at as usize);
                    let met = leaf.ptr[j + 1] - leaf.ptr[j];
                    for a in 0..leaf.r {
                        let factor = self.state.p[leaf.r * leaf.ptr[j] + a * met + at];
                        let tail =
                            &self.state.p_x[(j * leaf.r + a) * px..(j * leaf.r + a + 1) * px];
                        row.iter_mut().zip(tail).for_each(|(t, v)| *t -= factor * v);
                    }
                }
            };
            if self.is_parallel {
                zx.par_chunks_exact_mut(px).enumerate().with_min_len(16).for_each(add);
            } else {
                zx.chunks_exact_mut(px).enumerate().for_each(add);
            }
        }
        self.zx = zx;
    }

    #[inline(always)]
    fn assemble_column(&self, c: usize, target: &mut [f64]) {
        let base = &self.base;
        for at in base.ptr[c]..base.ptr[c + 1] {
            target[base.rows[at] as usize] += base.values[at];
        }
        let Some(leaf) = &self.leaf else { return };
        let before = c - base.node_start[c] as usize;
        for (j, at) in &base.touch[base.touch_ptr[c]..base.touch_ptr[c + 1]] {
            let (j, at) = (*j as usize, *at as usize);
            let (from, end) = (leaf.ptr[j], leaf.ptr[j + 1]);
            let cols = &leaf.cols[from + at - before..end];
            for a in 0..leaf.r {
                let row = &self.state.p[leaf.r * from + a * (end - from)..][..end - from];
                let factor = row[at];
                for (column, value) in cols.iter().zip(&row[at - before..]) {
                    target[*column as usize] -= factor * value;
                }
            }
        }
    }

    /// Lambda' S Lambda + I into `l`.
    fn scale(&mut self) {
        let mut l = std::mem::take(&mut self.l);
        self.on_columns(
            &mut l,
            #[inline(always)]
            |c, column, _| {
                let owner = self.layout.panel_of[c] as usize;
                let panel = &self.layout.panels[owner];
                let (h, start) = (panel.height(), self.base.node_start[c] as usize);
                let (lambda, r) = self.template(c);
                let from = start - panel.first;
                column.fill(0.0);
                for b in 0..r {
                    let factor = lambda[b * r + (c - start)];
                    let source =
                        &self.s[panel.offset + (from + b) * h..panel.offset + (from + b + 1) * h];
                    for (target, value) in column[from..].iter_mut().zip(&source[from..]) {
                        *target += factor * value;
                    }
                }
                self.multiply_rows(owner, from, column, true);
                column[c - panel.first] += 1.0;
            },
        );
        self.l = l;
    }

    /// Multiplies the rows of a column, node by node, by Lambda' (or Lambda).
    #[inline(always)]
    pub(crate) fn multiply_rows(
        &self,
        owner: usize,
        from: usize,
        column: &mut [f64],
        is_transposed: bool,
    ) {
        let panel = &self.layout.panels[owner];
        let row_at = |at: usize| {
            if at < panel.cols { panel.first + at } else { panel.rows[at - panel.cols] as usize }
        };
        let mut at = from;
        let mut copy = Vec::new();
        while at < column.len() {
            let (lambda, r) = self.template(row_at(at));
            if r == 1 {
                column[at] *= lambda[0];
            } else {
                copy.clear();
                copy.extend_from_slice(&column[at..at + r]);
                if is_transposed {
                    small::apply_transposed(r, lambda, &copy, &mut column[at..at + r]);
                } else {
                    small::apply(r, lambda, &copy, &mut column[at..at + r]);
                }
            }
            at += r;
        }
    }

    /// Multiplies node by node: rows (q, m) column-major by Lambda' (or Lambda).
    pub(crate) fn multiply_nodes(&self, m: usize, values: &mut [f64], is_transposed: bool) {
        let q = self.layout.q;
        let mut copy = Vec::new();
        for column in values.chunks_exact_mut(q.max(1)).take(m) {
            let mut at = 0;
            while at < q {
                let (lambda, r) = self.template(at);
                copy.clear();
                copy.extend_from_slice(&column[at..at + r]);
                if is_transposed {
                    small::apply_transposed(r, lambda, &copy, &mut column[at..at + r]);
                } else {
                    small::apply(r, lambda, &copy, &mut column[at..at + r]);
                }
                at += r;
            }
        }
    }

    /// Symmetric product of the root matrix before scaling with x: the leaf is already gone.
    pub(crate) fn multiply_s(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.layout.q];
        for (owner, panel) in self.layout.panels.iter().enumerate() {
            let h = panel.height();
            let rows: Vec<usize> = self.layout.rows(owner).collect();
            for k in 0..panel.cols {
                let c = panel.first + k;
                let values = &self.s[panel.offset + k * h..panel.offset + (k + 1) * h];
                let mut sum = values[k] * x[c];
                for at in k + 1..h {
                    y[rows[at]] += values[at] * x[c];
                    sum += values[at] * x[rows[at]];
                }
                y[c] += sum;
            }
        }
        y
    }

    /// Modes of the root, then of the leaf.
    fn solve(&mut self, beta: &[f64]) {
        let (q, p) = (self.layout.q, self.px - 1);
        let mut u = self.half[p * q..].to_vec();
        for (column, coefficient) in self.half.chunks_exact(q.max(1)).zip(beta) {
            u.iter_mut().zip(column).for_each(|(t, v)| *t -= coefficient * v);
        }
        panels::solve_lower_transposed(&self.layout, &self.l, 1, &mut u);
        let mut b = u.clone();
        self.multiply_nodes(1, &mut b, false);
        let product = self.multiply_s(&b);
        for ((c, row), value) in self.c.iter_mut().zip(self.zx.chunks_exact(self.px)).zip(product) {
            let fixed: f64 = row.iter().zip(beta).map(|(x, coefficient)| x * coefficient).sum();
            *c = row[p] - fixed - value;
        }
        self.u = u;
        self.b = b;
        if let Some(leaf) = &self.leaf {
            self.state.solve(leaf, beta, &self.b);
        }
    }
}

impl Elimination for Root {
    fn n_visited(&self) -> usize {
        self.leaf.as_ref().map_or(0, |l| l.count)
    }

    fn is_parallel(&self) -> bool {
        self.is_parallel
    }

    fn reduce(&mut self, lambdas: &[Vec<f64>], sxx: &mut [f64]) -> CoreResult<f64> {
        self.lambdas = lambdas.to_vec();
        sxx.copy_from_slice(&self.base.xx);
        let mut logdet = 0.0;
        if let Some(leaf) = &self.leaf {
            logdet += self.state.eliminate(leaf, &lambdas[leaf.block], self.px, sxx)?;
        }
        self.assemble();
        self.scale();
        self.stop.check()?;
        logdet += panels::factor(&self.layout, &mut self.l, &self.stop)?;
        let (q, px) = (self.layout.q, self.px);
        let mut half = vec![0.0; q * px];
        for (row, values) in self.zx.chunks_exact(px).enumerate() {
            values.iter().enumerate().for_each(|(k, v)| half[k * q + row] = *v);
        }
        self.multiply_nodes(px, &mut half, true);
        panels::solve_lower(&self.layout, &self.l, px, &mut half);
        for a in 0..px {
            for b in 0..px {
                let (left, right) = (&half[a * q..(a + 1) * q], &half[b * q..(b + 1) * q]);
                sxx[a * px + b] -= crate::crossprod::dot(left, right);
            }
        }
        self.half = half;
        Ok(logdet)
    }

    fn gradient(&mut self, beta: &[f64], omega: &[f64], weight: f64) -> CoreResult<Vec<Vec<f64>>> {
        self.solve(beta);
        let mut n: Vec<Vec<f64>> = vec![Vec::new(); self.n_blocks];
        let sizes = self.factors.iter().map(|f| (f.block, f.r));
        for (block, r) in sizes.chain(self.leaf.as_ref().map(|l| (l.block, l.r))) {
            n[block] = vec![0.0; r * r];
        }
        let t_omega = self.invert(omega, Some(&mut n))?;
        crate::root_gradient::add_modes(self, weight, &mut n);
        let g = self.leaf_quadratics(omega, &t_omega);
        if let Some(leaf) = &self.leaf {
            self.state.add_gradient(leaf, &g, weight, &mut n[leaf.block]);
        }
        Ok(n)
    }

    fn information(&mut self, directions: &[Direction]) -> CoreResult<Reduced> {
        Ok(crate::root_info::information(self, directions))
    }

    fn modes(&mut self, beta: &[f64]) -> CoreResult<Vec<Modes>> {
        self.solve(beta);
        let mut modes = vec![Modes::default(); self.n_blocks];
        for factor in &self.factors {
            let place = |source: &[f64]| -> Vec<f64> {
                let nodes = &self.layout.start[factor.node..factor.node + factor.count];
                nodes.iter().flat_map(|at| source[*at..at + factor.r].iter().copied()).collect()
            };
            modes[factor.block] = Modes { b: place(&self.b), u: place(&self.u), c: place(&self.c) };
        }
        if let Some(leaf) = &self.leaf {
            let state = &self.state;
            let (b, u, c) = (state.b.clone(), state.u.clone(), state.res.clone());
            modes[leaf.block] = Modes { b, u, c };
        }
        Ok(modes)
    }

    fn conditional(&mut self, k: usize, omega: &[f64]) -> CoreResult<Vec<f64>> {
        let t_omega = self.invert(omega, None)?;
        if let Some(leaf) = self.leaf.as_ref().filter(|leaf| leaf.block == k) {
            let (r, count) = (leaf.r, leaf.count);
            let g = self.leaf_quadratics(omega, &t_omega);
            return Ok(self.state.conditional(r, count, &g));
        }
        let mut blocks = Vec::new();
        for factor in self.factors.iter().filter(|f| f.block == k) {
            for start in &self.layout.start[factor.node..factor.node + factor.count] {
                let panel = &self.layout.panels[self.layout.panel_of[*start] as usize];
                let at = start - panel.first;
                for a in 0..factor.r {
                    for b in 0..factor.r {
                        blocks.push(self.w[panel.offset + (at + b) * panel.height() + at + a]);
                    }
                }
            }
        }
        Ok(blocks)
    }

    fn variances(&mut self, rows: &[Combination], omega: &[f64]) -> CoreResult<Vec<f64>> {
        Ok(crate::root_info::variances(self, rows, omega))
    }
}
