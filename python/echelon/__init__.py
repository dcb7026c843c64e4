"""Hierarchical linear models for Python: fit, explain, publish.

>>> import echelon as ec
>>> print(ec.datasets.names()[0])
hsb
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon import datasets
    from echelon.api import Description, Result, describe, fit, info, levels, load, read, rerun
    from echelon.options import Control
    from echelon.table import Table

__all__ = [
    "Control",
    "Description",
    "Result",
    "Table",
    "build_up",
    "compare",
    "datasets",
    "describe",
    "fit",
    "info",
    "levels",
    "load",
    "read",
    "rerun",
]

# Nothing below is loaded before it is used: `import echelon` costs next to nothing.
_HOMES = {
    **dict.fromkeys(__all__, "echelon.api"),
    "Control": "echelon.options",
    "Table": "echelon.table",
    "datasets": "echelon.datasets",
}
__getattr__ = on_demand(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Face(ModuleType):
    """The package as users see it: `fit` is the function, also once the file fit.py is loaded."""

    def __setattr__(self, name: str, value: object) -> None:
        if not isinstance(value, ModuleType) or _HOMES.get(name) in (None, value.__name__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
