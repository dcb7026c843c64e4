"""The distributions that tests and intervals need, from scipy, loaded when first used.

Room: infer/. The only place that asks scipy for a distribution function.
Takes: arrays of statistics, degrees of freedom (infinite: the normal limit).
Gives: tail probabilities and quantiles.
Source: scipy.special.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray


def _special() -> Any:
    return require("scipy.special")


def t_quantile(conf_level: float, df: FloatArray | float) -> FloatArray:
    """Quantile of Student's t that leaves (1 - conf_level) / 2 above it; NaN where df is."""
    special, df = _special(), np.asarray(df, dtype=float)
    share = (1 + conf_level) / 2
    finite = np.where(np.isfinite(df), df, 1.0)
    found = np.where(np.isposinf(df), special.ndtri(share), special.stdtrit(finite, share))
    return np.where(np.isnan(df), np.nan, found)


def t_p_value(statistic: FloatArray, df: FloatArray | float) -> FloatArray:
    """Two-sided tail probability of Student's t; the normal where df is infinite."""
    special = _special()
    size, df = np.broadcast_arrays(np.abs(np.asarray(statistic, dtype=float)), df)
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
