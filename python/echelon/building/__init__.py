"""Models side by side: comparison, building up, simplifying. Files are loaded on demand."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.building import (
        build_up,
        compare,
        random_pca,
        simplify,
    )

__all__ = [
    "build_up",
    "compare",
    "random_pca",
    "simplify",
]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
