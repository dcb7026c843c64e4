import pytest

from echelon.errors import FormulaError
from echelon.formula.parse import parse_formula

RESPONSES = {
    "y": ("single", "y"),
    "`my y`": ("single", "my y"),
    "log(y + 1)": ("single", "log(y + 1)"),
    "I(a - b)": ("single", "I(a - b)"),
    "s/n": ("proportion", "s / n"),
    "s / 10": ("proportion", "s / 10"),
    "cbind( s,f )": ("pair", "cbind(s, f)"),
    "cbind(s, n-s)": ("pair", "cbind(s, n - s)"),
    "s / (s + f)": ("proportion", "s / (s + f)"),
}


@pytest.mark.parametrize("text", RESPONSES)
def test_responses(text: str) -> None:
    response = parse_formula(f"{text} ~ x").response
    assert response is not None
    assert (response.kind, response.text) == RESPONSES[text]
    assert len(response.expressions) == 1 + (response.kind != "single")


@pytest.mark.parametrize(
    "text",
    ["1", "y + z", "y - 1", "-y", "'y'", "poly(y, 2)", "offset(y)", "(y, z)", "a/b/c", "2/n", "."],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(f"{text} ~ x")


def test_none() -> None:
    assert parse_formula("~ x").response is None
