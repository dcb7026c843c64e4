from __future__ import annotations

import numpy as np

from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, many, notes, spec_of


def test_points_are_roots_of_standardized_residuals() -> None:
    result = fitted("sleep")
    chart = result.plot.scale_location()
    expected = np.sqrt(np.abs(result.residuals("standardized")))
    np.testing.assert_allclose(column(chart, "y", "x", "name"), expected)
    np.testing.assert_allclose(column(chart, "x", "name"), result.fitted)
    level = spec_of(chart)["layer"][1]["data"]["values"][0]["y"]
    assert np.isclose(level, expected.mean())
    assert is_picture(chart)


def test_generalized_models() -> None:
    result = fitted("owls")
    chart = result.plot.scale_location(seed=2)
    expected = np.sqrt(np.abs(result.residuals("quantile", seed=2)))
    np.testing.assert_allclose(column(chart, "y", "x", "name"), expected)
    assert is_picture(fitted("wine").plot.scale_location())


def test_many_rows_become_counts() -> None:
    chart = many().plot.scale_location()
    assert column(chart, "n", "x2").sum() == 12_000
    assert "Dashed: their mean." in notes(chart)
