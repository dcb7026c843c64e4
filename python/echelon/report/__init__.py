"""Reports: results as text, HTML, JSON and CSV; the only room that formats numbers."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.report import (
        build_up,
        comparison,
        describe,
        diagnosis,
        equations,
        html,
        modelled,
        plan,
        record,
        summary,
    )

__all__ = [
    "build_up",
    "comparison",
    "describe",
    "diagnosis",
    "equations",
    "html",
    "modelled",
    "plan",
    "record",
    "summary",
]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
