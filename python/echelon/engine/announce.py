"""The facts of a fit that become warnings: singular, not converged, columns not estimated.

Room: engine/. Words what the verdict found; judges nothing. `findings` has generalized models.
Takes: a `Design`, its `ModelSpec` and its `Estimates`.
Gives: warnings, through Python's own machinery.
Source: docs/errors.md.
"""

from __future__ import annotations

import warnings

import numpy as np

from echelon import engine
from echelon.design.parts import Design
from echelon.engine.estimates import Estimates, Verdict
from echelon.errors import (
    ConvergenceWarning,
    EchelonWarning,
    RankWarning,
    SeparationWarning,
    SingularFitWarning,
    compose,
    offenders,
)
from echelon.spec import ModelSpec

Finding = tuple[type[EchelonWarning], str]


def announce(design: Design, spec: ModelSpec, estimates: Estimates, stack: int) -> None:
    """Warn of what a reader of the numbers must know; `stack` frames up is the user's line."""
    with np.errstate(all="ignore"):  # what overflows is a finding, not NumPy's to announce
        found = _findings(design, spec, estimates)
    for kind, message in found:
        warnings.warn(message, kind, stacklevel=stack)
    if spec.is_generalized and spec.method != "ML":
        engine.announce_quasi(design, estimates, spec.family, stack + 1)


def _findings(design: Design, spec: ModelSpec, estimates: Estimates) -> list[Finding]:
    """List warnings, the cause before what follows from it."""
    verdict = estimates.verdict
    found: list[Finding] = []
    if spec.is_generalized:
        found += engine.generalized_findings(design, spec, estimates)
    is_separated = any(kind is SeparationWarning for kind, _ in found)
    is_likelihood = not spec.is_generalized or spec.method == "ML"
    if not verdict.is_converged and is_likelihood and not is_separated:
        found.append((ConvergenceWarning, _not_converged(verdict)))
    if verdict.is_singular:
        found.append((SingularFitWarning, _singular(design, verdict)))
    if not estimates.is_estimated.all():
        found.append((RankWarning, _not_estimated(design, estimates)))
    return found


def _not_converged(verdict: Verdict) -> str:
    return compose(
        "The minimum of the criterion was not reached.",
        where="the minimiser",
        got=f"Newton decrement {verdict.newton_decrement:.2g} after "
        f"{verdict.n_evaluations:,} evaluations ({verdict.reason})",
        need="a decrement below the tolerance",
        do="bring the predictors to similar scales, simplify the random part, or raise\n"
        "control={'max_evaluations': ...}",
        slug="not-converged",
    )


def _singular(design: Design, verdict: Verdict) -> str:
    return compose(
        "The fit is singular: the data show no more variation than this.",
        where="random terms " + ", ".join(t.text for b in design.rows.blocks for t in b.terms),
        got="on the boundary: " + "; ".join(verdict.boundary),
        need="variances above zero and correlations inside -1 and 1",
        do="leave out what is zero, or use || for uncorrelated effects, and see whether the\n"
        "conclusions stay",
        slug="singular-fit",
    )


def _not_estimated(design: Design, estimates: Estimates) -> str:
    names = [
        name
        for name, is_estimated in zip(design.fixed_names, estimates.is_estimated, strict=True)
        if not is_estimated
    ]
    return compose(
        "Some coefficients cannot be estimated: their columns repeat what others say.",
        where="fixed effects",
        got=offenders(names),
        need="columns that are not linear combinations of the ones before them",
        do="leave the variables out, or see whether two of them measure the same thing",
        slug="rank-deficient",
    )
