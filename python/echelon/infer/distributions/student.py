"""Student's t in plain NumPy, so that a printed fit does not wait for scipy.

Room: infer/. Serves `distributions`, which is the door for everybody else.
Takes: arrays of statistics and degrees of freedom; infinite: the normal.
Gives: two-sided tail probabilities, and the quantiles that leave a given one.
Source: with t = sqrt(df) sinh(v) the density of v is c cosh(v)^-df: one smooth integral.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from echelon._types import FloatArray

POINTS = 96
REACH = 40.0  # the integrand is followed until it has fallen by exp(-40)
LARGE = 50.0  # from here on the ratio of gamma functions is a short series
SMALLEST, LARGEST = -40.0, 700.0  # log t of quantiles
FEWEST = 1e-10  # degrees of freedom: with fewer the tail is 1 to ten digits, wherever it begins


def two_sided_tail(t: FloatArray, df: FloatArray) -> FloatArray:
    """Probability that |T| exceeds |t|, elementwise, df > 0; the normal where df is infinite.

    P(|T| > t) = 2 c integral of cosh(v)^-df from asinh(t / sqrt(df)) on, by Gauss's rule;
    c = Gamma((df + 1) / 2) / (sqrt(pi) Gamma(df / 2)).
    """
    t, df = np.broadcast_arrays(np.abs(np.asarray(t, dtype=float)), np.asarray(df, dtype=float))
    result = np.full(t.shape, np.nan)
    known = ~np.isnan(t) & (df > 0)
    is_far, is_normal = known & np.isinf(t), known & np.isinf(df) & np.isfinite(t)
    result[is_far] = 0.0
    result[is_normal] = [math.erfc(value / math.sqrt(2)) for value in t[is_normal]]
    rest = known & ~is_far & ~is_normal
    result[rest] = _tail(t[rest], df[rest])
    return result


def two_sided_quantile(tail: float, df: FloatArray) -> FloatArray:
    """Find t > 0 with P(|T| > t) = tail, elementwise, by Newton's method between two bounds.

    Steps are taken in log t against log probability, where the tail is nearly straight.
    """
    shape = np.shape(df)
    df = np.ravel(np.asarray(df, dtype=float))
    known = df > 0
    low, high = np.full(df.shape, SMALLEST), np.full(df.shape, LARGEST)
    at = np.zeros(df.shape)
    for _ in range(80):
        t = np.exp(at)
        p = two_sided_tail(t, df)
        low, high = np.where(p > tail, at, low), np.where(p > tail, high, at)
        with np.errstate(all="ignore"):  # a tail of zero is left by bisection
            newton = at + (np.log(p) - math.log(tail)) * p / (2 * t * _density(t, df))
        is_near = np.abs(newton - at) <= 1e-9  # the next step would be of 1e-18
        is_inside = is_near | ((newton > low) & (newton < high))
        moved = np.where(is_inside, newton, (low + high) / 2)
        is_still = np.abs(moved - at) <= 1e-15 * np.maximum(1.0, np.abs(moved))
        at = moved
        if (is_near | is_still)[known].all():
            break
    return np.where(known, np.exp(at), np.nan).reshape(shape)


def _tail(t: FloatArray, df: FloatArray) -> FloatArray:
    nodes, weights = _gauss()
    df = np.maximum(df, FEWEST)
    with np.errstate(over="ignore", divide="ignore"):
        ratio = t / np.sqrt(df)
        far = np.log(t) - 0.5 * np.log(df) + math.log(2)  # what asinh is there
    start = np.where(np.isinf(ratio), far, np.arcsinh(ratio))
    height = _log_cosh(start)
    top = height + REACH / df
    length = top + np.log1p(np.sqrt(-np.expm1(-2 * top))) - start
    v = start[:, None] + length[:, None] * nodes
    fall = df[:, None] * (_log_cosh(v) - height[:, None])
    area = length * (np.exp(-fall) @ weights)
    tail: FloatArray = 2 * np.exp(_log_constant(df) - df * height) * area
    return np.minimum(tail, 1.0)


@cache
def _gauss() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of Gauss's rule on (0, 1): roots of a Legendre polynomial, by Newton."""
    n = POINTS
    x = np.cos(np.pi * (np.arange(n) + 0.75) / (n + 0.5))
    slope = x
    for _ in range(6):
        before, value = np.ones(n), x
        for k in range(2, n + 1):
            before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
        slope = n * (x * value - before) / (x * x - 1)
        x = x - value / slope
    return (x + 1) / 2, 1 / ((1 - x * x) * slope**2)


def _log_cosh(v: FloatArray) -> FloatArray:
    near = np.minimum(v, 1.0)
    far = v + np.log1p(np.exp(-2 * v)) - math.log(2)
    return np.where(v < 1, np.log1p(np.sinh(near) ** 2) / 2, far)


def _density(t: FloatArray, df: FloatArray) -> FloatArray:
    """Density of T at t; the normal's where df is infinite."""
    finite = np.where(np.isfinite(df), df, 1.0)
    student = _log_constant(finite) - np.log(finite) / 2
    student = student - (finite + 1) / 2 * np.log1p(t * t / finite)
    normal = -t * t / 2 - math.log(2 * math.pi) / 2
    density: FloatArray = np.exp(np.where(np.isfinite(df), student, normal))
    return density


def _log_constant(df: FloatArray) -> FloatArray:
    """Log of c = Gamma((df + 1) / 2) / (sqrt(pi) Gamma(df / 2)), (m,)."""
    a = df / 2
    s = 1 / np.maximum(a, LARGE)
    series = -np.log(s) / 2 - s / 8 + s**3 / 192 - s**5 / 640 + 17 * s**7 / 14336
    small = [math.lgamma(v + 0.5) - math.lgamma(v) if 0 < v < LARGE else 0.0 for v in a]
    result: FloatArray = np.where(a < LARGE, small, series) - math.log(math.pi) / 2
    return result
