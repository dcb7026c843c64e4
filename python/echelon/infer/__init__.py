"""Inference from a fit: tests, bounds, and tables of estimates. Rooms are loaded on demand."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.infer.changes.trade_off import trade_off
    from echelon.infer.changes.what_if import what_if
    from echelon.infer.coefficients.anova import anova
    from echelon.infer.coefficients.exponentiated import exponentiated
    from echelon.infer.coefficients.hypothesis import hypothesis_tests
    from echelon.infer.coefficients.kenward_roger import kenward_roger
    from echelon.infer.coefficients.wald import fixed_effects
    from echelon.infer.components.component_effects import (
        component_effects,
        dispersion,
        thresholds,
    )
    from echelon.infer.components.modes import conditional_modes
    from echelon.infer.components.profile import profile
    from echelon.infer.components.variance_inference import variance_intervals
    from echelon.infer.components.variances import variance_components
    from echelon.infer.intervals import conf_int
    from echelon.infer.lines.interaction_table import interaction_table
    from echelon.infer.lines.johnson_neyman import johnson_neyman
    from echelon.infer.lines.slopes import slopes
    from echelon.infer.means.joint_tests import joint_tests
    from echelon.infer.means.marginal_means import marginal_means
    from echelon.infer.resampling.bootstrap import bootstrap
    from echelon.infer.sandwich.robust import robust, robust_inference
    from echelon.infer.zero.ranova import ranova
    from echelon.infer.zero.variance_test import variance_test

_HOMES = {
    "anova": "echelon.infer.coefficients.anova",
    "bootstrap": "echelon.infer.resampling.bootstrap",
    "component_effects": "echelon.infer.components.component_effects",
    "conditional_modes": "echelon.infer.components.modes",
    "conf_int": "echelon.infer.intervals",
    "dispersion": "echelon.infer.components.component_effects",
    "exponentiated": "echelon.infer.coefficients.exponentiated",
    "fixed_effects": "echelon.infer.coefficients.wald",
    "hypothesis_tests": "echelon.infer.coefficients.hypothesis",
    "interaction_table": "echelon.infer.lines.interaction_table",
    "johnson_neyman": "echelon.infer.lines.johnson_neyman",
    "joint_tests": "echelon.infer.means.joint_tests",
    "kenward_roger": "echelon.infer.coefficients.kenward_roger",
    "marginal_means": "echelon.infer.means.marginal_means",
    "profile": "echelon.infer.components.profile",
    "ranova": "echelon.infer.zero.ranova",
    "robust": "echelon.infer.sandwich.robust",
    "robust_inference": "echelon.infer.sandwich.robust",
    "slopes": "echelon.infer.lines.slopes",
    "thresholds": "echelon.infer.components.component_effects",
    "trade_off": "echelon.infer.changes.trade_off",
    "variance_components": "echelon.infer.components.variances",
    "variance_intervals": "echelon.infer.components.variance_inference",
    "variance_test": "echelon.infer.zero.variance_test",
    "what_if": "echelon.infer.changes.what_if",
}
__all__ = [
    "anova",
    "bootstrap",
    "component_effects",
    "conditional_modes",
    "conf_int",
    "dispersion",
    "exponentiated",
    "fixed_effects",
    "hypothesis_tests",
    "interaction_table",
    "johnson_neyman",
    "joint_tests",
    "kenward_roger",
    "marginal_means",
    "profile",
    "ranova",
    "robust",
    "robust_inference",
    "slopes",
    "thresholds",
    "trade_off",
    "variance_components",
    "variance_intervals",
    "variance_test",
    "what_if",
]
__getattr__ = on_demand(__name__, _HOMES)
