"""Rows of a section: groups from indentation, and how far numbers end after their point."""

from __future__ import annotations

from echelon.publish.rows import Row, is_long, rows_of, trails
from echelon.report.section import Section
from echelon.typeset.layout import Column


def test_plain_rows() -> None:
    section = Section((Column("a", ("x", "", "z"), "left"), Column("b", ("1", "2", ""))))
    assert rows_of(section) == (Row("x", ("1",)), Row("", ("2",)), Row("z", ("",)))


def test_rows_in_groups() -> None:
    labels = ("Fixed effects", "  days", "", "", "Variances", "  residual")
    cells = ("", "10.47", "(0.80)", "", "", "960.5")
    section = Section((Column("", labels, "left"), Column("Model 1", cells)))
    assert rows_of(section) == (
        Row("days", ("10.47",), "Fixed effects"),
        Row("", ("(0.80)",), "Fixed effects"),
        Row("residual", ("960.5",), "Variances"),
    )


def test_a_table_of_labels_alone() -> None:
    assert rows_of(Section((Column("a", ("x", "y"), "left"),))) == (Row("x", ()), Row("y", ()))


def test_trails() -> None:
    assert trails(["251.41", "-0.5", "17", "72.2%", "", "1.2e-08", "-"]) == [0, 1, 3, 0, 0, 0, 3]
    assert trails(["5%", "12.5%"]) == [2, 0]
    assert trails([]) == []


def test_long_columns() -> None:
    assert is_long(Column("m", ("Share of the variance of a response.",), "left")) is False
    assert is_long(Column("m", ("Share of the variance of all responses.",), "left"))
    assert not is_long(Column("n", ("1" * 50,)))
