"""The distributions that tests and intervals need, from scipy, loaded when first used.

Room: infer/. The only place that asks scipy for a distribution function.
Takes: arrays of statistics, degrees of freedom (infinite: the normal limit).
Gives: tail probabilities and quantiles.
Source: scipy.special; `student` for a table's worth of Student's t.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.infer.distributions import student

FEW = 1_000  # values up to which Student's t is our own: scipy takes a third of a second to load


def _special() -> Any:
    return require("scipy.special")


def t_quantile(conf_level: float, df: FloatArray | float) -> FloatArray:
    """Quantile of Student's t that leaves (1 - conf_level) / 2 above it; NaN where df is."""
    df = np.asarray(df, dtype=float)
    if df.size <= FEW:
        return student.two_sided_quantile(1 - conf_level, df)
    special, share = _special(), (1 + conf_level) / 2
    finite = np.where(np.isfinite(df), df, 1.0)
    found = np.where(np.isposinf(df), special.ndtri(share), special.stdtrit(finite, share))
    return np.where(np.isnan(df), np.nan, found)


def t_p_value(statistic: FloatArray, df: FloatArray | float) -> FloatArray:
    """Two-sided tail probability of Student's t; the normal where df is infinite."""
    size, df = np.broadcast_arrays(np.abs(np.asarray(statistic, dtype=float)), df)
    if size.size <= FEW:
        return student.two_sided_tail(size, df)
    special = _special()
    finite = np.where(np.isfinite(df), df, 1.0)
    tail = np.where(np.isposinf(df), special.ndtr(-size), special.stdtr(finite, -size))
    return np.where(np.isnan(df), np.nan, 2 * tail)


def f_p_value(statistic: float, df_num: float, df_den: float) -> float:
    """Upper tail probability of F; chi-square / df_num where df_den is infinite."""
    if np.isposinf(df_den):
        return chi2_p_value(statistic * df_num, df_num)
    return float(_special().fdtrc(df_num, df_den, statistic))


def chi2_p_value(statistic: float, df: float) -> float:
    """Upper tail probability of chi-square; df = 0 is a point mass at zero."""
    if df == 0:
        return float(statistic <= 0)
    return float(_special().chdtrc(df, max(statistic, 0.0)))


def normal_quantile(share: float) -> float:
    """Quantile of the standard normal with `share` of the probability below it."""
    return float(_special().ndtri(share))


def normal_cdf(x: FloatArray) -> FloatArray:
    """Probability that a standard normal is below x, any shape."""
    below: FloatArray = _special().ndtr(x)
    return below


def normal_quantiles(share: FloatArray) -> FloatArray:
    """Quantiles of the standard normal, any shape."""
    found: FloatArray = _special().ndtri(share)
    return found


def log_gamma(x: FloatArray | float) -> FloatArray:
    """Logarithm of the gamma function, any shape."""
    value: FloatArray = _special().gammaln(x)
    return value


def f_tail(statistic: FloatArray, df_num: float, df_den: FloatArray | float) -> FloatArray:
    """Upper tail of F, any shape; chi-square / df_num where df_den is infinite."""
    special = _special()
    statistic, df_den = np.broadcast_arrays(np.asarray(statistic, dtype=float), df_den)
    is_limit = np.isposinf(df_den)
    tail = np.empty(statistic.shape)
    tail[is_limit] = special.chdtrc(df_num, df_num * statistic[is_limit])
    tail[~is_limit] = special.fdtrc(df_num, df_den[~is_limit], statistic[~is_limit])
    return tail


def f_quantile(share: float, df_num: float, df_den: FloatArray) -> FloatArray:
    """Quantile of F with `share` below it, for each df_den; its limit where that is infinite."""
    special, df_den = _special(), np.asarray(df_den, dtype=float)
    is_limit = np.isposinf(df_den)
    finite = np.where(is_limit, 1.0, df_den)
    found: FloatArray = np.where(
        is_limit,
        special.chdtri(df_num, 1 - share) / df_num,
        special.fdtri(df_num, finite, share),
    )
    return found
