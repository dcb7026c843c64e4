import pytest

from echelon.errors import FormulaError
from echelon.formula.cursor import MAX_DEPTH, MAX_OPERATIONS, Cursor, describe


def test_walk() -> None:
    cursor = Cursor("y ~ x")
    assert cursor.next_kind() == "~"
    assert cursor.advance().value == "y"
    assert cursor.expect("~", "a tilde").end == 3
    assert cursor.last_end() == 3
    assert cursor.span() == (4, 5)
    cursor.advance()
    assert cursor.advance().kind == "end"
    assert cursor.advance().kind == "end"
    assert cursor.next_kind() == "end"


def test_expect_refuses_another_kind() -> None:
    with pytest.raises(FormulaError, match="The name 'y' cannot stand here"):
        Cursor("y").expect("~", "a tilde")


def test_depth_is_limited() -> None:
    cursor = Cursor("y")
    for _ in range(MAX_DEPTH):
        cursor.enter()
    with pytest.raises(FormulaError, match="nested more than 50 deep"):
        cursor.enter()


def test_operations_are_limited() -> None:
    cursor = Cursor("y")
    for _ in range(MAX_OPERATIONS):
        cursor.count_operation()
    with pytest.raises(FormulaError, match="more than 100 arithmetic operators"):
        cursor.count_operation()


def test_describe() -> None:
    words = [describe(token) for token in Cursor("y 1 'a' . +").tokens]
    assert words == [
        "the name 'y'",
        "the number '1'",
        'the text "a"',
        "'.'",
        "'+'",
        "the end of the formula",
    ]
