"""A description as text, record and CSV; whole texts are in tests/golden."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from echelon.measure.describe import describe
from echelon.report.describe import description_csv, description_json, description_text


def test_one_one_row_group_is_singular() -> None:
    text = description_text(describe({"g": [1, 1, 1, 1, 1, 2]}, "g"))
    assert "1 group has one row; it tells nothing" in " ".join(text.split())


def test_the_same_groups_twice() -> None:
    text = description_text(describe({"a": [1, 1, 2, 2], "b": ["x", "x", "y", "y"]}, ["a", "b"]))
    assert "a and b define the same groups." in text


def test_constant_outcome_prints() -> None:
    text = description_text(describe({"y": np.ones(40), "g": np.arange(40) // 4}, "g", "y"))
    assert "  g         -        -         -              -               -" in text


def test_rows_left_out_are_counted_and_reasoned() -> None:
    text = description_text(describe({"y": [1.0, None, 2.0, 3.0], "g": [1, 1, 2, 2]}, "g", "y"))
    assert text.splitlines()[:2] == [
        "3 rows",
        "1 of 4 rows left out: 1 missing y.",
    ]


def test_json_and_csv_have_full_precision() -> None:
    data = {"y": np.arange(12.0) ** 2 / 7, "g": np.arange(12) // 3}
    description = describe(data, "g", "y")
    spread = description.groupings[0].spread
    assert spread is not None
    record = json.loads(description_json(description))
    assert record["groupings"][0]["spread"]["icc"] == spread.icc
    (row,) = csv.DictReader(io.StringIO(description_csv(description)))
    assert float(row["icc_low"]) == spread.icc_low
