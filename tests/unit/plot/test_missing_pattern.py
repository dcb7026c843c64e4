"""Patterns of missing values, counted."""

from __future__ import annotations

import numpy as np

from echelon.plot.missing_pattern import missing_pattern, patterns
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import column, notes, rows_with

TABLE = {
    "a": [1.0, None, 3.0, None, 5.0, 6.0],
    "b": ["x", "y", None, None, "x", "x"],
    "c": [1, 2, 3, 4, 5, 6],
}


def test_patterns_are_counted_the_most_frequent_first() -> None:
    found = patterns(TABLE)
    assert found.names == ("a", "b", "c")
    assert found.counts.tolist() == [3, 1, 1, 1]
    assert found.is_missing.tolist()[0] == [False, False, False]
    assert found.is_missing.tolist()[3] == [True, True, False]
    assert found.shares.tolist() == [2 / 6, 2 / 6, 0]


def test_patterns_agree_with_counting_row_by_row() -> None:
    rng = np.random.default_rng(5)
    lost = rng.random((400, 12)) < 0.2
    found = patterns({f"v{i}": np.where(lost[:, i], np.nan, 1.0) for i in range(12)})
    texts = ["".join(row) for row in lost.astype(int).astype(str)]
    counted = {text: texts.count(text) for text in set(texts)}
    own = ["".join(row) for row in found.is_missing.astype(int).astype(str)]
    assert dict(zip(own, found.counts.tolist(), strict=True)) == counted


def test_the_chart() -> None:
    chart = missing_pattern(TABLE)
    assert chart.title.text == "Missing values: 3 of 6 rows lack a value"
    rows = rows_with(chart, "state")
    assert len(rows) == 12
    assert column(rows_with(chart, "share"), "share") == [2 / 6, 2 / 6, 0]
    assert rows_with(chart, "label")[0]["label"] == "3 (50%)"
    assert is_picture(chart)
    assert missing_pattern(TABLE, ["c"]).title.text == "Missing values: none in 6 rows"


def test_rare_patterns_and_many_variables_are_counted_in_the_notes() -> None:
    rng = np.random.default_rng(6)
    wide = {f"v{i}": np.where(rng.random(300) < 0.3, np.nan, 1.0) for i in range(45)}
    said = notes(missing_pattern(wide))
    assert "rarer patterns" in said
    assert "5 variables that lack fewer values are not shown." in said


def test_the_variables_of_a_model() -> None:
    table = {"reaction": [1.0, None], "days": [1, 2], "subject": ["a", None], "other": [None, 1]}
    chart = fits.sleep().plot.missing_pattern(table)
    assert {row["variable"] for row in rows_with(chart, "state")} == {"reaction", "days", "subject"}
