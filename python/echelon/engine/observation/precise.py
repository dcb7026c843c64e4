"""Sums and differences of logarithms that cancel, written so that they do not.

Room: engine/observation. Where a density is the difference of huge numbers, this file knows it.
Takes: counts up to 1e300, logarithms of probabilities down to -1e300.
Gives: `log1mexp`, `softplus`, `stirling_error`, `spread`, `log_binomial`,
`rising_excess`, `log_add`, `expo`.
Source: Loader (2000), Fast and accurate computation of binomial probabilities; Maechler (2012).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray

LOG_ROOT_2PI = 0.9189385332046727
LARGEST_LOG = 708.0  # e^x and e^-x are both proper numbers up to here
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
SERIES_FROM = 8.0  # the series of `stirling_error` has all digits from here on
SERIES_WITHIN = 0.1  # and that of `spread` for a relative difference below this


def special() -> Any:
    """scipy.special, loaded when first used."""
    return require("scipy.special")


def expo(x: FloatArray) -> FloatArray:
    """Give e^x, kept inside the range of numbers: never 0, never infinite."""
    return np.asarray(np.exp(np.clip(x, -LARGEST_LOG, LARGEST_LOG)))


def softplus(x: FloatArray) -> FloatArray:
    """log(1 + e^x), any shape."""
    return log_add(np.zeros_like(x), x)


def log1mexp(x: FloatArray) -> FloatArray:
    """log(1 - e^-x) for x >= 0, any shape; -infinity at 0 and below."""
    x = np.maximum(x, 0.0)
    with np.errstate(divide="ignore", under="ignore"):
        small = np.log(-np.expm1(-np.minimum(x, 1.0)))
        large = np.log1p(-np.exp(-np.maximum(x, 0.5)))
    return np.where(x < np.log(2.0), small, large)


def log_add(a: FloatArray, b: FloatArray) -> FloatArray:
    """log(e^a + e^b), any shape."""
    with np.errstate(invalid="ignore"):
        found: FloatArray = np.logaddexp(a, b)
    return found


def stirling_error(x: FloatArray) -> FloatArray:
    """Give log Gamma(x + 1) less Stirling's formula, x > 0, any shape."""
    low, high = np.minimum(x, SERIES_FROM), np.maximum(x, SERIES_FROM)
    direct = special().gammaln(low + 1) - (low + 0.5) * np.log(low) + low - LOG_ROOT_2PI
    r, series = (1 / high) ** 2, np.zeros_like(high)
    for term in reversed(STIRLING):
        series = term + r * series
    return np.where(x < SERIES_FROM, direct, series / high)


def spread(x: FloatArray, m: FloatArray, difference: FloatArray, log_m: FloatArray) -> FloatArray:
    """Give x log(x / m) + m - x, knowing x - m and log m from where they are known best."""
    with np.errstate(all="ignore"):
        v = difference / (x + m)
        inside = np.abs(v) < SERIES_WITHIN
        v = np.where(inside, v, 0.0)
        square, total = v * v, np.zeros_like(v)
        for odd in range(19, 1, -2):
            total = square * (1 / odd + total)
        near = np.where(inside, difference, 0.0) * v + 2 * x * v * total
        logs = np.where(x > 0, np.log(np.where(x > 0, x, 1.0)) - log_m, 0.0)
        far = np.where(x > 0, x * logs, 0.0) - difference
    return np.where(inside, near, far)


def log_binomial(x: FloatArray, n: FloatArray, log_p: FloatArray, log_q: FloatArray) -> FloatArray:
    """Log probability of x successes in n trials, (n,) each; n >= 1."""
    x, n, log_p, log_q = np.broadcast_arrays(x, n, log_p, log_q)
    rest = n - x
    with np.errstate(under="ignore"):
        p, q = np.exp(log_p), np.exp(log_q)
    d = np.where(p < 0.5, x - n * p, n * q - rest)
    inner = (x > 0) & (rest > 0)
    a, b = np.where(inner, x, 1.0), np.where(inner, rest, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        edge = np.where(x > 0, n * log_p, np.where(rest > 0, n * log_q, 0.0))
        centre = stirling_error(np.maximum(n, 1.0)) - stirling_error(a) - stirling_error(b)
        centre = centre - spread(a, n * p, d, np.log(n) + log_p)
        centre = centre - spread(b, n * q, -d, np.log(n) + log_q)
        centre = centre + 0.5 * (np.log(n / a) - np.log(b)) - LOG_ROOT_2PI
    return np.where(inner, centre, edge)


def rising_excess(a: FloatArray, log_a: FloatArray, y: FloatArray) -> FloatArray:
    """Give log Gamma(a + y) - log Gamma(a) - y log a, a > 0 and y >= 0: near 0 for a large a."""
    gammaln = special().gammaln
    low, high = np.minimum(a, 1.0), np.maximum(a, 1.0)
    direct = log_a + gammaln(low + y) - gammaln(low + 1) - y * log_a
    with np.errstate(over="ignore"):
        total = high + y
        smooth = spread(total, high, y, np.log(high)) - 0.5 * np.log1p(y / high)
    smooth = smooth + stirling_error(total) - stirling_error(high)
    return np.where(y > 0, np.where(a < 1, direct, smooth), 0.0)
