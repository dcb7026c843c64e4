from typing import Any

import pytest

from echelon.errors import FormulaError
from echelon.formula.cursor import MAX_DEPTH
from echelon.formula.expression import Call, Name
from echelon.formula.parse import parse_expression, parse_formula, parse_with_dot


def test_the_parts_of_a_formula() -> None:
    text = "use ~ age * urban + offset(log(t)) + (age || district) - 1"
    formula = parse_formula(text)
    assert formula.text == text
    assert formula.response is not None
    assert formula.response.text == "use"
    assert formula.intercept is False
    assert [term.label for term in formula.fixed] == ["age", "urban", "age:urban"]
    assert formula.offsets == (Call("log", (Name("t"),)),)
    assert [term.structure for term in formula.random] == ["diag"]
    assert formula.has_dot is False


def test_the_same_text_is_parsed_once() -> None:
    assert parse_formula("y ~ x + (1 | g)") is parse_formula("y ~ x + (1 | g)")


def test_a_dot_stays_until_columns_are_known() -> None:
    formula = parse_formula("y ~ .^2 - a:b + (1 | g)")
    assert formula.has_dot is True
    assert formula.dot_text == ".^2 - a:b + (1 | g)"
    expanded = parse_with_dot(formula.text, ["a", "b", "c"])
    assert [term.label for term in expanded.fixed] == ["a", "b", "c", "a:c", "b:c"]
    assert expanded.has_dot is False


@pytest.mark.parametrize("text", ["", "  ", "x", "x + (1 | g)", "y ~", "y ~ x ~ z", "~", "y x ~ z"])
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


@pytest.mark.parametrize("value", [None, 3, ["y ~ x"], b"y ~ x"])
def test_only_text_is_parsed(value: Any) -> None:
    with pytest.raises(FormulaError, match="not text"):
        parse_formula(value)


@pytest.mark.parametrize("opening", ["(", "log(", "I(-(", "(1 + (", "cs("])
def test_deep_nesting_is_refused(opening: str) -> None:
    for count in (MAX_DEPTH + 1, 10_000):
        closing = ")" * (opening.count("(") * count)
        with pytest.raises(FormulaError):
            parse_formula("y ~ " + opening * count + "x" + closing)


def test_deep_nesting_within_the_limit() -> None:
    depth = MAX_DEPTH
    formula = parse_formula("y ~ " + "(" * depth + "x" + ")" * depth)
    assert [term.label for term in formula.fixed] == ["x"]
    formula = parse_formula("y ~ " + "log(" * depth + "x" + ")" * depth)
    assert hash(formula.fixed) == hash(parse_formula(f"{formula.text} ").fixed)


def test_long_arithmetic_is_refused() -> None:
    with pytest.raises(FormulaError, match="more than 100 arithmetic operators"):
        parse_formula("y ~ I(" + "+".join("x" * 5_000) + ")")


def test_an_expression() -> None:
    assert parse_expression("log(pop)") == Call("log", (Name("pop"),))
    assert parse_expression("`my weight`") == Name("my weight")


@pytest.mark.parametrize("text", ["", "a b", "a ~ b", "a | b", "lg(a)", "a, b", "a > 1"])
def test_not_one_expression(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_expression(text)
