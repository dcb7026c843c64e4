"""One-way analysis of variance: spread between and within groups, and the ICC with its interval.

Room: measure/. One question per file: how much of a column's variance lies between groups?
Takes: values (n,) and group codes (n,).
Gives: `Spread`.
Source: Searle, Casella & McCulloch (1992), sections 3.2 to 3.6; Wald (1940) for the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._optional import require
from echelon._types import CodeArray, FloatArray

_BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Spread:
    """How a column varies between and within the groups of one factor.

    `mean`, `sd_between`, `sd_within` in units of the column; `icc` and its bounds in [0, 1];
    `design_effect` is how many times the variance of the overall mean is inflated by grouping,
    `effective_n` how many independent rows would tell as much about it. What the data cannot
    give is NaN.
    """

    mean: float
    sd_between: float
    sd_within: float
    icc: float
    icc_low: float
    icc_high: float
    conf_level: float
    design_effect: float
    effective_n: float


def spread(values: FloatArray, codes: CodeArray, n_groups: int, conf_level: float = 0.95) -> Spread:
    """Split the variance of a column into a part between groups and a part within them.

    The variance between groups is the analysis-of-variance estimate (unbiased before it is cut
    off at zero). The interval is Wald's: exact for normal data with any group sizes, and equal
    to Searle's F interval when all groups have the same size. The design effect is Kish's,
    1 + (m - 1) ICC with m the size of the group of a typical row, sum(n_j^2) / n.

    Parameters
    ----------
    values : (n,), the column.
    codes : (n,), the group of each row, 0 to n_groups - 1, every group used.
    n_groups : number of groups (J).
    conf_level : of the interval of the ICC, in (0, 1).

    Returns
    -------
    Spread; everything but `mean` (and `sd_within`) is NaN with one group or one row per group.

    Source
    ------
    Searle, Casella & McCulloch (1992), p. 72, for the estimate; Wald (1940), Annals of
    Mathematical Statistics 11, 96-100, for the interval; Kish (1965) for the design effect.
    """
    n = len(values)
    mean = float(values.mean())
    sizes = np.bincount(codes, minlength=n_groups).astype(float)
    means = np.bincount(codes, weights=values - mean, minlength=n_groups) / sizes
    residual = values - mean - means[codes]
    within = float(residual @ residual) / (n - n_groups) if n > n_groups else float("nan")
    if n_groups < 2 or n == n_groups:
        nan = float("nan")
        sd_within = float(np.sqrt(within))
        return Spread(mean, nan, sd_within, nan, nan, nan, conf_level, nan, nan)
    between = _between(sizes, means, within)
    icc = between / (between + within) if between + within > 0 else float("nan")
    low, high = _interval(sizes, means, within, conf_level)
    design_effect = 1 + (float(sizes @ sizes) / n - 1) * icc
    return Spread(
        mean, float(np.sqrt(between)), float(np.sqrt(within)), icc, low, high, conf_level,
        design_effect, n / design_effect,
    )  # fmt: skip


def _between(sizes: FloatArray, means: FloatArray, within: float) -> float:
    n = float(sizes.sum())
    mean_square = float(sizes @ means**2) / (len(sizes) - 1)
    typical_size = (n - float(sizes @ sizes) / n) / (len(sizes) - 1)
    return max((mean_square - within) / typical_size, 0.0)


def _interval(
    sizes: FloatArray, means: FloatArray, within: float, conf_level: float
) -> tuple[float, float]:
    """Bounds of the ICC: where Wald's ratio of mean squares meets a quantile of F."""
    if within == 0:
        return float("nan"), float("nan")
    n_groups, n = len(sizes), int(sizes.sum())
    fdtri = require("scipy.special").fdtri
    tail = (1 - conf_level) / 2
    upper, lower = (float(fdtri(n_groups - 1, n - n_groups, p)) for p in (1 - tail, tail))
    by_size = _moments_by_size(sizes, means)
    return _solve(by_size, within, upper), _solve(by_size, within, lower)


def _moments_by_size(sizes: FloatArray, means: FloatArray) -> tuple[FloatArray, ...]:
    """Distinct group sizes, and of the means of groups of that size: count, sum, sum of squares."""
    distinct, which = np.unique(sizes, return_inverse=True)
    count = np.bincount(which).astype(np.float64)
    total, squares = (np.bincount(which, weights=means**k).astype(np.float64) for k in (1, 2))
    return distinct, count, total, squares


def _solve(by_size: tuple[FloatArray, ...], within: float, target: float) -> float:
    """Find the ICC at which the ratio of mean squares, which falls with it, is `target`."""
    low, high = 0.0, 1.0
    if _ratio(by_size, within, low) <= target:
        return 0.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _ratio(by_size, within, middle) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _ratio(by_size: tuple[FloatArray, ...], within: float, icc: float) -> float:
    """Mean square of group means about their weighted mean, over the mean square within."""
    sizes, n_groups, total, squares = by_size
    weights = sizes * (1 - icc) / (1 + (sizes - 1) * icc)
    if not weights.any():
        return 0.0
    centre = float(weights @ total) / float(weights @ n_groups)
    between = float(weights @ squares) - centre * float(weights @ total)
    return between / float(n_groups.sum() - 1) / within
