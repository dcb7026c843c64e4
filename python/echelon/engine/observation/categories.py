"""What categorical families share: everything that follows from their probabilities.

Room: engine/observation. Categories are numbered 0 to J - 1.
Takes: `ResponseRows` with numbers of categories; probabilities (n, J).
Gives: `Categorical`, `category_shares`, `cumulative_shares`, `draw_category`,
`indicator_variance`, `log_shares`.
Source: docs/theory.md (29).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import special


class Categorical(ABC):
    """A family that is known by the log probabilities of its categories."""

    __slots__ = ()

    @abstractmethod
    def log_probabilities(self, eta: FloatArray) -> FloatArray:
        """Log probabilities of the categories, (J, n)."""

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log probability of the category (n,), times the prior weight."""
        found = self.log_probabilities(eta)
        return weighted(rows, found[rows.y.astype(np.int64), np.arange(rows.y.size)])

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Probabilities of the categories, (n, J)."""
        return np.asarray(np.exp(self.log_probabilities(eta)).T)

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of each category's indicator, (n, J)."""
        return indicator_variance(self.mean(rows, eta))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw categories (n,)."""
        return draw_category(self.mean(rows, eta), rng)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        return _up_to(self.mean(rows, eta), rows.y)


def category_shares(rows: ResponseRows, n_categories: int) -> FloatArray:
    """Shares of the categories (J,), each with half a row added: none is zero."""
    weights = rows.weights
    counts = np.bincount(rows.y.astype(np.int64), weights, minlength=n_categories) + 0.5
    shares: FloatArray = counts / counts.sum()
    return shares


def cumulative_shares(rows: ResponseRows, n_categories: int) -> FloatArray:
    """Shares of the first j categories, j = 1 .. J - 1: strictly increasing, inside (0, 1)."""
    return np.cumsum(category_shares(rows, n_categories))[:-1]


def draw_category(probabilities: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw a category per row (n,) from probabilities (n, J)."""
    edges = np.cumsum(probabilities, axis=1)
    point = rng.random(len(edges)) * edges[:, -1]
    drawn: FloatArray = (point[:, None] >= edges[:, :-1]).sum(axis=1).astype(float)
    return drawn


def indicator_variance(probabilities: FloatArray) -> FloatArray:
    """Give p (1 - p), (n, J)."""
    return probabilities * (1 - probabilities)


def log_shares(scores: FloatArray) -> FloatArray:
    """Give the logs of probabilities proportional to e^scores, (J, n)."""
    found: FloatArray = scores - special().logsumexp(scores, axis=0)
    return found


def _up_to(probabilities: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(Y < y) and P(Y <= y), (n,) each, from probabilities (n, J)."""
    edges = np.minimum(np.cumsum(probabilities, axis=1), 1.0)
    edges = np.pad(edges, ((0, 0), (1, 0)))
    edges[:, -1] = 1.0
    i, at = np.arange(len(edges)), y.astype(np.int64)
    return edges[i, at], edges[i, at + 1]
