"""Collinearity: whether the predictors of a model say the same thing twice.

Room: check/. One question per file: by how much do correlated predictors inflate variances?
Takes: `Evidence`.
Gives: a `Finding` about the worst term.
Source: Fox & Monette (1992), Journal of the American Statistical Association 87, 178-183.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.predictors import centred_inside, rewritten
from echelon.design.parts import Design
from echelon.errors import EchelonError, NotEstimableError
from echelon.fit import Fit, fit_model, frame_of
from echelon.formula.expression import Call, Expression, Name, deparse, variables
from echelon.formula.parse import parse_formula
from echelon.formula.terms import Formula
from echelon.frame.columns import Numeric

LOOK, ACT = 5.0, 10.0
SOURCE = (
    "measure: Fox & Monette (1992), JASA 87, 178-183; sizes: James, Witten, Hastie & "
    "Tibshirani (2013), An Introduction to Statistical Learning: 5 or 10"
)


def collinearity(evidence: Evidence) -> tuple[Finding, ...]:
    """Give the largest variance inflation factor, from the correlations of the fixed effects.

    Of a term with several coefficients the generalized factor per coefficient, GVIF^(1/df), which
    for one coefficient is the VIF. Where products or powers of a predictor are the reason, the
    factor after centring is given beside it.
    """
    found = inflation(evidence.fit)
    if len(found) < 2:
        return ()
    worst = max(found, key=lambda name: found[name])
    names = _to_centre(evidence, worst) if found[worst] >= LOOK else frozenset()
    formula = _centred(evidence.fit.spec.formula, names) if names else ""
    after = _after(evidence.fit, formula) if formula else float("nan")
    helps = after < found[worst] / 2
    return (
        Finding(
            "collinearity",
            worst,
            "variance inflation factor",
            found[worst],
            LOOK,
            ACT,
            judge(found[worst], LOOK, ACT),
            SOURCE,
            None,
            {
                "with": _partner(evidence.fit, worst),
                "inflated": tuple(name for name, vif in found.items() if vif >= LOOK),
                "centre": tuple(sorted(names)) if helps else (),
                "after": after,
                "formula": formula if helps else "",
            },
        ),
    )


def inflation(fit: Fit) -> dict[str, float]:
    """Give GVIF^(1/df) of each term of the fixed part whose coefficients are estimated."""
    correlations, places = _correlations(fit)
    whole = np.linalg.slogdet(correlations)[1]
    found: dict[str, float] = {}
    for name, own in places.items():
        others = [place for place in range(len(correlations)) if place not in own]
        parts = [np.linalg.slogdet(correlations[np.ix_(at, at)])[1] for at in (own, others)]
        found[name] = float(np.exp((sum(parts) - whole) / len(own)))
    return found


def _correlations(fit: Fit) -> tuple[FloatArray, dict[str, list[int]]]:
    """Correlations of the estimated fixed effects but the intercept, and each term's places."""
    design, vcov = fit.design, fit.estimates.vcov
    p = len(design.fixed_names)
    if fit.spec.family == "multinomial":
        raise _many_equations(fit)
    vcov = vcov[:p, :p]
    known = np.isfinite(np.diagonal(vcov)) & (np.diagonal(vcov) > 0)
    places: dict[str, list[int]] = {}
    kept: list[int] = []
    for name, column in zip(_term_of_each(design), range(p), strict=True):
        if name and known[column]:
            places.setdefault(name, []).append(len(kept))
            kept.append(column)
    deviations = np.sqrt(np.diagonal(vcov)[kept])
    return vcov[np.ix_(kept, kept)] / np.outer(deviations, deviations), places


def _term_of_each(design: Design) -> list[str]:
    """Name the term of each column of X; '' for the intercept."""
    recipe = design.recipe
    return [
        ":".join(deparse(part.expression) for part in plan.parts)
        for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True)
        for _ in range(size)
    ]


def _partner(fit: Fit, worst: str) -> str:
    """Name the term whose coefficients correlate most with those of the worst."""
    correlations, places = _correlations(fit)
    sizes = {
        name: float(np.abs(correlations[np.ix_(places[worst], own)]).max())
        for name, own in places.items()
        if name != worst
    }
    return max(sizes, key=lambda name: sizes[name])


def _to_centre(evidence: Evidence, worst: str) -> frozenset[str]:
    """Name the numeric columns in products and powers that the worst term has to do with."""
    numeric = {n for n, c in evidence.frame.columns.items() if isinstance(c, Numeric)}
    formula = evidence.fit.spec.formula
    own = {n for term in formula.fixed if term.label == worst for f in term.factors
           for n in variables(f)}  # fmt: skip
    found: set[str] = set()
    for term in formula.fixed:
        names = {name for factor in term.factors for name in variables(factor)}
        is_power = any(isinstance(f, Call) and f.function == "I" for f in term.factors)
        if (len(term.factors) > 1 or is_power) and names & own:
            found |= {f.name for f in term.factors if isinstance(f, Name)}
            found |= names if is_power else set()
    return frozenset(found & numeric)


def _centred(formula: Formula, names: frozenset[str]) -> str:
    def change(factor: Expression) -> Expression:
        return centred_inside(factor, names)

    return rewritten(formula, change)


def _after(fit: Fit, formula: str) -> float:
    """Give the largest factor once the formula is centred; NaN where that cannot be fitted."""
    spec = replace(fit.spec, formula=parse_formula(formula), start=None)
    try:
        found = inflation(fit_model(spec, frame_of(fit, "check()")))
    except EchelonError:
        return float("nan")
    return max(found.values(), default=float("nan"))


def _many_equations(fit: Fit) -> NotEstimableError:
    return NotEstimableError(
        "Variance inflation is not stated for a model with an equation for each category.",
        where="check()",
        got=f"family = '{fit.spec.family}'",
        need="one linear predictor: its coefficients have one correlation matrix",
        do="look at the correlations of the predictors.",
        slug="check-many-equations",
    )
