"""Fixed effects: linear combinations, degrees of freedom, hypotheses, analysis of variance."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.infer.coefficients import kenward_roger

__all__ = ["kenward_roger"]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
