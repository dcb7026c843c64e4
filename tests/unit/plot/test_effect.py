"""Effect charts: what is drawn is what `marginal_means` says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.plot.effect import effect
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import all_rows, column, notes, rows_with

FIELDS = ("x", "estimate", "low", "high")


def test_a_curve_is_the_marginal_means_along_the_predictor() -> None:
    fit = fits.hsb()
    chart = effect(fit.fit, "ses", by="sector")
    rows = rows_with(chart, *FIELDS)
    x = list(dict.fromkeys(column(rows, "x")))
    means = fit.marginal_means(["ses", "sector"], at={"ses": x})
    assert len(x) == 61
    assert column(rows, "estimate") == means["estimate"].tolist()
    assert column(rows, "low") == means["conf_low"].tolist()
    assert column(rows, "high") == means["conf_high"].tolist()
    assert column(rows, "by") == means["sector"].tolist()
    assert "Shade: number of rows in a cell, of 7,185." in notes(chart)
    assert "Held at meanses = 0.006138." in notes(chart)
    assert "Bands: 95% confidence." in notes(chart)
    assert sum(column(rows_with(chart, "n"), "n")) == 7185
    assert is_picture(chart)


def test_categories_are_points_with_intervals_before_spreads() -> None:
    fit = fits.hsb()
    chart = effect(fit.fit, "sector")
    rows = rows_with(chart, *FIELDS)
    means = fit.marginal_means("sector")
    assert column(rows, "x") == ["Public", "Catholic"]
    assert column(rows, "estimate") == means["estimate"].tolist()
    assert {mark(layer) for layer in chart.layer} == {"bar", "rule", "point"}
    y, sector = (ec.datasets.load("hsb")[name].to_numpy() for name in ("mathach", "sector"))
    spread = rows_with(chart, "q0", "q3")
    assert column(spread, "n") == [(sector == "Public").sum(), (sector == "Catholic").sum()]
    assert spread[0]["q1"] == pytest.approx(np.quantile(y[sector == "Public"], 0.25))
    assert is_picture(chart)


def mark(layer: Any) -> str:
    """Name the mark of a layer."""
    return layer.mark if isinstance(layer.mark, str) else layer.mark.type


def test_probabilities_are_in_per_cent_over_the_shares_observed() -> None:
    fit = fits.contraception()
    chart = effect(fit.fit, "livch", by="urban")
    rows = rows_with(chart, *FIELDS)
    means = fit.marginal_means(["livch", "urban"], scale="response")
    assert column(rows, "estimate") == means["estimate"].tolist()
    spec = chart.to_dict()
    axes = [layer["encoding"]["y"] for layer in spec["layer"]]
    assert {axis["axis"]["format"] for axis in axes} == {".0%"}
    assert axes[0]["title"] == "Probability of use = Y"
    data = ec.datasets.load("contraception").to_pandas()
    observed = next(rows for rows in all_rows(chart) if rows[0].keys() == {"x", "y", "n", "by"})
    for row in observed:
        own = data[(data["livch"] == row["x"]) & (data["urban"] == row["by"])]
        assert row["n"] == len(own)
        assert row["y"] == pytest.approx((own["use"] == "Y").mean())
    assert len(observed) == 8
    assert "Conditional: for a group whose random effects are zero" in notes(chart)
    assert is_picture(chart)


def test_the_average_over_groups_and_the_link_scale() -> None:
    fit = fits.contraception()
    averaged = effect(fit.fit, "urban", target="population")
    means = fit.marginal_means("urban", scale="response", target="population")
    assert column(rows_with(averaged, *FIELDS), "estimate") == means["estimate"].tolist()
    assert "Population-averaged" in notes(averaged)
    linear = effect(fit.fit, "urban", kind="link")
    found = column(rows_with(linear, *FIELDS), "estimate")
    assert found == fit.marginal_means("urban")["estimate"].tolist()
    assert "no values on this scale: no data are drawn" in notes(linear)
    assert len(linear.layer) == 2


def test_ordered_categories_have_a_series_each_and_panels_of_a_moderator() -> None:
    fit = fits.wine()
    chart = effect(fit.fit, "temp", by="contact")
    assert [one.title for one in chart.concat] == ["contact: no", "contact: yes"]
    means = fit.marginal_means(["temp", "contact"], scale="response")
    wanted = means["estimate"][means["contact"] == "no"].tolist()
    rows = rows_with(chart.concat[0], *FIELDS)
    assert column(rows, "estimate") == wanted
    assert column(rows, "by") == [str(i) for i in range(1, 6) for _ in range(2)]
    assert is_picture(chart)


def test_counts_have_points_in_the_colours_of_the_moderator() -> None:
    fit = fits.owls()
    chart = effect(fit.fit, "arrival", by="food")
    rows = rows_with(chart, *FIELDS)
    x = list(dict.fromkeys(column(rows, "x")))
    means = fit.marginal_means(["arrival", "food"], at={"arrival": x}, scale="response")
    assert column(rows, "estimate") == means["estimate"].tolist()
    points = rows_with(chart, "x", "y", "by", "name")
    data = ec.datasets.load("owls")
    assert column(points, "y") == data["calls"].to_list()
    assert column(points, "name") == data["nest"].to_list()
    assert column(points, "by") == data["food"].to_list()
    assert "Held at broodsize = 4.392." in notes(chart)
    assert is_picture(chart)


def test_values_of_at_choose_the_curve_and_the_rows_behind() -> None:
    chart = effect(fits.owls().fit, "arrival", "food", at={"food": "Deprived", "arrival": [24, 28]})
    assert column(rows_with(chart, *FIELDS), "x") == [24, 28]
    data = ec.datasets.load("owls")
    assert len(rows_with(chart, "name")) == (data["food"] == "Deprived").sum()


def test_small_and_bare_charts() -> None:
    plain = effect(fits.sleep().fit, "days", interval=False, data=False)
    assert len(plain.layer) == 1
    assert "confidence" not in notes(plain)
    jittered = effect(ec.fit("yield ~ batch", ec.datasets.load("dyestuff")).fit, "batch")
    assert len(rows_with(jittered, "offset")) == 30
    tiny = {"y": [1.0, 2, 3, 4, 7], "x": [1.0, 2, 3, 4, 5]}
    assert effect(ec.fit("y ~ x", tiny).fit, "x").title.text == "Effect of x on y"


def test_two_moderators_draw_a_sample_of_many_rows() -> None:
    fit = fits.hsb().fit
    chart = effect(fit, "ses", by=["sector", "meanses"], at={"meanses": [0.0, 0.4]})
    assert [one.title for one in chart.concat] == ["meanses: 0", "meanses: 0.4"]
    assert "a random sample of 2,000 of 7,185 rows" in notes(chart)
    assert "the same rows in every panel" in notes(chart)


def test_many_categories_get_room_and_no_bands() -> None:
    rng = np.random.default_rng(4)
    table = {"y": rng.normal(size=900), "x": rng.normal(size=900), "k": np.arange(900) % 30}
    table["k"] = np.array([f"land {code:02d}" for code in table["k"]], dtype=object)
    fit = ec.fit("y ~ x + k", table).fit
    wide = effect(fit, "k")
    assert wide.width == 480
    lines = effect(fit, "x", by="k")
    assert "No bands: so many would hide each other." in notes(lines)
    assert [mark(layer) for layer in lines.layer] == ["circle", "line"]


@pytest.mark.slow
def test_a_million_rows_are_counted_in_cells() -> None:
    rng = np.random.default_rng(1)
    n, groups = 1_000_000, 100_000
    g, x = rng.integers(0, groups, n), rng.normal(size=n)
    y = 1 + x / 2 + rng.normal(size=groups)[g] + rng.normal(size=n)
    fit = ec.fit("y ~ x + (1 | g)", {"y": y, "x": x, "g": g})
    for chart in (fit.plot.effect("x"), fit.plot.group_lines(), fit.plot.trajectories(panels=True)):
        assert len(chart.to_json()) < 1_000_000
        assert is_picture(chart)
    assert sum(column(rows_with(fit.plot.effect("x"), "n"), "n")) == n
