"""Value labels of SPSS, Stata and SAS files."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyreadstat
import pytest

from echelon.frame.labelled import with_labels
from echelon.frame.read import read

DATA = pd.DataFrame(
    {
        "id": [1.0, 2.0, 3.0, 4.0],
        "sex": [2.0, 1.0, 1.0, None],
        "mood": [1.0, 5.0, 3.0, 9.0],
        "name": ["ä", "b", "", "d"],
        "when": [datetime.date(2020, 1, day) for day in (1, 2, 3, 4)],
    }
)
LABELS = {"sex": {2: "Female", 1: "Male", 3: "Other"}, "mood": {1: "low", 5: "high"}}


def test_spss(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        DATA, str(path), variable_value_labels=LABELS, missing_ranges={"mood": [9]}
    )
    frame = read(path)
    assert frame["sex"].dtype == pl.Enum(["Male", "Female", "Other"])
    assert frame["sex"].to_list() == ["Female", "Male", "Male", None]
    assert frame["mood"].to_list() == [1.0, 5.0, 3.0, None], "labelled in part: numbers stay"
    assert frame["name"].to_list() == ["ä", "b", None, "d"]
    assert frame["when"].dtype.is_temporal()


def test_stata(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    pyreadstat.write_dta(DATA.drop(columns="when"), str(path), variable_value_labels=LABELS)
    frame = read(path)
    assert frame["sex"].to_list() == ["Female", "Male", "Male", None]
    assert frame["mood"].to_list() == [1.0, 5.0, 3.0, 9.0]
    assert frame["name"].to_list() == ["ä", "b", None, "d"]


def test_sas_transport(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    pyreadstat.write_xport(DATA[["id", "sex"]], str(path))
    assert read(path)["sex"].to_list() == [2.0, 1.0, 1.0, None]


@pytest.mark.parametrize(
    ("values", "labels", "categories", "expected"),
    [
        ([2, 1, None], {1: "a", 2: "b"}, ["a", "b"], ["b", "a", None]),
        ([2.0, float("nan")], {1.0: "a", 2.0: "b"}, ["a", "b"], ["b", None]),
        ([1.0, 2.0], {1.0: "x", 2.0: "x", 3.0: "y"}, ["x (1)", "x (2)", "y"], ["x (1)", "x (2)"]),
        (["f", "m"], {"m": "Male", "f": "Female"}, ["Female", "Male"], ["Female", "Male"]),
    ],
)
def test_labels(values: Any, labels: Any, categories: list[str], expected: list[Any]) -> None:
    series = with_labels(pl.Series("x", values), labels)
    assert series.dtype == pl.Enum(categories)
    assert series.to_list() == expected


@pytest.mark.parametrize("labels", [{}, {1: "one"}, {".a": "refused"}])
def test_columns_that_keep_their_numbers(labels: Any) -> None:
    series = pl.Series("x", [1, 2])
    assert with_labels(series, labels).to_list() == [1, 2]


def test_a_column_without_values_keeps_its_type() -> None:
    series = pl.Series("x", [None], dtype=pl.Float64)
    assert with_labels(series, {1: "one"}).dtype == pl.Float64
