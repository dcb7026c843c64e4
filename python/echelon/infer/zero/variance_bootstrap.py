"""The likelihood ratio of two nested models under the smaller one, by parametric bootstrap.

Room: infer/. Draws and refits both models from the cross-products of the larger; reads no row.
Takes: the two fits, and how one lies in the other.
Gives: the statistics of the replicates.
Source: docs/theory.md (18) and (20); Davison & Hinkley (1997), section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import INTERCEPT, CrossProducts, thread_count
from echelon.engine.replicates import Simulation, Truth, replicate_seeds
from echelon.engine.restricted import Placed, Restricted
from echelon.errors import EngineError, NotEstimableError
from echelon.fit import Fit
from echelon.infer.zero.nested import Relation, fixed_weights, relation

SPD = 1e-14  # eigenvalues of a relative covariance below this share of the largest are rounding


def bootstrap_statistics(
    smaller: Fit,
    larger: Fit,
    n: int,
    generator: np.random.Generator,
    *,
    how: Relation | None = None,
    workers: int | None = None,
) -> tuple[FloatArray, int]:
    """Refit two models to responses drawn from the smaller.

    Both are fitted to the same draws, in the space of the larger model's cross-products: the
    smaller model has rows of zeros in the templates. A replicate depends on its seed alone.

    Parameters
    ----------
    smaller, larger : nested fits by one method, with the same fixed effects under REML.
    n : replicates.
    generator : gives their seeds; those of the first replicates are the same for any n.
    how : how the smaller lies in the larger, where it is known; None to find out.
    workers : threads; None for all.

    Returns
    -------
    The likelihood ratios (n less those that failed,), at least 0, and how many failed.

    Raises
    ------
    NotEstimableError : the models are not nested.

    Notes
    -----
    Two refits a replicate, whatever the number of rows. Under ML a smaller model without some of
    the fixed effects is refitted from Python, some tens of times slower.

    Source
    ------
    Theory (18) and (20). The row by row way, drawing y and fitting both to it, gives the same
    distribution (tests/unit/infer/test_variance_bootstrap.py).
    """
    known = relation(smaller, larger) if how is None else how
    if known.reason:
        raise _not_nested(smaller, larger, known.reason)
    simulation = Simulation(larger, _truth(smaller, larger, known))
    restricted = Restricted(smaller, _places(smaller, larger, known), simulation)
    seeds = replicate_seeds(int(generator.integers(2**63)), n)
    if known.has_same_fixed:
        below, is_lost = restricted.refits(seeds, smaller.spec.method, workers)
        above = simulation.refits(seeds, workers)
        is_kept = ~(is_lost | above.is_failed)
        ratios = (below - above.objective)[is_kept]
    else:
        every = _one_by_one(smaller, larger, simulation, restricted, seeds, workers)
        ratios = every[~np.isnan(every)]
    return np.maximum(ratios, 0.0), n - len(ratios)


def _truth(smaller: Fit, larger: Fit, how: Relation) -> Truth:
    """Write the smaller model's parameters in the columns of the larger."""
    Lambdas = tuple(np.zeros((b.n_columns, b.n_columns)) for b in larger.design.rows.blocks)
    for step in how.steps:
        term = larger.design.rows.blocks[step.block].terms[step.term]
        own = slice(term.start, term.stop)
        Lambdas[step.block][own, own] = _root(step.covariance)
    known = np.nan_to_num(smaller.estimates.beta)
    beta = fixed_weights(smaller, larger) @ known
    return Truth(beta, Lambdas, smaller.estimates.sigma)


def _root(covariance: FloatArray) -> FloatArray:
    """Factor a covariance (r, r), which may be singular: root root' is it."""
    values, vectors = np.linalg.eigh(covariance)
    values = np.where(values > SPD * max(values[-1], 0.0), values, 0.0)
    root: FloatArray = vectors * np.sqrt(values)
    return root


def _places(smaller: Fit, larger: Fit, how: Relation) -> list[Placed]:
    """Say where each random term of the smaller model lies in the larger, in its own order."""
    blocks = smaller.design.rows.blocks
    found: dict[tuple[int, int], Placed] = {}
    for step in how.steps:
        block = larger.design.rows.blocks[step.block]
        term, first = block.terms[step.term], 0
        for b, t in step.sources:
            last = first + blocks[b].terms[t].size
            weights = np.zeros((block.n_columns, last - first))
            weights[term.start : term.stop] = step.kept[:, first:last]
            found[b, t] = Placed(step.block, weights)
            first = last
    return [found[b, t] for b, block in enumerate(blocks) for t in range(len(block.terms))]


def _one_by_one(
    smaller: Fit,
    larger: Fit,
    simulation: Simulation,
    restricted: Restricted,
    seeds: NDArray[np.uint64],
    workers: int | None,
) -> FloatArray:
    """Likelihood ratios (B,) where the smaller model lacks fixed effects; NaN where one failed."""
    known = smaller.estimates.is_estimated
    weights = fixed_weights(smaller, larger)[:, known]
    names = [n for n, keep in zip(smaller.design.fixed_names, known, strict=True) if keep]
    spec = replace(larger.spec, start=None)

    def one(seed: int) -> float:
        products = simulation.sampler.draw(seed)
        try:
            above = estimate_products(simulation.drawn(products), larger.design, spec).objective
            below = restricted.minimum(_with_fixed(products, weights, names), smaller.spec.method)
        except EngineError:
            return np.nan
        return below - above

    with ThreadPoolExecutor(thread_count(workers)) as pool:
        return np.fromiter(pool.map(one, seeds.tolist()), dtype=float, count=len(seeds))


def _with_fixed(
    products: CrossProducts, weights: FloatArray, names: Sequence[str]
) -> CrossProducts:
    """Put X W, with columns `names`, in the place of X, for weights W (p, p_s)."""
    state = products.to_state()
    p, q, one = state["p"], weights.shape[1], state["intercept"]
    W = np.zeros((p + 1, q + 1))
    W[:p, :q], W[p, q] = weights, 1.0
    centre = np.asarray(state["centre"]) @ W
    intercept = list(names).index(INTERCEPT) if INTERCEPT in names else None
    if one is not None and intercept is None:  # without an intercept nothing can be centred
        W[one] += centre
        centre = np.zeros(q + 1)
    blocks = [
        (r, n_groups, zz, (np.reshape(zx, (-1, p + 1)) @ W).ravel())
        for r, n_groups, zz, zx in state["blocks"]
    ]
    xx = W.T @ np.reshape(state["xx"], (p + 1, p + 1)) @ W
    changed = {"p": q, "intercept": intercept, "centre": centre, "xx": xx.ravel()}
    return CrossProducts.from_state(state | changed | {"blocks": blocks})


def _not_nested(smaller: Fit, larger: Fit, reason: str) -> NotEstimableError:
    return NotEstimableError(
        "A model is not inside the one it is tested against.",
        where="bootstrap of a likelihood ratio",
        got=f"{smaller.spec.formula.text}\nand {larger.spec.formula.text}:\n{reason}",
        need="a smaller model that is a special case of the larger",
        do="compare models that are nested, or compare these by AIC.",
        slug="not-nested",
    )
