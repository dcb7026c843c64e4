"""Whether the residual variance is the same in all groups, and in all categories.

Room: check/. One question per file: do some groups vary more than others?
Takes: `Evidence` of a Gaussian model.
Gives: findings 'variance_by_group' and 'variance_by_category'.
Source: Raudenbush & Bryk (2002), chapter 9 (H); Brown & Forsythe (1974), JASA 69, 364-367;
    Fox (2016), Applied regression analysis and generalized linear models, section 12.2.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.spread import spread_between
from echelon.design.parts import RandomBlock
from echelon.formula.expression import quote_name, variables
from echelon.frame.columns import Categorical
from echelon.infer.distributions.distributions import chi2_p_value

LIMITS = (1.5, 2.0)
FEWEST_GROUPS = 3
DEFICIENT = 1e-10  # relative size of a direction that a group cannot tell
FEWEST_OF_H = 10.0  # degrees of freedom of a group's own variance
SOURCE = (
    "Fox (2016), Applied regression analysis, section 12.2, on what unequal variances do; echelon: "
    "from 2, between groups one standard deviation above and below the average, variances differ "
    "fourfold; 1.5 is half the way"
)
SOURCE_CATEGORY = (
    "echelon: from 2 variances differ fourfold, 1.5 is half the way; Fox (2016), Applied "
    "regression analysis, section 12.2, on what unequal variances do"
)


def variance_by_group(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the residual standard deviations of the groups, factor by factor."""
    if evidence.fit.spec.is_generalized:
        return ()
    blocks = [b for b in evidence.blocks if len(b.memberships) == 1]
    found = [_of_block(evidence, block) for block in blocks]
    return tuple(finding for finding in found if finding is not None)


def variance_by_category(evidence: Evidence) -> tuple[Finding, ...]:
    """Compare the residual standard deviations of the categories of each predictor."""
    if evidence.fit.spec.is_generalized:
        return ()
    looked = evidence.studentized
    columns = _categories(evidence)
    findings = []
    for name, column in columns.items():
        spread = spread_between(looked.values, column.codes[looked.rows].astype(np.int64))
        if spread is None:
            continue
        low, high = int(spread.deviations.argmin()), int(spread.deviations.argmax())
        ratio = float(spread.deviations[high] / spread.deviations[low])
        p = min(1.0, spread.p_value * len(columns))
        facts = {
            "lowest": str(column.labels[spread.groups[low]]),
            "highest": str(column.labels[spread.groups[high]]),
            "n_categories": len(spread.groups),
            "quoted": quote_name(name),
        }
        verdict = judge(ratio, *LIMITS, p_value=p)
        measure = "ratio of the largest to the smallest standard deviation"
        findings.append(
            Finding(
                "variance_by_category",
                name,
                measure,
                ratio,
                *LIMITS,
                verdict,
                SOURCE_CATEGORY,
                p,
                facts,
            )
        )
    return tuple(findings)


def _of_block(evidence: Evidence, block: RandomBlock) -> Finding | None:
    looked = evidence.studentized
    codes = block.memberships[0].codes[looked.rows].astype(np.int64)
    if len(codes) == 0:
        return None
    spread = spread_between(looked.values, codes)
    if spread is None or len(spread.groups) < FEWEST_GROUPS:
        return None
    order = np.argsort(-spread.deviations)
    widest = [str(block.labels[spread.groups[i]]) for i in order[:3].tolist()]
    facts = {
        "clusters": evidence.clusters,
        "n_groups": len(spread.groups),
        "n_left_out": block.n_groups - len(spread.groups),
        "median_deviation": float(np.median(spread.deviations)),
        "widest": tuple(widest),
        "statistic": spread.statistic,
        **_homogeneity(evidence, block, codes),
    }
    return Finding(
        "variance_by_group",
        block.grouping,
        "ratio of the standard deviations of groups one standard deviation above and below average",
        spread.ratio,
        *LIMITS,
        judge(spread.ratio, *LIMITS, p_value=spread.p_value),
        SOURCE,
        spread.p_value,
        facts,
    )


def _homogeneity(evidence: Evidence, block: RandomBlock, codes: IndexArray) -> dict[str, float]:
    """Raudenbush and Bryk's H of the groups with 10 degrees of freedom or more.

    H = sum (d_j - mean)^2 / (2 / f_j), d_j the logarithm of a group's residual variance about its
    own random coefficients, f_j its df, the mean weighted by f_j.
    """
    looked = evidence.studentized
    squares, df = _within(evidence.residuals[looked.rows], codes, _columns(evidence, block))
    is_used = (df >= FEWEST_OF_H) & (squares > 0)
    n_used = int(is_used.sum())
    if n_used < FEWEST_GROUPS:
        return {"h": math.nan, "h_df": 0, "h_p_value": math.nan}
    logs, weights = np.log(squares[is_used] / df[is_used]), df[is_used] / 2
    mean = (weights * logs).sum() / weights.sum()
    statistic = float((weights * (logs - mean) ** 2).sum())
    return {"h": statistic, "h_df": n_used - 1, "h_p_value": chi2_p_value(statistic, n_used - 1)}


def _columns(evidence: Evidence, block: RandomBlock) -> FloatArray:
    """Random columns (m, r) of the rows that count, times the root of their weights."""
    rows, weights = evidence.studentized.rows, evidence.fit.design.weights
    columns = np.column_stack(block.columns)[rows]
    return columns if weights is None else columns * np.sqrt(weights[rows])[:, None]


def _within(
    values: FloatArray, codes: IndexArray, columns: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum of squares (J,) of values about a regression of each group's own, and its df (J,)."""
    n_groups, r = int(codes.max()) + 1, columns.shape[1]
    cross = np.empty((n_groups, r))
    gram = np.empty((n_groups, r, r))
    for a in range(r):
        cross[:, a] = np.bincount(codes, columns[:, a] * values, n_groups)
        for b in range(r):
            gram[:, a, b] = np.bincount(codes, columns[:, a] * columns[:, b], n_groups)
    inverse = np.linalg.pinv(gram, rcond=DEFICIENT, hermitian=True)
    explained = np.einsum("ja,jab,jb->j", cross, inverse, cross)
    rank = np.rint(np.einsum("jab,jba->j", inverse, gram))
    squares = np.bincount(codes, values**2, n_groups) - explained
    return squares, np.bincount(codes, minlength=n_groups) - rank


def _categories(evidence: Evidence) -> dict[str, Categorical]:
    """Find the categorical predictors of the fixed part, by name."""
    formula, columns = evidence.fit.spec.formula, evidence.frame.columns
    factors = [factor for term in formula.fixed for factor in term.factors]
    names = dict.fromkeys(name for factor in factors for name in variables(factor))
    found = {name: columns[name] for name in names if name in columns}
    return {name: c for name, c in found.items() if isinstance(c, Categorical)}
