"""The systems: how each program is asked for the same model, and what else it can be asked.

Room: benchmarks. A library is imported only in the process that times it.
Takes: a `Workload` and its columns.
Gives: `SYSTEMS`, name -> (module to look for, function that prepares a fit); `preparation`.
Source: each program's own documentation; the calls are what its users type.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from benchmarks import generalized_fits
from benchmarks.frames import fixed_matrix, pandas_frame, polars_frame
from benchmarks.generalized_fits import Fit, Prepare
from benchmarks.tasks import TASKS
from benchmarks.workload import Columns, Workload
from benchmarks.workloads import WORKLOADS


def prepare_echelon(w: Workload, table: Columns) -> Fit:
    """Fit from a pandas frame; for a task, a fit that has been asked nothing yet."""
    if w.task != "fit":
        return prepare_task(w, table)
    echelon, frame = importlib.import_module("echelon"), pandas_frame(w, table)
    return lambda: (-2 * echelon.fit(w.formula, frame, method="ML").log_likelihood, "")


def prepare_task(w: Workload, table: Columns) -> Fit:
    """Fit beforehand; the task alone is timed."""
    echelon, labels = importlib.import_module("echelon"), {c: table[c] for c in w.categories}
    frame = polars_frame(w, table | {name: codes.astype(str) for name, codes in labels.items()})
    fit = echelon.fit(w.formula, frame, method=w.method)
    return lambda: TASKS[w.task](fit, w)


def prepare_echelon_polars(w: Workload, table: Columns) -> Fit:
    """Fit from a polars frame with integer group codes."""
    echelon, frame = importlib.import_module("echelon"), polars_frame(w, table)
    return lambda: (-2 * echelon.fit(w.formula, frame, method="ML").log_likelihood, "")


def prepare_glmm(w: Workload, table: Columns, **options: bool) -> Fit:
    """As documented, with its degrees of freedom, which it computes unless told not to."""
    glmm, frame = importlib.import_module("glmm"), pandas_frame(w, table)

    def fit() -> tuple[float, str]:
        model = glmm.fit(frame, w.formula, "gaussian", reml=False, **options)
        return -2 * float(model.loglik), ""

    return fit


def prepare_glmm_bare(w: Workload, table: Columns) -> Fit:
    """Without degrees of freedom: estimates and standard errors only."""
    return prepare_glmm(w, table, satterthwaite=False)


def prepare_mixedlm(w: Workload, table: Columns) -> Fit:
    """The package `mixedlm` (formula interface)."""
    mixedlm, frame = importlib.import_module("mixedlm"), pandas_frame(w, table)

    def fit() -> tuple[float, str]:
        value = mixedlm.lmer(w.formula, frame, REML=False).logLik()
        return -2 * float(getattr(value, "value", value)), ""

    return fit


def prepare_mixedlm_rs(w: Workload, table: Columns) -> Fit:
    """One grouping factor; matrices made beforehand, which favours it."""
    return _one_factor(importlib.import_module("mixedlm_rs").MixedLM, w, table)


def prepare_statsmodels(w: Workload, table: Columns) -> Fit:
    """One grouping factor; matrices made beforehand, which favours it."""
    return _one_factor(importlib.import_module("statsmodels.api").MixedLM, w, table)


def _one_factor(model: Any, w: Workload, table: Columns) -> Fit:
    (group, slopes), *others = w.random
    if others:
        raise ValueError("one grouping factor only")
    y, X, ones = table[w.response], fixed_matrix(w, table), np.ones(len(table[group]))
    Z = np.column_stack([ones, *(table[name] for name in slopes)])

    def fit() -> tuple[float, str]:
        done = model(endog=y, exog=X, groups=table[group], exog_re=Z).fit(reml=False)
        return -2 * float(done.llf), "" if done.converged else "not converged"

    return fit


def prepare_gpboost(w: Workload, table: Columns) -> Fit:
    """Default method; with slopes its random effects are uncorrelated, a smaller model."""
    gpboost = importlib.import_module("gpboost")
    y, X = table[w.response], fixed_matrix(w, table)
    options: dict[str, Any] = {"group_data": np.column_stack([table[g] for g in w.groupings])}
    slopes = [(i + 1, table[c]) for i, (_, names) in enumerate(w.random) for c in names]
    if slopes:
        options["group_rand_coef_data"] = np.column_stack([values for _, values in slopes])
        options["ind_effect_group_rand_coef"] = [index for index, _ in slopes]

    def fit() -> tuple[float, str]:
        model = gpboost.GPModel(likelihood="gaussian", **options)
        model.fit(y=y, X=X)
        value = 2 * float(model.get_current_neg_log_likelihood())
        return value, "no correlations" if slopes else "stochastic" if len(w.random) > 1 else ""

    return fit


SYSTEMS: dict[str, tuple[str, Prepare]] = {
    "echelon": ("echelon", prepare_echelon),
    "echelon-polars": ("echelon", prepare_echelon_polars),
    "glmm": ("glmm", prepare_glmm),
    "glmm-bare": ("glmm", prepare_glmm_bare),
    "mixedlm-rs": ("mixedlm_rs", prepare_mixedlm_rs),
    "mixedlm": ("mixedlm", prepare_mixedlm),
    "gpboost": ("gpboost", prepare_gpboost),
    "statsmodels": ("statsmodels", prepare_statsmodels),
}
# name -> (package, the tasks that it is asked, on a fit of lme4; the families that it fits)
R_SYSTEMS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "lme4": (
        "lme4", ("fit", "profile", "bootstrap", "influence"),
        ("gaussian", "binomial", "poisson", "nbinom2"),
    ),
    "glmmTMB": ("glmmTMB", ("fit",), ("gaussian", "binomial", "poisson", "nbinom2")),
    "ordinal": ("ordinal", ("fit",), ("cumulative",)),
    "pbkrtest": ("pbkrtest", ("kenward_roger",), ("gaussian",)),
    "lmerTest": ("lmerTest", ("satterthwaite",), ("gaussian",)),
    "emmeans": ("emmeans", ("means", "means_kr"), ("gaussian",)),
}  # fmt: skip

NAMES = (*dict.fromkeys([*SYSTEMS, *generalized_fits.SYSTEMS]), *R_SYSTEMS)


def package_of(system: str) -> str:
    """Name the module, or the package of R, that a system needs."""
    found = R_SYSTEMS.get(system) or SYSTEMS.get(system) or generalized_fits.SYSTEMS[system]
    return found[0]


def preparation(system: str, w: Workload) -> Prepare:
    """Find what prepares a workload for a system."""
    if w.kind == "generalized":
        return generalized_fits.SYSTEMS[system][1]
    return SYSTEMS[system][1]


def can(system: str, workload: str) -> bool:
    """Say whether a system has what a workload asks; other programs in Python only fit."""
    w = WORKLOADS[workload]
    if system in R_SYSTEMS:
        _, tasks, families = R_SYSTEMS[system]
        return w.has_peers and w.task in tasks and w.family in families
    if w.kind == "generalized":
        return generalized_fits.can(system, w)
    return system == "echelon" or (w.task == "fit" and system in SYSTEMS)
