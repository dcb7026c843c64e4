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
from echelon.design.recipe import TermRecipe
from echelon.engine.estimate import estimate_products
from echelon.engine.families import observation_of
from echelon.engine.generalized.estimate import warm_estimates
from echelon.engine.kernel import CrossProducts
from echelon.engine.theta import theta_map
from echelon.fit import Fit, design_with_rows
from echelon.formula.render import chains, render
from echelon.formula.terms import Formula, RandomTerm
from echelon.infer.components.generalized_fits import known_coefficients, merged_terms
from echelon.infer.zero.removal import INTERCEPT, Change
from echelon.spec import ModelSpec

SMALLEST_START = 0.05  # standard deviation, relative to sigma, that a warm start begins from


def changed(fit: Fit, change: Change) -> Fit:
    """Fit the model that a change leaves, from the cross-products; a generalized one from its rows.

    The minimiser starts from the estimates of the fit; where that ends on a boundary, from the
    usual start. No warning is given: the verdict is in the estimates.
    """
    spec, design = _design(fit, change)
    control = replace(fit.spec.control, path="auto")
    spec = replace(spec, control=control, start=None)
    if fit.spec.is_generalized:
        return _of_generalized(fit, change, spec, design)
    products = _products(fit, change)
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


def _of_generalized(fit: Fit, change: Change, spec: ModelSpec, design: Design) -> Fit:
    design_with_rows(fit, "a model without some of its random effects")
    start = known_coefficients(fit), _start(fit, change, design)
    observation, generalized = observation_of(design, spec), fit.estimates.generalized
    assert generalized is not None
    estimates = warm_estimates(
        design, spec, observation, start, generalized.approximation, is_point=False
    )
    return replace(fit, spec=spec, design=design, estimates=estimates)


def _design(fit: Fit, change: Change) -> tuple[ModelSpec, Design]:
    """Write the specification and the design that are left; blocks keep their order."""
    merged = merged_terms(fit)
    target = merged[change.block][1][change.term][0]
    formulas = {"": fit.spec.formula, **{f"{name}.": f for name, f in fit.spec.parts.items()}}
    every = [chain for formula in formulas.values() for chain in chains(formula.random)]
    broken = [chain for chain in every if any(target is random for random in chain)]
    randoms: dict[str, list[RandomTerm]] = {part: [] for part in formulas}
    for b, (_, terms) in enumerate(merged):
        for t, (random, part) in enumerate(terms):
            kept = change.left if (b, t) == (change.block, change.term) else random
            if kept is not None:
                is_broken = any(random in chain for chain in broken)
                randoms[part].append(replace(kept, nested_in=()) if is_broken else kept)
    left = {part: _with_random(formula, randoms[part]) for part, formula in formulas.items()}
    zero, hurdle = left.get("zero."), left.get("hurdle.")
    spec = replace(fit.spec, formula=left[""], zero=zero, hurdle=hurdle)
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
    return spec, replace(fit.design, rows=rows, recipe=recipe)


def _with_random(formula: Formula, randoms: list[RandomTerm]) -> Formula:
    """Write a formula with other random terms; one that keeps its own stays as it was written."""
    if formula.random == tuple(randoms):
        return formula
    changed_formula = replace(formula, random=tuple(randoms))
    return replace(changed_formula, text=render(changed_formula))


def _term_recipe(change: Change, t: int, old: TermRecipe) -> TermRecipe | None:
    if t != change.term:
        return old
    if change.left is None:
        return None
    return replace(old, plans=change.plans, structure=change.left.structure, text=change.left.text)


def _block(fit: Fit, change: Change) -> RandomBlock | None:
    """Lay the terms of the changed block out anew; None where nothing is left."""
    block = fit.design.rows.blocks[change.block]
    columns: list[FloatArray] = []
    names: list[str] = []
    entered: list[int] = []
    terms: list[BlockTerm] = []
    for t, place in enumerate(block.terms):
        own = block.columns[place.start : place.stop]
        own_names = block.column_names[place.start : place.stop]
        channels = block.channels[place.start : place.stop] or (0,) * place.size
        shape, text = place.structure, place.text
        if t == change.term:
            if change.left is None:
                continue
            own = tuple([_combined(own, weights, fit) for weights in change.basis.T])
            own_names, text = change.names, change.left.text
            channels = tuple(channels[int(np.argmax(w != 0))] for w in change.basis.T)
            shape = structure(change.left.structure, len(own))
        terms.append(BlockTerm(len(columns), len(columns) + len(own), shape, text))
        columns += own
        names += own_names
        entered += channels
    if not terms:
        return None
    return replace(
        block,
        columns=tuple(columns),
        column_names=tuple(names),
        terms=tuple(terms),
        channels=tuple(entered) if any(entered) else (),
    )


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
