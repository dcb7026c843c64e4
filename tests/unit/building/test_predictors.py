"""Predictors by level; the messages are in tests/errors."""

from __future__ import annotations

from typing import Any

import pytest

from echelon.building.predictors import Plan, read_interactions, read_plan, read_slopes, short_name

COLUMNS = ("y", "x", "size of school", "kind", "school", "class")


def plan(*levels: Any, group: Any = "school", center: str | None = None) -> Plan:
    return read_plan("y", levels, group, center, COLUMNS, frozenset({"kind"}))


def test_the_formula_of_a_step() -> None:
    built = plan(["x", "log(z)"], ["size of school"])
    assert built.predictors == ("x", "log(z)", "`size of school`")
    assert built.formula((), {}) == "y ~ 1 + (1 | school)"
    expected = "y ~ x + `size of school` + (1 + x | school)"
    assert built.formula(("x", "`size of school`"), {"school": ("x",)}) == expected


def test_groups_from_the_innermost_out() -> None:
    built = plan("x", None, None, group=["class", "school"])
    assert built.groupings == ("school:class", "school")
    slopes = {"school:class": ("x",)}
    assert built.formula((), slopes) == "y ~ 1 + (1 | school) + (1 + x | school:class)"


@pytest.mark.parametrize(
    ("center", "expected"),
    [
        (None, ("x", "kind", "x:kind", "log(x)")),
        ("cwc", ("cwc(x, class, school)", "kind", "x:kind", "log(x)")),
        ("cgm", ("cgm(x)", "kind", "x:kind", "log(x)")),
    ],
)
def test_plain_numbers_are_centred(center: str | None, expected: tuple[str, ...]) -> None:
    terms = ["x", "kind", "x:kind", "log(x)"]
    assert plan(terms, group=("class", "school"), center=center).levels[0] == expected


def test_slopes_by_their_short_names() -> None:
    known = ["cwc(x, school)", "z"]
    assert read_slopes("slopes", None, known, COLUMNS) == []
    assert read_slopes("slopes", "all", known, COLUMNS) == known
    assert read_slopes("slopes", "x", known, COLUMNS) == ["cwc(x, school)"]
    assert read_slopes("slopes", ["z", "cwc(x, school)"], known, COLUMNS) == known[::-1]


def test_names_in_print() -> None:
    assert short_name("cwc(x, school):kind") == "x:kind"
    assert short_name("cgm(x)") == "x"
    assert short_name("`size of school`") == "size of school"
    assert short_name("log(x)") == "log(x)"


def test_interactions_of_centred_predictors() -> None:
    centred = plan(["x"], ["size of school"], center="cwc")
    given = ["x:kind", "x:`size of school`", "size of school"]
    assert read_interactions(given, centred, COLUMNS) == [
        "cwc(x, school):kind", "cwc(x, school):`size of school`", "`size of school`",
    ]  # fmt: skip
    assert read_interactions("x:kind", plan("x"), COLUMNS) == ["x:kind"]
