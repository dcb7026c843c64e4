"""Counts over a hurdle: whether there is a count at all, and how many if there is.

Room: engine/observation. Channels: mean, hurdle (logit of a zero), the counts' others.
Takes: `ResponseRows` with counts, (K, n) linear predictors.
Gives: `Hurdle`.
Source: docs/theory.md (29); Mullahy (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import log_above, log_below
from echelon.engine.observation.model import CountModel, ResponseRows, weighted
from echelon.engine.observation.precise import log1mexp
from echelon.engine.observation.starts import average
from echelon.engine.observation.zero_inflated import (
    PLACE,
    start_of_counts,
    without_zero_part,
)

LARGEST_COUNT = 2.0**53  # whole numbers end here; no draw is above
TINY = np.finfo(float).tiny


@dataclass(frozen=True, slots=True)
class Hurdle:
    """P(0) = pi, P(y) = (1 - pi) f(y) / (1 - f(0))."""

    counts: CountModel

    @property
    def family(self) -> str:
        """Family of the counts."""
        return self.counts.family

    @property
    def link(self) -> str:
        """Link of the counts' mean."""
        return self.counts.link

    @property
    def channels(self) -> tuple[str, ...]:
        """Mean, hurdle, and what else the counts have."""
        return (*self.counts.channels[:PLACE], "hurdle", *self.counts.channels[PLACE:])

    @property
    def core_name(self) -> str:
        """'hurdle:' and the counts' name."""
        return f"hurdle:{self.counts.core_name}"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        inner = without_zero_part(eta)
        inside = self.counts.log_density(ResponseRows(rows.y), inner) - self._log_some(inner)
        inside = log_above("logit", eta[PLACE]) + inside
        return weighted(rows, np.where(rows.y > 0, inside, log_below("logit", eta[PLACE])))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean of the response, zeros and all (n,)."""
        return np.exp(log_above("logit", eta[PLACE])) * self._truncated(rows, eta)[0]

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of the response (n,)."""
        mean, variance = self._truncated(rows, eta)
        share = np.exp(log_above("logit", eta[PLACE]))
        zero = np.exp(log_below("logit", eta[PLACE]))
        with np.errstate(over="ignore"):
            return np.asarray(share * variance + (share * mean) * (zero * mean))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw counts (n,): the least y with P(Y > y) below a uniform part of P(Y > 0)."""
        inner, n = without_zero_part(eta), eta.shape[1]
        zero = rng.random(n) < np.exp(log_below("logit", eta[PLACE]))
        target = (1 - rng.random(n)) * self.counts.beyond(np.zeros(n), inner)
        low, high = np.zeros(n), np.ones(n)
        while np.any(short := (self.counts.beyond(high, inner) > target) & (high < LARGEST_COUNT)):
            low, high = np.where(short, high, low), np.where(short, 2 * high, high)
        while np.any(high - low > 1):
            middle = np.floor((low + high) / 2)
            above = self.counts.beyond(middle, inner) > target
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.where(zero, 0.0, high)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        share = np.exp(log_above("logit", eta[PLACE]))
        below = np.where(rows.y > 0, 1 - share * self._tail(rows.y - 1, eta), 0.0)
        return below, 1 - share * self._tail(rows.y, eta)

    def start(self, rows: ResponseRows) -> FloatArray:
        """Take counts from the positive rows, the hurdle from the share of zeros, (K,)."""
        counts, _ = start_of_counts(self.counts, rows)
        n = rows.y.size
        share = (average(rows, (rows.y == 0).astype(float)) * n + 0.5) / (n + 1)
        return np.insert(counts, PLACE, np.log(share / (1 - share)))

    def _log_some(self, inner: FloatArray) -> FloatArray:
        """Give log P(Y > 0) of the counts (n,)."""
        none = self.counts.log_density(ResponseRows(np.zeros(inner.shape[1])), inner)
        return log1mexp(np.maximum(-none, TINY))

    def _truncated(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of a count given that it is positive, (n,) each."""
        inner = without_zero_part(eta)
        some = np.exp(self._log_some(inner))
        mean, variance = self.counts.mean(rows, inner), self.counts.variance(rows, inner)
        with np.errstate(over="ignore", invalid="ignore"):
            truncated = np.maximum(mean / some, 1.0)
            # E(Y^2) / P - (E(Y) / P)^2; the second moment less mean^2 without cancellation
            left = variance / some - truncated * (truncated - mean)
            left = np.where(np.isinf(variance / some), np.inf, np.maximum(left, 0.0))
        return truncated, left

    def _tail(self, y: FloatArray, eta: FloatArray) -> FloatArray:
        """P(Y > y) given that Y > 0 (n,)."""
        inner = without_zero_part(eta)
        some = np.maximum(self.counts.beyond(np.zeros_like(y), inner), TINY)
        return np.minimum(self.counts.beyond(y, inner) / some, 1.0)
