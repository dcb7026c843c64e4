import pytest

from echelon.errors import FormulaError
from echelon.formula.expression import deparse
from echelon.formula.level_syntax import read_equations

TEXT = """
    # the model of chapter 4
    level 1 (student): mathach = b0 + b1*cwc(ses)   # centred
                                 + b2 * I(age / 10) * age^2 + r
    Level-2 (`my school`):
        b0 = g00
             + u0
        b1 = g10 +
             u1
"""


def test_lines_are_joined_into_equations() -> None:
    assert [(e.level, e.unit, e.left, e.text) for e in read_equations(TEXT)] == [
        (1, "student", "mathach", "mathach = b0 + b1*cwc(ses) + b2 * I(age / 10) * age^2 + r"),
        (2, "my school", "b0", "b0 = g00 + u0"),
        (2, "my school", "b1", "b1 = g10 + u1"),
    ]


def test_summands_are_products() -> None:
    first = read_equations(TEXT)[0]
    assert [[deparse(node) for node in summand.factors] for summand in first.summands] == [
        ["b0"],
        ["b1", "cwc(ses)"],
        ["b2", "I(age / 10)", "I(age^2)"],
        ["r"],
    ]


def test_a_hash_in_quotes_is_no_comment() -> None:
    (equation,) = read_equations("level 1: `#y` = b0 + r # note")
    assert equation.text == "`#y` = b0 + r"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "y = b0",
        "level 0: y = b0",
        "level 2: b0 = g00",
        "level 1: y",
        "level 1: y = ",
        "level 1: y = b0 - b1*x",
        "level 1: y = b0 + b1*x/10",
        "level 1: y = b0 + 3",
        "level 1: y = b0 = b1",
        "level 1: y = b0 b1",
        "level 1: y ~ b0",
        "level 2 (g): log(b0) = g00",
        "level 1: 3 = b0",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        read_equations(text)
