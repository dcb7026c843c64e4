"""Moments of a response, guarded, for starting values.

Room: engine/observation. Finite for every valid response: all zero, all equal, a single row.
Takes: `ResponseRows`.
Gives: `average`, `variance`, `share`, `log_dispersion`, `positive_mean`.
Source: method of moments.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import link_of
from echelon.engine.observation.model import ResponseRows

SMALLEST, LARGEST = -6.0, 8.0  # of the logarithm of a dispersion: beyond these it is flat


def average(rows: ResponseRows, values: FloatArray) -> float:
    """Mean of some values (n,), by prior weights where there are any."""
    if rows.weights is None or not np.any(rows.weights > 0):
        return float(np.mean(values))
    return float(np.average(values, weights=rows.weights))


def variance(rows: ResponseRows, values: FloatArray) -> float:
    """Variance of some values (n,) about their mean."""
    return average(rows, (values - average(rows, values)) ** 2)


def share(rows: ResponseRows) -> float:
    """Share of successes, kept inside (0, 1) by half a success and half a failure."""
    successes = average(rows, rows.y) * rows.y.size
    trials = average(rows, rows.trial_counts()) * rows.y.size
    return (successes + 0.5) / (trials + 1.0)


def log_dispersion(value: float) -> float:
    """Logarithm of a dispersion, kept where the likelihood still moves."""
    with np.errstate(divide="ignore"):
        logarithm = float(np.log(max(value, 0.0)))
    return min(max(logarithm, SMALLEST), LARGEST)


def positive_mean(rows: ResponseRows, link: str) -> tuple[float, float]:
    """Mean of a response that is not negative, a tenth of a count if it is 0, and its link."""
    mean = average(rows, rows.y)
    mean = mean if mean > 0 else 0.1 / rows.y.size
    return mean, float(link_of(link, np.asarray(mean)))
