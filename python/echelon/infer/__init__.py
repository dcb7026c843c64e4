"""Inference from a fit: tests, bounds, and tables of estimates. Files are loaded on demand."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.infer import (
        anova,
        bootstrap,
        contrasts,
        hypothesis,
        interaction_table,
        intervals,
        johnson_neyman,
        joint_tests,
        kenward_roger,
        marginal_means,
        modes,
        profile,
        ranova,
        robust,
        slopes,
        trade_off,
        variance_inference,
        variance_test,
        variances,
        wald,
        what_if,
    )

__all__ = [
    "anova",
    "bootstrap",
    "contrasts",
    "hypothesis",
    "interaction_table",
    "intervals",
    "johnson_neyman",
    "joint_tests",
    "kenward_roger",
    "marginal_means",
    "modes",
    "profile",
    "ranova",
    "robust",
    "slopes",
    "trade_off",
    "variance_inference",
    "variance_test",
    "variances",
    "wald",
    "what_if",
]
__getattr__ = on_demand(__name__, {name: f"{__name__}.{name}" for name in __all__})
