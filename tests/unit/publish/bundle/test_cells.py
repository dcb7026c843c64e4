"""Small cells, counted by hand."""

from __future__ import annotations

import numpy as np

from echelon.frame.columns import Categorical
from echelon.publish.bundle.cells import SmallCells, small_cells
from echelon.publish.bundle.sharing import Shared
from echelon.spec import resolve_spec

SEX = Categorical("sex", np.array([0, 1, 1, 1, 0, 1], np.int32), np.array(["f", "m"], object))
TABLE = Shared(
    {
        "y": np.arange(6.0),
        "school": np.array([1, 1, 1, 2, 2, 2]),
        "class": np.array([1, 1, 2, 1, 1, 1]),
        "sex": SEX,
    },
    {"y": "response", "school": "groups", "class": "groups", "sex": "predictor"},
)


def counted(formula: str, smallest: int = 2) -> tuple[SmallCells, ...]:
    return small_cells(TABLE, resolve_spec(formula), smallest)


def test_groups_and_categories() -> None:
    # school 1: f 1, m 2; school 2: f 1, m 2
    assert counted("y ~ sex + (1 | school)") == (SmallCells("school", ("sex",), 4, 2, 2),)


def test_nested_groups_are_counted_as_one() -> None:
    outer, inner = counted("y ~ 1 + (1 | school/class)", 3)
    assert (outer.grouping, outer.n_cells, outer.n_small) == ("school", 4, 4)
    assert (inner.grouping, inner.n_cells, inner.n_rows) == ("school:class", 5, 6)


def test_members_are_counted_one_by_one() -> None:
    assert [c.grouping for c in counted("y ~ 1 + (1 | mm(school, class))")] == ["school", "class"]


def test_categories_without_groups_and_numbers_alone() -> None:
    assert counted("y ~ sex", 3) == (SmallCells("", ("sex",), 2, 1, 2),)
    numbers = Shared({"y": np.arange(6.0)}, {"y": "response"})
    assert small_cells(numbers, resolve_spec("y ~ 1"), 3) == ()


def test_no_bound_no_small_cell() -> None:
    assert [cell.n_small for cell in counted("y ~ sex + (1 | school)", 0)] == [0]
