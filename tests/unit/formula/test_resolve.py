import pytest

from echelon.errors import FormulaError
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot

COLUMNS = ["y", "a", "b c", "g", "h", "w"]

EXPANDED = {
    "y ~ .": "y ~ a + `b c` + g + h + w",
    "y ~ . + (1 | g)": "y ~ a + `b c` + h + w + (1 | g)",
    "y ~ . + (1 | g/h)": "y ~ a + `b c` + w + (1 | g/h)",
    "y ~ . + (a | mm(g, h, weights=(w, w)))": (
        "y ~ a + `b c` + (1 + a | mm(g, h, weights = (w, w)))"
    ),
    "log(y) ~ 0 + . + (1 | g)": "log(y) ~ 0 + a + `b c` + h + w + (1 | g)",
    "cbind(y, a) ~ . - w": "cbind(y, a) ~ `b c` + g + h",
    "y ~ . - g - h - w": "y ~ a + `b c`",
    "y ~ (. - g - h - w)^2": "y ~ a + `b c` + a:`b c`",
    "y ~ .:a - g:a - h:a": "y ~ a + a:`b c` + a:w",
    "y ~ . + log(a) - g - h - w": "y ~ a + `b c` + log(a)",
    "~ . - g - h - w": "~ y + a + `b c`",
}


@pytest.mark.parametrize("text", EXPANDED)
def test_expanded(text: str) -> None:
    formula = expand_dot(parse_formula(text), COLUMNS)
    assert formula.text == EXPANDED[text]
    assert formula.has_dot is False
    assert formula == parse_formula(EXPANDED[text])


def test_removing_a_column_that_the_dot_leaves_out_is_allowed() -> None:
    formula = expand_dot(parse_formula("y ~ . - g + (1 | g)"), ["y", "a", "g"])
    assert formula.text == "y ~ a + (1 | g)"


def test_columns_used_elsewhere_are_left_out() -> None:
    formula = expand_dot(parse_formula("y ~ ."), ["y", "a", "w"], exclude=["w"])
    assert formula.text == "y ~ a"


def test_without_a_dot_nothing_changes() -> None:
    formula = parse_formula("y ~ a")
    assert expand_dot(formula, COLUMNS) is formula


def test_no_column_left() -> None:
    with pytest.raises(FormulaError, match="No column is left"):
        expand_dot(parse_formula("y ~ . + (1 | g)"), ["y", "g"])
