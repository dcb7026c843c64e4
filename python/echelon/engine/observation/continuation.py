"""Ordered categories as stages: to stop at one, given that it was reached.

Room: engine/observation. Channels: location, threshold 1 .. threshold J - 1.
Takes: `ResponseRows` with numbers of categories (0 to J - 1), (J, n) linear predictors.
Gives: `Continuation`.
Source: docs/theory.md (29); Tutz (1991).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.categories import Categorical, category_shares
from echelon.engine.observation.links import link_of, log_above, log_below
from echelon.engine.observation.model import ResponseRows


@dataclass(frozen=True, slots=True)
class Continuation(Categorical):
    """P(Y = j | Y >= j) = F(threshold_j - location)."""

    n_categories: int
    link: str = "logit"
    family: ClassVar[str] = "continuation"
    core_name: ClassVar[str] = "continuation"

    @property
    def channels(self) -> tuple[str, ...]:
        """Location and the thresholds."""
        return ("location", *(f"threshold {j}" for j in range(1, self.n_categories)))

    def log_probabilities(self, eta: FloatArray) -> FloatArray:
        """Log probabilities of the categories, (J, n)."""
        edges = eta[1:] - eta[0]
        passed = np.cumsum(log_above(self.link, edges), axis=0)
        stopped = np.pad(log_below(self.link, edges), ((0, 1), (0, 0)))
        return np.asarray(np.pad(passed, ((1, 0), (0, 0))) + stopped)

    def start(self, rows: ResponseRows) -> FloatArray:
        """Location 0 and thresholds from the shares of those that got so far, (J,)."""
        shares = category_shares(rows, self.n_categories)
        reached = np.cumsum(shares[::-1])[::-1]
        return np.append(0.0, link_of(self.link, shares[:-1] / reached[:-1]))
