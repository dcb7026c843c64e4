"""Which rows a subset asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from echelon.errors import FrameError
from echelon.frame.selection import subset_mask
from echelon.frame.source import open_source
from echelon.frame.subset import parse_subset

TABLE = pl.DataFrame(
    {
        "x": [1.0, 2.0, None, 4.0],
        "k": [4, 2, 2, 1],
        "g": ["a", "b", "a", None],
        "h": ["a", "a", "a", "b"],
        "t": [True, False, None, True],
        "d": pl.Series(["2020-01-01", "2021-01-01", None, "2022-01-01"]).str.to_date(),
        "e": pl.Series(["lo", "hi", "hi", "lo"], dtype=pl.Enum(["lo", "hi"])),
    }
)


def mask_of(subset: Any, table: Any) -> Any:
    source = open_source(table, getattr(subset, "names", ()))
    columns = {name: source.column(name) for name in getattr(subset, "names", ())}
    return subset_mask(subset, columns, source, table)


def rows(text: str, table: Any = TABLE) -> list[int]:
    condition = parse_subset(text)
    mask = mask_of(condition, table)
    assert mask.dtype == np.bool_
    found: list[int] = np.flatnonzero(mask).tolist()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 1", [1, 3]),
        ("not x > 1", [0]),
        ("1 < x", [1, 3]),
        ("1 < x < 4", [1]),
        ("x == k", [1]),
        ("x != k", [0, 3]),
        ("k in [1, 4]", [0, 3]),
        ("k not in [1, 4]", [1, 2]),
        ("x not in [1]", [1, 3]),
        ("g == 'a'", [0, 2]),
        ("g != 'a'", [1]),
        ("'a' == g", [0, 2]),
        ("not g != 'a'", [0, 2]),
        ("g in ['a', 'b']", [0, 1, 2]),
        ("g == h", [0, 2]),
        ("g != h", [1]),
        ("t", [0, 3]),
        ("not t", [1]),
        ("t == False", [1]),
        ("t and x > 1", [3]),
        ("t or x > 1", [0, 1, 3]),
        ("x > 100 or g == 'a'", [0, 2]),
        ("d > '2020-06-30'", [1, 3]),
        ("d == '2020-01-01'", [0]),
        ("e == 'hi'", [1, 2]),
        ("e != h", [0, 1, 2, 3]),
    ],
)
def test_conditions(text: str, expected: list[int]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    "text",
    ["g == 1", "g > 'a'", "x == 'a'", "x", "t == 1", "t > True", "d > 5", "d == 'x'", "g == x",
     "g < h", "1 == 1", "x == True", "g == True"],
)  # fmt: skip
def test_senseless_comparisons(text: str) -> None:
    with pytest.raises(FrameError) as caught:
        rows(text)
    assert caught.value.slug == "subset-comparison"


def test_category_codes_may_be_numbers() -> None:
    table = pd.DataFrame({"x": pd.Categorical([3, 1, 3])})
    assert rows("x == 3", table) == [0, 2]
    with pytest.raises(FrameError, match="different kinds"):
        rows("x == '3'", table)


@pytest.mark.parametrize(
    "mask",
    [
        np.array([True, False, True, False]),
        [True, False, True, False],
        [True, None, True, False],
        pl.Series([True, False, True, False]),
        pl.Series([True, None, True, False]),
        pd.Series([True, False, True, False]),
        pd.Series([True, None, True, False], dtype="boolean"),
        pd.Series([True, None, True, False], dtype=object),
    ],
    ids=lambda mask: f"{type(mask).__module__}-{getattr(mask, 'dtype', '')}",
)
def test_truth_values(mask: Any) -> None:
    answer = mask_of(mask, TABLE)
    assert answer.tolist() == [True, False, True, False]


def test_pandas_truth_values_follow_the_index() -> None:
    data = pd.DataFrame({"x": [1, 2, 3]}, index=[10, 20, 30])
    mask = pd.Series([True, False, False], index=[30, 10, 20])
    answer = mask_of(mask, data)
    assert answer.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("mask", "slug"),
    [
        ([0, 1, 1, 0], "subset-type"),
        ([0], "subset-type"),
        (["a"] * 4, "subset-type"),
        (True, "subset-type"),
        (np.ones((4, 1), bool), "subset-type"),
        ([True], "subset-length"),
        (pd.Series([True] * 3), "subset-length"),
    ],
)
def test_no_truth_values(mask: Any, slug: str) -> None:
    with pytest.raises(FrameError) as caught:
        mask_of(mask, TABLE)
    assert caught.value.slug == slug
