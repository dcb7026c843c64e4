"""Independence of level-1 predictors and random intercepts: one slope within and between groups.

Room: check/. One question per file: are level-1 predictors and random intercepts independent?
Takes: `Evidence`.
Gives: a `Finding` per numeric level-1 predictor and grouping factor.
Source: Mundlak (1978), Econometrica 46, 69-85; Hausman (1978), Econometrica 46, 1251-1271;
Snijders & Bosker (2012), section 4.6.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.check.added import Added, added, adjusted, coefficient, column, most
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.outcome_scale import outcome_scale
from echelon.check.predictors import (
    KNOWN,
    Predictor,
    bare,
    beyond,
    centring,
    group_names,
    predictors,
    rewritten,
    single_blocks,
)
from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import is_constant_within
from echelon.formula.expression import Call, Expression, Name, deparse, variables

LOOK, ACT = 0.1, 0.2
SOURCE = (
    "test: Mundlak (1978), Econometrica 46, 69-85; sizes: Funder & Ozer (2019), Advances in "
    "Methods and Practices in Psychological Science 2, abstract: 0.1 small, 0.2 medium"
)
Pair = tuple[Predictor, RandomBlock]


def independence(evidence: Evidence) -> tuple[Finding, ...]:
    """Ask of each level-1 predictor whether its slope between groups is that within groups.

    The group means of the predictor are added: their coefficient is the difference of the two
    slopes, zero if predictor and random intercepts are independent. The effect size is that
    difference for groups one standard deviation apart (in what other predictors of the groups do
    not say), in standard deviations of the outcome. Means that the model has need no question.
    Level of the test: 1% over all predictors (Holm).
    """
    pairs = _pairs(evidence)
    tried = pairs[: most(evidence.fit)]
    found = [(pair, made) for pair in tried if (made := _added(evidence, pair)) is not None]
    found = [(pair, made) for pair, made in found if _own_share(pair, made) > KNOWN]
    p_values = adjusted([made.p_value for _, made in found])
    n_left_out = len(pairs) - len(tried)
    return tuple(
        _finding(evidence, pair, made, p, n_left_out)
        for (pair, made), p in zip(found, p_values, strict=True)
    )


def _pairs(evidence: Evidence) -> list[Pair]:
    return [
        (predictor, block)
        for predictor in predictors(evidence)
        for block in single_blocks(evidence)
        if predictor.variable
        and "(Intercept)" in block.column_names
        and predictor.varies_within(block)
        and not _is_split(evidence, predictor, group_names(evidence.fit, block))
    ]


def _is_split(evidence: Evidence, predictor: Predictor, groups: tuple[str, ...]) -> bool:
    """Whether the model has the group means already."""
    names = {Name(group) for group in groups}
    return any(
        isinstance(factor, Call)
        and factor.function == "gm"
        and predictor.variable in variables(factor.arguments[0])
        and set(factor.arguments[1:]) == names
        for term in evidence.fit.spec.formula.fixed
        for factor in term.factors
    )


def _added(evidence: Evidence, pair: Pair) -> Added | None:
    return added(evidence.fit, deparse(_means(evidence, pair), quoted=True))


def _means(evidence: Evidence, pair: Pair) -> Call:
    predictor, block = pair
    return centring("gm", predictor.expression, group_names(evidence.fit, block))


def _own_share(pair: Pair, made: Added) -> float:
    """Share of the variance of the means that no other predictor of the groups has."""
    total = float(np.var(column(made.larger, made.names[0])))
    return float(np.var(_means_beyond(pair, made))) / total if total > 0 else 0.0


def _means_beyond(pair: Pair, made: Added) -> FloatArray:
    """Take from the means (n,) what the other predictors of the groups say of them."""
    _, block = pair
    means = column(made.larger, made.names[0])
    before = [
        values
        for name, values in zip(
            made.larger.design.fixed_names, made.larger.design.rows.fixed_columns, strict=True
        )
        if name != made.names[0] and is_constant_within(values, block)
    ]
    return beyond(means, before)


def _finding(
    evidence: Evidence, pair: Pair, made: Added, p_value: float, n_left_out: int
) -> Finding:
    predictor, block = pair
    difference = coefficient(made.larger, made.names[0])
    spread = float(np.std(_means_beyond(pair, made)))
    scale = outcome_scale(evidence.fit)
    value = abs(difference) * spread / scale.size
    within = coefficient(made.larger, predictor.name)
    return Finding(
        "independence",
        predictor.name,
        "difference of the slopes between and within groups, standardized",
        value,
        LOOK,
        ACT,
        judge(value, LOOK, ACT, p_value=p_value),
        SOURCE,
        p_value,
        {
            "grouping": block.grouping,
            "within": within,
            "between": within + difference,
            "model": coefficient(evidence.fit, predictor.name),
            "scale": scale.kind,
            "formula": _split(evidence, pair),
            "n_left_out": n_left_out,
        },
    )


def _split(evidence: Evidence, pair: Pair) -> str:
    """Write the within-between model; where several factors are nested, only add the means."""
    predictor, block = pair
    inner = bare(predictor.expression)
    groups = group_names(evidence.fit, block)
    others = [b for b in single_blocks(evidence) if predictor.varies_within(b)]
    within = centring("cwc", inner, groups) if len(others) == 1 else predictor.expression

    def change(factor: Expression) -> Expression:
        return within if factor == predictor.expression else factor

    return rewritten(evidence.fit.spec.formula, change, centring("gm", inner, groups))
