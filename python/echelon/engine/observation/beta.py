"""Beta responses: shares strictly between 0 and 1.

Room: engine/observation. Channels: mean, dispersion (log phi, the precision).
Takes: `ResponseRows` with 0 < y < 1, (2, n) linear predictors.
Gives: `Beta`.
Source: docs/theory.md (24); Ferrari & Cribari-Neto (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, link_of, log_above, log_below
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import (
    LOG_ROOT_2PI,
    expo,
    softplus,
    special,
    spread,
    stirling_error,
)
from echelon.engine.observation.starts import average, log_dispersion, variance

EXACT_UP_TO = 1e15  # a precision above this is drawn as this one: y has no digit left to vary


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta(mu phi, (1 - mu) phi): variance mu (1 - mu) / (1 + phi)."""

    link: str = "logit"
    family: ClassVar[str] = "beta"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "beta"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        y = np.where((rows.y > 0) & (rows.y < 1), rows.y, np.nan)
        log_y, log_rest = np.log(y), np.log1p(-y)
        log_a, log_b = log_below(self.link, eta[0]) + eta[1], log_above(self.link, eta[0]) + eta[1]
        a, b, phi = expo(log_a), expo(log_b), expo(eta[1])
        with np.errstate(over="ignore", invalid="ignore"):
            found = -spread(a, phi * y, a - phi * y, eta[1] + log_y)
            found -= spread(b, phi * (1 - y), b - phi * (1 - y), eta[1] + log_rest)
            found -= log_y + log_rest + LOG_ROOT_2PI
            found += stirling_error(phi) + 0.5 * (np.log(a) + np.log(b) - eta[1])
            found -= stirling_error(a) + stirling_error(b)
            # Shapes too small for a number: Gamma(a) is 1 / a.
            found += np.minimum(log_a - np.log(a), 0.0) + np.minimum(log_b - np.log(b), 0.0)
        return weighted(rows, found)

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        both = log_below(self.link, eta[0]) + log_above(self.link, eta[0])
        return np.asarray(np.exp(both - softplus(eta[1])))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw shares (n,), kept off 0 and 1."""
        phi = np.minimum(eta[1], np.log(EXACT_UP_TO))
        a = expo(log_below(self.link, eta[0]) + phi)
        b = expo(log_above(self.link, eta[0]) + phi)
        return np.asarray(np.clip(rng.beta(a, b), np.finfo(float).tiny, 1 - np.finfo(float).epsneg))

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        a = expo(log_below(self.link, eta[0]) + eta[1])
        b = expo(log_above(self.link, eta[0]) + eta[1])
        below = special().betainc(a, b, np.clip(rows.y, 0.0, 1.0))
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log phi by moments, (2,)."""
        mean = float(np.clip(average(rows, rows.y), 1e-6, 1 - 1e-6))
        phi = mean * (1 - mean) / max(variance(rows, rows.y), 1e-12) - 1
        return np.array([float(link_of(self.link, np.asarray(mean))), log_dispersion(phi)])
