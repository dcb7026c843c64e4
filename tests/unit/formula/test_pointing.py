import pytest

from echelon.formula.pointing import WIDTH, formula_error, pointed


@pytest.mark.parametrize("at", [0, 2, 4])
def test_the_mark_stands_under_the_character(at: int) -> None:
    formula, mark = pointed("y ~ x", at).split("\n")
    assert formula == "y ~ x"
    assert mark == " " * at + "^"


def test_line_breaks_and_tabs_are_blanks() -> None:
    assert pointed("y ~\n\tx", 5) == "y ~  x\n     ^"


def test_wide_letters_take_two_columns() -> None:
    assert pointed("成绩 ~ x", 3) == "成绩 ~ x\n     ^"


def test_combining_marks_take_none() -> None:
    assert pointed("u\u0308 ~ x", 3) == "u\u0308 ~ x\n  ^"


def test_a_place_outside_is_moved_to_the_edge() -> None:
    assert pointed("ab", 9) == "ab\n  ^"
    assert pointed("ab", -1) == "ab\n^"


@pytest.mark.parametrize("at", [0, 30, 100, 399])
def test_a_long_formula_is_cut_around_the_place(at: int) -> None:
    text = "".join(chr(ord("a") + i % 26) for i in range(400))
    formula, mark = pointed(text, at).split("\n")
    assert formula[len(mark) - 1] == text[at]
    assert len(formula) <= WIDTH + 6
    assert formula.startswith("...") == (at > WIDTH)
    assert formula.endswith("...") == (at < 399)


def test_the_error_points() -> None:
    error = formula_error("Wrong.", "y ~ x", (4, 5), got="a", need="b", do="c", slug="d")
    assert error.where == "y ~ x\n    ^"
