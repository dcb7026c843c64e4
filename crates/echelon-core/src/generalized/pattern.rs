//! Which levels of which factors meet in a row: the block-sparse pattern of Z'WZ.
//!
//! Found once from the codes; every row knows where its blocks stand, so that sums over rows and
//! quadratic forms of rows need no search.

use crate::generalized::data::Data;
use rayon::prelude::*;

/// Marks a position whose two groups are turned round, and one that is on the diagonal.
const TURNED: u32 = 1 << 31;
const DIAGONAL: u32 = u32::MAX;

/// Co-occurring levels of two factors: `cols[ptr[j]..ptr[j + 1]]` are those of `second` that meet
/// level j of `first`. A factor with itself (multiple membership) lists j < col only.
#[derive(Clone, Debug)]
pub struct Pair {
    pub first: usize,
    pub second: usize,
    pub ptr: Vec<usize>,
    pub cols: Vec<u32>,
}

/// One membership of a factor.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub block: usize,
    pub member: usize,
}

/// Two slots, and where each row's block of their pair stands.
#[derive(Clone, Debug)]
pub struct Link {
    pub first: usize,
    pub second: usize,
    pub pair: usize,
    positions: Vec<u32>,
}

/// Where a row's block of two slots is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Both slots are in the same group: its diagonal block.
    Diagonal,
    /// Entry of the pair; `true` when the second slot's group comes first.
    Entry(usize, bool),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Groups and columns of every block.
    pub sizes: Vec<(usize, usize)>,
    pub pairs: Vec<Pair>,
    pub slots: Vec<Slot>,
    pub links: Vec<Link>,
}

/// A symmetric matrix on a pattern: diagonal blocks (J, r, r), and (r1, r2) per entry of a pair.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    pub diagonal: Vec<Vec<f64>>,
    pub pairs: Vec<Vec<f64>>,
}

impl Link {
    /// Where the block of row `i` is.
    #[inline(always)]
    pub fn place(&self, i: usize) -> Place {
        match self.positions[i] {
            DIAGONAL => Place::Diagonal,
            at => Place::Entry((at & !TURNED) as usize, at & TURNED != 0),
        }
    }
}

impl Pattern {
    /// Finds the pattern of some rows; in pairs with the leaf, the leaf comes first.
    pub fn new(data: &Data) -> Self {
        let leaf = data.leaf.as_ref().map(|l| l.0);
        let sizes = data.blocks.iter().map(|b| (b.n_groups, b.r())).collect();
        let slots: Vec<Slot> = data
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(block, b)| (0..b.members.len()).map(move |member| Slot { block, member }))
            .collect();
        let mut pattern = Self { sizes, pairs: Vec::new(), slots, links: Vec::new() };
        for a in 0..pattern.slots.len() {
            for b in a + 1..pattern.slots.len() {
                let turned = Some(pattern.slots[b].block) == leaf;
                let (first, second) = if turned { (b, a) } else { (a, b) };
                pattern.links.push(Link { first, second, pair: 0, positions: Vec::new() });
            }
        }
        pattern.find_pairs(data);
        pattern
    }

    fn find_pairs(&mut self, data: &Data) {
        let mut kinds: Vec<(usize, usize)> = Vec::new();
        for link in &mut self.links {
            let kind = (self.slots[link.first].block, self.slots[link.second].block);
            link.pair = kinds.iter().position(|k| *k == kind).unwrap_or(kinds.len());
            if link.pair == kinds.len() {
                kinds.push(kind);
            }
        }
        let codes = |slot: Slot| &data.blocks[slot.block].members[slot.member].codes;
        for (number, (first, second)) in kinds.into_iter().enumerate() {
            let width = self.sizes[second].0 as u64;
            let mut keys: Vec<u64> = Vec::new();
            for link in self.links.iter().filter(|l| l.pair == number) {
                let (a, b) = (codes(self.slots[link.first]), codes(self.slots[link.second]));
                keys.extend(a.iter().zip(b).filter_map(|(a, b)| {
                    let (low, high) = if first == second { (a.min(b), a.max(b)) } else { (a, b) };
                    let is_diagonal = first == second && a == b;
                    (!is_diagonal).then(|| u64::from(*low) * width + u64::from(*high))
                }));
            }
            keys.par_sort_unstable();
            keys.dedup();
            let mut ptr = vec![0usize; self.sizes[first].0 + 1];
            keys.iter().for_each(|key| ptr[(key / width) as usize + 1] += 1);
            (0..self.sizes[first].0).for_each(|j| ptr[j + 1] += ptr[j]);
            let cols: Vec<u32> = keys.iter().map(|key| (key % width) as u32).collect();
            let pair = Pair { first, second, ptr, cols };
            for link in self.links.iter_mut().filter(|l| l.pair == number) {
                let (a, b) = (codes(self.slots[link.first]), codes(self.slots[link.second]));
                let place = |(a, b): (&u32, &u32)| {
                    if first == second && a == b {
                        return DIAGONAL;
                    }
                    let turned = first == second && a > b;
                    let (low, high) = if turned { (*b, *a) } else { (*a, *b) };
                    let at = pair.find(low, high) as u32;
                    if turned { at | TURNED } else { at }
                };
                link.positions = a.par_iter().zip(b).with_min_len(16_384).map(place).collect();
            }
            self.pairs.push(pair);
        }
    }

    /// A matrix of zeros on the pattern.
    pub fn zeros(&self) -> Blocks {
        let diagonal = self.sizes.iter().map(|(j, r)| vec![0.0; j * r * r]).collect();
        let size = |p: &Pair| self.sizes[p.first].1 * self.sizes[p.second].1;
        let pairs = self.pairs.iter().map(|p| vec![0.0; p.cols.len() * size(p)]).collect();
        Blocks { diagonal, pairs }
    }
}

impl Pair {
    /// Entry of a pair of levels that meet.
    fn find(&self, first: u32, second: u32) -> usize {
        let range = self.ptr[first as usize]..self.ptr[first as usize + 1];
        range.start + self.cols[range].partition_point(|c| *c < second)
    }
}

impl Blocks {
    /// Sets every entry to zero.
    pub fn clear(&mut self) {
        self.diagonal.iter_mut().chain(&mut self.pairs).for_each(|v| v.fill(0.0));
    }
}
