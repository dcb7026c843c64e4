"""Fitted lines of groups, and the population's on top."""

from __future__ import annotations

import pytest

import echelon as ec
from echelon.plot.group_lines import group_lines
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import column, notes, rows_with


def test_lines_are_predictions_and_the_population_a_marginal_mean() -> None:
    fit = fits.sleep()
    chart = group_lines(fit.fit)
    own = rows_with(chart, "group", "y")
    rows = {"days": column(own, "x"), "subject": column(own, "group")}
    assert column(own, "y") == fit.predict(rows).tolist()
    assert len(set(column(own, "group"))) == 18
    line = rows_with(chart, "estimate", "low")
    means = fit.marginal_means("days", at={"days": column(line, "x")})
    assert column(line, "estimate") == means["estimate"].tolist()
    assert column(line, "low") == means["conf_low"].tolist()
    assert is_picture(chart)


def test_a_panel_for_each_category_of_the_response() -> None:
    fit = fits.children()
    chart = group_lines(fit.fit, groups=["1", "2"])
    titles = [one.title for one in chart.concat]
    assert titles == ["livch: 0", "livch: 1", "livch: 2", "livch: 3+"]
    own = rows_with(chart.concat[3], "group", "y")
    frame = ec.datasets.load("contraception").to_pandas()
    mode = {g: frame.loc[frame["district"] == g, "urban"].mode()[0] for g in ("1", "2")}
    rows = {
        "age": column(own, "x"),
        "district": column(own, "group"),
        "urban": [mode[g] for g in column(own, "group")],
    }
    assert column(own, "y") == fit.predict(rows)["3+"].tolist()
    line = rows_with(chart.concat[3], "estimate")
    means = fit.marginal_means("age", at={"age": column(line, "x")}, scale="response")
    assert column(line, "estimate") == means["estimate"][means["livch"] == "3+"].tolist()
    assert is_picture(chart)


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_many_groups_are_sampled_and_groups_of_one_row_are_points() -> None:
    chart = group_lines(fits.hsb().fit, most=20)
    assert len(set(column(rows_with(chart, "group"), "group"))) == 20
    assert "A random sample of 20 of 160 groups." in notes(chart)
    y, x = [1.0, 2, 4, 3, 7, 5, 4], [1.0, 2, 3, 4, 5, 6, 3.5]
    table = {"y": y, "x": x, "g": list("aabbccd")}
    alone = group_lines(ec.fit("y ~ x + (1 | g)", table).fit)
    assert [layer.mark.type for layer in alone.layer] == ["line", "circle", "area", "line"]
