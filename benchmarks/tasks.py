"""Inference tasks: what is asked of a fit that was made before.

Room: benchmarks. echelon's side; peers.R has the others'.
Takes: a `Result` and its `Workload`.
Gives: `TASKS`, name -> function that does the task and gives (check value, a note).
Source: the public verbs, as users type them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.workload import Workload

Task = Callable[[Any, Workload], tuple[float, str]]


def kenward_roger(fit: Any, w: Workload) -> tuple[float, str]:
    """Test every slope, and all of them at once: everything after the fit."""
    return _tests(fit, w, "kenward_roger")


def satterthwaite(fit: Any, w: Workload) -> tuple[float, str]:
    """Do the same with other degrees of freedom."""
    return _tests(fit, w, "satterthwaite")


def _tests(fit: Any, w: Workload, df_method: str) -> tuple[float, str]:
    tests = fit.test(", ".join(f"{':'.join(term)} = 0" for term in w.fixed), df_method)
    return float(tests["df"][-1]), ""


def profile(fit: Any, w: Workload) -> tuple[float, str]:
    """Bound every parameter."""
    limits = fit.conf_int("profile")
    return float(limits["conf_low"].sum() + limits["conf_high"].sum()), ""


def bootstrap(fit: Any, w: Workload) -> tuple[float, str]:
    """Refit to simulated responses; the standard error that peers.R reports, too."""
    done = fit.bootstrap(w.replicates, seed=1)
    name = w.check.removeprefix("s.e. of ")
    note = f"{done.n_failed} failed" if done.n_failed else ""
    return float(done.intervals().row(parameter=name)["std_error"]), note


def influence(fit: Any, w: Workload) -> tuple[float, str]:
    """Leave out each group, refit, and measure how far the coefficients move."""
    return float(fit.influence(w.groupings[0]).table["cooks_distance"].sum()), ""


def means(fit: Any, w: Workload) -> tuple[float, str]:
    """Compare the means of all categories in pairs, as users get it without asking more."""
    return _pairs(fit, w, "satterthwaite")


def means_kr(fit: Any, w: Workload) -> tuple[float, str]:
    """Do the same with the adjusted covariance."""
    return _pairs(fit, w, "kenward_roger")


def _pairs(fit: Any, w: Workload, df_method: str) -> tuple[float, str]:
    pairs = fit.marginal_means(w.categories[0], df_method=df_method).contrasts("pairwise")
    return float(pairs["p_value"].sum()), ""


TASKS: dict[str, Task] = {
    "kenward_roger": kenward_roger,
    "satterthwaite": satterthwaite,
    "profile": profile,
    "bootstrap": bootstrap,
    "influence": influence,
    "means": means,
    "means_kr": means_kr,
}
