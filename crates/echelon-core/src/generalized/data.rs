//! The rows of a generalized model: owned, and sorted by the groups of the largest factor.

use crate::error::{CoreError, CoreResult};
use crate::observation::Rows;

/// One membership of every row: group codes and weights (empty: one).
#[derive(Clone, Debug, Default)]
pub struct Member {
    pub codes: Vec<u32>,
    pub weights: Vec<f64>,
}

/// One grouping factor with r columns per group, each entering one channel.
#[derive(Clone, Debug)]
pub struct Block {
    pub n_groups: usize,
    /// Pool indices of the columns (r,).
    pub columns: Vec<usize>,
    /// Channels that the columns enter (r,).
    pub channels: Vec<usize>,
    pub members: Vec<Member>,
}

impl Block {
    /// Random effects per group.
    pub fn r(&self) -> usize {
        self.columns.len()
    }
}

/// A coefficient's part of a channel: factor times a pool column.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub coefficient: usize,
    pub column: usize,
    pub factor: f64,
}

/// The fixed part of one channel.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    pub parts: Vec<Part>,
    /// Pool index of the offset.
    pub offset: Option<usize>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Data {
    pub n: usize,
    pub columns: Vec<Vec<f64>>,
    /// Pool index of a column of ones, whose products need no multiplication.
    pub ones: Option<usize>,
    pub y: Vec<f64>,
    pub trials: Vec<f64>,
    pub weights: Vec<f64>,
    pub channels: Vec<Channel>,
    pub blocks: Vec<Block>,
    pub n_coefficients: usize,
    /// Channels with random effects; they come first.
    pub active: usize,
    /// Row of the caller for every row here; empty when they are the same.
    pub order: Vec<u32>,
    /// The block whose groups are contiguous: its number, and first row of every group (J + 1).
    pub leaf: Option<(usize, Vec<usize>)>,
}

impl Data {
    /// Checks and sorts rows.
    ///
    /// # Errors
    /// `Shape` or `Code` for what does not fit together, `NonFinite` for values.
    pub fn sorted(mut self) -> CoreResult<Self> {
        self.check()?;
        self.ones = self.columns.iter().position(|c| !c.is_empty() && c.iter().all(|v| *v == 1.0));
        let of = |b: &Block| b.members.len() == 1 && b.members[0].weights.is_empty();
        let leaf = (0..self.blocks.len())
            .filter(|k| of(&self.blocks[*k]))
            .max_by_key(|k| (self.blocks[*k].n_groups * self.blocks[*k].r(), usize::MAX - k));
        let Some(leaf) = leaf else { return Ok(self) };
        let (ptr, order) = {
            let block = &self.blocks[leaf];
            let codes = &block.members[0].codes;
            let mut ptr = vec![0usize; block.n_groups + 1];
            codes.iter().for_each(|c| ptr[*c as usize + 1] += 1);
            (0..block.n_groups).for_each(|j| ptr[j + 1] += ptr[j]);
            let is_sorted = codes.windows(2).all(|w| w[0] <= w[1]);
            let mut next = ptr.clone();
            let mut order = vec![0u32; if is_sorted { 0 } else { self.n }];
            if !is_sorted {
                for (row, code) in codes.iter().enumerate() {
                    order[next[*code as usize]] = row as u32;
                    next[*code as usize] += 1;
                }
            }
            (ptr, order)
        };
        if !order.is_empty() {
            self.permute(&order);
        }
        (self.leaf, self.order) = (Some((leaf, ptr)), order);
        Ok(self)
    }

    /// Some of the rows, without random effects.
    pub fn fixed_subset(&self, rows: &[u32]) -> Self {
        let mut part = self.clone();
        part.permute(rows);
        (part.n, part.leaf, part.order) = (rows.len(), None, Vec::new());
        part.blocks = Vec::new();
        part
    }

    fn permute(&mut self, order: &[u32]) {
        let floats =
            self.columns.iter_mut().chain([&mut self.y, &mut self.trials, &mut self.weights]);
        let members = self.blocks.iter_mut().flat_map(|b| &mut b.members);
        let mut codes = Vec::new();
        let mut weights = Vec::new();
        for member in members {
            codes.push(&mut member.codes);
            weights.push(&mut member.weights);
        }
        for values in floats.chain(weights).filter(|v| !v.is_empty()) {
            *values = order.iter().map(|i| values[*i as usize]).collect();
        }
        for values in codes {
            *values = order.iter().map(|i| values[*i as usize]).collect();
        }
    }

    fn check(&self) -> CoreResult<()> {
        let same = |what, got: usize| {
            if got == self.n { Ok(()) } else { Err(CoreError::Shape { what, got, need: self.n }) }
        };
        for (column, values) in self.columns.iter().enumerate() {
            same("column", values.len())?;
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(CoreError::NonFinite { column, row });
            }
        }
        same("response", self.y.len())?;
        for values in [&self.trials, &self.weights].into_iter().filter(|v| !v.is_empty()) {
            same("trials or weights", values.len())?;
        }
        let pool = self.columns.len();
        let in_pool = |index: usize| {
            if index < pool {
                Ok(())
            } else {
                Err(CoreError::Shape { what: "pool index", got: index, need: pool })
            }
        };
        for part in self.channels.iter().flat_map(|c| &c.parts) {
            in_pool(part.column)?;
            if part.coefficient >= self.n_coefficients {
                let (got, need) = (part.coefficient, self.n_coefficients);
                return Err(CoreError::Shape { what: "coefficient", got, need });
            }
        }
        self.channels.iter().filter_map(|c| c.offset).try_for_each(in_pool)?;
        for (number, block) in self.blocks.iter().enumerate() {
            block.columns.iter().copied().try_for_each(in_pool)?;
            if block.channels.len() != block.r() || block.channels.iter().any(|c| *c >= self.active)
            {
                let (got, need) = (block.channels.len(), block.r());
                return Err(CoreError::Shape { what: "channels of a block", got, need });
            }
            for member in &block.members {
                same("codes", member.codes.len())?;
                if !member.weights.is_empty() {
                    same("membership weights", member.weights.len())?;
                }
                let bad = member.codes.iter().position(|c| *c as usize >= block.n_groups);
                if let Some(row) = bad {
                    let code = i64::from(member.codes[row]);
                    let n_groups = block.n_groups;
                    return Err(CoreError::Code { block: number, row, code, n_groups });
                }
            }
        }
        if self.active > self.channels.len() {
            let (got, need) = (self.active, self.channels.len());
            return Err(CoreError::Shape { what: "active channels", got, need });
        }
        Ok(())
    }

    /// Responses of a range of rows.
    pub fn rows(&self, range: std::ops::Range<usize>) -> Rows<'_> {
        let part = |v: &'_ [f64]| -> std::ops::Range<usize> {
            if v.is_empty() { 0..0 } else { range.clone() }
        };
        Rows {
            y: &self.y[range.clone()],
            trials: &self.trials[part(&self.trials)],
            weights: &self.weights[part(&self.weights)],
        }
    }

    /// Fixed parts of the linear predictors of a range of rows into `eta`, (K, rows).
    pub fn fixed_eta(&self, range: std::ops::Range<usize>, coefficients: &[f64], eta: &mut [f64]) {
        let len = range.len();
        for (channel, target) in self.channels.iter().zip(eta.chunks_exact_mut(len.max(1))) {
            let mut constant = 0.0;
            for part in &channel.parts {
                if Some(part.column) == self.ones {
                    constant += part.factor * coefficients[part.coefficient];
                }
            }
            match channel.offset {
                Some(column) => {
                    let offset = &self.columns[column][range.clone()];
                    target.iter_mut().zip(offset).for_each(|(t, v)| *t = constant + v);
                }
                None => target.fill(constant),
            }
            for part in channel.parts.iter().filter(|p| Some(p.column) != self.ones) {
                let factor = part.factor * coefficients[part.coefficient];
                let column = &self.columns[part.column][range.clone()];
                target.iter_mut().zip(column).for_each(|(t, v)| *t += factor * v);
            }
        }
    }

    /// Adds X'a of a range of rows to `sums` (P,), `a` (K, rows).
    pub fn add_products(&self, range: std::ops::Range<usize>, a: &[f64], sums: &mut [f64]) {
        let len = range.len();
        for (channel, values) in self.channels.iter().zip(a.chunks_exact(len.max(1))) {
            let mut total = None;
            for part in &channel.parts {
                let sum = if Some(part.column) == self.ones {
                    *total.get_or_insert_with(|| values.iter().sum::<f64>())
                } else {
                    crate::crossprod::dot(&self.columns[part.column][range.clone()], values)
                };
                sums[part.coefficient] += part.factor * sum;
            }
        }
    }

    /// Puts values by row (width per row) back into the caller's order.
    pub fn unsorted(&self, values: &[f64]) -> Vec<f64> {
        if self.order.is_empty() {
            return values.to_vec();
        }
        let mut out = vec![0.0; values.len()];
        self.order.iter().zip(values).for_each(|(row, v)| out[*row as usize] = *v);
        out
    }
}
