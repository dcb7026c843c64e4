"""Binary outcomes and counts in print; whole texts are in tests/golden."""

from __future__ import annotations

import csv
import io
import json

import numpy as np

from echelon.measure.describe import describe
from echelon.report.describe import description_csv, description_json, description_text

SICK = {"sick": ["no", "yes", "yes", "no", "no", "no"], "ward": ["a", "a", "b", "b", "c", "c"]}


def text_of(data: dict[str, object], group: str, outcome: str) -> str:
    return " ".join(description_text(describe(data, group, outcome), 80).split())


def test_prevalence_names_the_event() -> None:
    assert "sick = yes in 2 of 6 rows (33.3%), no in the others." in text_of(SICK, "ward", "sick")


def test_long_labels_stay_within_the_line() -> None:
    labels = np.array(
        ["has never been asked about it at all", "was asked — várias vezes — by a doctor"]
    )
    data = {
        "a `long` outcome": labels[[0, 1, 1, 0, 1, 0]],
        "clinic of the first visit": [1, 1, 2, 2, 3, 3],
    }
    text = description_text(describe(data, "clinic of the first visit", "a `long` outcome"), 80)
    assert max(len(line) for line in text.splitlines()) <= 80


def test_no_extremes_of_one_group_or_of_rows() -> None:
    data = {"y": [0, 1, 1], "one": [1, 1, 1], "row": [1, 2, 3]}
    text = description_text(describe(data, ["one", "row"], "y"))
    assert "Groups of" not in text


def test_record_and_csv_of_a_binary_outcome() -> None:
    description = describe(SICK, "ward", "sick")
    record = json.loads(description_json(description))
    assert record["events"] == {"event": "yes", "other": "no", "n_events": 2, "n_other": 4}
    (grouping,) = record["groupings"]
    assert grouping["prevalence"]["lowest"][0] == {"group": "c", "n_rows": 2, "n_events": 0}
    (row,) = csv.DictReader(io.StringIO(description_csv(description)))
    assert (row["share_min"], row["share_max"], row["n_without"]) == ("0.0", "0.5", "1")


def test_record_and_csv_of_counts() -> None:
    description = describe({"y": [0, 4, 0, 2], "g": [1, 1, 2, 2]}, "g", "y")
    record = json.loads(description_json(description))
    assert record["tally"]["n_zero"] == 2
    (row,) = csv.DictReader(io.StringIO(description_csv(description)))
    assert float(row["dispersion"]) == record["groupings"][0]["counts"]["dispersion"] == 3
