//! One symbolic plan per model: which factor is eliminated how, and what each way would cost.
//!
//! Chain: every factor nested in the next, eliminated leaf by leaf without fill. Dense and sparse:
//! the largest factor is eliminated level by level, what is left of the others (the root) is
//! factored as a dense or as a sparse matrix. The cheapest way is taken. Theory (6) and (9).

use crate::chain::Chain;
use crate::chain_build::oriented;
use crate::chain_patterns::FEWEST;
use crate::crossprod::CrossProducts;
use crate::elimination::Elimination;
use crate::error::{CoreError, CoreResult};
use crate::root::Root;
use crate::root_build::{self, Factor};
use crate::stop::Stop;
use crate::symbolic::Layout;

/// A sparse factorisation runs at about this share of the speed of a dense one.
const SPARSE_SPEED: f64 = 0.25;
/// Roots up to this size are dense without looking at their pattern.
const SMALL_ROOT: usize = 256;
/// Memory the factor may take (three copies of the root matrix).
const MEMORY: u64 = 16_000_000_000;

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
pub struct Plan {
    pub way: Way,
    /// Blocks in order of elimination (chain: innermost first; otherwise the leaf, then the root).
    pub order: Vec<usize>,
    /// Cost of each way that was considered.
    pub costs: Vec<(Way, Cost)>,
    /// Order of the root matrix (dense and sparse).
    pub root_size: usize,
    leaf: Option<usize>,
    layout: Option<Layout>,
}

impl Plan {
    /// Chooses a way, or takes the one that is forced (a chain only where factors are nested).
    ///
    /// # Errors
    /// `TooLarge` when the way does not fit into memory.
    pub fn new(products: &CrossProducts, force: Option<Way>) -> CoreResult<Self> {
        let mut order: Vec<usize> = (0..products.blocks.len()).collect();
        order.sort_by_key(|k| std::cmp::Reverse(products.blocks[*k].n_groups));
        let is_forced_root = matches!(force, Some(Way::Dense | Way::Sparse));
        if (order.is_empty() || !is_forced_root) && is_chain(products, &order) {
            let costs = vec![(Way::Chain, chain_cost(products, &order))];
            let (leaf, layout) = (None, None);
            return Ok(Self { way: Way::Chain, order, costs, root_size: 0, leaf, layout });
        }
        Self::with_root(products, force, &order)
    }

    fn with_root(
        products: &CrossProducts,
        force: Option<Way>,
        order: &[usize],
    ) -> CoreResult<Self> {
        let leaf = order.iter().copied().filter(|k| !is_membership(products, *k)).max_by_key(|k| {
            let block = &products.blocks[*k];
            (block.n_groups * block.r, std::cmp::Reverse(*k))
        });
        let roots: Vec<usize> = order.iter().copied().filter(|k| Some(*k) != leaf).collect();
        let factors = root_build::factors(products, &roots);
        let sizes = node_sizes(&factors);
        let root_size: usize = sizes.iter().sum();
        let scatter = leaf.map_or(0.0, |k| root_build::scatter_pairs(products, k, &roots));
        let bytes = |values: f64| 24.0 * values + products.bytes() as f64;
        let q = root_size as f64;
        let dense = Cost { flops: scatter * 2.0 + q.powi(3) / 3.0, bytes: bytes(q * q) };
        let mut costs = vec![(Way::Dense, dense)];
        let wants_sparse =
            force == Some(Way::Sparse) || (force.is_none() && root_size > SMALL_ROOT);
        let mut layout = None;
        if wants_sparse {
            let lists = root_build::neighbours(products, leaf, &factors);
            let limit =
                if force.is_some() { usize::MAX / 8 } else { sizes.len() * sizes.len() / 4 };
            if let Some(graph) = root_build::graph(products, &factors, &lists, limit) {
                let sparse = Layout::sparse(&sizes, &graph);
                let (flops, values) = (scatter * 2.0 + sparse.flops, sparse.n_values as f64);
                costs.push((Way::Sparse, Cost { flops, bytes: bytes(values) }));
                let is_cheaper = sparse.flops / SPARSE_SPEED < q.powi(3) / 3.0;
                if force.is_some() || is_cheaper {
                    layout = Some(sparse);
                }
            }
        }
        let way = if layout.is_some() { Way::Sparse } else { Way::Dense };
        let cost = costs.iter().find(|c| c.0 == way).map_or(0.0, |c| c.1.bytes);
        if cost > MEMORY as f64 {
            return Err(CoreError::TooLarge { bytes: cost as u64, limit: MEMORY });
        }
        let order = leaf.into_iter().chain(roots).collect();
        Ok(Self { way, order, costs, root_size, leaf, layout })
    }

    /// Whether the first block of the order is eliminated level by level.
    pub fn has_leaf(&self) -> bool {
        self.leaf.is_some()
    }

    /// Builds the engine of the plan; a chain sums groups that share Z'WZ unless `is_exact`.
    pub fn engine(
        &mut self,
        products: &CrossProducts,
        keep: &[usize],
        is_exact: bool,
        stop: &Stop,
    ) -> Box<dyn Elimination> {
        if self.way == Way::Chain {
            let fewest = (!is_exact).then_some(FEWEST);
            return Box::new(Chain::new(products, &self.order, keep, fewest, stop.clone()));
        }
        let skip = usize::from(self.leaf.is_some());
        let factors = root_build::factors(products, &self.order[skip..]);
        let layout = self.layout.take().unwrap_or_else(|| Layout::dense(&node_sizes(&factors)));
        let columns: Vec<usize> = keep.iter().copied().chain([products.p]).collect();
        let mut leaf =
            self.leaf.map(|k| root_build::leaf(products, k, &factors, &layout, &columns));
        let base = root_build::base(products, &factors, &layout, leaf.as_mut(), &columns);
        let n_blocks = products.blocks.len();
        Box::new(Root::new(layout, factors, base, leaf, columns.len(), n_blocks, stop.clone()))
    }
}

fn node_sizes(factors: &[Factor]) -> Vec<usize> {
    factors.iter().flat_map(|f| std::iter::repeat_n(f.r, f.count)).collect()
}

/// Whether a factor pairs with itself: its levels share rows.
fn is_membership(products: &CrossProducts, block: usize) -> bool {
    products.pairs.iter().any(|p| p.first == block && p.second == block)
}

/// Whether every factor in `order` is nested in all that follow.
fn is_chain(products: &CrossProducts, order: &[usize]) -> bool {
    let groups: Vec<usize> = products.blocks.iter().map(|b| b.n_groups).collect();
    let is_nested =
        |k: usize, l: usize| oriented(products, order[k], order[l], &groups).parents().is_some();
    order.iter().all(|k| !is_membership(products, *k))
        && (0..order.len()).all(|k| (k + 1..order.len()).all(|l| is_nested(k, l)))
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
