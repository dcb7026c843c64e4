"""The facts of a fit that become warnings: singular, not converged, columns not estimated.

Room: engine/. Words what the verdict found; judges nothing.
Takes: a `Design` and its `Estimates`.
Gives: warnings, through Python's own machinery.
Source: docs/errors.md.
"""

from __future__ import annotations

import warnings

from echelon.design.parts import Design
from echelon.engine.estimates import Estimates
from echelon.errors import (
    ConvergenceWarning,
    RankWarning,
    SingularFitWarning,
    compose,
    offenders,
)


def announce(design: Design, estimates: Estimates, stack: int) -> None:
    """Warn of what a reader of the numbers must know; `stack` frames up is the user's line."""
    verdict = estimates.verdict
    if not verdict.is_converged:
        message = compose(
            "The minimum of the criterion was not reached.",
            where="the minimiser",
            got=f"Newton decrement {verdict.newton_decrement:.2g} after "
            f"{verdict.n_evaluations:,} evaluations ({verdict.reason})",
            need="a decrement below the tolerance",
            do="bring the predictors to similar scales, simplify the random part, or raise\n"
            "control={'max_evaluations': ...}",
            slug="not-converged",
        )
        warnings.warn(message, ConvergenceWarning, stacklevel=stack)
    if verdict.is_singular:
        message = compose(
            "The fit is singular: the data show no more variation than this.",
            where="random terms " + ", ".join(t.text for b in design.rows.blocks for t in b.terms),
            got="on the boundary: " + "; ".join(verdict.boundary),
            need="variances above zero and correlations inside -1 and 1",
            do="leave out what is zero, or use || for uncorrelated effects, and see whether the\n"
            "conclusions stay",
            slug="singular-fit",
        )
        warnings.warn(message, SingularFitWarning, stacklevel=stack)
    if not estimates.is_estimated.all():
        names = [
            name
            for name, is_estimated in zip(design.fixed_names, estimates.is_estimated, strict=True)
            if not is_estimated
        ]
        message = compose(
            "Some coefficients cannot be estimated: their columns repeat what others say.",
            where="fixed effects",
            got=offenders(names),
            need="columns that are not linear combinations of the ones before them",
            do="leave the variables out, or see whether two of them measure the same thing",
            slug="rank-deficient",
        )
        warnings.warn(message, RankWarning, stacklevel=stack)
