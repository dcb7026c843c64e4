"""The fit that a change of the random part leaves, from the cross-products of the first.

Room: infer/. Rewrites formula, design and cross-products, and estimates; reads no row.
Takes: a `Fit` and a `Change`.
Gives: the smaller `Fit`, which is like any other.
Source: docs/theory.md (18): Z_left = Z B turns the cross-products of Z into those of Z_left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.covariance import structure
from echelon.design.parts import BlockTerm, Design, RandomBlock
from echelon.design.random import merge_terms
from echelon.design.recipe import TermRecipe
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import CrossProducts
from echelon.engine.theta import theta_map
from echelon.fit import Fit
from echelon.formula.render import chains, render
from echelon.formula.terms import Formula
from echelon.infer.zero.removal import INTERCEPT, Change

SMALLEST_START = 0.05  # standard deviation, relative to sigma, that a warm start begins from


def changed(fit: Fit, change: Change) -> Fit:
    """Fit the model that a change leaves, from the cross-products.

    The minimiser starts from the estimates of the fit; where that ends on a boundary, from the
    usual start. No warning is given: the verdict is in the estimates.
    """
    formula, design = _design(fit, change)
    products = _products(fit, change)
    control = replace(fit.spec.control, path="auto")
    spec = replace(fit.spec, formula=formula, control=control, start=None)
    estimates = None
    start = None if fit.estimates.verdict.is_singular else _start(fit, change, design)
    if start is not None and len(start):
        estimates = estimate_products(products, design, replace(spec, start=start))
        verdict = estimates.verdict
        if verdict.is_singular or not verdict.is_converged:
            estimates = None
    if estimates is None:
        estimates = estimate_products(products, design, spec)
    return replace(fit, spec=spec, design=design, products=products, estimates=estimates)


def _design(fit: Fit, change: Change) -> tuple[Formula, Design]:
    """Write the formula and the design that are left; blocks keep their order."""
    merged = merge_terms(fit.spec.formula.random)
    target = merged[change.block][1][change.term]
    broken = [chain for chain in chains(fit.spec.formula.random) if target in chain]
    randoms = []
    for b, (_, terms) in enumerate(merged):
        for t, random in enumerate(terms):
            kept = change.left if (b, t) == (change.block, change.term) else random
            if kept is not None:
                is_broken = any(random in chain for chain in broken)
                randoms.append(replace(kept, nested_in=()) if is_broken else kept)
    formula = replace(fit.spec.formula, random=tuple(randoms))
    formula = replace(formula, text=render(formula))
    blocks, recipes = list(fit.design.rows.blocks), list(fit.design.recipe.blocks)
    block = _block(fit, change)
    if block is None:
        del blocks[change.block], recipes[change.block]
    else:
        own = [_term_recipe(change, t, old) for t, old in enumerate(recipes[change.block].terms)]
        kept_terms = tuple(term for term in own if term is not None)
        blocks[change.block] = block
        recipes[change.block] = replace(recipes[change.block], terms=kept_terms)
    rows = replace(fit.design.rows, blocks=tuple(blocks))
    recipe = replace(fit.design.recipe, blocks=tuple(recipes))
    return formula, replace(fit.design, rows=rows, recipe=recipe)


def _term_recipe(change: Change, t: int, old: TermRecipe) -> TermRecipe | None:
    if t != change.term:
        return old
    if change.left is None:
        return None
    return TermRecipe(change.plans, change.left.structure, change.left.text)


def _block(fit: Fit, change: Change) -> RandomBlock | None:
    """Lay the terms of the changed block out anew; None where nothing is left."""
    block = fit.design.rows.blocks[change.block]
    columns: list[FloatArray] = []
    names: list[str] = []
    terms: list[BlockTerm] = []
    for t, place in enumerate(block.terms):
        own = block.columns[place.start : place.stop]
        own_names = block.column_names[place.start : place.stop]
        shape, text = place.structure, place.text
        if t == change.term:
            if change.left is None:
                continue
            own = tuple([_combined(own, weights, fit) for weights in change.basis.T])
            own_names, text = change.names, change.left.text
            shape = structure(change.left.structure, len(own))
        terms.append(BlockTerm(len(columns), len(columns) + len(own), shape, text))
        columns += own
        names += own_names
    if not terms:
        return None
    return replace(block, columns=tuple(columns), column_names=tuple(names), terms=tuple(terms))


def _combined(columns: tuple[FloatArray, ...], weights: FloatArray, fit: Fit) -> FloatArray:
    places = np.flatnonzero(weights).tolist()
    if len(places) == 1:
        return columns[places[0]]
    for name, column in zip(fit.design.fixed_names, fit.design.rows.fixed_columns, strict=True):
        if name == INTERCEPT:
            return column  # all dummies of a factor add up to it
    combined: FloatArray = np.sum([columns[i] * weights[i] for i in places], axis=0)
    return combined


def _products(fit: Fit, change: Change) -> CrossProducts:
    """Turn the cross-products of Z into those of what is left: Z' = Z B in the changed block."""
    B = _block_basis(fit, change)
    state = fit.crossprod.to_state()
    px, gone = state["p"] + 1, B.shape[1] == 0
    blocks = []
    for b, (r, n_groups, zz, zx) in enumerate(state["blocks"]):
        if b != change.block:
            blocks.append((r, n_groups, zz, zx))
        elif not gone:
            products = np.einsum("ai,jab,bk->jik", B, np.reshape(zz, (-1, r, r)), B, optimize=True)
            by_fixed = np.einsum("ai,jax->jix", B, np.reshape(zx, (-1, r, px)))
            blocks.append((B.shape[1], n_groups, products.ravel(), by_fixed.ravel()))
    pairs = [
        _pair(pair, change.block, B)
        for pair in state["pairs"]
        if not (gone and _is_of(pair, change))
    ]
    return CrossProducts.from_state(state | {"blocks": blocks, "pairs": pairs})


def _is_of(pair: tuple[Any, ...], change: Change) -> bool:
    return change.block in (pair[0], pair[1])


def _pair(pair: tuple[Any, ...], block: int, B: FloatArray) -> tuple[Any, ...]:
    first, second, (r1, r2), ptr, cols, values = pair
    parts = np.reshape(values, (-1, r1, r2))
    if first == block:
        parts = np.einsum("ai,nab->nib", B, parts)
    if second == block:
        parts = np.einsum("nab,bk->nak", parts, B)
    if B.shape[1] == 0:  # later blocks move up
        first, second = first - (first > block), second - (second > block)
    return first, second, parts.shape[1:], ptr, cols, np.ascontiguousarray(parts).ravel()


def _block_basis(fit: Fit, change: Change) -> FloatArray:
    """Write the columns of the changed block in those of the old one, (r, r_new)."""
    block = fit.design.rows.blocks[change.block]
    parts = []
    for t, place in enumerate(block.terms):
        own = np.eye(block.n_columns)[:, place.start : place.stop]
        parts.append(own @ change.basis if t == change.term else own)
    return np.hstack(parts)


def _start(fit: Fit, change: Change, design: Design) -> FloatArray:
    """Start where the fit ended; the changed term without correlations."""
    mapping, pieces = theta_map(fit.design.rows.blocks), []
    places = iter(mapping.places)
    for b, block in enumerate(fit.design.rows.blocks):
        for t, term in enumerate(block.terms):
            place = next(places)
            if (b, t) != (change.block, change.term):
                pieces.append(fit.estimates.theta[place.first : place.last])
            elif change.left is not None:
                Lambda = fit.estimates.Lambdas[b][term.start : term.stop, term.start : term.stop]
                back = np.linalg.pinv(change.basis)
                std_devs = np.linalg.norm(back @ Lambda, axis=1)
                own = structure(change.left.structure, len(change.names))
                pieces.append(own.start(np.maximum(std_devs, SMALLEST_START)))
    return np.concatenate(pieces) if pieces else np.empty(0)
