//! Models with one grouping factor, or none: everything is done group by group. Theory (25), (26).
//!
//! Rows are cut at group boundaries into segments of fixed size, which threads take; sums are
//! added in the order of the segments, so results do not depend on the number of threads.

use crate::error::CoreResult;
use crate::generalized::data::{Block, Data};
use crate::generalized::group_gradient::{differentiate, inverse_of};
use crate::generalized::mode::{Group, Scratch, weighted_sum};
use crate::generalized::nodes::Rule;
use crate::generalized::quadrature::Adjoint;
use crate::generalized::{Evaluated, Information, Marginal};
use crate::observation::{Need, Observation};
use crate::small;
use crate::stop::Stop;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a segment, at least.
const SEGMENT: usize = 4_096;
/// Rows times nodes below which one thread does it all.
const PARALLEL_ROWS: usize = 12_000;
/// Groups that the first information is taken from, when there are more rows than this.
const SAMPLE_ROWS: usize = 30_000;

/// See the module.
pub struct Groups {
    data: Data,
    model: Arc<dyn Observation>,
    /// First row of every group (J + 1).
    ptr: Vec<usize>,
    segments: Vec<Range<usize>>,
    rule: Option<Rule>,
    u: Vec<f64>,
    /// Scratch that segments leave for later ones: a small model would spend its time on memory.
    spare: Mutex<Vec<Scratch>>,
    stop: Stop,
}

/// What a segment adds up.
#[derive(Default)]
struct Part {
    value: f64,
    coefficients: Vec<f64>,
    lambda: Vec<f64>,
}

/// What is asked of a segment.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Gradient,
    /// Gradient by group: `Part` of every group.
    Scores,
    /// Derivatives by the rows' linear predictors, (K, rows of the segment), as coefficients.
    Rows,
}

impl Groups {
    /// Arranges the rows; `rule` has the nodes of a quadrature with more than one.
    pub fn new(data: Data, model: Arc<dyn Observation>, rule: Option<Rule>, stop: Stop) -> Self {
        let ptr = match &data.leaf {
            Some((_, ptr)) => ptr.clone(),
            // Without random effects any cut of the rows will do.
            None => (0..data.n).step_by(SEGMENT).chain([data.n]).collect(),
        };
        let mut segments = Vec::new();
        let mut start = 0;
        for group in 0..ptr.len() - 1 {
            if ptr[group + 1] - ptr[start] >= SEGMENT || group + 2 == ptr.len() {
                segments.push(start..group + 1);
                start = group + 1;
            }
        }
        let r = data.blocks.first().map_or(0, Block::r);
        let u = vec![0.0; (ptr.len() - 1) * r];
        Self { data, model, ptr, segments, rule, u, spare: Mutex::default(), stop }
    }

    /// Nodes of the quadrature; 1 for Laplace.
    pub fn nodes(&self) -> usize {
        self.rule.as_ref().map_or(1, Rule::n_nodes)
    }

    fn r(&self) -> usize {
        self.data.blocks.first().map_or(0, Block::r)
    }

    fn is_parallel(&self) -> bool {
        let nodes = self.rule.as_ref().map_or(1, Rule::n_nodes);
        self.segments.len() > 1 && self.data.n * nodes > PARALLEL_ROWS
    }

    /// Runs `task` on every segment with its part of u; results in order.
    fn on_segments<T: Send>(
        &mut self,
        task: impl Fn(&Self, Range<usize>, &mut [f64]) -> CoreResult<T> + Sync + Send,
    ) -> CoreResult<Vec<T>> {
        let mut u = std::mem::take(&mut self.u);
        let r = self.r();
        let mut parts = Vec::with_capacity(self.segments.len());
        let mut rest = u.as_mut_slice();
        for segment in &self.segments {
            let (own, tail) = rest.split_at_mut(segment.len() * r);
            parts.push((segment.clone(), own));
            rest = tail;
        }
        let run = |(segment, u): (Range<usize>, &mut [f64])| {
            self.stop.check()?;
            task(self, segment, u)
        };
        let results: CoreResult<Vec<T>> = if self.is_parallel() {
            parts.into_par_iter().map(run).collect()
        } else {
            parts.into_iter().map(run).collect()
        };
        self.u = u;
        results
    }

    /// Runs `task` on every group of a segment: (group, its rows in the segment, fixed eta, u).
    fn on_groups(
        &self,
        segment: Range<usize>,
        coefficients: &[f64],
        lambda: &[f64],
        u: &mut [f64],
        s: &mut Scratch,
        mut task: impl FnMut(&Group<'_>, Range<usize>, &mut [f64], &mut Scratch) -> CoreResult<()>,
    ) -> CoreResult<()> {
        let (r, k) = (self.r(), self.data.channels.len());
        let first = self.ptr[segment.start];
        let rows = first..self.ptr[segment.end];
        let len = rows.len();
        let mut fixed = vec![0.0; k * len];
        self.data.fixed_eta(rows, coefficients, &mut fixed);
        s.prepare(r);
        let empty = Vec::new();
        let (columns, channels) =
            self.data.blocks.first().map_or((&empty, &empty), |b| (&b.columns, &b.channels));
        let mut z: Vec<Option<&[f64]>> = vec![None; r];
        for (at, group) in segment.enumerate() {
            let range = self.ptr[group]..self.ptr[group + 1];
            let local = range.start - first..range.end - first;
            for (target, column) in z.iter_mut().zip(columns) {
                let is_one = Some(*column) == self.data.ones;
                *target = (!is_one).then(|| &self.data.columns[*column][range.clone()]);
            }
            s.fixed.clear();
            for channel in fixed.chunks_exact(len.max(1)) {
                s.fixed.extend_from_slice(&channel[local.clone()]);
            }
            let group = Group {
                model: &*self.model,
                number: group,
                rows: self.data.rows(range),
                z: &z,
                channels,
                active: self.data.active,
                lambda,
            };
            task(&group, local, &mut u[at * r..(at + 1) * r], s)?;
        }
        Ok(())
    }

    fn scratch(&self) -> Scratch {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn segment(
        &self,
        segment: Range<usize>,
        coefficients: &[f64],
        lambda: &[f64],
        u: &mut [f64],
        want: Want,
    ) -> CoreResult<Vec<Part>> {
        let (r, k) = (self.r(), self.data.channels.len());
        let rows = self.ptr[segment.start]..self.ptr[segment.end];
        let len = rows.len();
        // d criterion / d eta of every row, (K, rows of the segment).
        let mut a = vec![0.0; k * len];
        let mut s = self.scratch();
        let mut adjoint = Adjoint::default();
        let mut own = vec![0.0; r * r];
        let (mut inverse, mut half) = (vec![0.0; r * r], vec![0.0; r * r]);
        let none = vec![0.0; r];
        let mut parts: Vec<Part> = Vec::new();
        let mut total = Part { lambda: vec![0.0; r * r], ..Part::default() };
        self.on_groups(segment, coefficients, lambda, u, &mut s, |group, local, u, s| {
            let (height, logdet) = group.find_mode(u, Need::Gradient, s)?;
            let mut value = logdet - 2.0 * height;
            own.fill(0.0);
            let m = local.len();
            let mut of_rows = std::mem::take(&mut s.eta);
            match &self.rule {
                Some(rule) if r > 0 => {
                    let (d, l) = (std::mem::take(&mut s.d), s.l.clone());
                    let (g, gram) = (s.g.clone(), s.gram.clone());
                    s.eta = of_rows;
                    value = adjoint.integrate(group, rule, u, logdet, s);
                    adjoint.differentiate(group, rule, &l, s);
                    of_rows = std::mem::take(&mut s.eta);
                    (s.d, s.l, s.g, s.gram) = (d, l, g, gram);
                    of_rows.clear();
                    of_rows.extend_from_slice(&adjoint.scores);
                    own.copy_from_slice(&adjoint.lambda);
                    differentiate(group, u, &adjoint.m, &adjoint.mode, s, &mut of_rows, &mut own);
                }
                _ => {
                    inverse_of(r, &s.l, &mut half, &mut inverse);
                    of_rows.clear();
                    of_rows.extend(s.d.first[..k * m].iter().map(|v| -2.0 * v));
                    // The nodes' own share: the mode itself, -2 Z's u'.
                    for i in 0..r {
                        for j in 0..r {
                            own[i * r + j] -= 2.0 * s.g[i] * u[j];
                        }
                    }
                    differentiate(group, u, &inverse, &none, s, &mut of_rows, &mut own);
                }
            }
            for (channel, values) in of_rows.chunks_exact(m.max(1)).enumerate().take(k) {
                a[channel * len + local.start..channel * len + local.end].copy_from_slice(values);
            }
            s.eta = of_rows;
            total.value += value;
            total.lambda.iter_mut().zip(&own).for_each(|(t, v)| *t += v);
            if want == Want::Scores {
                let sums = vec![0.0; coefficients.len()];
                parts.push(Part { value, coefficients: sums, lambda: own.clone() });
            }
            Ok(())
        })?;
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(s);
        match want {
            Want::Scores => {
                self.scores_of(rows, &a, &mut parts);
                return Ok(parts);
            }
            Want::Rows => return Ok(vec![Part { coefficients: a, ..Part::default() }]),
            Want::Gradient => {}
        }
        total.coefficients = vec![0.0; coefficients.len()];
        self.data.add_products(rows, &a, &mut total.coefficients);
        Ok(vec![total])
    }

    /// X'a of every group of a segment.
    fn scores_of(&self, rows: Range<usize>, a: &[f64], parts: &mut [Part]) {
        let group = self.ptr.partition_point(|p| *p < rows.start);
        let len = rows.len();
        for (at, part) in parts.iter_mut().enumerate() {
            let range = self.ptr[group + at]..self.ptr[group + at + 1];
            let local = range.start - rows.start..range.end - rows.start;
            let own: Vec<f64> = a
                .chunks_exact(len.max(1))
                .flat_map(|channel| channel[local.clone()].iter().copied())
                .collect();
            self.data.add_products(range, &own, &mut part.coefficients);
        }
    }

    /// Derivatives of each group's part of the criterion: (J, P + r r), row by row.
    ///
    /// # Errors
    /// Those of `evaluate`.
    pub fn scores(&mut self, coefficients: &[f64], lambda: &[f64]) -> CoreResult<Vec<f64>> {
        let parts = self.on_segments(|own, segment, u| {
            own.segment(segment, coefficients, lambda, u, Want::Scores)
        })?;
        let rows = parts.iter().flatten();
        Ok(rows.flat_map(|p| p.coefficients.iter().chain(&p.lambda).copied()).collect())
    }

    /// Derivatives of the criterion by every row's linear predictors, (K, n).
    ///
    /// # Errors
    /// Those of `evaluate`.
    pub fn row_slopes(&mut self, coefficients: &[f64], lambda: &[f64]) -> CoreResult<Vec<f64>> {
        let parts = self.on_segments(|own, segment, u| {
            own.segment(segment, coefficients, lambda, u, Want::Rows)
        })?;
        let (k, n) = (self.data.channels.len(), self.data.n);
        let mut slopes = vec![0.0; k * n];
        let mut start = 0;
        for part in parts.iter().flatten() {
            let len = part.coefficients.len() / k.max(1);
            for (channel, values) in part.coefficients.chunks_exact(len.max(1)).enumerate() {
                slopes[channel * n + start..channel * n + start + len].copy_from_slice(values);
            }
            start += len;
        }
        Ok(slopes)
    }

    /// Blocks of Lambda M^-1 Lambda' (J, r, r), and the sensitivity of the random effects to the
    /// coefficients, -Lambda M^-1 Lambda' Z'WX (J, r, P), at the modes.
    ///
    /// # Errors
    /// Those of `evaluate`.
    pub fn conditional(
        &mut self,
        coefficients: &[f64],
        lambda: &[f64],
    ) -> CoreResult<(Vec<f64>, Vec<f64>)> {
        let (r, p) = (self.r(), coefficients.len());
        let parts = self.on_segments(|own, segment, u| {
            let (mut blocks, mut slopes) = (Vec::new(), Vec::new());
            let mut s = Scratch::default();
            own.on_groups(segment, coefficients, lambda, u, &mut s, |group, _, u, s| {
                group.find_mode(u, Need::Information, s)?;
                let mut omega = vec![0.0; r * r];
                small::multiply_left_transposed(r, &s.c, &s.c, &mut omega);
                let cross = own.cross(group, p, s);
                for row in omega.chunks_exact(r.max(1)) {
                    for c in 0..p {
                        slopes.push(-(0..r).map(|k| row[k] * cross[k * p + c]).sum::<f64>());
                    }
                }
                blocks.extend_from_slice(&omega);
                Ok(())
            })?;
            Ok((blocks, slopes))
        })?;
        let mut all = (Vec::new(), Vec::new());
        for (blocks, slopes) in parts {
            all.0.extend(blocks);
            all.1.extend(slopes);
        }
        Ok(all)
    }

    /// Z'WX of a group, (r, P), from its derivatives (Need::Information).
    fn cross(&self, group: &Group<'_>, p: usize, s: &Scratch) -> Vec<f64> {
        let (r, m, k) = (group.r(), group.rows.y.len(), s.d.channels);
        let mut cross = vec![0.0; r * p];
        let first = self.ptr[group.number];
        for a in 0..r {
            for (channel, parts) in self.data.channels.iter().enumerate() {
                let place = (group.channels[a] * k + channel) * m;
                let w = &s.d.second[place..place + m];
                for part in &parts.parts {
                    let x = self.column(part.column, first..first + m);
                    cross[a * p + part.coefficient] -= part.factor * weighted_sum(w, group.z[a], x);
                }
            }
        }
        cross
    }

    fn column(&self, column: usize, range: Range<usize>) -> Option<&[f64]> {
        (Some(column) != self.data.ones).then(|| &self.data.columns[column][range])
    }
}

impl Marginal for Groups {
    fn evaluate(&mut self, coefficients: &[f64], lambdas: &[Vec<f64>]) -> CoreResult<Evaluated> {
        let none = Vec::new();
        let lambda = lambdas.first().unwrap_or(&none);
        let parts = self.on_segments(|own, segment, u| {
            own.segment(segment, coefficients, lambda, u, Want::Gradient)
        })?;
        let mut total = Evaluated {
            value: 0.0,
            coefficients: vec![0.0; coefficients.len()],
            lambdas: vec![vec![0.0; lambda.len()]; lambdas.len()],
        };
        for part in parts.iter().flatten() {
            total.value += part.value;
            total.coefficients.iter_mut().zip(&part.coefficients).for_each(|(t, v)| *t += v);
            for sum in &mut total.lambdas {
                sum.iter_mut().zip(&part.lambda).for_each(|(t, v)| *t += v);
            }
        }
        Ok(total)
    }

    fn information(
        &mut self,
        coefficients: &[f64],
        lambdas: &[Vec<f64>],
    ) -> CoreResult<Information> {
        let none = Vec::new();
        let lambda = lambdas.first().unwrap_or(&none);
        let (r, p) = (self.r(), coefficients.len());
        // Every so manyth segment is enough for a first model of the curvature.
        let every = (self.data.n / SAMPLE_ROWS).clamp(1, self.segments.len().max(1));
        let parts = self.on_segments(|own, segment, u| {
            let place = own.segments.partition_point(|s| s.start < segment.start);
            let mut sums = vec![0.0; p * p];
            let mut shares = Vec::new();
            if place % every != 0 {
                return Ok((sums, shares));
            }
            let mut s = Scratch::default();
            own.on_groups(segment, coefficients, lambda, u, &mut s, |group, _, u, s| {
                group.find_mode(u, Need::Information, s)?;
                own.add_information(group, s, &mut sums);
                let (mut inverse, mut half) = (vec![0.0; r * r], vec![0.0; r * r]);
                inverse_of(r, &s.l, &mut half, &mut inverse);
                let cross = own.cross(group, p, s);
                let mut omega = vec![0.0; r * r];
                small::multiply_left_transposed(r, &s.c, &s.c, &mut omega);
                for i in 0..r {
                    for j in 0..r {
                        for x in 0..p {
                            let left = omega[i * r + j] * cross[i * p + x];
                            if left != 0.0 {
                                let right = &cross[j * p..(j + 1) * p];
                                let row = &mut sums[x * p..(x + 1) * p];
                                row.iter_mut().zip(right).for_each(|(t, v)| *t -= left * v);
                            }
                        }
                        let unit = if i == j { 1.0 } else { 0.0 };
                        shares.push(unit - inverse[i * r + j]);
                    }
                }
                Ok(())
            })?;
            Ok((sums, shares))
        })?;
        let seen: usize = (0..self.segments.len())
            .filter(|at| at % every == 0)
            .map(|at| self.ptr[self.segments[at].end] - self.ptr[self.segments[at].start])
            .sum();
        let scale = self.data.n as f64 / (seen.max(1)) as f64;
        let mut total =
            Information { coefficients: vec![0.0; p * p], shares: vec![Vec::new(); lambdas.len()] };
        for (sums, shares) in parts {
            total.coefficients.iter_mut().zip(&sums).for_each(|(t, v)| *t += scale * v);
            total.shares.iter_mut().for_each(|all| all.extend_from_slice(&shares));
        }
        let weight = scale.sqrt();
        total.shares.iter_mut().flatten().for_each(|v| *v *= weight);
        Ok(total)
    }

    fn modes(&self) -> Vec<Vec<f64>> {
        self.data.blocks.iter().map(|_| self.u.clone()).collect()
    }

    fn set_modes(&mut self, modes: &[Vec<f64>]) {
        if let Some(u) = modes.first() {
            self.u.clone_from(u);
        }
    }

    fn data(&self) -> &Data {
        &self.data
    }
}

impl Groups {
    /// Adds X'WX of a group.
    fn add_information(&self, group: &Group<'_>, s: &Scratch, sums: &mut [f64]) {
        let (m, k) = (group.rows.y.len(), s.d.channels);
        let p = self.data.n_coefficients;
        let rows = self.ptr[group.number]..self.ptr[group.number] + m;
        for (c, first) in self.data.channels.iter().enumerate() {
            for (d, second) in self.data.channels.iter().enumerate() {
                let w = &s.d.second[(c * k + d) * m..(c * k + d + 1) * m];
                for left in &first.parts {
                    let x = self.column(left.column, rows.clone());
                    for right in &second.parts {
                        let y = self.column(right.column, rows.clone());
                        sums[left.coefficient * p + right.coefficient] -=
                            left.factor * right.factor * weighted_sum(w, x, y);
                    }
                }
            }
        }
    }
}
