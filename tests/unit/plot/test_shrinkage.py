"""Shrinkage: own estimates, the model's, and where they are drawn to."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api
from echelon.fit import Fit
from echelon.measure.reliability import reliability
from echelon.plot.shrinkage import DRAWN, EXPECTED, POOLED, shrinkage
from tests.drawn import marks, notes, rows_with, size_of_png
from tests.group_fits import contraception, fitted, many, pastes, penicillin, sleep


def test_plane_has_the_values_of_the_table() -> None:
    table = reliability(sleep(), by_group=True)
    drawn = rows_with(shrinkage(sleep()), "own", "own_y", "estimate_y")
    assert len(drawn) == 18
    for row in drawn:
        intercept = table.row(group=row["group"], term="(Intercept)")
        slope = table.row(group=row["group"], term="days")
        assert (row["own"], row["own_y"]) == (intercept["own_estimate"], slope["own_estimate"])
        assert (row["estimate"], row["estimate_y"]) == (intercept["estimate"], slope["estimate"])
        assert row["rows"] == 10


def test_arrows_point_from_own_to_model() -> None:
    spec = shrinkage(sleep()).to_dict()
    x, y = (spec["layer"][0]["encoding"][axis]["scale"]["domain"] for axis in "xy")
    for row in rows_with(shrinkage(sleep()), "own_y"):
        right = (row["estimate"] - row["own"]) / (x[1] - x[0])
        up = (row["estimate_y"] - row["own_y"]) / (y[1] - y[0])
        angle = np.radians(row["angle"])  # clockwise from up
        length = np.hypot(right, up)
        np.testing.assert_allclose(
            [right, up], [length * np.sin(angle), length * np.cos(angle)], atol=1e-12
        )


def test_complete_pooling_is_one_regression() -> None:
    fit = fitted("mathach ~ ses + (ses | school)", "hsb")
    X, y = fit.design.X, fit.design.y
    beta = np.linalg.lstsq(X, y, rcond=None)[0]
    datasets = shrinkage(fit).to_dict()["datasets"].values()
    centre = {rows[0]["kind"]: rows for rows in datasets if "kind" in rows[0]}
    assert len(centre[POOLED]) == len(centre[EXPECTED]) == 1
    assert [centre[POOLED][0]["x"], centre[POOLED][0]["y"]] == pytest.approx(beta)
    assert [centre[EXPECTED][0]["x"], centre[EXPECTED][0]["y"]] == pytest.approx(fit.estimates.beta)


def test_dumbbells_go_from_small_to_large() -> None:
    chart = shrinkage(contraception())
    drawn = rows_with(chart, "own", "row", "angle")
    assert [row["rows"] for row in drawn] == sorted(row["rows"] for row in drawn)
    lost = {row["group"] for row in drawn if row["own"] is None}
    assert lost == {"3", "11", "49"}
    assert notes(chart) == [
        "Arrows: from a group's own estimate (maximum likelihood, on the logit scale)"
        " to the model's.",
        "No finite own estimate: 3 groups (11, 3, 49); no arrow.",
    ]
    assert {row["angle"] for row in drawn} <= {0.0, 90.0, 270.0}
    for row in drawn:
        if row["own"] is not None:
            assert (row["angle"] == 90.0) == (row["own"] < row["estimate"])
    assert marks(chart.to_dict()) == ["rule", "rule", "rule", "point", "point"]


def test_level_two_predictors_give_each_group_its_tick() -> None:
    fit = fitted("mathach ~ ses + sector + (1 | school)", "hsb")
    assert marks(shrinkage(fit).to_dict()) == ["tick", "tick", "rule", "point", "point"]


def test_second_axis_by_name() -> None:
    fit = fitted("mathach ~ ses + sex + (1 + ses + sex | school)", "hsb")
    spec = shrinkage(fit, x="sex[Female]").to_dict()
    assert spec["layer"][0]["encoding"]["y"]["title"] == "slope of sex[Female] (mathach per unit)"
    assert spec["title"]["text"] == "Shrinkage of (Intercept) and sex[Female] by school"


def test_several_factors() -> None:
    assert notes(shrinkage(penicillin(), "plate"))[1] == (
        "Own estimates are given the rest of the model, other factors included."
    )
    assert len(rows_with(shrinkage(pastes(), "batch"), "own")) == 10


def test_many_groups_are_sampled() -> None:
    chart = shrinkage(many())
    assert len(rows_with(chart, "own")) == DRAWN
    assert "A random sample of 400 of 20,000 groups." in notes(chart)


def test_far_estimates_do_not_stretch_the_axis() -> None:
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(40), 6)
    x = rng.normal(size=240)
    x[g == 0] = 1 + 1e-4 * x[g == 0]
    y = x + rng.normal(size=40)[g] + 0.5 * rng.normal(size=40)[g] * x + rng.normal(size=240)
    chart = shrinkage(api.fit("y ~ x + (x | g)", {"y": y, "x": x, "g": g}).fit)
    assert notes(chart)[-1] == "Own estimates that lie beyond the axes: 1."


@pytest.mark.parametrize(
    ("fit", "grouping"),
    [
        (sleep(), None),
        (contraception(), None),
        pytest.param(contraception("1 + urban"), None, marks=pytest.mark.slow),
        pytest.param(pastes(), "batch:cask", marks=pytest.mark.slow),
        pytest.param(many(), None, marks=pytest.mark.slow),
    ],
)
def test_picture(fit: Fit, grouping: str | None) -> None:
    width, height = size_of_png(shrinkage(fit, grouping))
    assert 450 < width < 800
    assert 180 < height < 1_000
