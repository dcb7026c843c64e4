from __future__ import annotations

import numpy as np
import pytest

from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, many, notes, rows, spec_of


def test_points_are_the_residuals() -> None:
    result = fitted("sleep")
    chart = result.plot.residuals()
    np.testing.assert_allclose(column(chart, "y", "x", "name"), result.residuals())
    np.testing.assert_allclose(column(chart, "x", "name"), result.fitted)
    assert rows(chart, "name")[0]["name"] == "row 0, subject 308"
    assert "Line: means in 11 bins of equal size, with 95% intervals." in notes(chart)
    low, high, mean = (column(chart, key, "low") for key in ("low", "high", "y"))
    assert ((low < mean) & (mean < high)).all()
    assert is_picture(chart)


def test_zero_line_and_titles() -> None:
    spec = spec_of(fitted("sleep").plot.residuals(against="days"))
    assert spec["title"]["text"] == "Residuals of level 1 against days"
    zero = spec["layer"][1]
    assert zero["mark"]["type"] == "rule"
    assert zero["data"]["values"] == [{"y": 0.0}]
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["circle", "rule", "rule", "point"]


def test_modes_of_groups() -> None:
    result = fitted("sleep")
    chart = result.plot.residuals("subject")
    table = result.conditional_modes()
    spec = spec_of(chart)
    for panel, term in zip(spec["concat"], ("(Intercept)", "days"), strict=True):
        expected = table["estimate"][table["term"] == term]
        np.testing.assert_allclose(column(panel, "y", "name"), expected)
    assert "nothing can be seen along it" in notes(chart)  # balanced: one fitted mean
    assert is_picture(chart)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hsb", {"level": "school", "against": "sector"}),
        ("use", {}),
        ("wine", {}),
        ("owls", {"level": "nest", "against": "arrival"}),
    ],
)
def test_real_data_render(name: str, options: dict[str, str]) -> None:
    assert is_picture(fitted(name).plot.residuals(**options))


def test_categories_are_spread_and_labelled() -> None:
    result = fitted("owls")
    chart = result.plot.residuals(against="food", seed=4)
    np.testing.assert_allclose(
        column(chart, "y", "x", "name"), result.residuals("quantile", seed=4)
    )
    assert (np.abs(column(chart, "x", "name") % 1 - 0.5) > 0.2).all()
    assert '["Deprived", "Satiated"][datum.value]' in chart.to_json().replace('\\"', '"')


def test_many_rows_become_counts() -> None:
    result = many()
    chart = result.plot.residuals()
    counts = column(chart, "n", "x2")
    assert counts.sum() == 12_000
    assert len(counts) < 3_600
    assert "Shade: number of rows in a cell, of 12,000." in notes(chart)
    groups = result.plot.residuals("g")
    assert column(groups, "n", "x2").sum() == len(result.conditional_modes())
    assert is_picture(chart)
