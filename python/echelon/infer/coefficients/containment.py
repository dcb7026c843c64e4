"""Degrees of freedom by containment, SAS's default for models with random effects.

Room: infer/. Counts degrees of freedom; tests nothing itself.
Takes: a `Fit`; its cross-products at very large variances, where ranks show as counts.
Gives: a number per coefficient, as `ByCoefficient`.
Source: docs/theory.md (14); SAS/STAT, PROC MIXED, DDFM=CONTAIN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.coordinates import recentring
from echelon.engine.kernel import CrossProducts, Workspace
from echelon.fit import Fit
from echelon.formula.expression import Name
from echelon.infer.coefficients.degrees import ByCoefficient
from echelon.infer.coefficients.estimable import term_width
from echelon.infer.coefficients.levels import Parts, parts_of

LARGE = 1e7  # theta^2 Z'Z of a typical group
INSIDE = 1e-7  # share of a combination of columns of X that is left outside the span of Z


@dataclass(frozen=True, slots=True)
class _Effect:
    """A random effect: its columns `start:stop` in a block, and the variables that it involves."""

    block: int
    start: int
    stop: int
    variables: Parts


def containment(fit: Fit) -> ByCoefficient:
    """Give a term the least rank contribution among the random effects that contain it.

    A random effect contains a fixed term if the term's predictors are all among its own or among
    its grouping factors: (days | subject) contains days and the intercept, (1 | block:variety)
    contains variety. Its contribution is what it adds to the rank of [X Z], the factors with the
    fewest groups entering first. A term that no random effect contains has n - rank [X Z].
    """
    kept, recipe = fit.estimates.is_estimated, fit.design.recipe
    effects = _effects(fit)
    ranks = [fit.estimates.n_estimated, *_ranks(fit, effects)]
    added = np.diff(ranks)
    df, start = np.full(len(kept), np.nan), 0
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        parts = parts_of(plan)
        found = [a for a, e in zip(added, effects, strict=True) if a > 0 and parts <= e.variables]
        df[start : start + size] = min(found, default=fit.estimates.n_obs - ranks[-1])
        start += size
    return ByCoefficient(np.where(kept, df, np.nan))


def _effects(fit: Fit) -> list[_Effect]:
    """List the random effects, by factor, the one with the fewest groups first."""
    blocks, found = fit.design.rows.blocks, []
    for k in sorted(range(len(blocks)), key=lambda k: blocks[k].n_groups):
        recipe, start = fit.design.recipe.blocks[k], 0
        grouped = frozenset(Name(name) for name in recipe.grouping.variables)
        for plan in [plan for term in recipe.terms for plan in term.plans]:
            stop = start + term_width(plan, fit.design.recipe)
            found.append(_Effect(k, start, stop, parts_of(plan) | grouped))
            start = stop
    return found


def _ranks(fit: Fit, effects: list[_Effect]) -> list[int]:
    """Rank of [X Z] with the first, the first two, ... random effects."""
    blocks = fit.design.rows.blocks
    maps = recentring(blocks, fit.crossprod.random_grams())
    products = fit.crossprod if maps is None else fit.crossprod.transformed(maps)
    scales = [
        np.sqrt(LARGE * block.n_groups / np.maximum(np.diagonal(_square(gram)), 1e-300))
        for block, gram in zip(blocks, products.random_grams(), strict=True)
    ]
    active = [np.zeros(block.n_columns) for block in blocks]
    ranks = []
    for effect in effects:
        inside = slice(effect.start, effect.stop)
        active[effect.block][inside] = scales[effect.block][inside]
        ranks.append(_rank(fit, products, active))
    return ranks


def _rank(fit: Fit, products: CrossProducts, active: list[FloatArray]) -> int:
    """Rank of Z, and of X outside its span, by extrapolation to infinite variances.

    Eigenvalues of (I + theta^2 Z'Z)^-1 are 1 or of order theta^-2, as is what X'V^-1 X has in the
    span of Z: two values of theta remove that order.
    """
    z_once, x_once = _at(fit, products, active)
    z_twice, x_twice = _at(fit, products, [2 * scale for scale in active])
    left = np.linalg.eigvalsh((4 * x_twice - x_once) / 3)
    n_active = sum(
        block.n_groups * int((scale > 0).sum())
        for block, scale in zip(fit.design.rows.blocks, active, strict=True)
    )
    return round(n_active - (4 * z_twice - z_once) / 3) + int((left > INSIDE).sum())


def _at(fit: Fit, products: CrossProducts, active: list[FloatArray]) -> tuple[float, FloatArray]:
    """Trace of M_uu^-1 over the active effects, and X'V^-1 X relative to X'WX, (p, p)."""
    workspace = Workspace(products, "ML", "auto", fit.spec.control.threads, fit.design)
    workspace.objective([np.diag(scale) for scale in active])
    numbers = workspace.solution()
    sigma2 = numbers["pwrss"] / numbers["residual_n"]
    trace = 0.0
    for k, (block, scale) in enumerate(zip(fit.design.rows.blocks, active, strict=True)):
        if scale.any():
            shape = (block.n_groups, block.n_columns, block.n_columns)
            variances = workspace.conditional(k, False).reshape(shape).sum(axis=0).diagonal()
            trace += float((variances[scale > 0] / scale[scale > 0] ** 2).sum()) / sigma2
    kept, p = fit.estimates.is_estimated, len(fit.estimates.beta)
    state = products.to_state()
    gram = np.asarray(state["xx"]).reshape(p + 1, p + 1)[:p, :p]
    uncentred = np.eye(p)
    if state["intercept"] is not None:
        uncentred[state["intercept"]] -= np.asarray(state["centre"])[:p]
    # X_c = X T, so that the covariance of its coefficients is T^-1 vcov T^-1'.
    back = np.linalg.inv(uncentred[np.ix_(kept, kept)])
    shape_c = back @ (numbers["vcov"].reshape(p, p)[np.ix_(kept, kept)] / sigma2) @ back.T
    root = np.linalg.cholesky(gram[np.ix_(kept, kept)])
    return trace, np.linalg.inv(root.T @ shape_c @ root)


def _square(values: list[float]) -> FloatArray:
    size = round(len(values) ** 0.5)
    return np.reshape(values, (size, size))
