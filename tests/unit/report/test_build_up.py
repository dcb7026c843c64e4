"""A model built up, in print; a whole text is in tests/golden."""

from __future__ import annotations

import csv
import io
import json

from echelon.report.build_up import (
    build_up_csv,
    build_up_html,
    build_up_json,
    build_up_page,
    build_up_record,
    build_up_text,
    steps_table,
)
from echelon.typeset.layout import display_width
from tests.golden.comparisons import built, sleep_built


def test_steps_then_reasons_then_the_comparison() -> None:
    text = build_up_text(sleep_built())
    assert text.splitlines()[0] == "Building a model of reaction: 3 steps, 3 kept"
    places = [
        text.index(part) for part in ("Step ", "1 null: kept", "The steps kept:", "Fixed eff")
    ]
    assert places == sorted(places)
    assert max(map(display_width, build_up_text(built(), 80).splitlines())) <= 80


def test_one_row_per_step() -> None:
    table = steps_table(sleep_built())
    assert table["name"].tolist() == ["null", "level 1", "slope of days"]
    row = table.row(name="slope of days")
    assert row["formula"] == "reaction ~ days + (1 + days | subject)"
    assert (row["against"], row["is_kept"], row["method"]) == ("level 1", True, "REML")


def test_html() -> None:
    fragment, page = build_up_html(built()), build_up_page(built())
    assert fragment in page
    assert "7 of 720 rows left out of every step: 7 missing z." in page
    assert "5 slope of z: not kept" in page


def test_record_json_and_csv() -> None:
    record = build_up_record(built())
    assert (record["schema"], record["rows_used"], record["alpha"]) == (
        "echelon.build_up/1", 713, 0.05,
    )  # fmt: skip
    assert record["comparison"]["schema"] == "echelon.compare/1"
    assert len(record["steps"]) == 6
    assert json.loads(build_up_json(built())) == record
    rows = list(csv.DictReader(io.StringIO(build_up_csv(built()))))
    assert [row["is_kept"] for row in rows].count("True") == 5
