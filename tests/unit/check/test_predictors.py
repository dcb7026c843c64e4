"""Main effects, what varies where, and formulas written anew."""

from __future__ import annotations

import echelon as ec
from echelon.check.evidence import Evidence
from echelon.check.predictors import (
    centred_inside,
    group_names,
    is_used_elsewhere,
    predictors,
    rewritten,
    single_blocks,
)
from echelon.formula.expression import Name
from echelon.formula.parse import parse_formula
from tests.unit.check.model_cases import world


def evidence(formula: str) -> Evidence:
    data = world(20, 10)
    data["a b"] = data["x"]
    return Evidence(ec.fit(formula, data).fit)


def test_main_effects() -> None:
    seen = evidence("y ~ `a b` + cgm(z) + k + log(abs(x)) + w + z:w + (1 | g)")
    found = predictors(seen)
    assert [p.name for p in found] == ["a b", "cgm(z)", "k", "log(abs(x))", "w"]
    assert [p.variable for p in found] == ["a b", "z", "", "", "w"]
    assert found[0].text == "`a b`"
    block = single_blocks(seen)[0]
    assert [p.varies_within(block) for p in found] == [True, True, False, True, False]
    assert group_names(seen.fit, block) == ("g",)


def test_the_same_variable_in_other_words() -> None:
    seen = evidence("y ~ x + I(x^2) + z + (1 | g)")
    x, z = (p for p in predictors(seen) if p.variable)
    assert is_used_elsewhere(seen.fit.spec.formula, x)
    assert not is_used_elsewhere(seen.fit.spec.formula, z)


def test_formulas_are_rewritten_in_both_parts() -> None:
    formula = parse_formula("y ~ x * w + I(x^2) + (x | g)")
    names = frozenset({"x"})
    centred = rewritten(formula, lambda factor: centred_inside(factor, names))
    assert centred == "y ~ cgm(x) + w + I(cgm(x)^2) + cgm(x):w + (1 + cgm(x) | g)"
    fixed = rewritten(formula, lambda f: Name("v") if f == Name("x") else f, only_fixed=True)
    assert fixed == "y ~ v + w + I(x^2) + v:w + (1 + x | g)"
