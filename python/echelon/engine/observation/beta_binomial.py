"""Beta-binomial responses: successes in trials that share a varying probability.

Room: engine/observation. Channels: mean, dispersion (log phi, the precision of the probability).
Takes: `ResponseRows` with successes and trials, (2, n) linear predictors.
Gives: `BetaBinomial`.
Source: docs/theory.md (24); Skellam (1948).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.observation.links import inverse, link_of, log_above, log_below
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import (
    expo,
    log_binomial,
    rising_excess,
    softplus,
    special,
)
from echelon.engine.observation.starts import average, log_dispersion, share, variance

TERMS_AT_ONCE = 1_000_000  # of the sums of probabilities


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """Binomial with probability from Beta(mu phi, (1 - mu) phi)."""

    link: str = "logit"
    family: ClassVar[str] = "betabinomial"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "betabinomial"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with the binomial coefficient, times the prior weight."""
        below, above = log_below(self.link, eta[0]), log_above(self.link, eta[0])
        found = _log_probability(rows.y, rows.trial_counts(), below, above, eta[1])
        return weighted(rows, found)

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean probability of a success (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance of the proportion of successes (n,)."""
        both = log_below(self.link, eta[0]) + log_above(self.link, eta[0])
        trials = rows.trial_counts()
        return np.exp(both) * (1 + (trials - 1) * np.exp(-softplus(eta[1]))) / trials

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw successes (n,)."""
        below, above = log_below(self.link, eta[0]), log_above(self.link, eta[0])
        flat = eta[1] > np.log(1e15)
        phi = np.minimum(eta[1], np.log(1e15))
        p = rng.beta(expo(below + phi), expo(above + phi))
        p = np.where(flat, np.exp(below), p)
        return rng.binomial(rows.trial_counts().astype(np.int64), p).astype(float)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each, by summing the shorter tail."""
        trials = rows.trial_counts()
        at = np.exp(self.log_density(ResponseRows(rows.y, rows.trials), eta))
        from_below = rows.y <= trials - rows.y
        first = np.where(from_below, 0.0, rows.y + 1)
        count = np.where(from_below, rows.y, trials - rows.y).astype(np.int64)
        tail = self._sums(first, count, trials, eta)
        below = np.where(from_below, tail, np.maximum(1 - tail - at, 0.0))
        up_to = np.where(from_below, np.minimum(tail + at, 1.0), 1 - tail)
        return below, np.maximum(up_to, below)

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the share of successes and log phi by moments, (2,)."""
        p, trials = share(rows), rows.trial_counts()
        usual = average(rows, p * (1 - p) / trials)
        rho = (variance(rows, rows.y / trials) - usual) / max(p * (1 - p) - usual, 1e-8)
        phi = 1 / float(np.clip(rho, 1e-3, 0.9)) - 1
        return np.array([float(link_of(self.link, np.asarray(p))), log_dispersion(phi)])

    def _sums(
        self, first: FloatArray, count: IndexArray, trials: FloatArray, eta: FloatArray
    ) -> FloatArray:
        """Add up `count` probabilities from `first` on, (n,), in batches of bounded size."""
        below, above = log_below(self.link, eta[0]), log_above(self.link, eta[0])
        total = np.zeros_like(first)
        for row, offset in _batches(count):
            terms = _log_probability(
                first[row] + offset, trials[row], below[row], above[row], eta[1][row]
            )
            total += np.bincount(row, np.exp(terms), minlength=total.size)
        return total


def _log_probability(
    y: FloatArray, trials: FloatArray, below: FloatArray, above: FloatArray, log_phi: FloatArray
) -> FloatArray:
    """Log probability (n,): a binomial coefficient and three rising factorials."""
    rest = trials - y
    one = special().xlog1py(rest, -y / trials) + special().xlogy(y, y / trials)
    with np.errstate(divide="ignore"):
        choices = log_binomial(y, trials, np.log(y / trials), np.log1p(-y / trials)) - one
    found = choices + _side(y, below, log_phi) + _side(rest, above, log_phi)
    return np.asarray(found - rising_excess(expo(log_phi), log_phi, trials))


def _side(y: FloatArray, log_share: FloatArray, log_phi: FloatArray) -> FloatArray:
    """Log of the rising factorial of share phi, less y log phi."""
    log_a = log_share + log_phi
    a = expo(log_a)
    gammaln = special().gammaln
    small = log_a + gammaln(np.minimum(a, 1.0) + y) - gammaln(np.minimum(a, 1.0) + 1)
    with np.errstate(over="ignore", invalid="ignore"):
        large = y * log_share + rising_excess(np.maximum(a, 1.0), np.maximum(log_a, 0.0), y)
    return np.where(y > 0, np.where(a < 1, small - y * log_phi, large), 0.0)


def _batches(count: IndexArray) -> Iterator[tuple[IndexArray, FloatArray]]:
    """Pairs (row, offset) for all offsets 0 .. count - 1 of each row, some at a time."""
    ends = np.cumsum(count)
    for start in range(0, int(ends[-1]) if ends.size else 0, TERMS_AT_ONCE):
        term = np.arange(start, min(start + TERMS_AT_ONCE, int(ends[-1])))
        row = np.searchsorted(ends, term, side="right")
        yield row, (term - (ends[row] - count[row])).astype(float)
