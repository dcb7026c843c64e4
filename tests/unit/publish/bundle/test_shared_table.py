"""data.csv and dictionary.json: the same table again, to the last bit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars
import pytest

from echelon.frame.columns import Categorical
from echelon.publish.bundle.shared_table import FAULTS, columns_of, data_text, dictionary_text
from echelon.publish.bundle.sharing import Shared, SharedColumn

LABELS = np.array(["b,", 'say "a"', "", "NA", "ü\nn\rm", " 1"], dtype=object)
NUMBERS = np.array([0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 2.0**53 + 2])
DATES = np.array(["2020-02-29"] * 6, "datetime64[D]") + np.arange(6)
COLUMNS: dict[str, SharedColumn] = {
    "x, y": NUMBERS,
    "größe": np.array([3, -1, 2**62, 0, 7, 7]),
    "big": np.array([2**64 - 1, 0, 1, 2, 3, 4], dtype=np.uint64),
    "day": DATES,
    "moment": DATES.astype("datetime64[us]") + np.timedelta64(1, "us"),
    "span": np.arange(6).astype("timedelta64[ms]"),
    "label": Categorical("label", np.arange(6, dtype=np.int32)[::-1], LABELS),
    "grade": Categorical("grade", np.array([0, 1, 2] * 2, np.int32), np.array([3, 1, 2]), True),
    "dose": Categorical("dose", np.array([0, 1] * 3, np.int32), np.array([0.5, 0.1])),
    "since": Categorical("since", np.array([0, 1] * 3, np.int32), DATES[:2]),
}


def texts(columns: Mapping[str, SharedColumn]) -> tuple[bytes, bytes]:
    shared = Shared(columns, dict.fromkeys(columns, "predictor"))
    return data_text(shared).encode(), dictionary_text(shared, {"day": 2}).encode()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_to_the_last_bit(name: str) -> None:
    again, before = columns_of(*texts(COLUMNS))[name], COLUMNS[name]
    if isinstance(before, Categorical):
        assert isinstance(again, Categorical)
        assert again.labels.dtype == before.labels.dtype
        assert again.labels.tolist() == before.labels.tolist()
        assert again.codes.tolist() == before.codes.tolist()
        assert again.is_ordered == before.is_ordered
    else:
        assert isinstance(again, np.ndarray)
        assert again.dtype == before.dtype
        assert again.tobytes() == before.tobytes()


def test_the_dictionary_says_what_columns_are() -> None:
    entries = {entry["name"]: entry for entry in json.loads(texts(COLUMNS)[1])["columns"]}
    assert entries["x, y"] == {
        "name": "x, y", "role": "predictor", "type": "number",
        "rows_left_out_because_it_was_missing": 0,
    }  # fmt: skip
    assert entries["grade"]["categories"] == ["3", "1", "2"]
    assert entries["grade"]["ordered"]
    assert entries["day"]["rows_left_out_because_it_was_missing"] == 2


def test_other_programs_read_the_same_numbers() -> None:
    data = texts({"x": NUMBERS})[0]
    assert polars.read_csv(data)["x"].to_numpy().tobytes() == NUMBERS.tobytes()
    header, *rows = csv.reader(io.StringIO(data.decode()))
    assert [float(row[0]) for row in rows] == NUMBERS.tolist()
    assert header == ["x"]


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 5},
        {"columns": []},
        {"columns": [{"name": "x", "type": "number"}] * 2},
        {"columns": [{"name": "x", "type": "numbers"}]},
        {"columns": [{"name": "x", "type": "integer", "dtype": "float64"}]},
        {"columns": [{"name": "x", "type": "integer", "dtype": "no type"}]},
        {"columns": [{"name": "x", "type": "date", "dtype": "object"}]},
        {"columns": [{"name": "x", "type": "categories", "categories": ["1"], "ordered": False,
                      "labels": {"type": "text"}}]},
    ],
)  # fmt: skip
def test_a_dictionary_of_another_table_is_a_fault(change: dict[str, Any]) -> None:
    data, dictionary = texts({"x": np.array([1.0, 2.0])})
    changed = json.dumps({**json.loads(dictionary), **change}).encode()
    with pytest.raises(FAULTS):
        columns_of(data, changed)
