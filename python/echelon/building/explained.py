"""How much of the variance a model explains, and how alike its groups are, in three numbers.

Room: building/. Picks what `measure` found.
Takes: a `Fit`.
Gives: ICC, marginal and conditional R-squared; NaN where the rows are not there.
Source: docs/theory.md (22); Nakagawa & Schielzeth (2013), Johnson (2014).
"""

from __future__ import annotations

from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.measure.moments import fixed_spread
from echelon.measure.variance_parts import variance_parts

PURPOSE = "compare()"
NAN = float("nan")


def explained(fit: Fit) -> dict[str, float]:
    """Share the variance of a response between fixed effects, random effects and residual.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    icc : share of the random effects in the variance that the fixed effects leave (adjusted ICC);
        r2_marginal : share of the fixed effects in all variance; r2_conditional : of fixed and
        random effects together.
    """
    try:
        parts, fixed = variance_parts(fit, PURPOSE), fixed_spread(fit, PURPOSE).variance
    except NotEstimableError:  # weighted, and saved without its rows
        return dict.fromkeys(("icc", "r2_marginal", "r2_conditional"), NAN)
    between = parts.total - parts.residual
    total = fixed + parts.total
    return {
        "icc": between / parts.total if fit.design.rows.blocks and parts.total > 0 else NAN,
        "r2_marginal": fixed / total if total > 0 else NAN,
        "r2_conditional": (fixed + between) / total if total > 0 else NAN,
    }
