from __future__ import annotations

import numpy as np
import pytest

from echelon.plot.influence import threshold
from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, many, notes, quiet, rows, spec_of


@pytest.mark.parametrize("measure", ["cooks_distance", "mdffits", "cov_ratio", "cov_trace"])
def test_values_are_those_of_the_table(measure: str) -> None:
    result = fitted("sleep")
    chart = result.plot.influence(measure=measure)
    table = result.influence().table
    drawn = {row["name"]: row["y"] for row in rows(chart, "name", "side")}
    expected = dict(zip(table["group"], table[measure].tolist(), strict=True))
    assert drawn == pytest.approx(expected)
    first = next(iter(drawn.values()))
    centre = 1.0 if measure == "cov_ratio" else 0.0
    assert abs(first - centre) == max(abs(value - centre) for value in drawn.values())
    assert is_picture(chart)


def test_thresholds() -> None:
    table = fitted("sleep").influence().table
    assert threshold(table, "cooks_distance", 2)[0] == (4 / 18,)
    assert threshold(table, "cov_ratio", 2)[0] == pytest.approx((2 / 3, 4 / 3))
    low, high = np.quantile(table["mdffits"], [0.25, 0.75])
    limits, note = threshold(table, "mdffits", 2)
    assert limits == pytest.approx((high + 3 * (high - low),))
    assert "Loy & Hofmann 2014" in note


def test_many_groups_stand_against_their_size() -> None:
    result = fitted("hsb")
    chart = result.plot.influence()
    table = result.influence().table
    order = np.argsort(-table["cooks_distance"], kind="stable")
    np.testing.assert_allclose(column(chart, "y", "name"), table["cooks_distance"][order])
    np.testing.assert_allclose(column(chart, "x", "name"), table["n_rows"][order])
    beyond = int(table["is_influential"].sum())
    assert f"{beyond} of 160 beyond; the furthest named." in notes(chart)
    named = spec_of(chart)["layer"][-1]["data"]["values"]
    assert named[0]["name"] == str(table["group"][order[0]])
    assert is_picture(chart)


def test_rows_stand_against_their_leverage() -> None:
    result = fitted("sleep")
    chart = result.plot.influence("rows")
    table = result.leverage()
    order = np.argsort(-table["cooks_distance"], kind="stable")
    np.testing.assert_allclose(column(chart, "x", "name"), table["leverage"][order])
    np.testing.assert_allclose(column(chart, "y", "name"), table["cooks_distance"][order])
    assert is_picture(chart)


def test_generalized_models_are_refitted_or_take_one_step() -> None:
    result = fitted("owls")
    for refit in (True, False):
        chart = result.plot.influence(refit=refit)
        table = result.influence(refit=refit).table
        drawn = {row["name"]: row["y"] for row in rows(chart, "name", "side")}
        assert drawn == pytest.approx(
            dict(zip(table["group"], table["cooks_distance"].tolist(), strict=True))
        )


def test_of_many_only_the_furthest_are_drawn() -> None:
    result = many()
    chart = result.plot.influence(refit=False)
    table = result.influence(refit=False).table
    drawn = column(chart, "y", "name")
    assert len(drawn) == 2_000
    assert drawn.min() >= np.sort(table["cooks_distance"])[-2_000]
    assert "Drawn: the 2,000 furthest." in notes(chart)


def test_ratios_of_many_coefficients_keep_their_centre() -> None:
    """With 3p above the groups the lower threshold is gone, and 1 is still no change."""
    data = {"y": np.sin(np.arange(40.0)), "x": np.arange(40.0) % 7, "g": np.repeat(np.arange(5), 8)}
    result = quiet("y ~ x + (1 | g)", data)
    chart = result.plot.influence(measure="cov_ratio")
    drawn = [abs(row["y"] - 1) for row in rows(chart, "name", "side")]
    assert drawn == sorted(drawn, reverse=True)
    assert len(spec_of(chart)["layer"][-1]["data"]["values"]) == 1
