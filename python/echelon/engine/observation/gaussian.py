"""Normal responses with a link that is not the identity, or with a dispersion formula.

Room: engine/observation. Channels: mean, dispersion (log sigma).
Takes: `ResponseRows`, (2, n) linear predictors.
Gives: `Gaussian`, and `log_normal`.
Source: docs/theory.md (24).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, link_of
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import LOG_ROOT_2PI, expo, special
from echelon.engine.observation.starts import average, log_dispersion, variance


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Normal with mean mu and standard deviation sigma."""

    link: str = "identity"
    family: ClassVar[str] = "gaussian"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "gaussian"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        return weighted(rows, log_normal(rows.y - inverse(self.link, eta[0]), eta[1]))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        return expo(2 * eta[1])

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,)."""
        noise = np.asarray(rng.standard_normal(eta.shape[1]))
        return np.asarray(inverse(self.link, eta[0]) + expo(eta[1]) * noise)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        below = special().ndtr(standardised(rows.y - inverse(self.link, eta[0]), eta[1]))
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log of the standard deviation, (2,)."""
        spread = np.sqrt(variance(rows, rows.y))
        mean = average(rows, rows.y)
        if self.link != "identity" and mean <= 0:
            mean = 0.1 * spread if spread > 0 else 1.0
        return np.array([float(link_of(self.link, np.asarray(mean))), log_dispersion(spread)])


def standardised(residual: FloatArray, log_sigma: FloatArray) -> FloatArray:
    """Residual / sigma (n,), infinite where that is out of range."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(residual * expo(-log_sigma))


def log_normal(residual: FloatArray, log_sigma: FloatArray) -> FloatArray:
    """Log density of a normal (n,), given residual and log standard deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(-0.5 * standardised(residual, log_sigma) ** 2 - log_sigma - LOG_ROOT_2PI)
