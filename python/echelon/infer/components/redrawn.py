"""A generalized model's data drawn anew, and the model fitted to them, warm.

Room: infer/. Draws and refits; a replicate depends on its generator alone.
Takes: a `Fit` with its rows.
Gives: `responses`, a function from a generator to a response; `estimated`, the model fitted to
    another design of the same coefficients.
Source: docs/theory.md (20) and (24); Davison & Hinkley (1997), section 3.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.families import estimate_family, observation_of
from echelon.engine.generalized.estimate import warm_estimates
from echelon.engine.generalized.linear_predictors import add_random, fixed_predictors
from echelon.engine.observation.model import ResponseRows
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import is_quasi, known_coefficients


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


def estimated(fit: Fit, design: Design, *, needs_errors: bool = False) -> Fit:
    """Fit a generalized model to another design of the same coefficients, from its estimates.

    One thread, so that the numbers are those of any number of them. Without `needs_errors` the
    covariance of the estimates is NaN.

    Raises
    ------
    EngineError : it cannot be estimated; or a category of the response has no rows.
    """
    spec = replace(fit.spec, start=None, control=replace(fit.spec.control, threads=1))
    _check_categories(design)
    if is_quasi(fit):
        return replace(fit, design=design, estimates=estimate_family(design, spec), frame=None)
    start = known_coefficients(fit), fit.estimates.theta
    generalized = fit.estimates.generalized
    assert generalized is not None
    estimates = warm_estimates(
        design,
        spec,
        observation_of(design, spec),
        start,
        generalized.approximation,
        is_point=not needs_errors,
    )
    return replace(fit, design=design, estimates=estimates, frame=None)


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
