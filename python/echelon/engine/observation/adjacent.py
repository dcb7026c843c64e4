"""Ordered categories by the odds of neighbours.

Room: engine/observation. Channels: location, threshold 1 .. threshold J - 1.
Takes: `ResponseRows` with numbers of categories (0 to J - 1), (J, n) linear predictors.
Gives: `Adjacent`.
Source: docs/theory.md (29); Agresti (2010), 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.categories import Categorical, category_shares, log_shares
from echelon.engine.observation.model import ResponseRows


@dataclass(frozen=True, slots=True)
class Adjacent(Categorical):
    """log P(j + 1) / P(j) = location - threshold_j."""

    n_categories: int
    link: str = "logit"
    family: ClassVar[str] = "adjacent"
    core_name: ClassVar[str] = "adjacent"

    @property
    def channels(self) -> tuple[str, ...]:
        """Location and the thresholds."""
        return ("location", *(f"threshold {j}" for j in range(1, self.n_categories)))

    def log_probabilities(self, eta: FloatArray) -> FloatArray:
        """Log probabilities of the categories, (J, n)."""
        steps = np.cumsum(eta[0] - eta[1:], axis=0)
        return log_shares(np.pad(steps, ((1, 0), (0, 0))))

    def start(self, rows: ResponseRows) -> FloatArray:
        """Location 0 and thresholds from the shares, (J,)."""
        shares = category_shares(rows, self.n_categories)
        return np.append(0.0, np.log(shares[:-1] / shares[1:]))
