"""Largest of several correlated normals over an independent chi: tails and quantiles.

Room: infer/. Integrates; knows neither models nor contrasts.
Takes: the number of means (Tukey), or the loadings of a one-factor correlation (Dunnett).
Gives: `Extreme`: its tail and quantile at any degrees of freedom.
Source: docs/theory.md (23); Tukey (1953), Dunnett (1955); Trefethen & Weideman (2014) on the
    trapezoidal rule, Trefethen (2013) on Chebyshev panels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from echelon._types import FloatArray
from echelon.infer.distributions import distributions

PANEL, NODES = 0.5, 16  # Chebyshev panels over the argument, points in each
NORMAL_STEP, NORMAL_REACH = 0.125, 9.0  # trapezoidal rule over a standard normal
SMALLEST = 1e-18  # tail below which the table ends
LOWEST_DF = 0.5
CLOSE = 1e-12  # relative, of quantiles and of tails


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """The distribution of the extreme of unit normals, as a table of its tail.

    `coefficients` (panels, NODES) are Chebyshev series of P(extreme > w) on panels of length
    `PANEL` from zero; beyond the last the tail is zero.
    """

    coefficients: FloatArray

    def tail(self, q: FloatArray, df: FloatArray) -> FloatArray:
        """P(extreme / s > q) for each q >= 0 (m,) and df (m,), s an independent chi / sqrt(df)."""
        q, df = np.broadcast_arrays(np.asarray(q, dtype=float), np.asarray(df, dtype=float))
        result = np.full(q.shape, np.nan)
        for value in np.unique(df[~np.isnan(df)]):
            own = (df == value) & ~np.isnan(q)
            scales, weights = chi_rule(float(value))
            result[own] = self._normal_tail(np.multiply.outer(q[own], scales)) @ weights
        clipped: FloatArray = np.clip(result, 0.0, 1.0)
        return clipped

    def quantile(self, share: float, df: FloatArray) -> FloatArray:
        """Find the q (m,) with P(extreme / s <= q) = share, for each df (m,)."""
        return quantile_of(self.tail, share, df)

    def _normal_tail(self, w: FloatArray) -> FloatArray:
        """Look up P(extreme > w), any shape."""
        panel = np.minimum((w / PANEL).astype(np.int64), len(self.coefficients))
        inside = panel < len(self.coefficients)
        own = self.coefficients[panel[inside]]
        x = 2 * (w[inside] / PANEL - panel[inside]) - 1
        before, last = np.zeros_like(x), np.zeros_like(x)
        for j in range(NODES - 1, 0, -1):  # Clenshaw's recurrence
            before, last = last, own[:, j] + 2 * x * last - before
        tail = np.zeros(w.shape)
        tail[inside] = own[:, 0] + x * last - before
        return tail


@lru_cache(maxsize=64)
def studentized_range(n_means: float) -> Extreme:
    """Tabulate the range of k independent normal means: Tukey's distribution.

    Source
    ------
    Theory (23). Agrees with scipy.stats.studentized_range and R's ptukey to 1e-9.
    """
    z, weights = _normal_rule(NORMAL_REACH)
    below = np.maximum(distributions.normal_cdf(z), 1e-300)
    with np.errstate(under="ignore"):
        highest = n_means * weights * below ** (n_means - 1)  # density of the highest

    def tail(w: FloatArray) -> FloatArray:
        share = distributions.normal_cdf(z - w[:, None]) / below
        with np.errstate(divide="ignore"):
            missed = -np.expm1((n_means - 1) * np.log1p(-np.minimum(share, 1.0)))
        found: FloatArray = missed @ highest
        return found

    return _tabulate(tail)


def largest_of_factor(loadings: FloatArray) -> Extreme:
    """Largest absolute value of unit normals with correlations l_i l_j, loadings l (m,)."""
    values, counts = np.unique(np.round(np.abs(loadings), 10), return_counts=True)
    z, weights = _normal_rule(NORMAL_REACH)
    spread = np.sqrt(1 - values**2)

    def tail(w: FloatArray) -> FloatArray:
        log_inside = np.zeros((len(w), len(z)))
        for loading, scale, count in zip(values, spread, counts, strict=True):
            above = distributions.normal_cdf((loading * z - w[:, None]) / scale)
            under = distributions.normal_cdf((-loading * z - w[:, None]) / scale)
            with np.errstate(divide="ignore"):
                log_inside += count * np.log1p(-np.minimum(above + under, 1.0))
        found: FloatArray = -np.expm1(log_inside) @ weights
        return found

    return _tabulate(tail)


@lru_cache(maxsize=4096)
def chi_rule(df: float) -> tuple[FloatArray, FloatArray]:
    """Points s and weights for the average over s = chi / sqrt(df): trapezoids in log s."""
    if np.isposinf(df):
        return np.ones(1), np.ones(1)
    df = max(df, LOWEST_DF)
    step = min(0.4 / np.sqrt(2 * df), 0.1)
    reach = 9.0 / np.sqrt(2 * df)
    low = -max(reach, 40.0 / df)  # the density of log s falls like exp(df log s)
    x = np.arange(low, reach + 0.5 + step, step)
    with np.errstate(under="ignore"):
        weights = np.exp(df * x - df * np.expm1(2 * x) / 2)
    weights /= weights.sum()
    kept = weights > 1e-17
    return np.exp(x[kept]), weights[kept]


def quantile_of(
    tail: Callable[[FloatArray, FloatArray], FloatArray], share: float, df: FloatArray
) -> FloatArray:
    """Solve tail(q, df) = 1 - share for each df (m,).

    Many different df are interpolated in 1 / df, where the quantile is smooth.
    """
    df = np.asarray(df, dtype=float)
    known = np.unique(df[~np.isnan(df)])
    result = np.full(df.shape, np.nan)
    if len(known) > 2 * NODES and known[0] >= 3:
        angles = (np.arange(NODES) + 0.5) * np.pi / NODES
        low, high = 1 / known[-1], 1 / known[0]
        points = (low + high) / 2 + (high - low) / 2 * np.cos(angles)
        solved = _bisect(tail, share, 1 / points)
        place = (2 / df[~np.isnan(df)] - low - high) / (high - low)
        series = np.polynomial.chebyshev.chebfit(np.cos(angles), solved, NODES - 1)
        result[~np.isnan(df)] = np.polynomial.chebyshev.chebval(place, series)
        return result
    solved = _bisect(tail, share, known)
    is_known = ~np.isnan(df)
    result[is_known] = solved[np.searchsorted(known, df[is_known])]
    return result


def _bisect(
    tail: Callable[[FloatArray, FloatArray], FloatArray], share: float, df: FloatArray
) -> FloatArray:
    """Close in on each quantile by regula falsi on the logarithm of the tail (Illinois rule)."""
    target = np.log(1 - share)
    low, high = np.zeros(len(df)), np.full(len(df), 4.0)
    at_low = np.full(len(df), -target)
    at_high = _log(tail(high, df)) - target
    while (is_short := at_high > 0).any():
        low, at_low = np.where(is_short, high, low), np.where(is_short, at_high, at_low)
        high = np.where(is_short, 2 * high, high)
        at_high = _log(tail(high, df)) - target
    for _ in range(100):
        is_open = (high - low > CLOSE * high) & (at_high != 0)
        if not is_open.any():
            break
        a, b, at_a, at_b = low[is_open], high[is_open], at_low[is_open], at_high[is_open]
        middle = a + (b - a) * at_a / (at_a - at_b)
        value = _log(tail(middle, df[is_open])) - target
        is_left = value > 0
        is_exact = np.abs(value) < CLOSE
        at_low[is_open] = np.where(is_left, value, at_a / 2)
        at_high[is_open] = np.where(is_exact, 0.0, np.where(is_left, at_b / 2, value))
        low[is_open] = np.where(is_left, middle, a)
        high[is_open] = np.where(is_left & ~is_exact, b, middle)
    return high


def _log(tail: FloatArray) -> FloatArray:
    value: FloatArray = np.log(np.maximum(tail, 1e-300))
    return value


def _normal_rule(reach: float) -> tuple[FloatArray, FloatArray]:
    z = np.arange(-reach, reach + NORMAL_STEP / 2, NORMAL_STEP)
    weights = np.exp(-(z**2) / 2)
    return z, weights / weights.sum()


def _tabulate(tail: Callable[[FloatArray], FloatArray]) -> Extreme:
    """Fit Chebyshev series, panel by panel, until the tail is nothing."""
    angles = (np.arange(NODES) + 0.5) * np.pi / NODES
    basis = np.cos(np.outer(np.arange(NODES), angles)) * (2 / NODES)
    basis[0] /= 2
    panels: list[FloatArray] = []
    while True:
        w = PANEL * (len(panels) + (np.cos(angles) + 1) / 2)
        values = tail(w)
        panels.append(basis @ values)
        if values.max() < SMALLEST or len(panels) > 100:
            return Extreme(np.array(panels))
