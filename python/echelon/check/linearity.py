"""Linearity: whether the effect of a numeric predictor is a straight line.

Room: check/. One question per file: does a smooth curve say more than a line?
Takes: `Evidence`.
Gives: a `Finding` per numeric predictor.
Source: Harrell (2015), Regression Modeling Strategies, sections 2.4 and 4.1 (natural splines).
"""

from __future__ import annotations

import numpy as np

from echelon.check.added import Added, added, adjusted, most
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.outcome_scale import outcome_scale
from echelon.check.predictors import Predictor, is_used_elsewhere, predictors, rewritten
from echelon.formula.expression import Call, Expression, Name, Number, Operation
from echelon.formula.terms import Formula

LOOK, ACT = 0.1, 0.2
SOURCE = (
    "method: Harrell (2015), section 2.4; sizes: Funder & Ozer (2019), Advances in Methods and "
    "Practices in Psychological Science 2, abstract: 0.1 small, 0.2 medium"
)
SMOOTH_FROM = 8  # distinct values: with fewer, a parabola is all the curve that they show


def linearity(evidence: Evidence) -> tuple[Finding, ...]:
    """Ask of each numeric predictor whether a curve describes its effect better than a line.

    A natural spline with 3 degrees of freedom is added (a parabola where the predictor has fewer
    than 8 values). The effect size is the spread of the curve about its best straight line, in
    standard deviations of the outcome; squared, the extra share of variance. Level of the test:
    1% over all predictors (Holm). Predictors whose curve is in the model are left alone.
    """
    candidates = [p for p in predictors(evidence) if _can_bend(evidence, p)]
    tried = candidates[: most(evidence.fit)]
    found = [(p, made) for p in tried if (made := added(evidence.fit, _smooth(p))) is not None]
    p_values = adjusted([made.p_value for _, made in found])
    n_left_out = len(candidates) - len(tried)
    return tuple(
        _finding(evidence, predictor, made, p, n_left_out)
        for (predictor, made), p in zip(found, p_values, strict=True)
    )


def _can_bend(evidence: Evidence, predictor: Predictor) -> bool:
    if not predictor.variable or is_used_elsewhere(evidence.fit.spec.formula, predictor):
        return False
    return _n_values(predictor) >= 3


def _n_values(predictor: Predictor) -> int:
    return len(np.unique(predictor.values))


def _smooth(predictor: Predictor) -> str:
    if _n_values(predictor) >= SMOOTH_FROM:
        return f"ns({predictor.text}, df = 3)"
    return f"poly({predictor.text}, 2)"


def _finding(
    evidence: Evidence, predictor: Predictor, made: Added, p_value: float, n_left_out: int
) -> Finding:
    return Finding(
        "linearity",
        predictor.name,
        "spread of the curve about the line, standardized",
        made.size,
        LOOK,
        ACT,
        judge(made.size, LOOK, ACT, p_value=p_value),
        SOURCE,
        p_value,
        {
            "share": made.size**2,
            "scale": outcome_scale(evidence.fit).kind,
            "formula": _curved(evidence.fit.spec.formula, predictor),
            "n_left_out": n_left_out,
        },
    )


def _curved(formula: Formula, predictor: Predictor) -> str:
    """Write the model with a curve: a spline, or a square where it has interactions."""
    expression = predictor.expression
    uses = [term for term in formula.fixed if expression in term.factors]
    if len(uses) > 1:
        centred = Call("cgm", (Name(predictor.variable),))
        square = Call("I", (Operation("^", (centred, Number(2.0, "2"))),))
        return rewritten(formula, lambda factor: factor, square)
    curve = Call("poly", (expression, Number(2.0, "2")))
    if _n_values(predictor) >= SMOOTH_FROM:
        curve = Call("ns", (expression,), (("df", Number(3.0, "3")),))

    def change(factor: Expression) -> Expression:
        return curve if factor == expression else factor

    return rewritten(formula, change, only_fixed=True)
