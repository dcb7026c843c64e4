"""Leverage: how far a row's own value pulls its fitted value.

Room: measure/. One question per file: which rows could sway the fit, and do they?
Takes: a `Fit` with its rows.
Gives: a Table with a row per row used.
Source: docs/theory.md (21); Demidenko & Stukel (2005), Statistics in Medicine 24, 893-909.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.workspace import combination_variances
from echelon.errors import NotEstimableError
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.generalized_fits import check_gaussian
from echelon.residuals import residuals
from echelon.table import Table


def leverage(fit: Fit) -> Table:
    """Give leverage and Cook's distance of every row, theta taken as known.

    The fitted values (fixed and random effects) are H y; the leverage of a row is its diagonal
    element of H, and their sum the effective number of parameters. Cook's distance here needs no
    refit: it is that of least squares with the leverage of the mixed model. `influence("rows")`
    refits without each row instead.

    Parameters
    ----------
    fit : a fitted Gaussian model with its rows.

    Returns
    -------
    Table with columns row (position in the table that was read), leverage (0 to 1),
    standardized_residual (over sigma and the root of 1 - leverage), cooks_distance.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows, has no fixed effects, or is generalized.

    Notes
    -----
    Costs n (p + r)^2 operations.

    Source
    ------
    lme4's `hatvalues()` and `cooks.distance()`: `hat_head`, `cooks_distance_obs_head` of the cases.
    """
    check_gaussian(
        fit,
        "A row's leverage is not defined: fitted values are no linear function of the responses.",
        "leverage()",
        "leave rows or groups out instead: influence('rows'), influence(grouping).",
    )
    design, estimates = design_with_rows(fit, "leverage()"), fit.estimates
    p = estimates.n_estimated
    if p == 0:
        raise NotEstimableError(
            "Without fixed effects there is no Cook's distance.",
            where="leverage()",
            got="a model without fixed effects",
            need="at least one fixed effect",
            do="leave the intercept in the formula.",
            slug="no-fixed-effects",
        )
    parts = [
        (number, member.codes, _covariates(block.columns, member.weights))
        for number, block in enumerate(design.rows.blocks)
        for member in block.memberships
    ]
    variances = combination_variances(fit, design.X, parts)
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    h = weights * variances / estimates.sigma**2
    scaled = residuals(fit, "pearson") / estimates.sigma
    with np.errstate(divide="ignore", invalid="ignore"):
        cook = scaled**2 / p * h / (1 - h) ** 2
        standardized = scaled / np.sqrt(1 - h)
    kept = fit.rows.kept
    return Table(
        {
            "row": np.arange(design.n_obs) if kept is None else kept,
            "leverage": h,
            "standardized_residual": standardized,
            "cooks_distance": cook,
        },
        title="Leverage of each row",
        notes=(f"Sum of leverages: {h.sum():.4g}, the effective number of parameters.",),
    )


def _covariates(columns: tuple[FloatArray, ...], weights: FloatArray | None) -> FloatArray:
    Z = np.column_stack(columns)
    return Z if weights is None else Z * weights[:, None]
