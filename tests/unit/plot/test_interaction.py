"""Interaction charts: lines at mean and one standard deviation to each side."""

from __future__ import annotations

from echelon.plot.interaction import interaction
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import column, notes, rows_with


def test_lines_at_the_mean_and_one_sd_to_each_side() -> None:
    fit = fits.hsb()
    chart = interaction(fit.fit, "ses", "meanses", data=False)
    rows = rows_with(chart, "estimate")
    low, high = rows[0]["x"], rows[-1]["x"]
    ends = [row["estimate"] for row in rows if row["x"] in (low, high)]
    table = fit.interaction_table("ses", "meanses", at={"ses": [low, high]})
    assert ends == table["estimate"].tolist()
    assert list(dict.fromkeys(column(rows, "by"))) == [
        "-0.407 (mean − 1 SD)",
        "0.006 (mean)",
        "0.42 (mean + 1 SD)",
    ]
    assert chart.title.text == "Interaction of ses and meanses: mathach"
    assert "meanses: mean and one SD to each side, over the rows." in notes(chart)
    assert is_picture(chart)


def test_chosen_values_of_the_moderator() -> None:
    fit = fits.hsb()
    chart = interaction(fit.fit, "ses", "meanses", at={"meanses": [-1, 1], "ses": [0]}, data=False)
    rows = rows_with(chart, "estimate")
    assert column(rows, "by") == ["-1", "1"]
    means = fit.marginal_means(["ses", "meanses"], at={"meanses": [-1, 1], "ses": [0]})
    assert column(rows, "estimate") == means["estimate"].tolist()
