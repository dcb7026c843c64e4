"""Whether the estimates are those that were asked for.

Room: check/. One question per file: can the numbers be read at all?
Takes: `Evidence`.
Gives: findings 'convergence', 'boundary' and 'not_estimated'.
Source: docs/theory.md (11).
"""

from __future__ import annotations

import math

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding
from echelon.engine.verdict import SINGULAR
from echelon.fit import Fit
from echelon.formula.render import render


def convergence(evidence: Evidence) -> tuple[Finding, ...]:
    """Look at the end of the search: the Newton decrement, in units of -2 log likelihood."""
    fit, verdict = evidence.fit, evidence.fit.estimates.verdict
    tolerance = fit.spec.control.gradient_tolerance
    return (
        Finding(
            "convergence",
            "",
            "Newton decrement",
            verdict.newton_decrement,
            math.nan,
            tolerance,
            "fine" if verdict.is_converged else "act",
            "echelon: docs/theory.md (11); the search asks for less than its tolerance, and where "
            "rounding stops it takes less than 1e-06",
            facts={
                "gradient": verdict.gradient_norm,
                "n_evaluations": verdict.n_evaluations,
                "max_evaluations": fit.spec.control.max_evaluations,
                "reason": verdict.reason,
                "eigenvalue": verdict.smallest_eigenvalue,
            },
        ),
    )


def boundary(evidence: Evidence) -> tuple[Finding, ...]:
    """Look whether a variance is zero or a correlation one: the distance, relative to sigma."""
    fit, verdict = evidence.fit, evidence.fit.estimates.verdict
    if not fit.design.rows.blocks:
        return ()
    return (
        Finding(
            "boundary",
            "",
            "distance to the boundary, in residual standard deviations",
            verdict.distance_to_boundary,
            SINGULAR,
            math.nan,
            "look" if verdict.is_singular else "fine",
            "echelon: 0.0001 of the residual standard deviation is no variation that data show; "
            "Matuschek et al. (2017), Journal of Memory and Language 94, 305-315, on leaving out",
            facts={
                "directions": verdict.boundary,
                "is_scaled": not fit.spec.is_generalized,
                "n_effects": sum(block.n_columns for block in fit.design.rows.blocks),
            },
        ),
    )


def not_estimated(evidence: Evidence) -> tuple[Finding, ...]:
    """Count the coefficients that have no estimate, because others say the same."""
    names = _unknown(evidence.fit)
    if not len(evidence.fit.design.fixed_names):
        return ()
    return (
        Finding(
            "not_estimated",
            "",
            "coefficients without an estimate",
            float(len(names)),
            1.0,
            math.nan,
            "look" if names else "fine",
            "echelon: one is enough, because the coefficients of the columns that stand in for it "
            "have another meaning",
            facts={
                "names": names,
                "n_coefficients": len(evidence.fit.design.fixed_names),
                "formula": render(evidence.fit.spec.formula),
            },
        ),
    )


def _unknown(fit: Fit) -> tuple[str, ...]:
    known = zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
    names = [name for name, is_estimated in known if not is_estimated]
    if fit.estimates.generalized is not None:
        extra = zip(fit.design.extra_names, fit.estimates.generalized.extra, strict=True)
        names += [name for name, value in extra if np.isnan(value)]
    return tuple(names)
