import pytest

from echelon.errors import FormulaError
from echelon.formula.parse import parse_formula

GROUPINGS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "g": [("g", ())],
    "`my g`": [("my g", ())],
    "(g)": [("g", ())],
    "factor(g)": [("factor(g)", ())],
    "a:b": [("a:b", ())],
    "a:b:c": [("a:b:c", ())],
    "a/b": [("a", ()), ("a:b", ("a",))],
    "a/b/c": [("a", ()), ("a:b", ("a",)), ("a:b:c", ("a", "a:b"))],
    "a/(b/c)": [("a", ()), ("a:b", ("a",)), ("a:b:c", ("a", "a:b"))],
    "a:b/c": [("a:b", ()), ("a:b:c", ("a:b",))],
    "a/b:c": [("a", ()), ("a:b:c", ("a",))],
    "mm(a, b)": [("mm(a, b)", ())],
    "mm": [("mm", ())],
}


@pytest.mark.parametrize("text", GROUPINGS)
def test_groupings(text: str) -> None:
    random = parse_formula(f"y ~ (1 | {text})").random
    assert [(term.grouping.label, term.nested_in) for term in random] == GROUPINGS[text]


def test_membership() -> None:
    (term,) = parse_formula("y ~ (1 | mm(t1, `t 2`, weights = (w1, w2)))").random
    assert [member.name for member in term.grouping.members] == ["t1", "t 2"]
    assert [weight.name for weight in term.grouping.weights] == ["w1", "w2"]
    assert term.grouping.factors == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "a + b",
        "a * b",
        "a %in% b",
        "a^2",
        "(a + b)",
        "(a/b):c",
        "a:a",
        "a/a",
        "log(a)",
        "factor(a, ref='x')",
        "mm(a)",
        "mm(a, a)",
        "mm(a, b, weights=(w))",
        "mm(a, b, weights=(w, 2))",
        "mm(a, b)/c",
        "mm(a + b)",
        "g h",
        "g, h",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(f"y ~ (1 | {text})")
