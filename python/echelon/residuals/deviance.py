"""A row's part of the deviance: twice the log likelihood that its mean leaves on the table.

Room: residuals. Formulas only, one per family.
Takes: an observation model, responses and means.
Gives: `unit_deviance`.
Source: docs/theory.md (28); McCullagh & Nelder (1989), 2.3; Jorgensen (1997), chapter 4.
"""

from __future__ import annotations

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.observation.model import Observation, ResponseRows

DEVIANCES = ("binomial", "poisson", "nbinom2", "gaussian", "gamma", "inverse_gaussian", "tweedie")


def unit_deviance(
    observation: Observation, rows: ResponseRows, mean: FloatArray, eta: FloatArray
) -> FloatArray:
    """Give the deviance of every row (n,), not divided by the dispersion.

    Parameters
    ----------
    observation : of a family in `DEVIANCES`.
    rows : responses; successes for 'binomial'.
    mean : (n,), probabilities for 'binomial'.
    eta : (K, n), for theta and the power.
    """
    y, log_ratio = rows.y, require("scipy.special").xlogy
    match observation.family:
        case "binomial":
            n = rows.trial_counts()
            failures = log_ratio(n - y, (n - y) / (n * (1 - mean)))
            return np.asarray(2 * (log_ratio(y, y / (n * mean)) + failures))
        case "poisson":
            return np.asarray(2 * (log_ratio(y, y / mean) - (y - mean)))
        case "nbinom2":
            theta = np.exp(eta[-1])
            rest = (y + theta) * np.log1p((y - mean) / (mean + theta))
            return np.asarray(2 * (log_ratio(y, y / mean) - rest))
        case "gaussian":
            return np.square(y - mean)
        case "gamma":
            return np.asarray(2 * ((y - mean) / mean - np.log(y / mean)))
        case "inverse_gaussian":
            return np.asarray(np.square(y - mean) / (mean**2 * y))
    p = 1 + 1 / (1 + np.exp(-eta[-1]))
    first = y ** (2 - p) / ((1 - p) * (2 - p)) - y * mean ** (1 - p) / (1 - p)
    return np.asarray(2 * (first + mean ** (2 - p) / (2 - p)))
