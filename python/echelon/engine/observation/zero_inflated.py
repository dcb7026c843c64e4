"""Counts with structural zeros: some rows cannot have a count.

Room: engine/observation. Channels: mean, zero (logit of a structural zero), the counts' others.
Takes: `ResponseRows` with counts, (K, n) linear predictors.
Gives: `ZeroInflated`, and `without_zero_part`.
Source: docs/theory.md (29); Lambert (1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import log_above, log_below
from echelon.engine.observation.model import CountModel, ResponseRows, weighted
from echelon.engine.observation.precise import log_add
from echelon.engine.observation.starts import average

PLACE = 1  # of the zero part among the channels
LEAST_SHARE, LARGEST_SHARE = 0.02, 0.95


@dataclass(frozen=True, slots=True)
class ZeroInflated:
    """P(0) = pi + (1 - pi) f(0), P(y) = (1 - pi) f(y)."""

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
        """Mean, zero, and what else the counts have."""
        return (*self.counts.channels[:PLACE], "zero", *self.counts.channels[PLACE:])

    @property
    def core_name(self) -> str:
        """'zero:' and the counts' name."""
        return f"zero:{self.counts.core_name}"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        inside = self.counts.log_density(ResponseRows(rows.y), without_zero_part(eta))
        inside = inside + log_above("logit", eta[PLACE])
        both = log_add(log_below("logit", eta[PLACE]), inside)
        return weighted(rows, np.where(rows.y > 0, inside, both))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean of the response, zeros and all (n,)."""
        share = np.exp(log_above("logit", eta[PLACE]))
        return share * self.counts.mean(rows, without_zero_part(eta))

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of the response (n,)."""
        mean = self.counts.mean(rows, without_zero_part(eta))
        inner = self.counts.variance(rows, without_zero_part(eta))
        share = np.exp(log_above("logit", eta[PLACE]))
        zero = np.exp(log_below("logit", eta[PLACE]))
        with np.errstate(over="ignore"):
            return np.asarray(share * inner + (share * mean) * (zero * mean))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw counts (n,)."""
        counts = self.counts.draw(rows, without_zero_part(eta), rng)
        structural = rng.random(counts.size) < np.exp(log_below("logit", eta[PLACE]))
        return np.where(structural, 0.0, counts)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        below, up_to = self.counts.distribution(rows, without_zero_part(eta))
        share = np.exp(log_above("logit", eta[PLACE]))
        zero = np.exp(log_below("logit", eta[PLACE]))
        return np.where(rows.y > 0, zero + share * below, 0.0), zero + share * up_to

    def start(self, rows: ResponseRows) -> FloatArray:
        """Take counts from the positive rows, structural zeros from what they leave over, (K,)."""
        counts, none = start_of_counts(self.counts, rows)
        observed = average(rows, (rows.y == 0).astype(float))
        share = (observed - none) / max(1 - none, 1e-3)
        share = float(np.clip(share, LEAST_SHARE, LARGEST_SHARE))
        return np.insert(counts, PLACE, np.log(share / (1 - share)))


def without_zero_part(eta: FloatArray) -> FloatArray:
    """Linear predictors of the counts alone, (K - 1, n)."""
    return np.delete(eta, PLACE, axis=0)


def start_of_counts(counts: CountModel, rows: ResponseRows) -> tuple[FloatArray, float]:
    """Give starting values of the counts from positive rows, and a Poisson's P(0) there.

    A Poisson without zeros has mean mu / (1 - e^-mu); its mu is found by repeated substitution.
    """
    positive = rows.y > 0
    if not positive.any():
        return counts.start(rows), 1.0
    weights = None if rows.weights is None else rows.weights[positive]
    some = ResponseRows(rows.y[positive], weights=weights)
    truncated = average(some, some.y)
    mean = truncated
    for _ in range(25):
        mean = max(truncated * -np.expm1(-mean), 0.05)
    # The same rows as counts of that mean: start values depend on moments alone.
    return counts.start(ResponseRows(some.y * (mean / truncated), weights=weights)), np.exp(-mean)
