"""Whether the level-1 residuals are normal: symmetric, without heavy tails, without odd rows.

Room: check/. One question per file: what shape have the residuals?
Takes: `Evidence` of a Gaussian model.
Gives: findings 'residual_skewness', 'residual_tails' and 'outlying_rows'.
Source: Bulmer (1979), p. 63; Schielzeth et al. (2020), Methods in Ecology and Evolution 11, 1141.
"""

from __future__ import annotations

import math

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.shape import FEWEST, kurtosis, skewness, two_sided
from echelon.check.studentized import Studentized
from echelon.formula.render import render

SKEWED = (0.5, 1.0)
HEAVY = (1.0, 3.0)
OUTLYING = (4.0, 6.0)
MOST_ROWS = 5
BEYOND = 3.0  # standard deviations; 0.27% of a normal distribution are further out
SOURCE_SKEWED = "Bulmer (1979), Principles of statistics, p. 63: moderate from 0.5, high from 1"
SOURCE_HEAVY = (
    "echelon: the variance of an estimated variance grows by 1 + kurtosis / 2; its standard error "
    "is 22% larger at 1, 58% at 3"
)
SOURCE_OUTLYING = (
    "echelon: with a Bonferroni-adjusted p value below 0.01; at 4 a row weighs as much in the "
    "residual variance as 16 usual ones, at 6 as 36"
)


def residual_skewness(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure how lopsided the residuals are."""
    looked = _residuals(evidence)
    if looked is None:
        return ()
    size, p = skewness(looked.values)
    verdict = judge(abs(size), *SKEWED, p_value=p)
    facts = _facts(evidence, looked)
    return (
        Finding(
            "residual_skewness", "", "skewness", size, *SKEWED, verdict, SOURCE_SKEWED, p, facts
        ),
    )


def residual_tails(evidence: Evidence) -> tuple[Finding, ...]:
    """Measure how much heavier the tails of the residuals are than those of a normal."""
    looked = _residuals(evidence)
    if looked is None:
        return ()
    size, p = kurtosis(looked.values)
    verdict = judge(abs(size), *HEAVY, p_value=p)
    share = float((np.abs(looked.values) > BEYOND).mean())
    facts = {**_facts(evidence, looked), "share_beyond": share, "expected": two_sided(BEYOND)}
    return (
        Finding(
            "residual_tails", "", "excess kurtosis", size, *HEAVY, verdict, SOURCE_HEAVY, p, facts
        ),
    )


def outlying_rows(evidence: Evidence) -> tuple[Finding, ...]:
    """Find the rows further out than the largest of so many normal residuals would be."""
    looked = _residuals(evidence)
    if looked is None:
        return ()
    size, n = np.abs(looked.values), len(looked.values)
    order = np.argsort(-size)[: 10 * MOST_ROWS]
    p = min(1.0, n * two_sided(float(size[order[0]])))
    out = [i for i in order.tolist() if n * two_sided(float(size[i])) < 0.01 and size[i] >= 4]
    kept = evidence.fit.rows.kept
    rows = looked.rows if kept is None else kept[looked.rows]
    facts = {
        **_facts(evidence, looked),
        "rows": tuple(int(rows[i]) for i in out[:MOST_ROWS]),
        "values": tuple(float(looked.values[i]) for i in out[:MOST_ROWS]),
        "n_rows": len(out),
        "is_more": len(out) == 10 * MOST_ROWS,
        "expected": _expected_largest(n),
    }
    largest = float(size[order[0]])
    verdict = judge(largest, *OUTLYING, p_value=p)
    return (
        Finding(
            "outlying_rows",
            "",
            "largest residual, in standard deviations",
            largest,
            *OUTLYING,
            verdict,
            SOURCE_OUTLYING,
            p,
            facts,
        ),
    )


def _residuals(evidence: Evidence) -> Studentized | None:
    """Give the residuals, where the question arises: a Gaussian model and 8 rows."""
    if evidence.fit.spec.is_generalized:
        return None
    looked = evidence.studentized
    is_enough = len(looked.values) >= FEWEST and float(np.ptp(looked.values)) > 0
    return looked if is_enough else None


def _facts(evidence: Evidence, looked: Studentized) -> dict[str, object]:
    fit = evidence.fit
    return {
        "n": len(looked.values),
        "clusters": evidence.clusters,
        "formula": render(fit.spec.formula),
        "is_positive": bool((fit.design.y > 0).all()),
        "n_read": fit.rows.n_read,
        "has_subset": any(reason.startswith("subset") for reason, _ in fit.rows.dropped),
    }


def _expected_largest(n: int) -> float:
    """Median of the largest of n absolute standard normal values, by bisection."""
    low, high = 0.0, 40.0
    target = -math.expm1(math.log(0.5) / n)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle) > target else (low, middle)
    return high
