"""Trajectories: observed lines under the population's curve, and panels of groups."""

from __future__ import annotations

import echelon as ec
from echelon.plot.trajectories import trajectories
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import column, notes, rows_with


def test_observed_lines_and_the_curve_of_the_population() -> None:
    fit = fits.sleep()
    chart = trajectories(fit.fit)
    own = rows_with(chart, "group", "y")
    data = ec.datasets.load("sleep")
    assert column(own, "y") == data["reaction"].to_list()
    assert column(own, "group") == data["subject"].to_list()
    line = rows_with(chart, "estimate", "low")
    means = fit.marginal_means("days", at={"days": column(line, "x")})
    assert column(line, "estimate") == means["estimate"].tolist()
    assert is_picture(chart)


def test_a_moderator_colours_lines_and_curves() -> None:
    fit = fits.orthodont()
    chart = trajectories(fit.fit, by="sex")
    own = rows_with(chart, "group", "y")
    sex = dict(zip(*[ec.datasets.load("orthodont")[n] for n in ("subject", "sex")], strict=True))
    assert column(own, "by") == [sex[group] for group in column(own, "group")]
    line = rows_with(chart, "estimate", "low")
    x = list(dict.fromkeys(column(line, "x")))
    means = fit.marginal_means(["age", "sex"], at={"age": x})
    assert column(line, "estimate") == means["estimate"].tolist()
    assert is_picture(chart)


def test_panels_have_the_rows_and_the_line_of_a_group() -> None:
    fit = fits.sleep()
    chart = trajectories(fit.fit, panels=True, groups=["310", "308"])
    rows = rows_with(chart, "what")
    fitted = [row for row in rows if row["what"] == "fitted"]
    new = {"days": column(fitted, "x"), "subject": column(fitted, "group")}
    assert column(fitted, "y") == fit.predict(new).tolist()
    observed = [row["y"] for row in rows if row["what"] == "observed"]
    data = ec.datasets.load("sleep").to_pandas()
    wanted = data.loc[data["subject"].isin(["308", "310"]), "reaction"].tolist()
    assert observed == wanted
    assert chart.to_dict()["facet"]["sort"] == ["308", "310"]
    assert is_picture(chart)


def test_the_finest_groups_are_sampled() -> None:
    chart = trajectories(fits.growth().fit, panels=True)
    assert chart.title.text == "Trajectories of schoolid:childid: math over year"
    assert "A random sample of 12 of" in notes(chart)
    assert is_picture(chart)


def test_binary_and_ordered_responses() -> None:
    shares = trajectories(fits.contraception().fit)
    assert "Observed: means of neighbouring rows, 15 or more" in notes(shares)
    assert all(0 <= y <= 1 for y in column(rows_with(shares, "group"), "y"))
    fit = fits.children()
    scores = trajectories(fit.fit)
    line = rows_with(scores, "estimate", "low")
    means = fit.marginal_means(
        "age", at={"age": column(line, "x")}, scale="response", outcome="score"
    )
    assert column(line, "estimate") == means["estimate"].tolist()
    assert is_picture(shares)
