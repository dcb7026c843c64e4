//! What rows add to the levels of all factors, and what they read from them. Theory (25).
//!
//! Slots are memberships of rows in groups. Segments of rows write disjoint parts of the leaf's
//! sums, and private sums of everything else, which are added in the order of the segments.

use crate::error::CoreResult;
use crate::generalized::data::Data;
use crate::generalized::pattern::{Blocks, Pattern, Place, Slot};
use crate::observation::Derivatives;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// The rows with their pattern.
pub(crate) struct RowSums<'a> {
    pub data: &'a Data,
    pub pattern: &'a Pattern,
    pub segments: &'a [Range<usize>],
}

/// Sums of one segment.
pub(crate) struct Sums<'a> {
    diagonal: Vec<Part<'a>>,
    pairs: Vec<Part<'a>>,
    levels: Vec<Part<'a>>,
}

/// Values from index `offset` on, or private ones from 0 on.
enum Part<'a> {
    Own(Vec<f64>),
    Shared(&'a mut [f64], usize),
}

impl Part<'_> {
    /// The values, and the index of the first.
    #[inline(always)]
    fn whole(&mut self) -> (&mut [f64], usize) {
        match self {
            Self::Own(values) => (values, 0),
            Self::Shared(values, offset) => (values, *offset),
        }
    }
}

/// Sums of all segments: Z'WZ on the pattern, and sums by level of every block.
pub(crate) type Totals = (Blocks, Vec<Vec<f64>>);

impl RowSums<'_> {
    /// Runs a task on every segment, each with its own state, and sums what the tasks add.
    ///
    /// # Errors
    /// Those of the task.
    pub fn accumulate<S: Send, T: Send>(
        &self,
        with_gram: bool,
        states: &mut [S],
        task: impl Fn(usize, Range<usize>, &mut S, &mut Sums<'_>) -> CoreResult<T> + Sync + Send,
    ) -> CoreResult<(Totals, Vec<T>)> {
        let mut blocks = if with_gram { self.pattern.zeros() } else { self.empty() };
        let mut levels: Vec<Vec<f64>> =
            self.pattern.sizes.iter().map(|(j, r)| vec![0.0; j * r]).collect();
        let mut sums = self.split(&mut blocks, &mut levels);
        let run = |(number, ((segment, state), sums)): (
            usize,
            ((&Range<usize>, &mut S), &mut Sums<'_>),
        )| task(number, segment.clone(), state, sums);
        let results: CoreResult<Vec<T>> = if self.segments.len() > 1 {
            let both = self.segments.par_iter().zip(states);
            both.zip(&mut sums).enumerate().map(run).collect()
        } else {
            let both = self.segments.iter().zip(states);
            both.zip(&mut sums).enumerate().map(run).collect()
        };
        let owned: Vec<OwnSums> = sums.into_iter().map(Sums::owned).collect();
        for own in owned {
            let targets = [&mut blocks.diagonal, &mut blocks.pairs, &mut levels];
            for (target, parts) in targets.into_iter().zip(own) {
                for (target, part) in target.iter_mut().zip(parts) {
                    target.iter_mut().zip(part).for_each(|(t, v)| *t += v);
                }
            }
        }
        Ok(((blocks, levels), results?))
    }

    fn empty(&self) -> Blocks {
        let (blocks, pairs) = (self.pattern.sizes.len(), self.pattern.pairs.len());
        Blocks { diagonal: vec![Vec::new(); blocks], pairs: vec![Vec::new(); pairs] }
    }

    /// Hands every segment its part of the leaf's sums and private room for the rest.
    fn split<'b>(&self, blocks: &'b mut Blocks, levels: &'b mut [Vec<f64>]) -> Vec<Sums<'b>> {
        let leaf = self.data.leaf.as_ref().map(|l| l.0);
        // Last group of the leaf (exclusive) of every segment.
        let bounds: Vec<usize> = match &self.data.leaf {
            Some((_, ptr)) => self
                .segments
                .iter()
                .enumerate()
                .map(|(at, s)| match at + 1 == self.segments.len() {
                    true => ptr.len() - 1,
                    false => ptr.partition_point(|p| *p < s.end),
                })
                .collect(),
            None => vec![0; self.segments.len()],
        };
        let whole = |values: &'b mut Vec<f64>| -> Vec<Part<'b>> {
            let len = values.len();
            self.segments.iter().map(|_| Part::Own(vec![0.0; len])).collect()
        };
        let mut sums: Vec<Sums<'b>> = self
            .segments
            .iter()
            .map(|_| Sums { diagonal: Vec::new(), pairs: Vec::new(), levels: Vec::new() })
            .collect();
        for (k, values) in blocks.diagonal.iter_mut().enumerate() {
            let width = self.pattern.sizes[k].1.pow(2) * usize::from(!values.is_empty());
            let ends = bounds.iter().map(|b| b * width).collect();
            let parts = if Some(k) == leaf { share(values, ends) } else { whole(values) };
            sums.iter_mut().zip(parts).for_each(|(s, part)| s.diagonal.push(part));
        }
        for (pair, values) in self.pattern.pairs.iter().zip(blocks.pairs.iter_mut()) {
            let sizes = &self.pattern.sizes;
            let width = sizes[pair.first].1 * sizes[pair.second].1;
            let width = width * usize::from(!values.is_empty());
            let is_leaf = Some(pair.first) == leaf;
            let ends = bounds.iter().map(|b| if is_leaf { pair.ptr[*b] * width } else { 0 });
            let ends = ends.collect();
            let parts = if is_leaf { share(values, ends) } else { whole(values) };
            sums.iter_mut().zip(parts).for_each(|(s, part)| s.pairs.push(part));
        }
        for (k, values) in levels.iter_mut().enumerate() {
            let width = self.pattern.sizes[k].1;
            let ends = bounds.iter().map(|b| b * width).collect();
            let parts = if Some(k) == leaf { share(values, ends) } else { whole(values) };
            sums.iter_mut().zip(parts).for_each(|(s, part)| s.levels.push(part));
        }
        sums
    }

    /// A column of Z of some rows, times the membership's weights.
    fn covariate(&self, slot: Slot, a: usize, range: Range<usize>) -> Cow<'_, [f64]> {
        let block = &self.data.blocks[slot.block];
        let values = &self.data.columns[block.columns[a]][range.clone()];
        let weights = &block.members[slot.member].weights;
        if weights.is_empty() {
            return Cow::Borrowed(values);
        }
        Cow::Owned(values.iter().zip(&weights[range]).map(|(z, w)| z * w).collect())
    }

    fn codes(&self, slot: Slot, range: Range<usize>) -> &[u32] {
        &self.data.blocks[slot.block].members[slot.member].codes[range]
    }

    /// Adds Z b of some rows to `eta`, (channels, rows).
    pub fn add_random(&self, range: Range<usize>, b: &[Vec<f64>], eta: &mut [f64]) {
        let len = range.len();
        for slot in &self.pattern.slots {
            let block = &self.data.blocks[slot.block];
            let (r, b) = (block.r(), &b[slot.block]);
            let codes = self.codes(*slot, range.clone());
            for a in 0..r {
                let target = &mut eta[block.channels[a] * len..(block.channels[a] + 1) * len];
                let z = self.covariate(*slot, a, range.clone());
                for ((t, code), z) in target.iter_mut().zip(codes).zip(&*z) {
                    *t += z * b[*code as usize * r + a];
                }
            }
        }
    }

    /// Adds Z'v of some rows by level, `values` (channels, rows).
    pub fn scatter(&self, range: Range<usize>, values: &[f64], sums: &mut Sums<'_>) {
        let len = range.len();
        for slot in &self.pattern.slots {
            let block = &self.data.blocks[slot.block];
            let r = block.r();
            let codes = self.codes(*slot, range.clone());
            let (target, offset) = sums.levels[slot.block].whole();
            for a in 0..r {
                let v = &values[block.channels[a] * len..(block.channels[a] + 1) * len];
                let z = self.covariate(*slot, a, range.clone());
                for ((code, v), z) in codes.iter().zip(v).zip(&*z) {
                    target[*code as usize * r + a - offset] += z * v;
                }
            }
        }
    }

    /// Adds Z'WZ of some rows, W from their second derivatives.
    pub fn add_gram(&self, range: Range<usize>, d: &Derivatives, sums: &mut Sums<'_>) {
        let len = range.len();
        let weight = |c: usize, e: usize| &d.second[(c * d.channels + e) * len..][..len];
        let mut product = vec![0.0; len];
        for slot in &self.pattern.slots {
            let block = &self.data.blocks[slot.block];
            let r = block.r();
            let codes = self.codes(*slot, range.clone());
            let (target, offset) = sums.diagonal[slot.block].whole();
            for a in 0..r {
                let za = self.covariate(*slot, a, range.clone());
                for b in 0..r {
                    let zb = self.covariate(*slot, b, range.clone());
                    multiply(weight(block.channels[a], block.channels[b]), &za, &zb, &mut product);
                    for (code, value) in codes.iter().zip(&product) {
                        target[(*code as usize * r + a) * r + b - offset] -= value;
                    }
                }
            }
        }
        for link in &self.pattern.links {
            let (first, second) = (self.pattern.slots[link.first], self.pattern.slots[link.second]);
            let (x, y) = (&self.data.blocks[first.block], &self.data.blocks[second.block]);
            let (r1, r2) = (x.r(), y.r());
            let codes = self.codes(first, range.clone());
            let (target, offset) = sums.pairs[link.pair].whole();
            let (diagonal, start) = sums.diagonal[first.block].whole();
            for a in 0..r1 {
                let za = self.covariate(first, a, range.clone());
                for b in 0..r2 {
                    let zb = self.covariate(second, b, range.clone());
                    multiply(weight(x.channels[a], y.channels[b]), &za, &zb, &mut product);
                    for (i, value) in product.iter().enumerate() {
                        match link.place(range.start + i) {
                            Place::Entry(at, is_turned) => {
                                let (row, column) = if is_turned { (b, a) } else { (a, b) };
                                target[(at * r1 + row) * r2 + column - offset] -= value;
                            }
                            Place::Diagonal => {
                                let base = codes[i] as usize * r1;
                                for (row, column) in [(a, b), (b, a)] {
                                    diagonal[(base + row) * r1 + column - start] -= value;
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Quadratic forms of every row's Z in a symmetric matrix on the pattern, (A, A, rows).
    pub fn quadratic_forms(&self, range: Range<usize>, omega: &Blocks, h: &mut [f64]) {
        let (len, active) = (range.len(), self.data.active);
        for slot in &self.pattern.slots {
            let block = &self.data.blocks[slot.block];
            let r = block.r();
            let codes = self.codes(*slot, range.clone());
            let values = &omega.diagonal[slot.block];
            for a in 0..r {
                let za = self.covariate(*slot, a, range.clone());
                for b in 0..r {
                    let zb = self.covariate(*slot, b, range.clone());
                    let pair = block.channels[a] * active + block.channels[b];
                    let target = &mut h[pair * len..(pair + 1) * len];
                    let both = za.iter().zip(&*zb);
                    for ((t, code), (x, y)) in target.iter_mut().zip(codes).zip(both) {
                        *t += x * y * values[(*code as usize * r + a) * r + b];
                    }
                }
            }
        }
        for link in &self.pattern.links {
            let (first, second) = (self.pattern.slots[link.first], self.pattern.slots[link.second]);
            let (x, y) = (&self.data.blocks[first.block], &self.data.blocks[second.block]);
            let (r1, r2) = (x.r(), y.r());
            let codes = self.codes(first, range.clone());
            let (values, diagonal) = (&omega.pairs[link.pair], &omega.diagonal[first.block]);
            for a in 0..r1 {
                let za = self.covariate(first, a, range.clone());
                for b in 0..r2 {
                    let zb = self.covariate(second, b, range.clone());
                    let (c, e) = (x.channels[a], y.channels[b]);
                    for i in 0..len {
                        let value = match link.place(range.start + i) {
                            Place::Entry(at, false) => values[(at * r1 + a) * r2 + b],
                            Place::Entry(at, true) => values[(at * r1 + b) * r2 + a],
                            Place::Diagonal => diagonal[(codes[i] as usize * r1 + a) * r1 + b],
                        };
                        let form = za[i] * zb[i] * value;
                        h[(c * active + e) * len + i] += form;
                        h[(e * active + c) * len + i] += form;
                    }
                }
            }
        }
    }
}

/// out = w x y, row by row.
#[inline(always)]
fn multiply(w: &[f64], x: &[f64], y: &[f64], out: &mut [f64]) {
    let both = w.iter().zip(x.iter().zip(y));
    out.iter_mut().zip(both).for_each(|(t, (w, (x, y)))| *t = w * x * y);
}

/// Private sums: diagonal blocks, pairs, levels; empty where the segment shared the total.
type OwnSums = [Vec<Vec<f64>>; 3];

impl Sums<'_> {
    fn owned(self) -> OwnSums {
        [self.diagonal, self.pairs, self.levels].map(|parts| {
            let own = |part| match part {
                Part::Own(values) => values,
                Part::Shared(..) => Vec::new(),
            };
            parts.into_iter().map(own).collect()
        })
    }
}

/// Cuts values into shares that end at `ends`.
fn share(values: &mut [f64], ends: Vec<usize>) -> Vec<Part<'_>> {
    let mut parts = Vec::with_capacity(ends.len());
    let (mut rest, mut from) = (values, 0);
    for end in ends {
        let (own, tail) = rest.split_at_mut(end - from);
        parts.push(Part::Shared(own, from));
        (rest, from) = (tail, end);
    }
    parts
}
