"""Charts: answers drawn with Altair; the only room that knows it."""

from typing import TYPE_CHECKING, Any

from echelon._optional import on_demand, require

if TYPE_CHECKING:
    from echelon.plot import (
        caterpillar,
        chart,
        coefficients,
        comparison,
        effect,
        group_lines,
        group_sizes,
        influence,
        interaction,
        johnson_neyman,
        missing_pattern,
        power_curve,
        profile,
        profile_density,
        qq,
        random_qq,
        random_scatter,
        residual_spread,
        residuals,
        scale_location,
        shrinkage,
        trajectories,
        variance_shares,
    )

__all__ = [
    "caterpillar",
    "chart",
    "coefficients",
    "comparison",
    "effect",
    "group_lines",
    "group_sizes",
    "influence",
    "interaction",
    "johnson_neyman",
    "missing_pattern",
    "power_curve",
    "profile",
    "profile_density",
    "qq",
    "random_qq",
    "random_scatter",
    "residual_spread",
    "residuals",
    "scale_location",
    "shrinkage",
    "trajectories",
    "variance_shares",
]
_find = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})


def __getattr__(name: str) -> Any:
    if name in __all__:
        require("altair", extra="plot", purpose="charts")
    return _find(name)
