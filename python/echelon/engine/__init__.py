"""The engine: a design becomes estimates; `kernel` alone touches the compiled core.

What a Gaussian fit does not need is loaded on demand.
"""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.engine.families import estimate_family, observation_of

__all__ = ["estimate_family", "observation_of"]
__getattr__ = on_demand(
    __name__,
    {
        "estimate_family": "echelon.engine.families",
        "observation_of": "echelon.engine.families",
    },
)
