"""Text on a grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.typeset.layout import (
    Column,
    align_decimals,
    display_width,
    fold,
    grid,
    pad,
    printable,
    shorten,
)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("ses", 3),
        ("学校", 4),
        ("ｶﾅ", 2),
        ("Ａ", 2),
        ("\u00e9", 1),
        ("e\u0301", 1),
        ("", 0),
        ("a…b", 3),
    ],
)
def test_display_width(text: str, width: int) -> None:
    assert display_width(text) == width


def test_printable_escapes_what_would_break_a_line() -> None:
    assert printable("a\nb\tc\x1b[31m") == r"a\nb\tc\x1b[31m"
    assert printable("Prüfung 学校 …") == "Prüfung 学校 …"


def test_shorten_cuts_the_middle() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghij", 7) == "abc…hij"
    assert shorten("学校学校学校", 7) == "学…学校"


@given(st.text(min_size=1), st.integers(3, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    assert display_width(shorten(text, width)) <= width


def test_fold_breaks_at_spaces_before_operators() -> None:
    assert fold("aaa bbb:ccc ddd", 9) == ["aaa", "  bbb:ccc", "  ddd"]
    assert fold("aaaaaa:bbbbbb", 8) == ["aaaaaa:", "  bbbbbb"]
    assert fold("abcdefghij", 6) == ["abcdef", "  ghij"]
    assert fold("", 6) == [""]


@given(st.text(alphabet="ab :+学", max_size=80), st.integers(8, 40))
def test_folded_text_fits_and_keeps_its_characters(text: str, width: int) -> None:
    lines = fold(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_pad() -> None:
    assert pad("学", 4, "left") == "学  "
    assert pad("学", 4, "right") == "  学"


def test_decimal_points_stand_under_each_other() -> None:
    cells = ["251.41", "-1.5", "7", "-", "1.2e-07", "11.5%"]
    assert align_decimals(cells) == [
        " 251.41",
        "  -1.5 ",
        "   7   ",
        "   -   ",
        "1.2e-07",
        "  11.5%",
    ]
    assert align_decimals([]) == []


def test_grid() -> None:
    columns = [
        Column("Fixed effects", ("(Intercept)", "x"), "left"),
        Column("estimate", ("10.5", "-2.25")),
        Column("note", ("a", "bb"), "right"),
    ]
    assert grid(columns, 40) == [
        "Fixed effects  estimate  note",
        "  (Intercept)     10.5      a",
        "  x               -2.25    bb",
    ]


def test_a_long_name_is_folded_and_its_numbers_stand_on_the_last_line() -> None:
    columns = [
        Column("Fixed", ("first_factor:second_factor", "x"), "left"),
        Column("n", ("1", "2")),
    ]
    assert grid(columns, 22) == [
        "Fixed                n",
        "  first_factor:",
        "    second_factor    1",
        "  x                  2",
    ]


def test_a_name_of_more_than_four_lines_is_cut_in_the_middle() -> None:
    columns = [Column("Fixed", ("abcdefghij" * 10,), "left"), Column("n", ("1",))]
    assert grid(columns, 24) == ["Fixed                  n", "  abcdefghi…bcdefghij  1"]


names = st.lists(st.text(max_size=60).map(printable), min_size=1, max_size=5)


@given(names, names, st.integers(60, 100))
def test_a_grid_is_never_wider_than_its_width(
    left: list[str], right: list[str], width: int
) -> None:
    rows = min(len(left), len(right))
    columns = [
        Column("Random effects", tuple(left[:rows]), "left"),
        Column("", tuple(right[:rows]), "left"),
        *(Column("std. error", ("-1234567.12345",) * rows) for _ in range(2)),
    ]
    assert all(display_width(line) <= width for line in grid(columns, width))
