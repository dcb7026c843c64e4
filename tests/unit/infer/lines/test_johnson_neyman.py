"""Johnson-Neyman bounds against brute force."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.distributions import distributions
from echelon.infer.lines.slopes import slope_rows
from echelon.infer.means.reference_grid import reference_grid

STRAIGHT = "mathach ~ ses * meanses + minority + (ses || school)"
CURVED = "mathach ~ ses * poly(meanses, 2) + (1 | school)"


@cache
def fitted(formula: str) -> Any:
    return ec.fit(formula, ec.datasets.load("hsb"))


def brute(result: Any, low: float, high: float, df_method: str | None = None) -> list[float]:
    """Bisect the limits of the slope between values where one of them changes its sign."""
    inference = linear_inference(result.fit, df_method)

    def is_inside(values: list[float]) -> Any:
        grid = reference_grid(result.fit, ["meanses"], {"meanses": values})
        rows = inference.rows(slope_rows(result.fit, grid, "ses"), 0.95)
        return (rows["conf_low"] <= 0) & (rows["conf_high"] >= 0)

    values = np.linspace(low, high, 400)
    inside = is_inside(values.tolist())
    found = []
    for place in np.flatnonzero(inside[1:] != inside[:-1]):
        a, b = values[place : place + 2]
        while b - a > 1e-12 * max(abs(a), abs(b)):
            middle = (a + b) / 2
            a, b = (middle, b) if is_inside([middle])[0] == inside[place] else (a, middle)
        found.append((a + b) / 2)
    return found


@pytest.mark.parametrize("df_method", ["satterthwaite", "residual", "normal"])
def test_bounds_of_a_straight_line(df_method: str) -> None:
    result = fitted(STRAIGHT)
    answer = result.johnson_neyman("ses", "meanses", df_method=df_method)
    expected = brute(result, -30.0, 30.0, df_method)
    assert len(expected) == 2
    np.testing.assert_allclose(answer.bounds, expected, rtol=1e-9)


def test_bounds_of_a_curve() -> None:
    result = fitted(CURVED)
    answer = result.johnson_neyman("ses", "meanses", range=(-3.0, 3.0))
    np.testing.assert_allclose(answer.bounds, brute(result, -3.0, 3.0), rtol=1e-8)
    signs = answer.regions["slope"].tolist()
    assert signs[0] == "negative"  # the parabola bends down
    assert "positive" in signs
    assert len(signs) == len(answer.bounds) + 1


def test_regions_and_sentences() -> None:
    answer = fitted(STRAIGHT).johnson_neyman("ses", "meanses", range=(-5, 2))
    low = answer.bounds[0]
    assert answer.regions["low"].tolist() == [-5.0, low]
    assert answer.sentences == (
        f"The slope of ses cannot be told from zero where meanses is below {low:.4g}.",
        f"The slope of ses is positive and distinguishable from zero where meanses is above"
        f" {low:.4g}.",
    )
    assert repr(answer).startswith("Where the slope of ses can be told from zero, by meanses")
    assert len(answer.curve) == 101
    assert "<table" in answer._repr_html_()


def test_false_discoveries() -> None:
    result = fitted(STRAIGHT)
    answer = result.johnson_neyman("ses", "meanses", range=(-10, 10), fdr=True)
    values = np.linspace(-10, 10, 1000)
    p = np.sort(result.slopes("ses", "meanses", {"meanses": values})["p_value"])
    k = max(i + 1 for i in range(1000) if p[i] <= 0.05 * (i + 1) / 1000)
    assert answer.critical_level == pytest.approx(1 - 0.05 * k / 1000, abs=1e-12)
    row = result.slopes("ses", "meanses", {"meanses": [answer.bounds[0]]}).row()
    t = distributions.t_quantile(answer.critical_level, row["df"])
    assert abs(row["statistic"]) == pytest.approx(float(t), rel=1e-9)
    plain = result.johnson_neyman("ses", "meanses", range=(-10, 10))
    assert answer.bounds[0] > plain.bounds[0]


def test_a_slope_that_does_not_move_has_no_bounds() -> None:
    result = fitted("mathach ~ ses + meanses + (1 | school)")
    answer = result.johnson_neyman("ses", "meanses")
    assert answer.bounds == ()
    assert answer.regions["slope"].tolist() == ["positive"]
