"""Measures of a fit or of data: one number or small table, one question per file."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.measure import (
        criteria,
        describe,
        design_effect,
        homogeneity,
        icc_kinds,
        influence,
        interval_odds_ratio,
        leverage,
        median_odds_ratio,
        naive,
        observation_variance,
        overdispersion,
        r_squared,
        reliability,
        zero_inflation,
    )

__all__ = [
    "criteria",
    "describe",
    "design_effect",
    "homogeneity",
    "icc_kinds",
    "influence",
    "interval_odds_ratio",
    "leverage",
    "median_odds_ratio",
    "naive",
    "observation_variance",
    "overdispersion",
    "r_squared",
    "reliability",
    "zero_inflation",
]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
