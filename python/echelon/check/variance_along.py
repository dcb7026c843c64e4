"""Whether the residual variance changes along the fitted values and the numeric predictors.

Room: check/. One question per file: do the residuals fan out?
Takes: `Evidence`.
Gives: findings 'variance_along_fitted' and 'variance_along_predictor'.
Source: Fox (2016), Applied regression analysis and generalized linear models, section 12.2;
    Glejser (1969), JASA 64, 316-323, as a test of absolute residuals.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.shape import two_sided
from echelon.families import family_of
from echelon.formula.expression import quote_name
from echelon.formula.render import render
from echelon.residuals.kinds import fitted_values

LIMITS = (1.5, 2.0)
BoolArray = NDArray[np.bool_]
FEWEST = 10  # rows in each third
SOURCE = (
    "Fox (2016), Applied regression analysis, section 12.2, on what unequal variances do; echelon: "
    "2 between the outer thirds is about 3 over the whole range, 1.5 is half the way"
)
MEASURE = "ratio of the standard deviations in the upper and the lower third"


def variance_along_fitted(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the residuals where the fitted values are high with those where they are low."""
    if _is_single_trial(evidence):
        return ()
    found = _compare(evidence, "variance_along_fitted", "", fitted_along(evidence), 1)
    return () if found is None else (found,)


def variance_along_predictor(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the residuals where a predictor is high with those where it is low, one by one."""
    if _is_single_trial(evidence):
        return ()
    numbers = evidence.numbers
    found = [
        _compare(evidence, "variance_along_predictor", name, values, len(numbers))
        for name, values in numbers.items()
    ]
    return tuple(finding for finding in found if finding is not None)


def fitted_along(evidence: Evidence) -> FloatArray:
    """Fitted values (n,) given the random effects, of generalized models the linear predictor."""
    generalized = evidence.fit.estimates.generalized
    return fitted_values(evidence.fit) if generalized is None else generalized.eta[0]


def _is_single_trial(evidence: Evidence) -> bool:
    """Whether the response is one of few categories: nothing fans out there."""
    response = family_of(evidence.fit.spec.family).response
    return response in ("binary", "ordered", "nominal") and evidence.fit.spec.is_generalized


def _compare(
    evidence: Evidence, name: str, about: str, along: FloatArray, n_tests: int
) -> Finding | None:
    looked = evidence.studentized
    parts = _outer_parts(along[looked.rows])
    if parts is None:
        return None
    low, high = (np.abs(looked.values[part]) for part in parts)
    squares = float((low**2).mean()), float((high**2).mean())
    if not min(squares) > 0:
        return None
    ratio = math.sqrt(squares[1] / squares[0])
    difference = float(high.mean() - low.mean())
    error = math.sqrt(float(high.var()) / len(high) + float(low.var()) / len(low))
    p = min(1.0, n_tests * two_sided(difference / error)) if error > 0 else 1.0
    spec = evidence.fit.spec
    facts = {
        "clusters": evidence.clusters,
        "formula": render(spec.formula),
        "n_low": len(low),
        "n_high": len(high),
        "is_generalized": spec.is_generalized,
        "family": spec.family,
        "has_dispersion": "dispersion" in family_of(spec.family).options,
        "is_positive": bool((evidence.fit.design.y > 0).all()),
        "quoted": quote_name(about) if about else "",
    }
    verdict = judge(max(ratio, 1 / ratio), *LIMITS, p_value=p)
    return Finding(name, about, MEASURE, ratio, *LIMITS, verdict, SOURCE, p, facts)


def _outer_parts(x: FloatArray) -> tuple[BoolArray, BoolArray] | None:
    """Tell the rows of the lower and the upper third, or of the halves where there are ties."""
    if len(x) < 3 * FEWEST or not np.ptp(x) > 0:
        return None
    first, second = np.quantile(x, [1 / 3, 2 / 3])
    low, high = x <= first, x >= second
    if first == second or not low.sum() + high.sum() <= 0.9 * len(x):
        middle = (float(x.min()) + float(x.max())) / 2
        low, high = x <= middle, x > middle
    return (low, high) if min(low.sum(), high.sum()) >= FEWEST else None
