"""A comparison in print; whole texts are in tests/golden."""

from __future__ import annotations

import csv
import io
import json

import pytest

from echelon.building.compare import compare
from echelon.report.comparison import (
    comparison_content,
    comparison_csv,
    comparison_html,
    comparison_json,
    comparison_page,
    comparison_record,
    comparison_text,
    remarks,
)
from echelon.typeset.layout import display_width
from tests.golden import generalized_fits
from tests.golden.comparisons import four, seven
from tests.unit.building.fitted import fit, sleep


def test_errors_stand_beside_estimates_where_there_is_room() -> None:
    two = comparison_text(compare(sleep("1 + (1 | subject)"), sleep("days + (1 | subject)")))
    assert "298.51 (9.05)" in two
    assert "298.51 (9.05)" not in comparison_text(four())


@pytest.mark.parametrize("width", [40, 80, 88, 120])
@pytest.mark.parametrize("layout", ["columns", "rows"])
def test_no_line_is_too_wide(width: int, layout: str) -> None:
    text = comparison_text(four(layout), width)
    assert max(map(display_width, text.splitlines())) <= max(width, 80)


def test_models_that_do_not_fit_stand_in_a_panel_below() -> None:
    text = comparison_text(seven())
    heads = [line.split() for line in text.splitlines() if line.lstrip().startswith("model ")]
    assert ["model", "4", "model", "5", "a", "model", "…oo", "long"] in heads
    assert text.count("Fixed effects\n") == 2
    assert comparison_text(four()).count("Fixed effects\n") == 1


def test_four_models_are_one_panel() -> None:
    long = "ses_of_the_neighbourhood"
    rows = {long: [float(k % 5) for k in range(40)], "y": [k**1.5 for k in range(40)]}
    models = [fit(f"y ~ {right}", rows) for right in ("1", long, f"{long} + I({long}^2)", "1")]
    text = comparison_text(compare(models))
    assert text.count("Fixed effects\n") == 1
    assert max(map(len, text.splitlines())) <= 88


def test_rows_left_out_are_said() -> None:
    rows = {"y": [1.0, 2, 4, 3, None], "x": [1.0, 2, 3, 5, 4]}
    found = compare(fit("y ~ 1", rows), fit("y ~ x", rows))
    expected = "1 of 5 rows left out of every model: 1 missing y."
    assert comparison_text(found).splitlines()[1] == expected
    assert comparison_content(found).remarks == (expected,)
    assert remarks(sleep("days").rows, "model") == []


def test_html_holds_every_number_and_escapes_names() -> None:
    found = compare({"<null>": sleep("1 + (1 | subject)"), "b": sleep("days + (1 | subject)")})
    fragment, page = comparison_html(found), comparison_page(found)
    assert fragment.startswith('<div class="echelon">')
    assert fragment in page
    assert "<title>2 models of reaction: 180 rows in 18 groups of subject (sleep)</title>" in page
    assert "&lt;null&gt;" in page
    assert "<null>" not in page
    assert "251.41 (9.75)" in page


def test_record_and_json() -> None:
    record = comparison_record(four())
    assert (record["schema"], list(record)[2:]) == (
        "echelon.compare/1",
        ["models", "coefficients", "tests", "notes"],
    )
    assert [model["model"] for model in record["models"]] == list(four().names)
    assert record["models"][0]["p_value"] is None
    assert [test["method"] for test in record["tests"]] == ["ML", "REML", "REML"]
    assert json.loads(comparison_json(four())) == record


def test_csv_is_long() -> None:
    rows = list(csv.DictReader(io.StringIO(comparison_csv(four()))))
    assert {row["part"] for row in rows} == {"fixed", "correlation", "variance", "fit"}
    (days,) = [r for r in rows if (r["model"], r["term"], r["part"]) == ("Days", "days", "fixed")]
    assert float(days["estimate"]) == sleep("days + (1 | subject)").estimates.beta[1]


def test_one_row_per_model() -> None:
    lines = comparison_text(four("rows")).splitlines()
    assert "  Days          251.41 (9.75)  10.47 (0.80)" in lines
    assert any(line.split() == ["Slopes", "0.04", "1", "0.839", "REML"] for line in lines)


def test_many_models_with_intervals_need_several_panels() -> None:
    found = compare(
        [sleep(right) for right in ("days", "1", "days + (1 | subject)")] * 2, conf_level=0.9
    )
    assert comparison_text(found).count("Fixed effects\n") == 3
    wide = compare([sleep("days + (1 | subject)", m) for m in ("REML", "ML") * 4], conf_level=0.9)
    assert comparison_text(wide).count("Fixed effects\n") == 4
    assert max(map(display_width, comparison_text(wide).splitlines())) <= 88


def test_html_by_rows_has_a_table_per_block() -> None:
    assert comparison_html(four("rows")).count("<table>") == 6
    assert comparison_html(four()).count("<table>") == 1


def test_families_are_named_where_one_is_generalized() -> None:
    logit = generalized_fits.binomial()
    probit = generalized_fits.binomial(link="probit")
    comparison = compare(logit, probit)
    lines = comparison_text(comparison).splitlines()
    head = next(line for line in lines if line.lstrip().startswith("Model"))
    assert head.split() == ["Model", "family", "method", "formula"]
    assert any("binomial, probit" in line for line in lines)
    page = comparison_content(comparison)
    assert page.equations[0].endswith("(binomial, logit)")
    assert "family" not in comparison_text(four())
