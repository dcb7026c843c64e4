//! Models with several grouping factors, nested or crossed, by Laplace. Theory (25).
//!
//! Rows are read in passes; what they add to the leaf's levels is disjoint between the segments
//! that threads take, what they add to the other factors is summed in the order of the segments.

use crate::error::{CoreError, CoreResult};
use crate::generalized::data::Data;
use crate::generalized::pattern::{Blocks, Pattern};
use crate::generalized::rowwise::RowSums;
use crate::generalized::system::System;
use crate::observation::{Derivatives, Need, Observation};
use crate::small;
use crate::stop::Stop;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Newton decrement before the last step of the modes.
const CLOSE: f64 = 1e-9;
const MOST_STEPS: usize = 200;
/// Newton decrement of modes that were found.
const SETTLED: f64 = 1e-13;
/// Steps with the factor of another point, and the share of the decrement that each must leave.
const MOST_APPROACHES: usize = 12;
const QUICK: f64 = 0.05;
/// Rows of a segment, at least; and segments, at most (each has its own sums of the root).
const SEGMENT: usize = 16_384;
const MOST_SEGMENTS: usize = 16;
/// Rows that are evaluated together.
const TILE: usize = 512;

/// Conditional covariances (J, r, r) and sensitivities (J, r, P), by block.
pub type Conditional = (Vec<Vec<f64>>, Vec<Vec<f64>>);

/// See the module.
pub struct Crossed {
    pub(crate) data: Data,
    pub(crate) pattern: Pattern,
    pub(crate) model: Arc<dyn Observation>,
    pub(crate) system: System,
    pub(crate) segments: Vec<Range<usize>>,
    pub(crate) u: Vec<Vec<f64>>,
    /// Z'WZ, then M^-1 on its pattern.
    pub(crate) gram: Blocks,
    pub(crate) inverse: Blocks,
    /// Z's by block.
    pub(crate) scores: Vec<Vec<f64>>,
    /// Derivatives of all rows at the modes, segment by segment.
    pub(crate) rows: Vec<Derivatives>,
    /// Whether the system holds a factor from a point not far away.
    has_factor: bool,
    stop: Stop,
}

impl Crossed {
    /// Arranges the rows.
    ///
    /// # Errors
    /// `TooLarge` when the root matrix does not fit into memory.
    pub fn new(data: Data, model: Arc<dyn Observation>, stop: Stop) -> CoreResult<Self> {
        let pattern = Pattern::new(&data);
        let system = System::new(&pattern, data.leaf.as_ref().map(|l| l.0), stop.clone())?;
        let u = pattern.sizes.iter().map(|(j, r)| vec![0.0; j * r]).collect();
        let segments = cut(&data);
        let rows = vec![Derivatives::default(); segments.len()];
        Ok(Self {
            u,
            gram: pattern.zeros(),
            inverse: pattern.zeros(),
            scores: Vec::new(),
            rows,
            has_factor: false,
            segments,
            system,
            pattern,
            data,
            model,
            stop,
        })
    }

    /// Order of the root matrix, and whether it is dense.
    pub fn root(&self) -> (usize, bool) {
        self.system.root()
    }

    /// Random effects b = Lambda u, by block.
    pub(crate) fn effects(&self, u: &[Vec<f64>], lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let multiply = |(u, lambda): (&Vec<f64>, &Vec<f64>)| {
            let r = (lambda.len() as f64).sqrt() as usize;
            let mut b = vec![0.0; u.len()];
            for (u, b) in u.chunks_exact(r).zip(b.chunks_exact_mut(r)) {
                small::apply(r, lambda, u, b);
            }
            b
        };
        u.iter().zip(lambdas).map(multiply).collect()
    }

    /// Lambda' x - by block.
    pub(crate) fn to_spherical(&self, x: &[Vec<f64>], lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let multiply = |(x, lambda): (&Vec<f64>, &Vec<f64>)| {
            let r = (lambda.len() as f64).sqrt() as usize;
            let mut y = vec![0.0; x.len()];
            for (x, y) in x.chunks_exact(r).zip(y.chunks_exact_mut(r)) {
                small::apply_transposed(r, lambda, x, y);
            }
            y
        };
        x.iter().zip(lambdas).map(multiply).collect()
    }

    pub(crate) fn sums(&self) -> RowSums<'_> {
        RowSums { data: &self.data, pattern: &self.pattern, segments: &self.segments }
    }

    /// One pass over the rows at effects `b`: log density, Z's, and Z'WZ unless only scores are
    /// wanted. With a need beyond Newton's the rows' derivatives are kept.
    fn pass(
        &mut self,
        fixed: &[Vec<f64>],
        b: &[Vec<f64>],
        need: Need,
        with_gram: bool,
    ) -> CoreResult<f64> {
        let mut rows = std::mem::take(&mut self.rows);
        let sums = self.sums();
        let result = sums.accumulate(with_gram, &mut rows, |number, segment, kept, own| {
            let (k, active, len) = (self.data.channels.len(), self.data.active, segment.len());
            let mut value = 0.0;
            let mut d = Derivatives::default();
            let mut eta = Vec::new();
            if need != Need::Newton {
                kept.resize(len, k, active);
            }
            for start in (0..len).step_by(TILE) {
                self.stop.check()?;
                let tile = start..(start + TILE).min(len);
                let range = segment.start + tile.start..segment.start + tile.end;
                eta.clear();
                for channel in fixed[number].chunks_exact(len) {
                    eta.extend_from_slice(&channel[tile.clone()]);
                }
                sums.add_random(range.clone(), b, &mut eta);
                self.model.evaluate(&self.data.rows(range.clone()), &eta, active, need, &mut d);
                value += d.value[..range.len()].iter().sum::<f64>();
                if with_gram {
                    sums.add_gram(range.clone(), &d, own);
                }
                sums.scatter(range, &d.first, own);
                if need != Need::Newton {
                    keep(&d, tile, kept);
                }
            }
            Ok(value)
        });
        self.rows = rows;
        let ((gram, scores), values) = result?;
        self.scores = scores;
        if with_gram {
            self.gram = gram;
        }
        Ok(values.iter().sum())
    }

    /// Sums by level of values of the rows: `values` gives (active channels, rows) of a segment.
    pub(crate) fn scattered(
        &self,
        values: impl for<'b> Fn(&'b Derivatives, Range<usize>) -> Cow<'b, [f64]> + Sync + Send,
    ) -> CoreResult<Vec<Vec<f64>>> {
        let sums = self.sums();
        let mut none = vec![(); self.segments.len()];
        let totals = sums.accumulate(false, &mut none, |number, segment, (), own| {
            let values = values(&self.rows[number], segment.clone());
            sums.scatter(segment, &values, own);
            Ok(())
        });
        Ok(totals?.0.1)
    }

    /// Runs a task on the kept derivatives of every segment.
    pub(crate) fn on_rows(
        &mut self,
        task: impl Fn(&Self, Range<usize>, &mut Derivatives) + Sync + Send,
    ) {
        let mut rows = std::mem::take(&mut self.rows);
        let own = &*self;
        if self.segments.len() > 1 {
            let both = self.segments.par_iter().zip(&mut rows);
            both.for_each(|(segment, d)| task(own, segment.clone(), d));
        } else {
            let both = self.segments.iter().zip(&mut rows);
            both.for_each(|(segment, d)| task(own, segment.clone(), d));
        }
        self.rows = rows;
    }

    /// Fixed parts of the linear predictors, by segment.
    fn fixed(&self, coefficients: &[f64]) -> Vec<Vec<f64>> {
        let k = self.data.channels.len();
        let make = |segment: &Range<usize>| {
            let mut eta = vec![0.0; k * segment.len()];
            self.data.fixed_eta(segment.clone(), coefficients, &mut eta);
            eta
        };
        self.segments.par_iter().map(make).collect()
    }

    /// Finds the modes from the present ones; leaves Z'WZ, Z's, the factor and (with a need
    /// beyond Newton's) the derivatives of the rows there. Returns (log f - |u|^2 / 2, log|M|).
    pub(crate) fn find_modes(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
        need: Need,
    ) -> CoreResult<(f64, f64)> {
        let fixed = self.fixed(coefficients);
        let mut is_last = self.has_factor && self.approach(&fixed, lambdas)?;
        let mut best = f64::NEG_INFINITY;
        let mut from = self.u.clone();
        let mut step: Vec<Vec<f64>> = Vec::new();
        for _ in 0..MOST_STEPS {
            let b = self.effects(&self.u, lambdas);
            let at = if is_last { need } else { Need::Newton };
            let value = self.pass(&fixed, &b, at, true)? - 0.5 * squares(&self.u);
            // The last value may have terms that Newton's leaves out: it is not compared.
            let slack = 1e-10 * (1.0 + best.abs());
            if !value.is_finite() || (!is_last && value < best - slack) {
                is_last = false;
                if best == f64::NEG_INFINITY {
                    if squares(&self.u) == 0.0 {
                        return Err(CoreError::NotPositiveDefinite { index: 0 });
                    }
                    self.u.iter_mut().for_each(|u| u.fill(0.0));
                    continue;
                }
                step.iter_mut().flatten().for_each(|v| *v *= 0.5);
                self.u.clone_from(&from);
                if squares(&step) < 1e-24 {
                    (best, is_last) = (f64::NEG_INFINITY, true);
                    continue;
                }
                add(&mut self.u, &step);
                continue;
            }
            if is_last {
                let logdet = self.factor(lambdas)?;
                step = self.newton_step(lambdas);
                if self.decrement(lambdas, &step) < SETTLED {
                    return Ok((value, logdet));
                }
            } else {
                self.factor_with_ridge(lambdas)?;
                step = self.newton_step(lambdas);
                best = value;
            }
            is_last = self.decrement(lambdas, &step) < CLOSE;
            from.clone_from(&self.u);
            add(&mut self.u, &step);
        }
        Err(CoreError::NoMode { group: 0 })
    }

    /// Goes towards the modes with the factor at hand, which is that of a point nearby, as long
    /// as that converges quickly; says whether it arrived.
    fn approach(&mut self, fixed: &[Vec<f64>], lambdas: &[Vec<f64>]) -> CoreResult<bool> {
        let mut last = f64::INFINITY;
        let start = self.u.clone();
        for _ in 0..MOST_APPROACHES {
            let b = self.effects(&self.u, lambdas);
            if !self.pass(fixed, &b, Need::Newton, false)?.is_finite() {
                self.u.iter_mut().for_each(|u| u.fill(0.0));
                return Ok(false);
            }
            let step = self.newton_step(lambdas);
            let decrement = self.decrement(lambdas, &step);
            if decrement.is_nan() || decrement > QUICK * last {
                if decrement.is_nan() || decrement > last {
                    self.u = start;
                }
                return Ok(false);
            }
            add(&mut self.u, &step);
            if decrement < 0.01 * SETTLED {
                return Ok(true);
            }
            last = decrement;
        }
        Ok(false)
    }

    /// The step M^-1 (Lambda'Z's - u), with the factor at hand.
    fn newton_step(&self, lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut step = self.mode_gradient(lambdas);
        self.system.solve(&mut step);
        step
    }

    fn mode_gradient(&self, lambdas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut gradient = self.to_spherical(&self.scores, lambdas);
        let both = gradient.iter_mut().flatten().zip(self.u.iter().flatten());
        both.for_each(|(g, u)| *g -= u);
        gradient
    }

    /// Gradient times step, at the modes that the scores belong to.
    fn decrement(&self, lambdas: &[Vec<f64>], step: &[Vec<f64>]) -> f64 {
        let gradient = self.mode_gradient(lambdas);
        gradient.iter().flatten().zip(step.iter().flatten()).map(|(g, s)| g * s).sum()
    }

    fn factor(&mut self, lambdas: &[Vec<f64>]) -> CoreResult<f64> {
        self.has_factor = false;
        let gram = std::mem::take(&mut self.gram);
        let logdet = self.system.factor(&gram, lambdas);
        self.gram = gram;
        self.has_factor = logdet.is_ok();
        logdet
    }

    /// Factors M; where it is not positive, Z'WZ gets a larger diagonal until it is.
    fn factor_with_ridge(&mut self, lambdas: &[Vec<f64>]) -> CoreResult<()> {
        let mut ridge = 0.0;
        loop {
            match self.factor(lambdas) {
                Ok(_) => return Ok(()),
                Err(CoreError::NotPositiveDefinite { index }) => {
                    let all = self.gram.diagonal.iter().flatten();
                    let size = all.fold(1.0f64, |m, v| m.max(v.abs()));
                    ridge = if ridge == 0.0 { 1e-3 * size } else { 10.0 * ridge };
                    if !ridge.is_finite() {
                        return Err(CoreError::NotPositiveDefinite { index });
                    }
                    for (k, (_, r)) in self.pattern.sizes.iter().enumerate() {
                        for block in self.gram.diagonal[k].chunks_exact_mut(r * r) {
                            (0..*r).for_each(|a| block[a * r + a] += ridge);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Conditional covariances by block (J, r, r), and the sensitivity of the random effects to
    /// the coefficients by block (J, r, P).
    ///
    /// # Errors
    /// Those of `evaluate`.
    pub fn conditional(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Conditional> {
        self.find_modes(coefficients, lambdas, Need::Information)?;
        let omega = self.invert(lambdas)?;
        let p = coefficients.len();
        let mut slopes: Vec<Vec<f64>> =
            self.pattern.sizes.iter().map(|(j, r)| vec![0.0; j * r * p]).collect();
        for c in 0..p {
            let column = self.move_of(c, lambdas)?;
            for (target, values) in slopes.iter_mut().zip(&column) {
                values.iter().enumerate().for_each(|(at, v)| target[at * p + c] = -v);
            }
        }
        Ok((omega.diagonal, slopes))
    }

    /// Lambda M^-1 Lambda' Z'W x for the column of one coefficient.
    pub(crate) fn move_of(
        &self,
        coefficient: usize,
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Vec<Vec<f64>>> {
        let cross = self.scattered(|d, segment| {
            let (k, active, len) = (d.channels, d.active, segment.len());
            let mut values = vec![0.0; active * len];
            for (channel, fixed) in self.data.channels.iter().enumerate() {
                for part in fixed.parts.iter().filter(|p| p.coefficient == coefficient) {
                    let x = &self.data.columns[part.column][segment.clone()];
                    for other in 0..active {
                        let second = &d.second[(channel * k + other) * len..][..len];
                        let target = &mut values[other * len..(other + 1) * len];
                        let both = second.iter().zip(x);
                        target
                            .iter_mut()
                            .zip(both)
                            .for_each(|(t, (w, x))| *t -= part.factor * w * x);
                    }
                }
            }
            Cow::Owned(values)
        })?;
        let mut u = self.to_spherical(&cross, lambdas);
        self.system.solve(&mut u);
        Ok(self.effects(&u, lambdas))
    }

    /// Derivatives of the criterion by every row's linear predictors, (K, n), at the last point.
    pub fn row_slopes(&self) -> Vec<f64> {
        let (k, n) = (self.data.channels.len(), self.data.n);
        let mut slopes = vec![0.0; k * n];
        for (segment, d) in self.segments.iter().zip(&self.rows) {
            for (channel, values) in d.third.chunks_exact(segment.len().max(1)).enumerate() {
                let start = channel * n + segment.start;
                slopes[start..start + values.len()].copy_from_slice(values);
            }
        }
        slopes
    }

    /// Variances z'Lambda M^-1 Lambda'z of combinations of random effects: (block, group, z) each.
    ///
    /// # Errors
    /// None once the modes were found.
    pub fn variances(
        &self,
        rows: &[Vec<(usize, usize, Vec<f64>)>],
        lambdas: &[Vec<f64>],
    ) -> Vec<f64> {
        let one = |parts: &Vec<(usize, usize, Vec<f64>)>| {
            let mut x: Vec<Vec<f64>> = self.u.iter().map(|u| vec![0.0; u.len()]).collect();
            for (block, group, z) in parts {
                let from = group * z.len();
                x[*block][from..from + z.len()].iter_mut().zip(z).for_each(|(t, v)| *t += v);
            }
            let rhs = self.to_spherical(&x, lambdas);
            let mut u = rhs.clone();
            self.system.solve(&mut u);
            u.iter().flatten().zip(rhs.iter().flatten()).map(|(a, b)| a * b).sum()
        };
        rows.par_iter().map(one).collect()
    }
}

fn keep(d: &Derivatives, tile: Range<usize>, kept: &mut Derivatives) {
    let (n, len) = (kept.n, tile.len());
    let pairs =
        [(&d.first, &mut kept.first), (&d.second, &mut kept.second), (&d.third, &mut kept.third)];
    for (from, to) in pairs {
        for (source, target) in from.chunks_exact(len).zip(to.chunks_exact_mut(n)) {
            target[tile.clone()].copy_from_slice(source);
        }
    }
}

/// Segments of rows, cut where the leaf begins a new group.
fn cut(data: &Data) -> Vec<Range<usize>> {
    let size = SEGMENT.max(data.n.div_ceil(MOST_SEGMENTS));
    let mut segments = Vec::new();
    let mut start = 0;
    if let Some((_, ptr)) = &data.leaf {
        for bound in &ptr[1..] {
            if bound - start >= size && data.n - bound >= size {
                segments.push(start..*bound);
                start = *bound;
            }
        }
    }
    segments.push(start..data.n);
    segments
}

fn squares(values: &[Vec<f64>]) -> f64 {
    values.iter().flatten().map(|v| v * v).sum()
}

fn add(values: &mut [Vec<f64>], step: &[Vec<f64>]) {
    values.iter_mut().flatten().zip(step.iter().flatten()).for_each(|(v, s)| *v += s);
}
