"""Nominal categories, each against the first.

Room: engine/observation. Channels: one per category but the first, named by the category.
Takes: `ResponseRows` with numbers of categories (0 to J - 1), (J - 1, n) linear predictors.
Gives: `Multinomial`.
Source: docs/theory.md (29); Agresti (2013), 8.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.categories import Categorical, category_shares, log_shares
from echelon.engine.observation.model import ResponseRows


@dataclass(frozen=True, slots=True)
class Multinomial(Categorical):
    """P(j) proportional to e^eta_j, with eta 0 for the first category.

    `labels` (J,) are the names of the categories; without them they are numbered from 1.
    """

    n_categories: int
    link: str = "logit"
    labels: tuple[str, ...] = ()
    family: ClassVar[str] = "multinomial"
    core_name: ClassVar[str] = "multinomial"

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of all categories but the first."""
        return self.labels[1:] or tuple(f"category {j + 1}" for j in range(1, self.n_categories))

    def log_probabilities(self, eta: FloatArray) -> FloatArray:
        """Log probabilities of the categories, (J, n)."""
        return log_shares(np.pad(eta, ((1, 0), (0, 0))))

    def start(self, rows: ResponseRows) -> FloatArray:
        """Take logs of the shares over the first one's, (J - 1,)."""
        shares = category_shares(rows, self.n_categories)
        return np.asarray(np.log(shares[1:] / shares[0]))
