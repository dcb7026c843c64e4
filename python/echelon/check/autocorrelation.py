"""Whether residuals that follow each other within a group are alike.

Room: check/. One question per file: is there memory in the residuals?
Takes: `Evidence`.
Gives: the finding 'autocorrelation', about the predictor that orders the rows.
Source: Pinheiro & Bates (2000), section 5.3; docs/theory.md (21) for what the fit takes off.
"""

from __future__ import annotations

import math
import re

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.refitting import extended_formula
from echelon.check.shape import two_sided
from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import is_constant_within
from echelon.engine.workspace import combination_variances
from echelon.fit import Fit
from echelon.formula.expression import quote_name

LIMITS = (0.1, 0.3)
FEWEST_PAIRS = 20
FEWEST_ROWS = 3  # per group, on average
DISTINCT = 0.95  # share of the neighbours in a group with different times
TIMES = re.compile(
    r"(time|times|day|days|week|weeks|month|months|year|years|wave|waves|visit|visits|trial|"
    r"occasion|occasions|session|sessions|age|hour|hours|minute|minutes|date|t)([_ .]?\d*)"
)
SOURCE = (
    "echelon: neighbours that correlate by r multiply the variance of a group's mean by "
    "(1 + r) / (1 - r): its standard error is 10% too small at 0.1, 27% at 0.3"
)


def autocorrelation(evidence: Evidence) -> tuple[Finding, ...]:
    """Correlate residuals with the next ones of their group, in the order of time.

    Time is a numeric predictor that is different in all rows of a group and takes few values
    over all, or has the name of a time. Without one the order of the rows is taken, unless the
    response is sorted within groups; the verdict is then 'look' at most.
    """
    chosen = _series(evidence)
    if chosen is None:
        return ()
    block, time, pairs = chosen
    first, second = pairs
    if len(first) < FEWEST_PAIRS:
        return ()
    looked = evidence.studentized
    products = looked.values[first] * looked.values[second]
    expected = _expected(evidence, block, first, second)
    size = float(products.mean()) - expected
    variance = float(np.mean(looked.values[np.concatenate([first, second])] ** 2))
    size = max(-1.0, min(1.0, size / variance))
    p = two_sided(size * math.sqrt(len(first)))
    limits = LIMITS if time else (LIMITS[0], math.nan)
    return (
        Finding(
            "autocorrelation",
            time,
            "correlation of neighbours",
            size,
            *limits,
            judge(abs(size), *limits, p_value=p),
            SOURCE,
            p,
            facts={
                "clusters": evidence.clusters,
                "grouping": block.grouping,
                "n_pairs": len(first),
                "expected": expected,
                **_proposal(evidence, block, time),
            },
        ),
    )


def _series(
    evidence: Evidence,
) -> tuple[RandomBlock, str, tuple[IndexArray, IndexArray]] | None:
    """Find the finest factor with series in it, the name of time, and neighbouring places."""
    if not evidence.blocks:
        return None
    looked = evidence.studentized
    blocks = [b for b in evidence.blocks if len(b.memberships) == 1]
    blocks = [b for b in blocks if len(looked.rows) >= FEWEST_ROWS * b.n_groups]
    for block in sorted(blocks, key=lambda b: -b.n_groups):
        codes = _codes(block, looked.rows)
        for name, values in evidence.numbers.items():
            pairs = _neighbours(codes, values[looked.rows])
            if _is_time(name, values, codes, pairs):
                return block, name, pairs
    inner = _innermost(evidence)
    if inner is None or len(looked.rows) < FEWEST_ROWS * inner.n_groups:
        return None
    codes = _codes(inner, looked.rows)
    pairs = _neighbours(codes, np.arange(len(codes), dtype=float))
    return None if _is_sorted(evidence.fit.design.y[looked.rows], pairs) else (inner, "", pairs)


def _codes(block: RandomBlock, rows: IndexArray) -> IndexArray:
    return block.memberships[0].codes[rows].astype(np.int64)


def _innermost(evidence: Evidence) -> RandomBlock | None:
    """Find the factor that is nested in all others: within it the order of rows is one of time."""
    blocks = evidence.blocks
    if any(len(block.memberships) != 1 for block in blocks):
        return None
    inner = max(blocks, key=lambda block: block.n_groups)
    codes = inner.memberships[0].codes
    others = [block.memberships[0].codes.astype(float) for block in blocks if block is not inner]
    return inner if all(is_constant_within(each, inner) for each in others) and len(codes) else None


def _neighbours(codes: IndexArray, time: FloatArray) -> tuple[IndexArray, IndexArray]:
    """Places of rows that follow each other within their group, at different times."""
    order = np.lexsort((time, codes))
    first, second = order[:-1], order[1:]
    follows = (codes[first] == codes[second]) & (time[first] < time[second])
    return first[follows], second[follows]


def _is_time(
    name: str, values: FloatArray, codes: IndexArray, pairs: tuple[IndexArray, IndexArray]
) -> bool:
    n_neighbours = len(codes) - len(np.unique(codes))
    if len(pairs[0]) < DISTINCT * n_neighbours or not len(pairs[0]):
        return False
    has_few_values = len(np.unique(values)) <= 2 * int(np.bincount(codes).max())
    is_shared = len(np.unique(values)) <= len(values) / 3
    return TIMES.fullmatch(name.lower()) is not None or (has_few_values and is_shared)


def _is_sorted(y: FloatArray, pairs: tuple[IndexArray, IndexArray]) -> bool:
    steps = np.sign(y[pairs[1]] - y[pairs[0]])
    moved = steps[steps != 0]
    return len(moved) == 0 or abs(float(moved.mean())) > 0.8


def _expected(
    evidence: Evidence, block: RandomBlock, first: IndexArray, second: IndexArray
) -> float:
    """Mean product of neighbours that the model itself brings about, by taking out the groups.

    Gaussian: from the covariance of the fitted values, -sigma^2 H. Others: the mean product of
    all pairs of a group, near which it is if order does not matter.
    """
    looked = evidence.studentized
    if evidence.fit.spec.is_generalized:
        return _mean_of_all_pairs(_codes(block, looked.rows), looked.values)
    covariance = _fitted_covariance(evidence.fit, looked.rows[first], looked.rows[second])
    scale = np.sqrt(looked.left[first] * looked.left[second]) * evidence.fit.estimates.sigma**2
    return -float((covariance / scale).mean())


def _fitted_covariance(fit: Fit, first: IndexArray, second: IndexArray) -> FloatArray:
    """Covariance (m,) of the errors of two rows' fitted values, times the root of their weights."""
    rows, weights = fit.design.rows, fit.design.weights
    fixed = fit.design.X

    at_first, at_second = [], []
    for number, block in enumerate(rows.blocks):
        covariates = np.column_stack(block.columns)
        for member in block.memberships:
            z = covariates if member.weights is None else covariates * member.weights[:, None]
            at_first.append((number, member.codes[first], z[first]))
            at_second.append((number, member.codes[second], z[second]))
    both = combination_variances(fit, fixed[first] + fixed[second], [*at_first, *at_second])
    both -= combination_variances(fit, fixed[first], at_first)
    both -= combination_variances(fit, fixed[second], at_second)
    scale = 1.0 if weights is None else np.sqrt(weights[first] * weights[second])
    return both / 2 * scale


def _mean_of_all_pairs(codes: IndexArray, values: FloatArray) -> float:
    """Mean product of pairs within groups, weighted as neighbours are: n_j - 1 per group."""
    n = np.bincount(codes)
    total, squares = np.bincount(codes, values), np.bincount(codes, values**2)
    is_used = n > 1
    mean = (total[is_used] ** 2 - squares[is_used]) / (n[is_used] * (n[is_used] - 1.0))
    return float(np.average(mean, weights=n[is_used] - 1))


def _proposal(evidence: Evidence, block: RandomBlock, time: str) -> dict[str, object]:
    """Write a formula with a random slope of time, where there is none yet."""
    whole = re.compile(rf"(?<!\w){re.escape(time)}(?!\w)")
    has_slope = bool(time) and any(whole.search(name) for name in block.column_names)
    if not time or has_slope or not evidence.is_likelihood:
        return {"larger": ""}
    grouping = block.terms[0].text.rpartition("|")[2].strip(" )")
    term = f"(0 + {quote_name(time)} | {grouping})"
    return {"larger": extended_formula(evidence.fit, term), "term": term}
