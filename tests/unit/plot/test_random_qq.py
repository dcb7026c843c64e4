"""The QQ plot of conditional modes: order statistics, standardised modes, outliers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.fit import Fit
from echelon.plot.random_qq import APPROXIMATE, MIDDLE, TAIL, random_qq, standardised
from echelon.plot.random_terms import random_terms
from tests.drawn import marks, notes, rows_with, size_of_png
from tests.group_fits import contraception, hsb, many, penicillin, sleep


def test_points_are_standardised_modes_at_medians_of_order_statistics() -> None:
    (term,) = random_terms(sleep(), None, "days", "chart()")
    drawn = rows_with(random_qq(sleep(), term="days"), "group", "x", "y")
    i = np.arange(1, 19)
    expected = stats.norm.ppf(stats.beta.ppf(0.5, i, 19 - i))
    np.testing.assert_allclose([row["x"] for row in drawn], expected, rtol=1e-12, atol=1e-12)
    z = term.estimate / np.sqrt(term.std_dev**2 - term.std_error**2)
    np.testing.assert_allclose([row["y"] for row in drawn], np.sort(z), rtol=1e-12)
    assert [row["group"] for row in drawn] == term.labels[np.argsort(z)].tolist()


def test_band_is_pointwise() -> None:
    band = rows_with(random_qq(sleep(), term="days"), "x", "low", "high")
    assert band[0]["low"] == pytest.approx(stats.norm.ppf(stats.beta.ppf(0.025, 1, 18)))
    assert band[-1]["high"] == pytest.approx(stats.norm.ppf(stats.beta.ppf(0.975, 18, 1)))
    assert notes(random_qq(sleep())) == [
        "Modes divided by their standard deviation under the model; band: 95% pointwise."
    ]


def test_standardised_modes_have_variance_one() -> None:
    """In balanced data with one random effect exactly what REML makes of them."""
    (term,) = random_terms(penicillin(), "sample", None, "chart()")
    assert float(np.square(standardised(term)).mean()) == pytest.approx(1.0, abs=0.2)


def test_outliers_are_named_in_many_groups() -> None:
    chart = random_qq(many())
    points = rows_with(chart, "group", "y", "outlying")
    assert TAIL * 2 < len(points) <= 2 * TAIL + MIDDLE
    red = {row["group"] for row in points if row["outlying"]}
    assert {"0", "1", "2"} <= red
    named = {r["group"] for r in rows_with(chart, "group", "x") if set(r) == {"group", "x", "y"}}
    assert named <= red
    assert any("20,000 groups; the 150 at each end" in note for note in notes(chart))


def test_generalized_models_are_approximate() -> None:
    assert notes(random_qq(contraception()))[1:] == list(APPROXIMATE)


def test_panels() -> None:
    spec = random_qq(hsb()).to_dict()
    assert [panel["title"] for panel in spec["concat"]] == ["(Intercept) | school", "ses | school"]
    assert marks(spec["concat"][0]) == ["area", "line", "circle"]


@pytest.mark.parametrize("fit", [many(), pytest.param(contraception(), marks=pytest.mark.slow)])
def test_picture(fit: Fit) -> None:
    width, height = size_of_png(random_qq(fit))
    assert 400 < width < 1_000
    assert 300 < height < 600
