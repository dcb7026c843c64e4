"""How each program in Python is asked for a generalized model.

Room: benchmarks. A library is imported only in the process that times it.
Takes: a `Workload` and its columns.
Gives: `SYSTEMS`, name -> (module to look for, function that prepares a fit, families); `can`.
Source: each program's own documentation; the calls are what its users type.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.frames import fixed_matrix, pandas_frame, polars_frame
from benchmarks.workload import Columns, Workload

# A prepared fit: a function without arguments that fits and gives (-2 log L, a note).
Fit = Callable[[], tuple[float, str]]
Prepare = Callable[[Workload, Columns], Fit]

ALL = ("binomial", "poisson", "nbinom2", "cumulative")
COUNTED = ("binomial", "poisson", "nbinom2")
GLMM_NAMES = {"nbinom2": "negativebinomial"}
GPBOOST_NAMES = {"binomial": "bernoulli_logit", "nbinom2": "negative_binomial"}


def prepare_echelon(w: Workload, table: Columns) -> Fit:
    """Fit from a pandas frame, by Laplace or quadrature."""
    return _echelon(w, pandas_frame(w, table))


def prepare_echelon_polars(w: Workload, table: Columns) -> Fit:
    """Fit from a polars frame with integer group codes."""
    return _echelon(w, polars_frame(w, table))


def _echelon(w: Workload, frame: Any) -> Fit:
    fit = importlib.import_module("echelon").fit
    return lambda: (
        -2 * fit(w.formula, frame, family=w.family, quadrature=w.nodes).log_likelihood,
        "",
    )


def prepare_glmm(w: Workload, table: Columns, **options: str) -> Fit:
    """As documented: trials as weights of proportions; nagq is its number of points."""
    glmm, (left, frame, weights) = importlib.import_module("glmm"), _proportions(w, table)
    family = GLMM_NAMES.get(w.family, w.family)
    if weights is not None:
        options = options | {"weights": weights}

    def fit() -> tuple[float, str]:
        model = glmm.fit(frame, f"{left} ~ {w.right}", family, nagq=w.nodes, **options)
        return -2 * float(model.loglik), ""

    return fit


def prepare_glmm_bare(w: Workload, table: Columns) -> Fit:
    """Without the likelihood-ratio tables, for which a Poisson model is refitted term by term."""
    return prepare_glmm(w, table, anova_test="Wald")


def prepare_mixedlm(w: Workload, table: Columns) -> Fit:
    """The package `mixedlm` (lme4's interface)."""
    mixedlm, (left, frame, weights) = importlib.import_module("mixedlm"), _proportions(w, table)
    families = importlib.import_module("mixedlm.families")
    family = {"binomial": "Binomial", "poisson": "Poisson"}[w.family]

    def fit() -> tuple[float, str]:
        model = mixedlm.glmer(
            f"{left} ~ {w.right}", frame, getattr(families, family)(), nAGQ=w.nodes, weights=weights
        )
        value = model.logLik()
        return -2 * float(getattr(value, "value", value)), ""

    return fit


def _proportions(w: Workload, table: Columns) -> tuple[str, Any, Any]:
    """Name of the response, the frame, and prior weights (n,) or None."""
    frame = pandas_frame(w, table)
    if not w.trials:
        return w.response, frame, None
    frame = frame.assign(proportion=table[w.response] / table[w.trials])
    return "proportion", frame, table[w.trials]


def prepare_gpboost(w: Workload, table: Columns) -> Fit:
    """Default method: with slopes no correlations, with several components a stochastic one."""
    return _gpboost(w, table)


def prepare_gpboost_exact(w: Workload, table: Columns) -> Fit:
    """By Cholesky decomposition: the exact criterion where there are several components."""
    return _gpboost(w, table, matrix_inversion_method="cholesky")


def _gpboost(w: Workload, table: Columns, **options: Any) -> Fit:
    gpboost = importlib.import_module("gpboost")
    y, X = table[w.response], fixed_matrix(w, table)
    options = options | {
        "group_data": np.column_stack([table[g] for g in w.groupings]),
        "likelihood": GPBOOST_NAMES.get(w.family, w.family),
    }
    if w.trials:
        y = y / table[w.trials]
        options |= {"likelihood": "binomial_logit", "weights": table[w.trials]}
    slopes = [(i + 1, table[c]) for i, (_, names) in enumerate(w.random) for c in names]
    if slopes:
        options["group_rand_coef_data"] = np.column_stack([values for _, values in slopes])
        options["ind_effect_group_rand_coef"] = [index for index, _ in slopes]

    def fit() -> tuple[float, str]:
        model = gpboost.GPModel(**options)
        model.fit(y=y, X=X)
        return 2 * float(model.get_current_neg_log_likelihood()), _other_model(w, options)

    return fit


def _other_model(w: Workload, options: dict[str, Any]) -> str:
    """Say in which way its criterion is not the one that was asked for."""
    if "group_rand_coef_data" in options:
        return "no correlations"
    if w.nodes > 1:
        return "Laplace only"
    return "stochastic" if len(w.random) > 1 and "matrix_inversion_method" not in options else ""


SYSTEMS: dict[str, tuple[str, Prepare, tuple[str, ...]]] = {
    "echelon": ("echelon", prepare_echelon, ALL),
    "echelon-polars": ("echelon", prepare_echelon_polars, ALL),
    "glmm": ("glmm", prepare_glmm, COUNTED),
    "glmm-bare": ("glmm", prepare_glmm_bare, ("poisson",)),
    "mixedlm": ("mixedlm", prepare_mixedlm, ("binomial", "poisson")),
    "gpboost": ("gpboost", prepare_gpboost, COUNTED),
    "gpboost-exact": ("gpboost", prepare_gpboost_exact, ("binomial",)),
}


def can(system: str, w: Workload) -> bool:
    """Say whether a system fits the family; one component is exact in gpboost without asking."""
    if system not in SYSTEMS or w.family not in SYSTEMS[system][2]:
        return False
    several = len(w.random) > 1 or any(slopes for _, slopes in w.random)
    return several or system != "gpboost-exact"
