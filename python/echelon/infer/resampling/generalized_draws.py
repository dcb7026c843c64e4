"""Draws of a generalized model's data, and the fit to each: warm, from the estimates.

Room: infer/. Draws and refits; a replicate depends on its generator alone.
Takes: a `Fit` with its rows and the kind of resampling.
Gives: a function from a generator to a fit; `estimated`, the model fitted to another design.
Source: docs/theory.md (20) and (24); Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.families import estimate_family, observation_of
from echelon.engine.generalized import point_estimates
from echelon.engine.linear_predictors import add_random, fixed_predictors
from echelon.engine.observation.model import ResponseRows
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import is_quasi, known_coefficients
from echelon.infer.resampling.cases import CaseSampler

Draw = Callable[[np.random.Generator], Fit]


def generalized_draw(
    fit: Fit, kind: str, levels: tuple[str, ...] | None, needs_errors: bool
) -> Draw:
    """Prepare replicates of a generalized model.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    kind : "parametric" or "case".
    levels : kind "case": grouping factors that are drawn, and "rows"; None for the highest.
    needs_errors : whether replicates need the covariance of their estimates, which costs as much
        as the estimates.

    Returns
    -------
    A function that draws and fits; one thread each, so that the numbers are those of any number.
    """
    fitted = partial(estimated, fit, needs_errors=needs_errors)
    if kind == "case":
        return CaseSampler(fit, levels, fitted).draw
    respond = responses(fit)

    def draw(generator: np.random.Generator) -> Fit:
        return fitted(replace(fit.design, y=respond(generator)))

    return draw


def responses(fit: Fit) -> Callable[[np.random.Generator], FloatArray]:
    """Prepare draws of a response (n,): new random effects, then the family's distribution."""
    design, observation = fit.design, observation_of(fit.design, fit.spec)
    rows = ResponseRows(design.y, design.trials, design.weights)
    fixed = fixed_predictors(design.channels, known_coefficients(fit), design.n_obs)
    Lambdas = fit.estimates.Lambdas

    def respond(generator: np.random.Generator) -> FloatArray:
        eta = fixed.copy()
        for block, Lambda in zip(design.rows.blocks, Lambdas, strict=True):
            u = generator.standard_normal((block.n_groups, block.n_columns))
            add_random(eta, block, u @ Lambda.T)
        return observation.draw(rows, eta, generator)

    return respond


def estimated(fit: Fit, design: Design, *, needs_errors: bool) -> Fit:
    """Fit a generalized model to another design of the same coefficients, from its estimates.

    Raises
    ------
    EngineError : it cannot be estimated; or a category of the response has no rows.
    """
    spec = replace(fit.spec, start=None, control=replace(fit.spec.control, threads=1))
    _check_categories(design)
    if needs_errors or is_quasi(fit):
        return replace(fit, design=design, estimates=estimate_family(design, spec))
    start = known_coefficients(fit), fit.estimates.theta
    estimates = point_estimates(design, spec, observation_of(design, spec), start)
    return replace(fit, design=design, estimates=estimates)


def _check_categories(design: Design) -> None:
    """Refuse a draw that lacks a category: a threshold would be infinite."""
    n = len(design.categories)
    present = np.bincount(design.y.astype(np.int64), minlength=n) if n else np.ones(1)
    if present.all():
        return
    missing = design.categories[int(np.flatnonzero(present == 0)[0])]
    raise EngineError(
        f"No row of a replicate has category '{missing}'.",
        where="bootstrap",
        got=f"{int((present > 0).sum())} of {n} categories",
        need="every category of the response",
        do="join rare categories.",
        slug="replicate-without-category",
    )
