"""Binomial and Bernoulli responses: y successes in some trials.

Room: engine/observation. Channel: mean (the link of the probability of a success).
Takes: `ResponseRows` with successes, (1, n) linear predictors.
Gives: `Binomial`.
Source: docs/theory.md (24); Loader (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, link_of, log_above, log_below
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import log_binomial, special
from echelon.engine.observation.starts import share


@dataclass(frozen=True, slots=True)
class Binomial:
    """P(y) = C(n, y) p^y (1 - p)^(n - y), p = F(eta)."""

    link: str = "logit"
    family: ClassVar[str] = "binomial"
    channels: ClassVar[tuple[str, ...]] = ("mean",)
    core_name: ClassVar[str] = "binomial"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with the binomial coefficient, times the prior weight."""
        below, above = log_below(self.link, eta[0]), log_above(self.link, eta[0])
        if rows.trials is None:
            return weighted(rows, np.where(rows.y > 0, below, above))
        return weighted(rows, log_binomial(rows.y, rows.trials, below, above))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Probability of a success (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of the proportion of successes (n,)."""
        both = log_below(self.link, eta[0]) + log_above(self.link, eta[0])
        return np.exp(both) / rows.trial_counts()

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw successes (n,)."""
        trials = rows.trial_counts().astype(np.int64)
        return rng.binomial(trials, np.minimum(self.mean(rows, eta), 1.0)).astype(float)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        failure = np.exp(log_above(self.link, eta[0]))
        if rows.trials is None:
            return np.where(rows.y > 0, failure, 0.0), np.where(rows.y > 0, 1.0, failure)
        trials = rows.trials
        return _up_to(rows.y - 1, trials, failure), _up_to(rows.y, trials, failure)

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the share of successes, (1,)."""
        return link_of(self.link, np.array([share(rows)]))


def _up_to(y: FloatArray, trials: FloatArray, failure: FloatArray) -> FloatArray:
    """P(Y <= y) by the incomplete beta function."""
    inner = (y >= 0) & (y < trials)
    a, b = np.where(inner, trials - y, 1.0), np.where(inner, y + 1, 1.0)
    return np.where(inner, special().betainc(a, b, failure), (y >= 0).astype(float))
