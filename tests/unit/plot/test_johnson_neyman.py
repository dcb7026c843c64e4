"""Johnson-Neyman charts: curve, bounds, regions, and the moderator below."""

from __future__ import annotations

import echelon as ec
from echelon.plot.johnson_neyman import johnson_neyman
from tests.drawn import is_picture
from tests.unit.plot import effect_fits as fits
from tests.unit.plot.effect_rows import all_rows, column, notes, rows_with


def test_curve_and_bounds_are_those_found() -> None:
    fit = ec.fit("mathach ~ ses * disclim + (1 | school)", ec.datasets.load("hsb"))
    chart = johnson_neyman(fit.fit, "disclim", "ses")
    found = fit.johnson_neyman("disclim", "ses")
    curve = rows_with(chart, "estimate", "low")
    assert column(curve, "estimate") == found.curve["estimate"].tolist()
    assert column(curve, "x") == found.curve["ses"].tolist()
    regions = rows_with(chart, "slope")
    assert column(regions, "slope") == ["negative", "not told from zero"]
    assert [row["x"] for row in regions] == found.regions["low"].tolist()
    marks = [rows for rows in all_rows(chart) if "text" in rows[0]]
    assert marks[0] == [{"x": found.bounds[0], "text": "1.2"}]
    assert sum(column(rows_with(chart, "n", "zero"), "n")) == 7185
    assert "The slope of disclim is negative" in notes(chart)
    assert is_picture(chart)


def test_a_moderator_of_groups_is_counted_by_group() -> None:
    chart = johnson_neyman(fits.hsb().fit, "ses", "meanses")
    assert sum(column(rows_with(chart, "n", "zero"), "n")) == 160
    assert "Below: groups of school, by meanses." in notes(chart)
    assert not [rows for rows in all_rows(chart) if "text" in rows[0]]
