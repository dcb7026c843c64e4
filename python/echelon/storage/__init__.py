"""Saved fits: numbers and text in a zip file, never pickles."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.storage import archive

__all__ = ["archive"]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
