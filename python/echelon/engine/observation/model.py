"""The nouns of an observation model: rows of a response, and what a family must be able to do.

Room: engine/observation. One file per family implements `Observation`; the core has its twin.
Takes: -
Gives: `ResponseRows` and the protocol `Observation`.
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


class Observation(Protocol):
    """One family with one link: the density of a row given its linear predictors.

    `eta` is always (K, n), one row per entry of `channels`. Nothing here knows random effects.
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
        """Starting values (K,) of constant linear predictors, finite for every valid response."""
