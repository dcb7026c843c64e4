"""A fitted model as users hold it, and models side by side."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.result.built_up import BuiltUp, build_up
    from echelon.result.compared import Compared, compare
    from echelon.result.record import Result

__all__ = ["BuiltUp", "Compared", "Result", "build_up", "compare"]
__getattr__ = on_demand(
    __name__,
    {
        "BuiltUp": "echelon.result.built_up",
        "build_up": "echelon.result.built_up",
        "Compared": "echelon.result.compared",
        "compare": "echelon.result.compared",
        "Result": "echelon.result.record",
    },
)
