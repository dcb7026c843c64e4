"""Centring: where the zero of each predictor is, and what an uncentred slope mixes.

Room: check/. One question per file: would centring change what the numbers are about?
Takes: `Evidence`.
Gives: a `Finding` about the zero farthest away, and one per random slope.
Source: Enders & Tofighi (2007), Psychological Methods 12, 121-138; Raudenbush & Bryk (2002),
chapters 2 and 5.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.predictors import (
    KNOWN,
    Predictor,
    beyond,
    centring,
    codes_of,
    group_names,
    predictors,
    rewritten,
    single_blocks,
)
from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import is_constant_within
from echelon.formula.expression import Call, Expression, Name
from echelon.frame.centering import group_means

ZERO_LOOK, ZERO_ACT = 0.5, 3.0
ZERO_SOURCE = (
    "Raudenbush & Bryk (2002), chapter 2; echelon: half a standard deviation beyond the data is "
    "an extrapolation, three make intercepts and slopes correlate by construction"
)
SHARE = 0.1
SHARE_SOURCE = (
    "Enders & Tofighi (2007), Psychological Methods 12, 121-138; Raudenbush & Bryk (2002), "
    "chapter 5; echelon: below a tenth between groups the two slopes hardly mix"
)


def zero_of_predictors(evidence: Evidence) -> tuple[Finding, ...]:
    """Say how far zero is outside the range of the numeric predictors, in standard deviations.

    The intercept, effects of what a predictor interacts with, and the variance of intercepts
    where its slope is random are about rows where it is zero.
    """
    found = {p: _distance(p) for p in predictors(evidence) if isinstance(p.expression, Name)}
    found = {p: distance for p, distance in found.items() if p.variable and np.isfinite(distance)}
    if not found or not evidence.fit.spec.formula.intercept:
        return ()
    worst = max(found, key=lambda p: found[p])
    formula = evidence.fit.spec.formula
    slopes = tuple(
        term.grouping.label
        for term in formula.random
        if any(worst.expression in own.factors for own in term.terms)
    )
    partners = tuple(
        term.label
        for term in formula.fixed
        if len(term.factors) > 1 and worst.expression in term.factors
    )
    act = ZERO_ACT if slopes or partners else np.nan
    return (
        Finding(
            "zero_of_predictors",
            worst.name,
            "distance of zero from the observed values, in standard deviations",
            found[worst],
            ZERO_LOOK,
            act,
            judge(found[worst], ZERO_LOOK, act),
            ZERO_SOURCE,
            None,
            {
                "lowest": float(worst.values.min()),
                "highest": float(worst.values.max()),
                "mean": float(worst.values.mean()),
                "slopes": slopes,
                "interactions": partners,
                "others": tuple(p.name for p in found if p is not worst and found[p] >= ZERO_LOOK),
                "formula": _centred(evidence, [p for p in found if found[p] >= ZERO_LOOK]),
            },
        ),
    )


def _distance(predictor: Predictor) -> float:
    values = predictor.values
    spread = float(np.std(values)) if len(values) else 0.0
    if not spread > 0:
        return float("nan")
    return max(float(values.min()), -float(values.max()), 0.0) / spread


def _centred(evidence: Evidence, chosen: list[Predictor]) -> str:
    names = {p.expression: Call("cgm", (p.expression,)) for p in chosen}

    def change(factor: Expression) -> Expression:
        return names.get(factor, factor)

    return rewritten(evidence.fit.spec.formula, change)


def uncentred_slopes(evidence: Evidence) -> tuple[Finding, ...]:
    """Say how much of a predictor with a random slope varies between groups, not within them.

    The larger this share, the more its slope, and the variance of its slope, mix differences
    within groups with differences between them. Predictors centred within groups have none.
    """
    return tuple(
        _finding(evidence, predictor, block)
        for block in single_blocks(evidence)
        for predictor in predictors(evidence)
        if predictor.variable
        and predictor.varies_within(block)
        and group_names(evidence.fit, block)
        and any(column is predictor.columns[0] for column in block.columns)
    )


def _finding(evidence: Evidence, predictor: Predictor, block: RandomBlock) -> Finding:
    share = between_share(predictor.values, block)
    groups = group_names(evidence.fit, block)
    inner: Expression = Name(predictor.variable)
    within = centring("cwc", inner, groups)

    def change(factor: Expression) -> Expression:
        return within if factor == predictor.expression else factor

    new = () if _has_means(evidence, predictor, block) else (centring("gm", inner, groups),)
    formula = rewritten(evidence.fit.spec.formula, change, *new)
    return Finding(
        "uncentred_slope",
        predictor.name,
        "share of the predictor's variance between groups",
        share,
        SHARE,
        float("nan"),
        judge(share, SHARE, float("nan")),
        SHARE_SOURCE,
        None,
        {"grouping": block.grouping, "adds_means": bool(new), "formula": formula},
    )


def _has_means(evidence: Evidence, predictor: Predictor, block: RandomBlock) -> bool:
    """Whether predictors of the groups say what the means of a predictor would."""
    codes = codes_of(block)
    means = group_means(predictor.values, codes.astype(np.int32), block.n_groups)[codes]
    columns = evidence.fit.design.rows.fixed_columns
    rest = beyond(means, [values for values in columns if is_constant_within(values, block)])
    return float(np.var(rest)) <= KNOWN * float(np.var(means))


def between_share(values: FloatArray, block: RandomBlock) -> float:
    """Give the share of a variable's variance between groups, chance differences taken off.

    The intraclass correlation by analysis of variance, at least zero.
    """
    codes, n_groups, n = codes_of(block), block.n_groups, len(values)
    sizes = np.bincount(codes, minlength=n_groups)
    if not 1 < n_groups < n:
        return 0.0
    means = group_means(values, codes.astype(np.int32), n_groups)
    within = float(((values - means[codes]) ** 2).sum()) / (n - n_groups)
    between = float(sizes @ (means - values.mean()) ** 2) / (n_groups - 1)
    typical = (n - float(sizes @ sizes) / n) / (n_groups - 1)
    variance = max((between - within) / typical, 0.0)
    return variance / (variance + within) if variance + within > 0 else 0.0
