//! Which levels of two grouping factors occur together, and the sums over those rows.
//!
//! Stored as compressed rows: for each level of `first` (the factor with more levels) the levels
//! of `second`, ascending, each with an r1 x r2 block. A multiple-membership factor also pairs
//! with itself (its levels share rows). Theory (5).

use crate::chunk::{Chunk, ChunkBlock};
use crate::crossprod::BlockSums;
use crate::error::{CoreError, CoreResult};

/// Co-occurrences of two factors. `values` holds r1 x r2 numbers per entry, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct PairSums {
    pub first: usize,
    pub second: usize,
    /// Random columns of the two factors (r1, r2).
    pub shape: (usize, usize),
    pub ptr: Vec<usize>,
    pub cols: Vec<u32>,
    pub values: Vec<f64>,
}

impl PairSums {
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        8 * (self.ptr.len() + self.values.len()) + 4 * self.cols.len()
    }

    /// The level of `second` that contains each level of `first`, when there is one and only one.
    pub fn parents(&self) -> Option<&[u32]> {
        let nested =
            self.cols.len() + 1 == self.ptr.len() && self.ptr.windows(2).all(|w| w[1] - w[0] == 1);
        nested.then_some(&self.cols)
    }
}

/// Rows of a pair of factors, expanded over memberships.
struct Incidence {
    first: Vec<u32>,
    second: Vec<u32>,
    row: Vec<u32>,
    weight: Vec<f64>,
}

/// Sums over all pairs of factors; rows where a multiple membership names a group twice are added
/// to the block's own sums.
///
/// # Errors
/// `TooLarge` when there are more rows than an index can hold.
pub fn co_occurrences(chunk: &Chunk<'_>, blocks: &mut [BlockSums]) -> CoreResult<Vec<PairSums>> {
    let mut pairs = Vec::new();
    if chunk.n > u32::MAX as usize {
        return Err(CoreError::TooLarge { bytes: chunk.n as u64, limit: u64::from(u32::MAX) });
    }
    for k in 0..chunk.blocks.len() {
        for l in k + 1..chunk.blocks.len() {
            let more = chunk.blocks[l].n_groups > chunk.blocks[k].n_groups;
            let (first, second) = if more { (l, k) } else { (k, l) };
            pairs.push(pair(chunk, first, second));
        }
        if chunk.blocks[k].members.len() > 1 {
            pairs.push(own_pair(chunk, k, &mut blocks[k]));
        }
    }
    Ok(pairs)
}

fn pair(chunk: &Chunk<'_>, first: usize, second: usize) -> PairSums {
    let (a, b) = (&chunk.blocks[first], &chunk.blocks[second]);
    if a.is_simple() && b.is_simple() {
        let (left, right) = (a.members[0].codes, b.members[0].codes);
        if let Some(sums) = nested_pair(chunk, first, second, left, right) {
            return sums;
        }
    }
    gather(chunk, first, second, &expand(chunk, a, b, false))
}

/// The frequent case that needs no sorting: each level of `first` inside one level of `second`.
fn nested_pair(
    chunk: &Chunk<'_>,
    first: usize,
    second: usize,
    left: &[i32],
    right: &[i32],
) -> Option<PairSums> {
    let (a, b) = (&chunk.blocks[first], &chunk.blocks[second]);
    let mut parent = vec![u32::MAX; a.n_groups];
    for (x, y) in left.iter().zip(right) {
        let slot = &mut parent[*x as usize];
        if *slot == u32::MAX {
            *slot = *y as u32;
        } else if *slot != *y as u32 {
            return None;
        }
    }
    let shape = (a.columns.len(), b.columns.len());
    let size = shape.0 * shape.1;
    let mut ptr = Vec::with_capacity(a.n_groups + 1);
    ptr.push(0);
    let mut filled = 0;
    for slot in &parent {
        filled += usize::from(*slot != u32::MAX);
        ptr.push(filled);
    }
    let mut values = vec![0.0; filled * size];
    for i in 0..chunk.n {
        let at = ptr[left[i] as usize] * size;
        add_block(chunk, a, b, i, chunk.weight(i), &mut values[at..at + size]);
    }
    let cols = parent.into_iter().filter(|slot| *slot != u32::MAX).collect();
    Some(PairSums { first, second, shape, ptr, cols, values })
}

#[inline(always)]
fn add_block(
    chunk: &Chunk<'_>,
    a: &ChunkBlock<'_>,
    b: &ChunkBlock<'_>,
    row: usize,
    weight: f64,
    block: &mut [f64],
) {
    let mut at = 0;
    for left in &a.columns {
        let scaled = weight * chunk.columns[*left][row];
        for right in &b.columns {
            block[at] += scaled * chunk.columns[*right][row];
            at += 1;
        }
    }
}

/// All (level, level, row) triples; with `distinct`, only those of different memberships.
fn expand(chunk: &Chunk<'_>, a: &ChunkBlock<'_>, b: &ChunkBlock<'_>, distinct: bool) -> Incidence {
    let capacity = chunk.n * a.members.len() * b.members.len();
    let mut triples = Incidence {
        first: Vec::with_capacity(capacity),
        second: Vec::with_capacity(capacity),
        row: Vec::with_capacity(capacity),
        weight: Vec::with_capacity(capacity),
    };
    for (u, left) in a.members.iter().enumerate() {
        for (v, right) in b.members.iter().enumerate() {
            if distinct && u == v {
                continue;
            }
            for i in 0..chunk.n {
                triples.first.push(left.codes[i] as u32);
                triples.second.push(right.codes[i] as u32);
                triples.row.push(i as u32);
                triples.weight.push(chunk.weight(i) * left.weight(i) * right.weight(i));
            }
        }
    }
    triples
}

/// Sorts triples by (first, second) with two counting sorts and adds up equal pairs.
fn gather(chunk: &Chunk<'_>, first: usize, second: usize, triples: &Incidence) -> PairSums {
    let (a, b) = (&chunk.blocks[first], &chunk.blocks[second]);
    let shape = (a.columns.len(), b.columns.len());
    let size = shape.0 * shape.1;
    let identity: Vec<u32> = (0..triples.row.len() as u32).collect();
    let by_second = counting_sort(&identity, &triples.second, b.n_groups);
    let order = counting_sort(&by_second, &triples.first, a.n_groups);
    let mut ptr = vec![0; a.n_groups + 1];
    let mut cols: Vec<u32> = Vec::new();
    let mut values: Vec<f64> = Vec::new();
    let mut last = (u32::MAX, u32::MAX);
    for index in order {
        let index = index as usize;
        let key = (triples.first[index], triples.second[index]);
        if key != last {
            cols.push(key.1);
            values.resize(values.len() + size, 0.0);
            ptr[key.0 as usize + 1] += 1;
            last = key;
        }
        let at = values.len() - size;
        let (row, weight) = (triples.row[index] as usize, triples.weight[index]);
        add_block(chunk, a, b, row, weight, &mut values[at..]);
    }
    for j in 0..a.n_groups {
        ptr[j + 1] += ptr[j];
    }
    PairSums { first, second, shape, ptr, cols, values }
}

fn counting_sort(order: &[u32], keys: &[u32], n_keys: usize) -> Vec<u32> {
    let mut next = vec![0u32; n_keys + 1];
    for key in keys {
        next[*key as usize + 1] += 1;
    }
    for k in 0..n_keys {
        next[k + 1] += next[k];
    }
    let mut sorted = vec![0u32; order.len()];
    for index in order {
        let slot = &mut next[keys[*index as usize] as usize];
        sorted[*slot as usize] = *index;
        *slot += 1;
    }
    sorted
}

/// Co-occurrences within a multiple-membership factor, both ways round.
fn own_pair(chunk: &Chunk<'_>, k: usize, sums: &mut BlockSums) -> PairSums {
    let block = &chunk.blocks[k];
    let mut triples = expand(chunk, block, block, true);
    let r = sums.r;
    let mut keep = 0;
    for i in 0..triples.row.len() {
        let level = triples.first[i];
        if level == triples.second[i] {
            let at = level as usize * r * r;
            let (row, weight) = (triples.row[i] as usize, triples.weight[i]);
            add_block(chunk, block, block, row, weight, &mut sums.zz[at..at + r * r]);
            continue;
        }
        triples.first[keep] = triples.first[i];
        triples.second[keep] = triples.second[i];
        triples.row[keep] = triples.row[i];
        triples.weight[keep] = triples.weight[i];
        keep += 1;
    }
    triples.first.truncate(keep);
    triples.second.truncate(keep);
    triples.row.truncate(keep);
    triples.weight.truncate(keep);
    gather(chunk, k, k, &triples)
}

/// Adds the sums of two sets of rows; `groups` are the numbers of levels after growth.
pub fn merge(mine: Vec<PairSums>, theirs: Vec<PairSums>, groups: &[usize]) -> Vec<PairSums> {
    let orient = |pair: PairSums, first: usize| {
        if pair.first == first { pair } else { transpose(&pair, groups) }
    };
    mine.into_iter()
        .zip(theirs)
        .map(|(a, b)| {
            let (k, l) = (a.first.min(a.second), a.first.max(a.second));
            let first = if groups[l] > groups[k] { l } else { k };
            add(&orient(a, first), &orient(b, first), groups[first])
        })
        .collect()
}

fn add(a: &PairSums, b: &PairSums, n_first: usize) -> PairSums {
    let size = a.shape.0 * a.shape.1;
    let mut sum = PairSums {
        first: a.first,
        second: a.second,
        shape: a.shape,
        ptr: vec![0],
        cols: Vec::with_capacity(a.cols.len() + b.cols.len()),
        values: Vec::with_capacity(a.values.len() + b.values.len()),
    };
    let range = |pair: &PairSums, j: usize| {
        if j + 1 < pair.ptr.len() { pair.ptr[j]..pair.ptr[j + 1] } else { 0..0 }
    };
    for j in 0..n_first {
        let (mut x, mut y) = (range(a, j), range(b, j));
        while !x.is_empty() || !y.is_empty() {
            let left = if x.is_empty() { u32::MAX } else { a.cols[x.start] };
            let right = if y.is_empty() { u32::MAX } else { b.cols[y.start] };
            sum.cols.push(left.min(right));
            let at = sum.values.len();
            sum.values.resize(at + size, 0.0);
            for (pair, range, is_next) in [(a, &mut x, left <= right), (b, &mut y, right <= left)] {
                if is_next {
                    let entry = &pair.values[range.start * size..(range.start + 1) * size];
                    sum.values[at..].iter_mut().zip(entry).for_each(|(t, v)| *t += v);
                    range.start += 1;
                }
            }
        }
        sum.ptr.push(sum.cols.len());
    }
    sum
}

/// Swaps the roles of the two factors.
pub fn transpose(pair: &PairSums, groups: &[usize]) -> PairSums {
    let n_second = groups[pair.second];
    let mut ptr = vec![0; n_second + 1];
    for col in &pair.cols {
        ptr[*col as usize + 1] += 1;
    }
    for j in 0..n_second {
        ptr[j + 1] += ptr[j];
    }
    let mut next = ptr.clone();
    let mut cols = vec![0; pair.cols.len()];
    let mut values = vec![0.0; pair.values.len()];
    let (r1, r2) = pair.shape;
    let size = r1 * r2;
    for j in 0..pair.ptr.len() - 1 {
        for entry in pair.ptr[j]..pair.ptr[j + 1] {
            let slot = &mut next[pair.cols[entry] as usize];
            cols[*slot] = j as u32;
            let source = &pair.values[entry * size..(entry + 1) * size];
            let target = &mut values[*slot * size..(*slot + 1) * size];
            for (at, value) in source.iter().enumerate() {
                target[(at % r2) * r1 + at / r2] = *value;
            }
            *slot += 1;
        }
    }
    PairSums { first: pair.second, second: pair.first, shape: (r2, r1), ptr, cols, values }
}
