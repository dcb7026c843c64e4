"""The exact text of each message of the formula room.

The cases stand in `formula_messages.txt` and `level_messages.txt`: what is given, on lines that
start with '> ', and under it the whole message.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echelon.errors import FormulaError
from echelon.formula.levels import levels
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot

HERE = Path(__file__).parent


def cases(file: str) -> dict[str, str]:
    """Read given texts and their messages."""
    found: dict[str, str] = {}
    for block in (HERE / file).read_text("utf-8").strip("\n").split("\n\n"):
        lines = block.split("\n")
        given = [line[2:] for line in lines if line.startswith("> ") or line == ">"]
        found["\n".join(given)] = "\n".join(lines[len(given) :])
    return found


FORMULAS = cases("formula_messages.txt")
LEVELS = cases("level_messages.txt")


def message(act: Callable[[], object]) -> str:
    with pytest.raises(FormulaError) as caught:
        act()
    return str(caught.value)


@pytest.mark.parametrize("text", FORMULAS)
def test_formula(text: str) -> None:
    assert message(lambda: parse_formula(text)) == FORMULAS[text]


@pytest.mark.parametrize("text", LEVELS)
def test_level_equations(text: str) -> None:
    assert message(lambda: levels(text)) == LEVELS[text]


@pytest.mark.parametrize("text", [*FORMULAS.values(), *LEVELS.values()])
def test_messages_fit_the_page(text: str) -> None:
    assert max(map(len, text.split("\n"))) <= 88


def test_a_formula_that_is_no_text() -> None:
    nothing: Any = None
    assert message(lambda: parse_formula(nothing)) == (
        "The formula is not text.\n"
        "  where: the formula\n"
        "  got:   None (NoneType)\n"
        '  need:  text, such as "y ~ x + (1 | group)"\n'
        "  do:    put the formula in quotes.\n"
        "  see:   errors#formula-not-text"
    )


def test_level_equations_that_are_no_text() -> None:
    lines: Any = ["level 1: y = b0"]
    assert message(lambda: levels(lines)) == (
        "The level equations are not text.\n"
        "  where: levels()\n"
        "  got:   ['level 1: y = b0'] (list)\n"
        "  need:  text with lines such as: level 1 (student): y = b0 + b1*x + r\n"
        "  do:    put the equations in quotes.\n"
        "  see:   errors#formula-not-text"
    )


def test_no_column_for_the_dot() -> None:
    formula = parse_formula("log(y) ~ . + (1 | g)")
    assert message(lambda: expand_dot(formula, ["y", "g"])) == (
        "No column is left for '.'.\n"
        "  where: log(y) ~ . + (1 | g)\n"
        "                  ^\n"
        "  got:   2 columns, all used as response, grouping factor or weight\n"
        "  need:  at least one other column\n"
        "  do:    name the terms, or write 1 for a model with an intercept only.\n"
        "  see:   errors#formula-dot"
    )
