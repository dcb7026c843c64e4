"""Gamma responses: positive, with a constant coefficient of variation.

Room: engine/observation. Channels: mean, dispersion (log sigma, the coefficient of variation).
Takes: `ResponseRows` with y > 0, (2, n) linear predictors.
Gives: `Gamma`.
Source: docs/theory.md (24); McCullagh & Nelder (1989), chapter 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, log_mean
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import (
    LOG_ROOT_2PI,
    expo,
    special,
    spread,
    stirling_error,
)
from echelon.engine.observation.starts import log_dispersion, positive_mean, variance

LARGEST_LOG_SHAPE = 230.0  # of a distribution function: beyond it is a step at the mean


@dataclass(frozen=True, slots=True)
class Gamma:
    """Shape 1 / sigma^2, mean mu, variance mu^2 sigma^2."""

    link: str = "log"
    family: ClassVar[str] = "gamma"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "gamma"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        log_y = np.log(np.where(rows.y > 0, rows.y, np.nan))
        log_ratio = log_y - log_mean(self.link, eta[0])
        shape, one = expo(-2 * eta[1]), np.ones_like(log_y)
        with np.errstate(over="ignore", invalid="ignore"):
            distance = spread(one, np.exp(log_ratio), -np.expm1(log_ratio), log_ratio)
            found = -shape * distance - log_y - eta[1] - LOG_ROOT_2PI - stirling_error(shape)
        return weighted(rows, found)

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(2 * (log_mean(self.link, eta[0]) + eta[1])))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,)."""
        shape = expo(-2 * eta[1])
        return inverse(self.link, eta[0]) * (rng.standard_gamma(shape) / shape)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        log_y = np.log(np.where(rows.y > 0, rows.y, np.nan))
        log_shape = np.minimum(-2 * eta[1], LARGEST_LOG_SHAPE)
        scaled = expo(log_y - log_mean(self.link, eta[0]) + log_shape)
        share = np.minimum(special().gammainc(expo(log_shape), scaled), 1.0)
        below = np.where(rows.y > 0, share, 0.0)
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log of the coefficient of variation, (2,)."""
        mean, eta = positive_mean(rows, self.link)
        return np.array([eta, log_dispersion(variance(rows, rows.y / mean) ** 0.5)])
