"""Level-1 residuals with the same variance in every row, if the model holds.

Room: check/. What the checks of level 1 look at.
Takes: a `Fit` and its residuals.
Gives: `Studentized`: residuals of the rows that count, and what their fitted values take of them.
Source: docs/theory.md (21): e = (I - H) y has the variance sigma^2 (I - H).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.fit import Fit, design_with_rows
from echelon.measure.leverage import leverage

TAKEN = 1e-6  # what is left of a row's residual, below which it says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Studentized:
    """Residuals (m,) in standard deviations, and the rows (m,) of the design that they are of.

    `left` (m,) is 1 - leverage: the share of a row's variance that the fit has not taken.
    """

    values: FloatArray
    rows: IndexArray
    left: FloatArray


def studentized(fit: Fit, residuals: FloatArray) -> Studentized:
    """Divide the residuals of a Gaussian model by their standard deviations.

    Generalized models: randomized quantile residuals, as they are. Rows that the model
    fits whatever their value are left out.

    Parameters
    ----------
    fit : a fitted model.
    residuals : (n,) standardized, or quantile residuals; see `Evidence.residuals`.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.
    """
    design = design_with_rows(fit, "check()")
    left = np.ones(design.n_obs)
    if not fit.spec.is_generalized and fit.estimates.n_estimated:
        left = 1.0 - np.asarray(leverage(fit)["leverage"], dtype=float)
    is_used = left > TAKEN
    is_used &= np.isfinite(residuals)
    rows = np.flatnonzero(is_used)
    return Studentized(residuals[rows] / np.sqrt(left[rows]), rows, left[rows])
