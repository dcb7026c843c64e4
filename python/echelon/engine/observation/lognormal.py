"""Positive responses whose logarithm is normal.

Room: engine/observation. Channels: mean (of log y), dispersion (log sigma of log y).
Takes: `ResponseRows` with y > 0, (2, n) linear predictors.
Gives: `Lognormal`.
Source: docs/theory.md (24).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.gaussian import log_normal, standardised
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import expo, special
from echelon.engine.observation.starts import average, log_dispersion, variance


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The density is of y itself: that of log y, over y."""

    link: str = "identity"
    family: ClassVar[str] = "lognormal"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "lognormal"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density of y (n,), times the prior weight."""
        logs = _log(rows.y)
        return weighted(rows, log_normal(logs - eta[0], eta[1]) - logs)

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean of y (n,): e^(eta + sigma^2 / 2), not the median e^eta."""
        return _exp(eta[0] + 0.5 * expo(2 * eta[1]))

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of y (n,)."""
        square = expo(2 * eta[1])
        # log(e^s - 1), which is s for a large s
        factor = np.where(square > 1, square, 0.0) + np.where(
            square > 1, np.log1p(-np.exp(-np.maximum(square, 1.0))), _log(_expm1(square))
        )
        return _exp(2 * eta[0] + square + factor)

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,)."""
        noise = np.asarray(rng.standard_normal(eta.shape[1]))
        return _exp(eta[0] + expo(eta[1]) * noise)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        below = special().ndtr(standardised(_log(rows.y) - eta[0], eta[1]))
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Mean and log standard deviation of log y, (2,)."""
        logs = _log(rows.y)
        return np.array([average(rows, logs), log_dispersion(variance(rows, logs) ** 0.5)])


def _log(y: FloatArray) -> FloatArray:
    """Take log y, NaN where y is not positive."""
    return np.log(np.where(y > 0, y, np.nan))


def _expm1(x: FloatArray) -> FloatArray:
    return np.expm1(np.minimum(x, 1.0))


def _exp(x: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(x)
