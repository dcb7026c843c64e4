"""The simpler models that variance explained is measured against, from the same cross-products.

Room: measure/. Takes columns of X and Z away; estimates by the engine, reads rows only if it must.
Takes: a `Fit`.
Gives: a `Fit` with a random intercept for each grouping factor, with the intercept alone or all
    of X.
Source: Snijders & Bosker (2012), section 7.1; Raudenbush & Bryk (2002), chapter 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.covariance import structure
from echelon.design.parts import BlockTerm, Design, RandomBlock
from echelon.engine.estimate import estimate_products
from echelon.engine.kernel import INTERCEPT, CrossProducts, accumulate
from echelon.fit import Fit, design_with_rows
from echelon.measure.moments import has_fixed_intercept, has_intercept
from echelon.measure.null_generalized import generalized_null

Kept = NDArray[np.intp]  # places of the columns that stay


def null_model(fit: Fit, purpose: str) -> Fit:
    """Fit the intercept alone, with a random intercept for each grouping factor of a fit.

    Parameters
    ----------
    fit : a fitted model; its method, weights and offset stay, and the other linear predictors of
        a generalized model.
    purpose : the question, as the user called it, for the error if rows are needed.

    Returns
    -------
    `Fit`. Its `design` has names, groups and structures; its recipe is that of `fit`.

    Raises
    ------
    NotEstimableError : the model lacks a fixed or a random intercept, and was saved without rows.

    Notes
    -----
    One estimation from cross-products. Where an intercept is missing, one pass over the rows. A
    generalized model is estimated from its rows.
    """
    if fit.spec.is_generalized:
        return generalized_null(fit, purpose)
    if is_null(fit):
        return fit
    return _reduced(fit, has_fixed_intercept(fit.design), np.array([0]), (INTERCEPT,), purpose)


def intercepts_model(fit: Fit, purpose: str) -> Fit:
    """Fit the same fixed effects with a random intercept for each grouping factor, no slopes."""
    if has_intercepts_only(fit):
        return fit
    kept = np.arange(len(fit.design.fixed_names))
    return _reduced(fit, True, kept, fit.design.fixed_names, purpose)


def is_null(fit: Fit) -> bool:
    """Whether a model is its own null model."""
    return fit.design.fixed_names == (INTERCEPT,) and has_intercepts_only(fit)


def has_intercepts_only(fit: Fit) -> bool:
    """Whether every block is a random intercept and nothing else."""
    return all(block.column_names == (INTERCEPT,) for block in fit.design.rows.blocks)


def null_formula(fit: Fit) -> str:
    """Write the formula of the null model."""
    terms = "".join(f" + (1 | {block.grouping})" for block in fit.design.rows.blocks)
    return f"{fit.design.response_name} ~ 1{terms}"


def _reduced(fit: Fit, has_columns: bool, kept: Kept, names: tuple[str, ...], purpose: str) -> Fit:
    """Keep some columns of X and the random intercepts, and estimate."""
    blocks = fit.design.rows.blocks
    if has_columns and all(map(has_intercept, blocks)):
        fixed = tuple(fit.design.rows.fixed_columns[i] for i in kept)
        places = [block.column_names.index(INTERCEPT) for block in blocks]
        columns = [block.columns[at] for block, at in zip(blocks, places, strict=True)]
        design = _design(fit.design, fixed, names, columns)
        products = _cut(fit.crossprod, kept, places)
    else:
        rows = design_with_rows(fit, purpose).rows
        ones = np.ones(rows.n_obs)
        fixed = rows.fixed_columns if has_columns else (ones,)
        design = _design(fit.design, fixed, names, [ones] * len(blocks))
        products = accumulate(design, threads=fit.spec.control.threads)
    spec = replace(fit.spec, start=None, control=replace(fit.spec.control, path="auto"))
    estimates = estimate_products(products, design, spec)
    return replace(fit, spec=spec, design=design, products=products, estimates=estimates)


def _design(
    design: Design,
    fixed: tuple[FloatArray, ...],
    names: tuple[str, ...],
    columns: list[FloatArray],
) -> Design:
    blocks = tuple(map(_intercept_block, design.rows.blocks, columns))
    rows = replace(design.rows, fixed_columns=fixed, blocks=blocks)
    return replace(design, rows=rows, fixed_names=names)


def _intercept_block(block: RandomBlock, ones: FloatArray) -> RandomBlock:
    term = BlockTerm(0, 1, structure("us", 1), f"(1 | {block.grouping})")
    return replace(block, columns=(ones,), column_names=(INTERCEPT,), terms=(term,))


def _cut(products: CrossProducts, kept: Kept, places: list[int]) -> CrossProducts:
    """Take rows and columns out of cross-products: X keeps `kept`, each block one column."""
    state = products.to_state()
    p = state["p"]
    with_y = np.append(kept, p)
    state["xx"] = state["xx"].reshape(p + 1, p + 1)[np.ix_(with_y, with_y)].ravel()
    state["centre"] = state["centre"][with_y]
    state["blocks"] = [
        _cut_block(block, at, with_y) for block, at in zip(state["blocks"], places, strict=True)
    ]
    state["pairs"] = [_cut_pair(pair, places) for pair in state["pairs"]]
    state["p"] = len(kept)
    return CrossProducts.from_state(state)


def _cut_block(block: Any, at: int, with_y: Kept) -> Any:
    r, J, squares, products = block
    own = np.ascontiguousarray(squares.reshape(J, r, r)[:, at, at])
    across = products.reshape(J, r, -1)[:, at, with_y]
    return 1, J, own, across.ravel()


def _cut_pair(pair: Any, places: list[int]) -> Any:
    first, second, (rows, columns), pointers, groups, values = pair
    entries = values.reshape(-1, rows, columns)[:, places[first], places[second]]
    return first, second, (1, 1), pointers, groups, np.ascontiguousarray(entries)
