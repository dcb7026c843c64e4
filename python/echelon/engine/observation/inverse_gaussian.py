"""Inverse Gaussian responses: positive, with variance proportional to the cube of the mean.

Room: engine/observation. Channels: mean, dispersion (log sigma).
Takes: `ResponseRows` with y > 0, (2, n) linear predictors.
Gives: `InverseGaussian`.
Source: docs/theory.md (24); Giner & Smyth (2016); Michael, Schucany & Haas (1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, log_mean
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import LOG_ROOT_2PI, expo, special
from echelon.engine.observation.starts import log_dispersion, positive_mean, variance


@dataclass(frozen=True, slots=True)
class InverseGaussian:
    """Mean mu, variance mu^3 sigma^2."""

    link: str = "log"
    family: ClassVar[str] = "inverse_gaussian"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "inverse_gaussian"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        log_y = np.log(np.where(rows.y > 0, rows.y, np.nan))
        z, _ = self._distances(log_y, eta)
        with np.errstate(over="ignore"):
            return weighted(rows, -0.5 * z**2 - LOG_ROOT_2PI - 1.5 * log_y - eta[1])

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(3 * log_mean(self.link, eta[0]) + 2 * eta[1]))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,): the smaller root, which does not cancel, or its mirror."""
        mu = inverse(self.link, eta[0])
        with np.errstate(over="ignore"):
            w = expo(log_mean(self.link, eta[0]) + 2 * eta[1]) * rng.standard_normal(mu.size) ** 2
            root = 1 / (1 + 0.5 * w + 0.5 * np.sqrt(w) * np.sqrt(w + 4))
            root = np.maximum(root, np.finfo(float).tiny)
            mirrored = rng.random(mu.size) > 1 / (1 + root)
            return np.asarray(np.where(mirrored, mu / root, mu * root))

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        log_y = np.log(np.where(rows.y > 0, rows.y, np.nan))
        z, mirror = self._distances(log_y, eta)
        with np.errstate(over="ignore"):
            scaled = np.exp(-0.5 * z**2) * 0.5 * special().erfcx(mirror / np.sqrt(2))
        below = np.where(rows.y > 0, np.minimum(special().ndtr(z) + scaled, 1.0), 0.0)
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log sigma by moments, (2,)."""
        mean, eta = positive_mean(rows, self.link)
        return np.array([eta, log_dispersion((variance(rows, rows.y / mean) / mean) ** 0.5)])

    def _distances(self, log_y: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(y / mu -+ 1) / (sigma sqrt(y)), (n,) each."""
        log_ratio = log_y - log_mean(self.link, eta[0])
        with np.errstate(over="ignore"):
            unit = expo(-eta[1] - 0.5 * log_y)
            return unit * np.expm1(log_ratio), unit * (np.exp(log_ratio) + 1)
