"""Skewness and kurtosis, and how surprising they would be of a normal distribution.

Room: check/. Two effect sizes with their tests; knows no model.
Takes: values (n,) that are normal if all is well.
Gives: (size, p value) pairs.
Source: D'Agostino (1970), Biometrika 57, 679-681; Anscombe & Glynn (1983), Biometrika 70, 227-234.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray
from echelon.infer.distributions.distributions import normal_cdf

FEWEST = 8  # values from which the tests' approximations hold


def skewness(x: FloatArray) -> tuple[float, float]:
    """Give the skewness of values (n,), and the two-sided p value of D'Agostino's test.

    Returns
    -------
    (skewness, p value); p is NaN of fewer than 8 values, both are of equal ones.
    """
    n, deviation, variance = _centred(x)
    if not variance > 0:
        return math.nan, math.nan
    size = float((deviation**3).mean() / variance**1.5)
    if n < FEWEST:
        return size, math.nan
    y = size * math.sqrt((n + 1) * (n + 3) / (6.0 * (n - 2)))
    beta = 3.0 * (n * n + 27 * n - 70) * (n + 1) * (n + 3)
    beta /= (n - 2.0) * (n + 5) * (n + 7) * (n + 9)
    w2 = -1 + math.sqrt(2 * (beta - 1))
    z = math.asinh(y * math.sqrt((w2 - 1) / 2)) / math.sqrt(0.5 * math.log(w2))
    return size, two_sided(z)


def kurtosis(x: FloatArray) -> tuple[float, float]:
    """Give the excess kurtosis of values (n,), and the p value of Anscombe and Glynn's test.

    Returns
    -------
    (excess kurtosis, 0 of a normal distribution; p value, two-sided); p is NaN of fewer than 8
    values, both are of equal ones.
    """
    n, deviation, variance = _centred(x)
    if not variance > 0:
        return math.nan, math.nan
    size = float((deviation**4).mean() / variance**2)
    if n < FEWEST:
        return size - 3, math.nan
    mean = 3.0 * (n - 1) / (n + 1)
    spread = 24.0 * n * (n - 2) * (n - 3) / ((n + 1.0) ** 2 * (n + 3) * (n + 5))
    skew = 6.0 * (n * n - 5 * n + 2) / ((n + 7.0) * (n + 9))
    skew *= math.sqrt(6.0 * (n + 3) * (n + 5) / (n * (n - 2.0) * (n - 3)))
    a = 6 + 8 / skew * (2 / skew + math.sqrt(1 + 4 / skew**2))
    x0 = (size - mean) / math.sqrt(spread)
    ratio = (1 - 2 / a) / (1 + x0 * math.sqrt(2 / (a - 4)))
    root = math.copysign(abs(ratio) ** (1 / 3), ratio)
    return size - 3, two_sided((1 - 2 / (9 * a) - root) / math.sqrt(2 / (9 * a)))


def two_sided(z: float) -> float:
    """Probability of a standard normal at least as far from zero as z."""
    return float(2 * normal_cdf(np.array([-abs(z)]))[0])


def _centred(x: FloatArray) -> tuple[int, FloatArray, float]:
    if not len(x):
        return 0, x, math.nan
    deviation = x - x.mean()
    return len(x), deviation, float((deviation**2).mean())
