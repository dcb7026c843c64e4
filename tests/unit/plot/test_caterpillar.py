"""The caterpillar: values of the table of conditional modes, order, labels, many groups."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api, infer
from echelon.fit import Fit
from echelon.plot.caterpillar import DRAWN, STEPS, caterpillar
from tests.drawn import inline, marks, notes, rows_with, size_of_png
from tests.group_fits import contraception, flat, hsb, many, sleep


def test_values_are_those_of_the_table() -> None:
    table = infer.conditional_modes(sleep())
    drawn = rows_with(caterpillar(sleep(), term="days"), "group", "low", "outlying")
    assert len(drawn) == 18
    for row in drawn:
        own = table.row(group=row["group"], term="days")
        assert row["estimate"] == own["estimate"]
        assert row["low"] == pytest.approx(own["conf_low"], abs=1e-12)
        assert row["high"] == pytest.approx(own["conf_high"], abs=1e-12)
    estimates = [row["estimate"] for row in sorted(drawn, key=lambda row: row["rank"])]
    assert estimates == sorted(estimates)


def test_encodings_of_few_groups() -> None:
    spec = caterpillar(sleep(), term="days").to_dict()
    assert marks(spec) == ["rule", "rule", "point"]
    axis = spec["layer"][1]["encoding"]["y"]
    assert (axis["field"], axis["sort"][0], axis["sort"][-1]) == ("group", "308", "335")
    assert spec["layer"][1]["encoding"]["x"]["title"] == (
        "deviation of the slope of days (reaction per unit)"
    )
    tooltip = [each.get("title", each["field"]) for each in spec["layer"][2]["encoding"]["tooltip"]]
    assert tooltip == ["subject", "estimate", "low", "high"]


def test_order_of_the_labels() -> None:
    spec = caterpillar(sleep(), term="days", sort=False).to_dict()
    names = spec["layer"][1]["encoding"]["y"]["sort"]
    assert names == sorted(names)


def test_outlying_groups_are_named() -> None:
    chart = caterpillar(hsb(), term="(Intercept)", most=3)
    text = rows_with(chart, "group", "y2")
    table = infer.conditional_modes(hsb())
    is_own = table["term"] == "(Intercept)"
    z = np.abs(table["estimate"] / table["std_error"])[is_own]
    worst = table["group"][is_own][np.argsort(-z)[:3]].tolist()
    named = {row["group"] for data in inline(chart.to_dict()) for row in data if "y2" in row}
    assert named == set(worst)
    assert text[0]["x"] is not None
    assert notes(chart) == [
        "95% intervals, given the estimates of the model.",
        "Red: off the average at 95%, all groups together (Bonferroni); 7 of 160.",
        "Names: the 3 most extreme.",
    ]


def test_names_of_your_own_and_none() -> None:
    chart = caterpillar(hsb(), term="ses", label=["1224", 9586])
    assert {row["group"] for row in rows_with(chart, "group", "y2")} <= {"1224", "9586"}
    without = caterpillar(hsb(), term="(Intercept)", label=False).to_dict()
    assert "text" not in marks(without)


def test_conf_level() -> None:
    wide = rows_with(caterpillar(sleep(), term="days", conf_level=0.99), "group", "low")
    usual = rows_with(caterpillar(sleep(), term="days"), "group", "low")
    ratio = (wide[0]["high"] - wide[0]["low"]) / (usual[0]["high"] - usual[0]["low"])
    assert ratio == pytest.approx(2.5758293 / 1.9599640)


def test_many_groups_are_a_ribbon() -> None:
    fit = many()
    chart = caterpillar(fit)
    band = rows_with(chart, "rank", "low", "estimate")
    assert len(band) == STEPS
    modes = np.sort(fit.estimates.modes[0].ravel())
    size = len(modes) / STEPS
    start = round(150 * size), round(151 * size)
    assert band[150]["estimate"] == pytest.approx(modes[start[0] : start[1]].mean(), abs=1e-3)
    named = {row["group"] for row in rows_with(chart, "group", "outlying")}
    assert {"0", "1", "2"} <= named
    assert len(named) == 8
    assert notes(chart)[-1] == "Band: limits averaged over groups of neighbouring rank."
    assert len(chart.to_json()) < 100_000
    assert len(modes) > DRAWN


def test_nothing_varies() -> None:
    assert "The variance is estimated as zero: (Intercept) | batch." in notes(caterpillar(flat()))


def test_few_rows() -> None:
    fit = api.fit("y ~ 1 + (1 | g)", {"y": [1.0, 2, 3, 4, 6.5], "g": list("aabbc")}).fit
    assert len(rows_with(caterpillar(fit), "group")) == 3


@pytest.mark.parametrize(
    "fit", [hsb(), pytest.param(contraception("1 + urban"), marks=pytest.mark.slow)]
)
def test_picture(fit: Fit) -> None:
    width, height = size_of_png(caterpillar(fit))
    assert 300 < width < 1_100
    assert 120 < height < 1_300
