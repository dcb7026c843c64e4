"""The scatter matrix: ellipses of the estimated covariance, words for correlations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon import api, infer
from echelon.plot.random_scatter import correlation, ellipse, random_scatter
from echelon.plot.random_terms import covariance_of
from tests.drawn import marks, notes, rows_with, size_of_png
from tests.group_fits import fitted, hsb, sleep


def test_ellipse_holds_95_percent() -> None:
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    path = ellipse(covariance)
    distance = np.einsum("na,ab,nb->n", path, np.linalg.inv(covariance), path)
    np.testing.assert_allclose(distance, stats.chi2.ppf(0.95, 2), rtol=1e-10)


def test_ellipse_of_a_singular_covariance_is_a_line() -> None:
    path = ellipse(np.array([[4.0, -2.0], [-2.0, 1.0]]))
    np.testing.assert_allclose(path[:, 0], -2 * path[:, 1], atol=1e-6)


def test_correlation_is_that_of_the_table() -> None:
    table = infer.variance_components(hsb())
    expected = [row["correlation"] for row in table.rows() if row.get("correlation") is not None]
    assert correlation(covariance_of(hsb(), 0), 0, 1) == pytest.approx(expected[0])
    assert np.isnan(correlation(np.diag([1.0, 0.0]), 0, 1))


def test_points_are_the_modes() -> None:
    drawn = rows_with(random_scatter(sleep()), "group", "x", "y")
    modes = sleep().estimates.modes[0]
    np.testing.assert_array_equal([[row["x"], row["y"]] for row in drawn], modes)
    bars = rows_with(random_scatter(sleep()), "low", "n")
    assert sum(bar["n"] for bar in bars) == 18


def test_matrix_and_words() -> None:
    spec = random_scatter(sleep()).to_dict()
    kinds = [[marks(cell) for cell in row["hconcat"]] for row in spec["vconcat"]]
    assert kinds == [[["rect"], ["text", "text"]], [["circle", "line"], ["rect"]]]
    assert (
        notes(random_scatter(sleep()))[1] == "(Intercept) with days: correlation 0.07, negligible."
    )


def test_many_groups_are_counted_in_cells() -> None:
    rng = np.random.default_rng(1)
    g, x = np.repeat(np.arange(2_100), 3), rng.normal(size=6_300)
    b = rng.normal(size=(2_100, 2))
    y = b[g, 0] + b[g, 1] * x + rng.normal(size=6_300)
    chart = random_scatter(api.fit("y ~ x + (x | g)", {"y": y, "x": x, "g": g}).fit)
    assert sum(cell["n"] for cell in rows_with(chart, "x", "x2", "n")) == 2_100
    assert notes(chart)[-1] == "Shade: number of groups in a cell, of 2,100."


def test_picture() -> None:
    fit = fitted("mathach ~ ses + sex + (1 + ses + sex | school)", "hsb")
    width, height = size_of_png(random_scatter(fit))
    assert 500 < width < 900
    assert 500 < height < 1_000
