"""Poisson counts.

Room: engine/observation. Channel: mean.
Takes: `ResponseRows` with counts, (1, n) linear predictors.
Gives: `Poisson`, and `draw_poisson` for means of any size.
Source: docs/theory.md (24); Loader (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, log_mean
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import LOG_ROOT_2PI, special, spread, stirling_error
from echelon.engine.observation.starts import positive_mean

EXACT_UP_TO = 1e15  # means above this are drawn as normal: whole numbers end at 2^53


@dataclass(frozen=True, slots=True)
class Poisson:
    """P(y) = mu^y e^-mu / y!."""

    link: str = "log"
    family: ClassVar[str] = "poisson"
    channels: ClassVar[tuple[str, ...]] = ("mean",)
    core_name: ClassVar[str] = "poisson"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with all constants, times the prior weight."""
        mu = inverse(self.link, eta[0])
        return weighted(rows, log_poisson(rows.y, mu, log_mean(self.link, eta[0])))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,), which is the mean."""
        return inverse(self.link, eta[0])

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw counts (n,)."""
        return draw_poisson(inverse(self.link, eta[0]), rng)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        mu = inverse(self.link, eta[0])
        up_to = special().gammaincc
        below = np.where(rows.y > 0, up_to(np.maximum(rows.y, 1.0), mu), 0.0)
        return below, up_to(rows.y + 1, mu)

    def beyond(self, y: FloatArray, eta: FloatArray) -> FloatArray:
        """P(Y > y) (n,); 1 for a negative y."""
        mu = inverse(self.link, eta[0])
        return np.where(y < 0, 1.0, special().gammainc(np.maximum(y, 0.0) + 1, mu))

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean, (1,)."""
        return np.array([positive_mean(rows, self.link)[1]])


def log_poisson(y: FloatArray, mu: FloatArray, log_mu: FloatArray) -> FloatArray:
    """Log probability of counts (n,); NaN where the mean is not positive."""
    counts = np.where(y > 0, y, 1.0)
    inner = -spread(counts, mu, counts - mu, log_mu) - stirling_error(counts)
    found = np.where(y > 0, inner - 0.5 * np.log(counts) - LOG_ROOT_2PI, -mu)
    return np.where(np.isnan(log_mu), np.nan, found)


def draw_poisson(mu: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw counts of means (n,), which may be too large for whole numbers; NaN below zero."""
    possible = mu >= 0
    counts = rng.poisson(np.where(possible, np.minimum(mu, EXACT_UP_TO), 0.0)).astype(float)
    counts = np.where(possible, counts, np.nan)
    if np.any(mu > EXACT_UP_TO):
        normal = mu + np.sqrt(mu) * rng.standard_normal(mu.shape)
        counts = np.where(mu > EXACT_UP_TO, np.round(normal), counts)
    return counts
