from __future__ import annotations

import numpy as np
from scipy import stats

from echelon.plot.residual_spread import expected_counts, spread_of
from tests.drawn import is_picture
from tests.unit.plot.drawn import column, fitted, many, notes, rows, spec_of


def test_intervals_are_those_of_a_normal_sample() -> None:
    result = fitted("sleep")
    chart = result.plot.residual_spread()
    values, subject = result.residuals(), np.repeat(np.arange(18), 10)
    sds = np.array([values[subject == j].std(ddof=1) for j in range(18)])
    drawn = rows(chart, "sd", "low")
    np.testing.assert_allclose([row["sd"] for row in drawn], np.sort(sds)[::-1])
    low, high = (sds.max() * np.sqrt(9 / stats.chi2.ppf(share, 9)) for share in (0.975, 0.025))
    np.testing.assert_allclose([drawn[0]["low"], drawn[0]["high"]], [low, high])
    assert drawn[0]["group"] == "332"
    assert drawn[0]["differs"] == "yes"
    pooled = np.sqrt((sds**2).mean())
    assert np.isclose(spec_of(chart)["layer"][0]["data"]["values"][0]["sd"], pooled)
    assert "7 of 18 intervals (38.9%) leave it out" in notes(chart)
    assert is_picture(chart)


def test_groups_without_names_on_the_axis_have_extremes_named() -> None:
    chart = fitted("hsb").plot.residual_spread()
    spec = spec_of(chart)
    text = spec["layer"][-1]
    assert text["mark"]["type"] == "text"
    assert all(row["differs"] == "yes" for row in text["data"]["values"])
    assert len(rows(chart, "sd", "low")) == 160
    assert is_picture(chart)


def test_many_groups_are_set_beside_sampling_alone() -> None:
    result = many()
    chart = result.plot.residual_spread()
    (block,) = result.fit.design.rows.blocks
    spread = spread_of(block, result.residuals())
    assert column(chart, "n", "expected").sum() == len(spread.sd)
    seen, expected = column(chart, "n", "expected"), column(chart, "expected")
    assert abs(seen - expected).max() < 60  # normal residuals: the two agree
    assert "what sampling alone gives" in notes(chart)
    assert is_picture(chart)


def test_expected_counts() -> None:
    result = fitted("sleep")
    (block,) = result.fit.design.rows.blocks
    spread = spread_of(block, result.residuals())
    edges = np.array([0.0, 20.0, 30.0, 1e9])
    expected = expected_counts(spread, edges)
    below = stats.chi2.cdf(9 * (edges / spread.pooled) ** 2, 9)
    np.testing.assert_allclose(expected, 18 * np.diff(below))
    assert np.isclose(expected.sum(), 18)


def test_generalized_models_and_small_groups() -> None:
    result = fitted("use")
    chart = result.plot.residual_spread(seed=1)
    district = result.fit.design.rows.blocks[0].memberships[0].codes
    sd = result.residuals("quantile", seed=1)[district == 0].std(ddof=1)
    drawn = {row["group"]: row["sd"] for row in rows(chart, "sd", "low")}
    assert np.isclose(drawn["1"], sd)
    assert "Long intervals go on beyond the chart." in notes(chart)
    assert is_picture(chart)
