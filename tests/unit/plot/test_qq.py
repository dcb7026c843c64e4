from __future__ import annotations

import numpy as np
from scipy import stats

from echelon.plot.qq import envelope, kept_places, standardized_modes
from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, many, notes, quiet, rows, spec_of


def test_points_are_ordered_residuals() -> None:
    result = fitted("sleep")
    chart = result.plot.qq()
    expected = np.sort(result.leverage()["standardized_residual"])
    np.testing.assert_allclose(column(chart, "y", "name"), expected)
    np.testing.assert_allclose(
        column(chart, "x", "name"), stats.norm.ppf((np.arange(180) + 0.5) / 180)
    )
    largest = int(np.argmax(result.leverage()["standardized_residual"]))
    assert rows(chart, "name")[-1]["name"].startswith(f"row {largest}, ")
    assert rows(chart, "name")[-1]["outside"] == "outside"
    assert is_picture(chart)


def test_generalized_models_use_quantile_residuals() -> None:
    result = fitted("owls")
    chart = result.plot.qq(seed=8)
    expected = result.residuals("quantile", seed=np.random.default_rng(8))
    np.testing.assert_allclose(column(chart, "y", "name"), np.sort(expected))
    assert is_picture(chart)


def test_envelope_is_that_of_ordered_normals() -> None:
    """Sums of gammas give the order statistics: compared with their beta distribution."""
    places = np.array([0, 4, 49, 95, 99])
    low, middle, high = envelope(places, 100, 4_000, np.random.default_rng(3))
    order = stats.beta(places + 1, 100 - places)
    np.testing.assert_allclose(stats.norm.cdf(low), order.ppf(0.025), rtol=0.12, atol=1e-3)
    np.testing.assert_allclose(stats.norm.cdf(high), order.ppf(0.975), rtol=0.06, atol=1e-3)
    np.testing.assert_allclose(middle, stats.norm.ppf((places + 0.5) / 100))


def test_standardized_modes_are_standard_normal_under_the_model() -> None:
    result = many()
    ((term, values),) = standardized_modes(result.fit, "g")
    assert term == "(Intercept)"
    assert abs(values.std() - 1) < 0.03
    table, sd = result.conditional_modes(), result.variance_components.row(grouping="g")["std_dev"]
    own = np.sqrt(sd**2 - table["std_error"] ** 2)
    np.testing.assert_allclose(values, table["estimate"] / own)


def test_modes_of_several_terms() -> None:
    result = fitted("sleep")
    chart = result.plot.qq("subject")
    panels = spec_of(chart)["concat"]
    for panel, (_, values) in zip(panels, standardized_modes(result.fit, "subject"), strict=True):
        np.testing.assert_allclose(column(panel, "y", "name"), np.sort(values))
    assert notes(chart).count("Points drawn outside of it: ") == 2
    assert is_picture(chart)


def test_outlying_groups_are_named() -> None:
    chart = fitted("owls").plot.qq("nest")
    left, right = spec_of(chart)["layer"][-2:]
    assert (left["mark"]["align"], right["mark"]["align"]) == ("left", "right")
    named = [row["name"] for row in left["data"]["values"]]
    assert named[0] == "nest Forel"
    outside = {row["name"] for row in rows(chart, "name", "outside") if row["outside"] == "outside"}
    assert set(named) <= outside


def test_tails_of_many_are_complete() -> None:
    assert kept_places(2_000).tolist() == list(range(2_000))
    places = kept_places(1_000_000)
    assert len(places) < 1_100
    assert places[:250].tolist() == list(range(250))
    assert places[-1] == 999_999
    assert (np.diff(places) > 0).all()
    chart = many().plot.qq()
    assert "Of 12,000 the 250 smallest and largest, and 500 between." in notes(chart)


def test_rows_that_the_fit_follows_are_left_out() -> None:
    data = {"y": [1.0, 2.5, 2, 4.5, 9], "x": [0.0, 0, 0, 0, 1]}
    chart = quiet("y ~ x", data).plot.qq()
    assert len(rows(chart, "name")) == 4
    assert "1 without a residual (the fit follows them exactly)." in notes(chart)
