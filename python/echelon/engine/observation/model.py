"""The nouns of an observation model: rows of a response, and what a family must be able to do.

Room: engine/observation. One file per family implements `Observation`; the core has its twin.
Takes: -
Gives: `ResponseRows`, `weighted`, and the protocols `Observation` and `CountModel`.
Source: docs/theory.md (24).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from echelon._types import FloatArray


@dataclass(frozen=True, slots=True)
class ResponseRows:
    """A response: `y` (n,), `trials` (n,) or None (one each), prior `weights` (n,) or None.

    Binomial families hold successes in `y`; categorical ones the category's number, 0 to J - 1.
    """

    y: FloatArray
    trials: FloatArray | None = None
    weights: FloatArray | None = None

    def trial_counts(self) -> FloatArray:
        """Trials (n,), ones if none are given."""
        return np.ones_like(self.y) if self.trials is None else self.trials


class Observation(Protocol):
    """One family with one link: the density of a row given its linear predictors.

    `eta` is always (K, n), one row per entry of `channels`. Nothing here knows random effects.
    A prior weight counts a row: it multiplies the log density; moments, draws and distribution
    functions are those of one response.
    """

    @property
    def family(self) -> str:
        """Name of the family."""

    @property
    def link(self) -> str:
        """Name of the link of the mean."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the K linear predictors, in the order of the core."""

    @property
    def core_name(self) -> str:
        """Name that the core builds its twin by: 'poisson', 'zero:poisson', 'cumulative:scale'."""

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with all constants, times the prior weight."""

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean of the response (n,): of a proportion for binomial families (0 to 1).

        Categorical families give the probabilities, (n, J).
        """

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,) on the scale of `mean`; (n, J) of each category's indicator."""

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw new values of y (n,) for the rows; only trials and weights are read of them."""

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each: equal for continuous families."""

    def start(self, rows: ResponseRows) -> FloatArray:
        """Give starting values (K,) of constant channels, finite for every valid response."""


class CountModel(Observation, Protocol):
    """A family of counts, which may be given structural zeros or a hurdle."""

    def beyond(self, y: FloatArray, eta: FloatArray) -> FloatArray:
        """P(Y > y) (n,), precise where it is small; 1 for a negative y."""


def weighted(rows: ResponseRows, log_density: FloatArray) -> FloatArray:
    """Log density times the prior weights; impossible rows (NaN) are -infinity."""
    found = np.where(np.isnan(log_density), -np.inf, log_density)
    if rows.weights is None:
        return found
    return np.where(rows.weights > 0, rows.weights * np.where(rows.weights > 0, found, 0.0), 0.0)
