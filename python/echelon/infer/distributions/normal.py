"""The normal quantile of an interval, from the standard library: a printed fit needs no scipy.

Room: infer/distributions.
Takes: a confidence level.
Gives: the number of standard errors to each side.
Source: Wichura (1988), AS 241, as in Python's statistics.
"""

from __future__ import annotations

from functools import lru_cache

from echelon._optional import require


@lru_cache(maxsize=64)
def normal_margin(conf_level: float) -> float:
    """Quantile of the standard normal that leaves (1 - conf_level) / 2 above it."""
    quantile: float = require("statistics").NormalDist().inv_cdf((1 + conf_level) / 2)
    return quantile
