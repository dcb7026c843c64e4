"""What a reader of PQL or MQL estimates must be told: their bias, and a series that never settled.

Room: engine/quasi/. Words; computes no estimate.
Takes: a `Design`, its `Estimates` and the name of the family.
Gives: warnings, through Python's own machinery.
Source: docs/errors.md; Breslow & Lin (1995); Rodriguez & Goldman (2001).
"""

from __future__ import annotations

import warnings

import numpy as np

from echelon.design.parts import Design, RandomBlock
from echelon.engine.estimates import Estimates
from echelon.errors import ConvergenceWarning, QuasiLikelihoodWarning, compose

STOPS = {
    "iterations": "the linear models still moved after the last of them",
    "evaluations": "the linear models took too many evaluations",
    "diverged": "a linear model could not be fitted any more",
    "saturated": "fitted means reached the end of their range, such as a probability of 0 or 1",
}


def announce_quasi(design: Design, estimates: Estimates, family: str, stack: int) -> None:
    """Warn of the bias, and of a series that did not settle; `stack` frames up is the user's line.

    Warns
    -----
    QuasiLikelihoodWarning : there are random effects.
    ConvergenceWarning : the series of linear models did not settle.
    """
    if design.rows.blocks:
        message = bias_message(design, estimates, family)
        warnings.warn(message, QuasiLikelihoodWarning, stacklevel=stack)
    if not estimates.verdict.is_converged:
        warnings.warn(stop_message(estimates), ConvergenceWarning, stacklevel=stack)


def bias_message(design: Design, estimates: Estimates, family: str) -> str:
    """Word the warning about the bias."""
    name = method_of(estimates)
    block = max(design.rows.blocks, key=lambda block: block.n_groups)
    size, what = _typical_size(design, block)
    return compose(
        f"{name} underestimates variances, and pulls the coefficients towards zero with them.",
        where=f"option method = '{name}', family '{family}'",
        got=f"a median of {round(size):,} {what} per group of '{block.grouping}'",
        need="many in every group: the bias is largest for binary responses in small groups",
        do="leave method out (Laplace), or ask for quadrature; keep this fit for comparison only",
        slug="quasi-likelihood",
    )


def stop_message(estimates: Estimates) -> str:
    """Word the warning about a series that did not settle."""
    verdict = estimates.verdict
    return compose(
        f"The linear models of {method_of(estimates)} did not settle.",
        where="the series of linear models",
        got=f"{STOPS.get(verdict.reason, verdict.reason)}\n({verdict.n_evaluations:,} evaluations)",
        need="coefficients and variances that no longer move from one linear model to the next",
        do="leave method out: Laplace and quadrature have a criterion with a minimum",
        slug="quasi-not-settled",
    )


def method_of(estimates: Estimates) -> str:
    """Name the approximation, such as 'PQL1'."""
    assert estimates.generalized is not None
    return estimates.generalized.approximation.name


def _typical_size(design: Design, block: RandomBlock) -> tuple[float, str]:
    """Median number of rows per group, or of trials where rows have several."""
    trials = design.trials
    sizes = sum(
        np.bincount(member.codes, weights=trials, minlength=block.n_groups)
        for member in block.memberships
    )
    return float(np.median(sizes)), "rows" if trials is None else "trials"
