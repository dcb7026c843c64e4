"""The largest of several correlated t statistics: exact tails and quantiles.

Room: infer/. Integrates; knows neither models nor contrasts.
Takes: unit rows (m, d) whose inner products are the correlations; no m x m matrix.
Gives: a distribution with `tail` and `quantile`.
Source: docs/theory.md (23); Genz & Bretz (2009), sections 4.1 and 4.2; Sobol's sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.infer.distributions import distributions
from echelon.infer.distributions.studentized_range import largest_of_factor, quantile_of

N_ANGLES = 2**16  # on a half circle: the error is of order 1 / N^2
LOG_DIRECTIONS = ((600, 19), (20_000, 17), (np.inf, 15))  # on a sphere, by m d: powers of 2
CALIBRATED, MOMENTS = 7, (2, 3, 4)  # rank from which mean powers of a_i'u are made exact
N_VALUES = 1024  # means of neighbouring values that stand for all directions
CHUNK = 2**22  # numbers in memory at once
PRODUCT = 1e-9  # distance from l_i l_j at which correlations count as of one factor
LARGEST_LOADING = 0.98
MANY_ROWS, MANY_LOADINGS = 2000, 60


class Largest(Protocol):
    """The distribution of the largest absolute statistic of a family."""

    def tail(self, q: FloatArray, df: FloatArray) -> FloatArray:
        """P(largest > q) for each q (m,) and df (m,)."""

    def quantile(self, share: float, df: FloatArray) -> FloatArray:
        """Find the q (m,) that leaves 1 - share above it, for each df (m,)."""


@dataclass(frozen=True, slots=True, eq=False)
class ByDirection:
    """Largest |a_i'z| / s, z normal in d dimensions: a mixture of F over directions of z.

    In direction u the largest is r M(u) / s with M(u) = max |a_i'u|, and r^2 / (d s^2) has the F
    distribution on (d, df). `values` (b,) are M, `shares` (b,) of the directions, sum 1.
    """

    rank: int
    values: FloatArray
    shares: FloatArray

    def tail(self, q: FloatArray, df: FloatArray) -> FloatArray:
        """P(largest > q) for each q (m,) and df (m,)."""
        q, df = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(df, dtype=float))
        result = np.full(q.shape, np.nan)
        for i in np.flatnonzero(~np.isnan(q) & ~np.isnan(df)):
            bound = (q[i] / self.values) ** 2 / self.rank
            result[i] = distributions.f_tail(bound, self.rank, df[i]) @ self.shares
        return result

    def quantile(self, share: float, df: FloatArray) -> FloatArray:
        """Find the q (m,) that leaves 1 - share above it, for each df (m,)."""
        return quantile_of(self.tail, share, df)


def largest_t(rows: FloatArray) -> Largest:
    """Make the distribution of the largest |t| of a family.

    Parameters
    ----------
    rows : (m, d), no unit: unit rows A with correlations A A'; any rank.

    Returns
    -------
    One quadrature is exact where the correlations have the form l_i l_j (a common control whose
    mean is independent of the others, uncorrelated contrasts), or where their rank is 1 or 2;
    otherwise a fixed quasi-random set of directions is averaged: the same numbers on every run,
    with an error of about 1e-5 up to rank 5, 1e-4 up to rank 11, and below 1e-3 beyond.

    Notes
    -----
    Cost m d per direction; memory does not grow with m^2 beyond 2,000 rows.

    Source
    ------
    Theory (23). R's mvtnorm (pmvt, qmvt) agrees to its own error.
    """
    rows = _spanned(rows)
    rank = rows.shape[1]
    if rank > 2 and len(rows) <= MANY_ROWS:
        loadings = one_factor(rows @ rows.T)
        if loadings is not None:
            return largest_of_factor(loadings)
    return _by_direction(rows)


def one_factor(correlation: FloatArray) -> FloatArray | None:
    """Find loadings l (m,) with correlations (m, m) l_i l_j up to signs; None if there are none."""
    R = correlation - np.diag(np.diagonal(correlation))
    if np.abs(R).max() <= PRODUCT:
        return np.zeros(len(R))
    first = int(np.abs(R).sum(axis=0).argmax())
    order = np.argsort(-np.abs(R[first]))
    second, third = order[:2]
    if abs(R[second, third]) <= PRODUCT:
        return None
    square = R[first, second] * R[first, third] / R[second, third]
    if not 0 < square <= LARGEST_LOADING**2:
        return None
    loadings = R[first] / np.sqrt(square)
    loadings[first] = np.sqrt(square)
    product = np.outer(loadings, loadings)
    np.fill_diagonal(product, 0.0)
    is_close = np.abs(product - R).max() <= PRODUCT
    is_easy = np.abs(loadings).max() <= LARGEST_LOADING
    is_short = len(np.unique(np.round(np.abs(loadings), 10))) <= MANY_LOADINGS
    return loadings if is_close and is_easy and is_short else None


def _spanned(rows: FloatArray) -> FloatArray:
    """Turn the rows into their own space, (m, rank), of unit length."""
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    inside = rows @ basis[sizes > 1e-7 * sizes[0]].T
    unit: FloatArray = inside / np.linalg.norm(inside, axis=1, keepdims=True)
    return unit


def _by_direction(rows: FloatArray) -> ByDirection:
    """Compute max |a_i'u| for directions u spread evenly over the sphere."""
    m, rank = rows.shape
    if rank == 1:
        return ByDirection(1, np.ones(1), np.ones(1))
    log_count = next(power for limit, power in LOG_DIRECTIONS if m * rank <= limit)
    directions = _circle() if rank == 2 else _sphere(rank, log_count)
    largest = np.empty(len(directions))
    moments = np.zeros((len(directions), len(MOMENTS)))
    step = max(CHUNK // m, 1)
    for start in range(0, len(directions), step):
        place = slice(start, start + step)
        square = (directions[place] @ rows.T) ** 2
        largest[place] = np.sqrt(square.max(axis=1))
        if rank >= CALIBRATED:
            moments[place] = np.column_stack([(square**p).mean(axis=1) for p in MOMENTS])
    weights = np.full(len(directions), 1 / len(directions))
    if rank >= CALIBRATED:
        weights *= _calibration(moments, rank)
    return ByDirection(rank, *_condensed(largest, weights))


def _circle() -> FloatArray:
    """Spread directions (N, 2) over a half circle."""
    angles = (np.arange(N_ANGLES) + 0.5) * np.pi / N_ANGLES
    return np.column_stack([np.cos(angles), np.sin(angles)])


@lru_cache(maxsize=1)  # the families of several groups share their directions
def _sphere(rank: int, log_count: int) -> FloatArray:
    """Spread directions (N, rank) over the sphere: Sobol's points through normal quantiles."""
    sobol = require("scipy.stats.qmc").Sobol(rank, scramble=False)
    place = sobol.random_base2(log_count) + 0.5 ** (log_count + 1)
    points = distributions.normal_quantiles(place)
    unit: FloatArray = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit


def _calibration(moments: FloatArray, rank: int) -> FloatArray:
    """Weigh directions (N,) so that the mean powers (N, k) of a_i'u average to what they are.

    The mean of (a'u)^2p over the sphere is 1 3 ... (2p - 1) / (d (d + 2) ... (d + 2p - 2)).
    """
    true = [np.prod([(1 + 2 * i) / (rank + 2 * i) for i in range(p)]) for p in MOMENTS]
    relative = moments / true - 1
    mean = relative.mean(axis=0)
    away = relative - mean
    slope = np.linalg.lstsq(away.T @ away / len(away), -mean, rcond=1e-12)[0]
    weights = np.maximum(1 + away @ slope, 0.0)
    scaled: FloatArray = weights / weights.mean()
    return scaled


def _condensed(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average neighbours among the sorted values, so that few stand for all."""
    if len(values) <= N_VALUES:
        return values, weights
    order = np.argsort(values)
    shares = weights[order].reshape(N_VALUES, -1)
    total = shares.sum(axis=1)
    return (values[order].reshape(N_VALUES, -1) * shares).sum(axis=1) / total, total
