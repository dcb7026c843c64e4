"""Marginal and conditional R-squared.

Room: measure/. One school per file: Nakagawa & Schielzeth, with Johnson's random slopes.
Takes: a `Fit`.
Gives: rows of the table of variance explained.
Source: Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142, equations 26
    and 30; Johnson (2014), the same journal 5, 944-946; docs/theory.md (22).
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.measure.moments import fixed_spread
from echelon.measure.r_squared_row import Explained, share
from echelon.measure.variance_parts import variance_parts

MEASURE = "Nakagawa & Schielzeth"


def nakagawa(fit: Fit, purpose: str) -> list[Explained]:
    """Set the variance of X beta, without and with that of the random effects, against the total.

    The total is the variance of X beta over the rows, the mean variance of the random effects and
    that of the residual. An offset belongs to neither.
    """
    parts, fixed = variance_parts(fit, purpose), fixed_spread(fit, purpose).variance
    total = fixed + parts.total
    return [
        Explained(
            MEASURE,
            "marginal",
            share(fixed, total),
            "Share of the variance of a response that the fixed effects explain.",
        ),
        Explained(
            MEASURE,
            "conditional",
            share(fixed + float(parts.random.sum()), total),
            "Share that fixed and random effects explain together: knowing the groups, too.",
        ),
    ]
