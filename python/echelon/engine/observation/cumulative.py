"""Ordered categories by cumulative probabilities: thresholds on a latent scale.

Room: engine/observation. Channels: location, threshold 1 .. threshold J - 1, and scale (log).
Takes: `ResponseRows` with numbers of categories (0 to J - 1), (K, n) linear predictors.
Gives: `Cumulative`.
Source: docs/theory.md (29); McCullagh (1980).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.categories import Categorical, cumulative_shares
from echelon.engine.observation.links import (
    link_of,
    log_above,
    log_below,
    log_between,
)
from echelon.engine.observation.model import ResponseRows, weighted


@dataclass(frozen=True, slots=True)
class Cumulative(Categorical):
    """P(Y <= j) = F((threshold_j - location) / e^scale)."""

    n_categories: int
    link: str = "logit"
    has_scale: bool = False
    family: ClassVar[str] = "cumulative"

    @property
    def channels(self) -> tuple[str, ...]:
        """Location, the thresholds, and scale if there is one."""
        thresholds = (f"threshold {j}" for j in range(1, self.n_categories))
        return ("location", *thresholds, *(("scale",) if self.has_scale else ()))

    @property
    def core_name(self) -> str:
        """'cumulative', or 'cumulative:scale'."""
        return "cumulative:scale" if self.has_scale else "cumulative"

    def log_probabilities(self, eta: FloatArray) -> FloatArray:
        """Log probabilities of the categories, (J, n)."""
        edges = np.pad(self._standardised(eta), ((1, 1), (0, 0)), constant_values=np.inf)
        edges[0] = -np.inf
        return self._log_inside(edges[:-1], edges[1:])

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log probability of the category (n,), times the prior weight."""
        low, high = self._edges(rows, eta)
        return weighted(rows, self._log_inside(low, high))

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        low, high = self._edges(rows, eta)
        below = np.where(np.isneginf(low), 0.0, np.exp(log_below(self.link, _finite(low))))
        up_to = np.where(np.isposinf(high), 1.0, np.exp(log_below(self.link, _finite(high))))
        return below, up_to

    def start(self, rows: ResponseRows) -> FloatArray:
        """Location 0, thresholds from the cumulative shares, and scale 0."""
        thresholds = link_of(self.link, cumulative_shares(rows, self.n_categories))
        return np.concatenate([[0.0], thresholds, [0.0] if self.has_scale else []])

    def _standardised(self, eta: FloatArray) -> FloatArray:
        """(threshold - location) / e^scale, (J - 1, n)."""
        edges: FloatArray = eta[1 : self.n_categories] - eta[0]
        if not self.has_scale:
            return edges
        with np.errstate(over="ignore"):
            return np.asarray(edges * np.exp(-eta[self.n_categories]))

    def _edges(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Edges of each row's category on the latent scale, infinite at the ends, (n,) each."""
        edges, y = self._standardised(eta), rows.y.astype(np.int64)
        i, last = np.arange(y.size), self.n_categories - 1
        low = np.where(y > 0, edges[np.maximum(y - 1, 0), i], -np.inf)
        high = np.where(y < last, edges[np.minimum(y, last - 1), i], np.inf)
        return low, high

    def _log_inside(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """log(F(high) - F(low)) with infinite ends."""
        a, b = _finite(low), _finite(high)
        inside = log_between(self.link, a, b)
        upper = np.where(np.isposinf(high), log_above(self.link, a), inside)
        return np.where(np.isneginf(low), log_below(self.link, b), upper)


def _finite(x: FloatArray) -> FloatArray:
    return np.clip(x, -1e300, 1e300)
