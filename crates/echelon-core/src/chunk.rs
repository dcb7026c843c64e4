//! What the accumulator reads: columns, codes and weights of some rows, as views.

use crate::error::{CoreError, CoreResult};
use crate::stop::Stop;

/// One group per row: `codes` (n,) into 0..n_groups, and a weight per row or none.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    pub codes: &'a [i32],
    pub weights: Option<&'a [f64]>,
}

impl Member<'_> {
    /// Weight of the membership in row `i`.
    #[inline(always)]
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }
}

/// One grouping factor: its memberships and the pool indices of its r covariate columns.
#[derive(Clone)]
pub struct ChunkBlock<'a> {
    pub members: Vec<Member<'a>>,
    pub columns: Vec<usize>,
    pub n_groups: usize,
}

impl ChunkBlock<'_> {
    /// Whether each row belongs to exactly one group, with weight 1.
    pub fn is_simple(&self) -> bool {
        self.members.len() == 1 && self.members[0].weights.is_none()
    }
}

/// Rows of a model: a pool of columns, and who uses which.
#[derive(Clone)]
pub struct Chunk<'a> {
    pub n: usize,
    pub columns: Vec<&'a [f64]>,
    /// Pool indices of the p columns of X.
    pub fixed: Vec<usize>,
    /// Pool index of y (less the offset).
    pub response: usize,
    pub blocks: Vec<ChunkBlock<'a>>,
    pub weights: Option<&'a [f64]>,
    /// Position in `fixed` of the column of ones, if there is one.
    pub intercept: Option<usize>,
    pub stop: Stop,
}

impl Chunk<'_> {
    /// Prior weight of row `i`.
    #[inline(always)]
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }

    /// Pool indices of [X y].
    pub fn tail(&self) -> Vec<usize> {
        self.fixed.iter().copied().chain([self.response]).collect()
    }

    /// Checks lengths, codes and weights.
    ///
    /// # Errors
    /// `Shape`, `Code` or `Weight`, with the place of the first offender.
    pub fn check(&self) -> CoreResult<()> {
        let same = |what, got| {
            if got == self.n { Ok(()) } else { Err(CoreError::Shape { what, got, need: self.n }) }
        };
        for column in &self.columns {
            same("column", column.len())?;
        }
        let in_pool = |index: &usize| {
            if *index < self.columns.len() {
                Ok(())
            } else {
                Err(CoreError::Shape { what: "pool index", got: *index, need: self.columns.len() })
            }
        };
        self.fixed.iter().chain([&self.response]).try_for_each(in_pool)?;
        for (number, block) in self.blocks.iter().enumerate() {
            block.columns.iter().try_for_each(in_pool)?;
            for member in &block.members {
                same("codes", member.codes.len())?;
                if let Some(weights) = member.weights {
                    same("membership weights", weights.len())?;
                }
                check_codes(number, member.codes, block.n_groups)?;
            }
        }
        if let Some(weights) = self.weights {
            same("weights", weights.len())?;
            if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w <= 0.0) {
                return Err(CoreError::Weight { row, value: weights[row] });
            }
        }
        Ok(())
    }
}

fn check_codes(block: usize, codes: &[i32], n_groups: usize) -> CoreResult<()> {
    let limit = n_groups.min(i32::MAX as usize) as i32;
    // A negative code is a large unsigned one: one comparison per row.
    if codes.iter().all(|c| (*c as u32) < limit as u32) {
        return Ok(());
    }
    let row = codes.iter().position(|c| *c < 0 || *c >= limit).unwrap_or(0);
    Err(CoreError::Code { block, row, code: i64::from(codes[row]), n_groups })
}
