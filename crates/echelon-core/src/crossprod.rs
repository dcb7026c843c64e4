//! Cross-products of the data, [Z X y]' W [Z X y], in blocks: all a Gaussian fit needs of the rows.
//!
//! One pass; chunks merge; results do not depend on the number of threads, because rows are cut at
//! fixed places and partial sums are added in a fixed order. Theory (5).

use crate::chunk::Chunk;
use crate::dense;
use crate::error::{CoreError, CoreResult};
use crate::pairs::{self, PairSums};
use rayon::prelude::*;

/// Rows that are centred and multiplied together while they are in the cache.
const TILE: usize = 256;
/// Rows per parallel segment: below about two of these a thread costs more than it brings.
pub const SEGMENT: usize = 32_768;
/// Rows whose means centre the columns.
const CENTRE_ROWS: usize = 8_192;

/// Sums of one grouping factor: `zz` (J, r, r) and `zx` (J, r, p + 1).
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSums {
    pub r: usize,
    pub n_groups: usize,
    pub zz: Vec<f64>,
    pub zx: Vec<f64>,
}

/// Cross-products of some rows. The columns of [X y] are centred by `centre`, (p + 1).
#[derive(Clone, Debug, PartialEq)]
pub struct CrossProducts {
    pub n: u64,
    pub sum_log_weights: f64,
    pub p: usize,
    pub intercept: Option<usize>,
    pub centre: Vec<f64>,
    /// [X y]' W [X y], (p + 1, p + 1), symmetric.
    pub xx: Vec<f64>,
    pub blocks: Vec<BlockSums>,
    pub pairs: Vec<PairSums>,
}

/// Part of the output that one segment of rows writes.
struct Segment<'a> {
    rows: std::ops::Range<usize>,
    /// Per block: first group, zz and zx from there on.
    outputs: Vec<(usize, &'a mut [f64], &'a mut [f64])>,
    xx: Vec<f64>,
}

impl CrossProducts {
    /// Accumulates one chunk, centred by `centre` (default: means of its first rows).
    ///
    /// # Errors
    /// Shapes, codes and weights that do not fit, and values that are not finite.
    pub fn from_chunk(chunk: &Chunk<'_>, centre: Option<&[f64]>) -> CoreResult<Self> {
        chunk.check()?;
        let px = chunk.fixed.len() + 1;
        let centre = match centre {
            Some(given) if given.len() == px => given.to_vec(),
            Some(given) => {
                return Err(CoreError::Shape { what: "centre", got: given.len(), need: px });
            }
            None => first_means(chunk),
        };
        let mut blocks: Vec<BlockSums> = chunk
            .blocks
            .iter()
            .map(|b| {
                let r = b.columns.len();
                let (zz, zx) = (vec![0.0; b.n_groups * r * r], vec![0.0; b.n_groups * r * px]);
                BlockSums { r, n_groups: b.n_groups, zz, zx }
            })
            .collect();
        let mut segments = cut(chunk, &mut blocks, px);
        let run = |segment: &mut Segment<'_>| {
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || accumulate(chunk, &centre, segment),
            );
        };
        if segments.len() > 1 {
            segments.par_iter_mut().for_each(run);
        } else {
            segments.iter_mut().for_each(run);
        }
        chunk.stop.check()?;
        let mut xx = vec![0.0; px * px];
        for segment in &segments {
            xx.iter_mut().zip(&segment.xx).for_each(|(total, part)| *total += part);
        }
        for a in 0..px {
            for b in 0..a {
                xx[b * px + a] = xx[a * px + b];
            }
        }
        check_finite(chunk, &xx, px)?;
        let pairs = pairs::co_occurrences(chunk, &mut blocks)?;
        let sum_log_weights = chunk.weights.map_or(0.0, |w| w.iter().map(|v| v.ln()).sum());
        let (n, p, intercept) = (chunk.n as u64, px - 1, chunk.intercept);
        Ok(Self { n, sum_log_weights, p, intercept, centre, xx, blocks, pairs })
    }

    /// Adds the sums of other rows of the same model; groups may be new.
    ///
    /// # Errors
    /// `Shape` when the models differ.
    pub fn merge(mut self, mut other: Self) -> CoreResult<Self> {
        let shape = |what, got, need| Err(CoreError::Shape { what, got, need });
        if self.p != other.p || self.intercept != other.intercept {
            return shape("fixed columns", other.p, self.p);
        }
        if self.blocks.len() != other.blocks.len() {
            return shape("grouping factors", other.blocks.len(), self.blocks.len());
        }
        other.recentre(&self.centre);
        self.n += other.n;
        self.sum_log_weights += other.sum_log_weights;
        self.xx.iter_mut().zip(&other.xx).for_each(|(a, b)| *a += b);
        for (mine, theirs) in self.blocks.iter_mut().zip(&other.blocks) {
            if mine.r != theirs.r {
                return shape("random columns", theirs.r, mine.r);
            }
            mine.add(theirs);
        }
        let groups: Vec<usize> = self.blocks.iter().map(|b| b.n_groups).collect();
        self.pairs = pairs::merge(self.pairs, other.pairs, &groups);
        Ok(self)
    }

    /// Takes away the sums of some of these rows, read with the same codes.
    ///
    /// # Errors
    /// `Shape` when the models differ or no row would be left.
    pub fn minus(self, mut other: Self) -> CoreResult<Self> {
        let n = self.n;
        if other.n >= n {
            return Err(CoreError::Shape { what: "rows", got: other.n as usize, need: n as usize });
        }
        let rows = n - other.n;
        let weights = self.sum_log_weights - other.sum_log_weights;
        other.negate();
        let mut rest = self.merge(other)?;
        (rest.n, rest.sum_log_weights) = (rows, weights);
        Ok(rest)
    }

    fn negate(&mut self) {
        let blocks = self.blocks.iter_mut().flat_map(|b| [&mut b.zz, &mut b.zx]);
        let pairs = self.pairs.iter_mut().map(|p| &mut p.values);
        let all = blocks.chain(pairs).chain([&mut self.xx]);
        all.flat_map(|values| values.iter_mut()).for_each(|v| *v = -*v);
    }

    /// Moves the centre of [X y] in closed form: x - new = (x - old) + (old - new) 1.
    fn recentre(&mut self, centre: &[f64]) {
        let Some(one) = self.intercept else { return };
        let px = self.p + 1;
        let shift: Vec<f64> = self.centre.iter().zip(centre).map(|(old, new)| old - new).collect();
        let add_shifted_row = |row: &mut [f64]| {
            let sum = row[one];
            row.iter_mut().zip(&shift).for_each(|(value, d)| *value += sum * d);
        };
        self.xx.chunks_exact_mut(px).for_each(add_shifted_row);
        for a in 0..px {
            for b in 0..px {
                // The row of ones is untouched (its shift is zero), so this uses the updated sums.
                self.xx[a * px + b] += shift[a] * self.xx[one * px + b];
            }
        }
        self.blocks.iter_mut().for_each(|b| b.zx.chunks_exact_mut(px).for_each(add_shifted_row));
        self.centre = centre.to_vec();
    }

    /// Checks that the arrays have the sizes they claim (saved cross-products).
    ///
    /// # Errors
    /// `Corrupt` with the array that does not fit.
    pub fn check(&self) -> CoreResult<()> {
        let px = self.p + 1;
        let fail = |what| Err(CoreError::Corrupt { what });
        if self.xx.len() != px * px || self.centre.len() != px {
            return fail("xx");
        }
        if self.intercept.is_some_and(|c| c >= self.p) {
            return fail("intercept");
        }
        for b in &self.blocks {
            if b.zz.len() != b.n_groups * b.r * b.r || b.zx.len() != b.n_groups * b.r * px {
                return fail("blocks");
            }
        }
        for pair in &self.pairs {
            let Some((first, second)) =
                self.blocks.get(pair.first).zip(self.blocks.get(pair.second))
            else {
                return fail("pairs");
            };
            let is_sound = pair.shape == (first.r, second.r)
                && pair.ptr.len() == first.n_groups + 1
                && pair.ptr.first() == Some(&0)
                && pair.ptr.last() == Some(&pair.cols.len())
                && pair.ptr.windows(2).all(|w| w[0] <= w[1])
                && pair.cols.iter().all(|c| (*c as usize) < second.n_groups)
                && pair.values.len() == pair.cols.len() * first.r * second.r;
            if !is_sound {
                return fail("pairs");
            }
        }
        Ok(())
    }

    /// Bytes held, for the plan and for `bytes per row`.
    pub fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(|b| 8 * (b.zz.len() + b.zx.len())).sum();
        let pairs: usize = self.pairs.iter().map(PairSums::bytes).sum();
        blocks + pairs + 8 * (self.xx.len() + self.centre.len())
    }
}

impl BlockSums {
    fn add(&mut self, other: &Self) {
        let grow = |mine: &mut Vec<f64>, theirs: &[f64]| {
            mine.resize(mine.len().max(theirs.len()), 0.0);
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        };
        grow(&mut self.zz, &other.zz);
        grow(&mut self.zx, &other.zx);
        self.n_groups = self.n_groups.max(other.n_groups);
    }
}

/// Means of the first rows of [X y]; zero for the column of ones, or without one.
fn first_means(chunk: &Chunk<'_>) -> Vec<f64> {
    let rows = chunk.n.min(CENTRE_ROWS);
    let tail = chunk.tail();
    let mut centre = vec![0.0; tail.len()];
    if chunk.intercept.is_none() || rows == 0 {
        return centre;
    }
    for (position, (mean, column)) in centre.iter_mut().zip(&tail).enumerate() {
        let value = chunk.columns[*column][..rows].iter().sum::<f64>() / rows as f64;
        if Some(position) != chunk.intercept && value.is_finite() {
            *mean = value;
        }
    }
    centre
}

/// Cuts the rows where every factor begins a new group, so that segments write disjoint groups.
fn cut<'a>(chunk: &Chunk<'_>, blocks: &'a mut [BlockSums], px: usize) -> Vec<Segment<'a>> {
    let bounds = boundaries(chunk);
    let n_segments = bounds.len() - 1;
    let mut segments: Vec<Segment<'a>> = (0..n_segments)
        .map(|s| Segment {
            rows: bounds[s]..bounds[s + 1],
            outputs: Vec::with_capacity(blocks.len()),
            xx: vec![0.0; px * px],
        })
        .collect();
    for (block, source) in blocks.iter_mut().zip(&chunk.blocks) {
        let (mut zz, mut zx) = (block.zz.as_mut_slice(), block.zx.as_mut_slice());
        let mut first = 0;
        for (s, segment) in segments.iter_mut().enumerate() {
            let end = if s + 1 == n_segments {
                block.n_groups
            } else {
                source.members[0].codes[bounds[s + 1]] as usize
            };
            let (mine, rest) = zz.split_at_mut((end - first) * block.r * block.r);
            zz = rest;
            let (mine_x, rest_x) = zx.split_at_mut((end - first) * block.r * px);
            zx = rest_x;
            segment.outputs.push((first, mine, mine_x));
            first = end;
        }
    }
    segments
}

fn boundaries(chunk: &Chunk<'_>) -> Vec<usize> {
    let sorted = |codes: &[i32]| codes.windows(2).all(|w| w[0] <= w[1]);
    let parallel = chunk.n >= 2 * SEGMENT
        && chunk.blocks.iter().all(|b| b.is_simple() && sorted(b.members[0].codes));
    let mut bounds = vec![0];
    if parallel {
        let fresh = |i: usize| {
            chunk.blocks.iter().all(|b| b.members[0].codes[i] != b.members[0].codes[i - 1])
        };
        let mut next = SEGMENT;
        while next < chunk.n {
            match (next..chunk.n).find(|i| fresh(*i)) {
                Some(at) => bounds.push(at),
                None => break,
            }
            next = bounds[bounds.len() - 1] + SEGMENT;
        }
    }
    bounds.push(chunk.n);
    bounds
}

/// Sums of one segment. Tiles are held both ways: columns for X'X, rows for the groups.
#[inline(always)]
fn accumulate(chunk: &Chunk<'_>, centre: &[f64], segment: &mut Segment<'_>) {
    let px = centre.len();
    // Rows are padded to whole vectors.
    let stride = px.div_ceil(4) * 4;
    let tail = chunk.tail();
    let mut by_column = vec![0.0; TILE * px];
    let mut by_row = vec![0.0; TILE * stride];
    let mut start = segment.rows.start;
    while start < segment.rows.end && !chunk.stop.is_requested() {
        let len = TILE.min(segment.rows.end - start);
        for (c, column) in tail.iter().enumerate() {
            let (source, mean) = (&chunk.columns[*column][start..start + len], centre[c]);
            let copy = &mut by_column[c * TILE..c * TILE + len];
            copy.iter_mut().zip(source).for_each(|(target, value)| *target = value - mean);
            for (row, value) in by_row.chunks_exact_mut(stride).zip(copy.iter()) {
                row[c] = *value;
            }
        }
        for (block, output) in chunk.blocks.iter().zip(&mut segment.outputs) {
            for member in &block.members {
                let r = block.columns.len();
                let rows = Rows { chunk, block, member, start, len, stride, px };
                crate::small::with_size!(r, add_groups(&rows, r, &by_row, output));
            }
        }
        add_gram(
            chunk.weights.map(|w| &w[start..start + len]),
            px,
            len,
            &by_column,
            &mut segment.xx,
        );
        start += len;
    }
}

/// The rows of a tile as one grouping factor sees them.
struct Rows<'a> {
    chunk: &'a Chunk<'a>,
    block: &'a crate::chunk::ChunkBlock<'a>,
    member: &'a crate::chunk::Member<'a>,
    start: usize,
    len: usize,
    stride: usize,
    px: usize,
}

/// Adds z z' and z [x y] of a tile to the groups of its rows, run by run of equal groups.
#[inline(always)]
fn add_groups(
    rows: &Rows<'_>,
    r: usize,
    by_row: &[f64],
    output: &mut (usize, &mut [f64], &mut [f64]),
) {
    let (chunk, member, start) = (rows.chunk, rows.member, rows.start);
    let mut z = vec![0.0; rows.len * r];
    for (a, column) in rows.block.columns.iter().enumerate() {
        let source = &chunk.columns[*column][start..start + rows.len];
        z.chunks_exact_mut(r).zip(source).for_each(|(row, value)| row[a] = *value);
    }
    let codes = &member.codes[start..start + rows.len];
    let mut sums = vec![0.0; r * rows.stride];
    let mut from = 0;
    while from < rows.len {
        let code = codes[from];
        let run = codes[from..].iter().take_while(|c| **c == code).count();
        let group = code as usize - output.0;
        let own = &mut output.1[group * r * r..(group + 1) * r * r];
        sums.fill(0.0);
        for i in from..from + run {
            let share = member.weight(start + i);
            let weight = chunk.weight(start + i) * share;
            let z = &z[i * r..(i + 1) * r];
            for a in 0..r {
                for b in 0..r {
                    own[a * r + b] += weight * share * z[a] * z[b];
                }
            }
            let row = &by_row[i * rows.stride..(i + 1) * rows.stride];
            match rows.stride {
                4 => add_rows::<4>(weight, z, row, &mut sums),
                8 => add_rows::<8>(weight, z, row, &mut sums),
                12 => add_rows::<12>(weight, z, row, &mut sums),
                16 => add_rows::<16>(weight, z, row, &mut sums),
                _ => {
                    for (target, left) in sums.chunks_exact_mut(rows.stride).zip(z) {
                        let left = weight * left;
                        target.iter_mut().zip(row).for_each(|(t, value)| *t += left * value);
                    }
                }
            }
        }
        let zx = &mut output.2[group * r * rows.px..(group + 1) * r * rows.px];
        for (target, sum) in zx.chunks_exact_mut(rows.px).zip(sums.chunks_exact(rows.stride)) {
            target.iter_mut().zip(sum).for_each(|(t, value)| *t += value);
        }
        from += run;
    }
}

/// sums (r, M) += weight z row'.
#[inline(always)]
fn add_rows<const M: usize>(weight: f64, z: &[f64], row: &[f64], sums: &mut [f64]) {
    for (target, left) in sums.chunks_exact_mut(M).zip(z) {
        let left = weight * left;
        for k in 0..M {
            target[k] += left * row[k];
        }
    }
}

/// Adds the lower triangle of T'WT for a tile T, columns contiguous.
#[inline(always)]
fn add_gram(weights: Option<&[f64]>, px: usize, len: usize, by_column: &[f64], xx: &mut [f64]) {
    let mut weighted = Vec::new();
    if let Some(weights) = weights {
        weighted.extend_from_slice(by_column);
        for column in weighted.chunks_exact_mut(TILE) {
            column.iter_mut().zip(weights).for_each(|(value, w)| *value *= w);
        }
    }
    let scaled = if weights.is_some() { &weighted[..] } else { by_column };
    if px > 48 {
        return dense::add_lower_product(px, len, TILE, scaled, by_column, xx);
    }
    for a in 0..px {
        let left = &scaled[a * TILE..a * TILE + len];
        for b in 0..=a {
            xx[a * px + b] += dot(left, &by_column[b * TILE..b * TILE + len]);
        }
    }
}

/// Inner product with eight running sums, which the compiler keeps in vector registers.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Finds the value behind a sum that is not finite.
fn check_finite(chunk: &Chunk<'_>, xx: &[f64], px: usize) -> CoreResult<()> {
    let columns = chunk.tail();
    let bad = (0..px).find(|c| !xx[c * px + c].is_finite());
    let random = chunk.blocks.iter().flat_map(|b| b.columns.iter().copied());
    let suspects: Vec<usize> = match bad {
        Some(c) => vec![columns[c]],
        None => random.filter(|c| !columns.contains(c)).collect(),
    };
    for column in suspects {
        if let Some(row) = chunk.columns[column].iter().position(|v| !v.is_finite()) {
            return Err(CoreError::NonFinite { column, row });
        }
        if chunk.columns[column].iter().any(|v| v.abs() > 1e150) || bad.is_some() {
            return Err(CoreError::Overflow { column });
        }
    }
    Ok(())
}
