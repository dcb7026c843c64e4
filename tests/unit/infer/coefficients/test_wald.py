"""Wald inference for fixed effects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.infer.coefficients.wald import fixed_effects
from tests.golden import fits


def test_columns_and_values() -> None:
    table = fixed_effects(fits.sleep())
    assert table.columns == (
        "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high",
    )  # fmt: skip
    row = table.row(term="days")
    t = stats.t(178)
    assert row["estimate"] == 10.467
    assert row["std_error"] == pytest.approx(1.5458)
    assert row["statistic"] == pytest.approx(10.467 / 1.5458)
    assert row["df"] == 178
    assert row["p_value"] == pytest.approx(2 * t.sf(10.467 / 1.5458))
    assert row["conf_low"] == pytest.approx(10.467 - t.ppf(0.975) * 1.5458)
    assert row["conf_high"] == pytest.approx(10.467 + t.ppf(0.975) * 1.5458)
    assert table.notes == ("df of the residuals.",)


def test_the_level_of_the_fit_is_used() -> None:
    row = fixed_effects(fits.no_groups()).row(term="(Intercept)")
    assert row["conf_high"] - row["estimate"] == pytest.approx(stats.t(48).ppf(0.95) * 2.5)


def test_a_coefficient_not_estimated_is_not_a_number() -> None:
    table = fixed_effects(fits.troubled())
    for name in table.columns[1:]:
        assert np.isnan(table[name]).tolist() == [False, False, True]


def test_a_standard_error_of_zero_gives_an_infinite_statistic_and_no_warning() -> None:
    data = {"y": np.arange(9.0)}
    table = fixed_effects(fits.hand_set("y ~ 1", data, [4.0], [0.0], [], 1.0))
    assert table["statistic"].tolist() == [np.inf]


def test_the_table_is_read_only_and_leaves_the_fit_alone() -> None:
    fit = fits.sleep()
    table = fixed_effects(fit)
    with pytest.raises(ValueError, match="read-only"):
        table["estimate"][0] = 0
    assert fit.estimates.beta[0] == 251.405
