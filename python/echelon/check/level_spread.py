"""Level-1 residuals against level 2: whether they spread more where groups are different.

Room: check/. One question per file: are level-1 residuals unrelated to level 2?
Takes: `Evidence`.
Gives: a `Finding` per grouping factor.
Source: Raudenbush & Bryk (2002), chapter 9: log standard deviations of groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from echelon._types import FloatArray, IndexArray
from echelon.check.added import adjusted
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.predictors import codes_of, predictors, single_blocks
from echelon.design.parts import RandomBlock
from echelon.engine.kernel import INTERCEPT
from echelon.frame.centering import group_means
from echelon.infer.distributions.distributions import f_p_value
from echelon.measure.enclosing import enclosing

LOOK, ACT = 1.22, 1.73
SOURCE = (
    "method: Raudenbush & Bryk (2002), chapter 9; 1.22 is a ratio of variances of 1.5: Blanca "
    "et al. (2018), Behavior Research Methods 50, 937-962; echelon: 1.73, a ratio of 3"
)
FEWEST_GROUPS, FEWEST_DF = 10, 3


@dataclass(frozen=True, slots=True)
class _Spread:
    """Log residual standard deviation (J,) of each group used, its weights, and which they are."""

    logs: FloatArray
    weights: FloatArray
    groups: IndexArray


def level_1_spread(evidence: Evidence) -> tuple[Finding, ...]:
    """Relate the residual spread within groups to predictors and effects of the groups.

    The log of the residual standard deviation of each group is regressed on each predictor of the
    groups and on each of their random effects, weighted by its precision. The effect size is the
    ratio of two standard deviations: of groups one standard deviation above and below the mean
    of a numeric predictor, or of the two categories that differ most. Level of the tests: 1% over
    all of a grouping factor (Holm). Groups with fewer than 3 degrees of freedom tell nothing.
    """
    found = [_finding(evidence, block) for block in single_blocks(evidence)]
    return tuple(finding for finding in found if finding is not None)


def _finding(evidence: Evidence, block: RandomBlock) -> Finding | None:
    spread = _spread(evidence, block)
    if len(spread.logs) < FEWEST_GROUPS:
        return None
    candidates = _candidates(evidence, block)
    tested = [(name, kind, *_test(spread, values)) for name, kind, values in candidates]
    tested = [test for test in tested if np.isfinite(test[2])]
    if not tested:
        return None
    p_values = adjusted([p for *_, p in tested])
    # The worst is the strongest of those with evidence, or of all where there is none.
    order = sorted(range(len(tested)), key=lambda i: (p_values[i] >= 0.01, -tested[i][2]))
    name, kind, ratio, rises, _ = tested[order[0]]
    p_value = p_values[order[0]]
    return Finding(
        "level_1_spread",
        block.grouping,
        "ratio of residual standard deviations",
        ratio,
        LOOK,
        ACT,
        judge(ratio, LOOK, ACT, p_value=p_value),
        SOURCE,
        p_value,
        {
            "along": name,
            "kind": kind,
            "rises": rises,
            "looked_at": tuple(test[:2] for test in tested),
            "n_groups": len(spread.logs),
            "is_generalized": evidence.fit.spec.is_generalized,
            "clusters": _clusters(evidence),
        },
    )


def _clusters(evidence: Evidence) -> tuple[str, ...]:
    """Name the factors that no other contains: rows of different clusters are independent."""
    if len(single_blocks(evidence)) < len(evidence.blocks):
        return ()
    around = enclosing(evidence.fit)
    return tuple(
        block.grouping
        for position, block in enumerate(evidence.blocks)
        if around[position] == (position,)
    )


def _spread(evidence: Evidence, block: RandomBlock) -> _Spread:
    """Take the groups' own spreads; the random effects of a group take degrees of freedom."""
    codes, residuals = codes_of(block), evidence.residuals
    is_known = np.isfinite(residuals)
    codes, residuals = codes[is_known], residuals[is_known]
    means = group_means(residuals, codes.astype(np.int32), block.n_groups)
    squares = np.bincount(codes, weights=(residuals - means[codes]) ** 2, minlength=block.n_groups)
    df = np.bincount(codes, minlength=block.n_groups) - block.n_columns
    groups = np.flatnonzero((df >= FEWEST_DF) & (squares > 0))
    half = df[groups] / 2
    # The expectation and the variance of the log of a chi-square variable over its df.
    logs = np.log(squares[groups] / df[groups]) / 2 - (digamma(half) - np.log(half)) / 2
    return _Spread(logs, 4 / polygamma(1, half), groups)


def _candidates(evidence: Evidence, block: RandomBlock) -> list[tuple[str, str, FloatArray]]:
    """Name what groups are like: columns (J, m) of their predictors, and of random effects."""
    first = np.zeros(block.n_groups, dtype=np.int64)
    codes = codes_of(block)
    first[codes] = np.arange(len(codes))
    found = [
        (p.name, "number" if len(p.columns) == 1 and _is_number(p.columns[0]) else "categories",
         np.column_stack([column[first] for column in p.columns]))
        for p in predictors(evidence)
        if not p.varies_within(block)
    ]  # fmt: skip
    position = [b.grouping for b in evidence.blocks].index(block.grouping)
    modes = evidence.fit.estimates.modes[position]
    for k, name in enumerate(block.column_names):
        found.append((name, "intercepts" if name == INTERCEPT else "slopes", modes[:, [k]]))
    return found


def _is_number(column: FloatArray) -> bool:
    return len(np.unique(column)) > 2


def _test(spread: _Spread, predictor: FloatArray) -> tuple[float, bool, float]:
    """Regress the log spread on a predictor (J, m): give ratio, direction and p value.

    The scatter about the line is estimated, so that tails heavier than normal are allowed for.
    """
    part, weights = predictor[spread.groups], spread.weights
    columns = np.column_stack([np.ones(len(part)), part])
    root = np.sqrt(weights)
    solution, _, rank, _ = np.linalg.lstsq(columns * root[:, None], spread.logs * root, rcond=1e-10)
    df = len(part) - int(rank)
    if rank < 2 or df < FEWEST_DF:
        return np.nan, False, np.nan
    fitted = columns @ solution
    mean = np.average(spread.logs, weights=weights)
    explained = float(weights @ (fitted - mean) ** 2) / (int(rank) - 1)
    left = max(float(weights @ (spread.logs - fitted) ** 2) / df, 1.0)
    if part.shape[1] == 1 and _is_number(part[:, 0]):
        change = 2 * abs(float(solution[1])) * float(np.std(part[:, 0]))
    else:
        change = float(fitted.max() - fitted.min())
    p_value = f_p_value(explained / left, int(rank) - 1, df)
    return float(np.exp(change)), bool(solution[1] > 0), p_value
