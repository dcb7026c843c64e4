"""Fitted values and residuals of the rows of a fit.

Room: residuals. Subtracts; estimates nothing.
Takes: a `Fit` with its rows.
Gives: arrays (n,), in the order of the rows used.
Source: docs/theory.md (1); Pinheiro & Bates (2000), section 4.3, for the kinds.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.linear import fixed_part, random_part
from echelon.fit import Fit, design_with_rows
from echelon.options import read_choice

KINDS = ("response", "pearson", "standardized", "marginal", "quantile")


def fitted_values(fit: Fit) -> FloatArray:
    """Fit every row: X beta + offset + Z b at the estimates and conditional modes.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    (n,), response units, one per row used; read-only.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    design = design_with_rows(fit, "fitted")
    mean = fixed_part(design.rows, fit.estimates.beta)
    if design.rows.blocks:
        mean += random_part(design.rows.blocks, fit.estimates.modes, design.n_obs)
    mean.flags.writeable = False
    return mean


def residuals(fit: Fit, kind: str = "response") -> FloatArray:
    """Subtract from the response what the model says of it.

    Parameters
    ----------
    fit : a fitted model.
    kind : what is subtracted, and what it is divided by.
        'response' : y - fitted, given the conditional modes (default).
        'pearson' : the same times the square root of the prior weight, so that all rows have
        variance sigma^2 under the model; equal to 'response' without weights.
        'standardized' : 'pearson' divided by sigma: no unit, not corrected for leverage.
        'marginal' : y - X beta - offset, what the fixed effects leave, groups included.
        'quantile' : the standard normal quantile of the probability of a smaller response given
        the modes (Dunn and Smyth); for a Gaussian model these are the standardized residuals.

    Returns
    -------
    (n,), response units, or no unit for 'standardized' and 'quantile'.

    Raises
    ------
    SpecError : there is no such kind.
    NotEstimableError : the fit was saved without its rows.

    Notes
    -----
    Modes are shrunken, so that response residuals vary less than sigma.

    Source
    ------
    Pearson residuals as lme4's: case lmm_sleep_weights_reml.
    """
    kind = read_choice("kind", kind, KINDS)
    design = design_with_rows(fit, f"residuals('{kind}')")
    if kind == "marginal":
        return design.y - fixed_part(design.rows, fit.estimates.beta)
    difference = design.y - fitted_values(fit)
    if kind != "response" and design.weights is not None:
        difference *= np.sqrt(design.weights)
    if kind in ("standardized", "quantile"):
        difference /= fit.estimates.sigma
    return difference
