"""Median odds ratios: the formula, simulation, limits, names by link."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.measure.median_odds_ratio import log_limits, median_odds_ratio, median_ratio
from tests.reference.test_generalized_cases import fitted


def test_values_of_the_formula() -> None:
    """exp(0.6745 sqrt(2 v)), of Larsen & Merlo (2005); v = 1 gives 2.60."""
    np.testing.assert_allclose(median_ratio(1.0), np.exp(np.sqrt(2) * 0.6744897501960817))
    assert round(float(median_ratio(0.168)), 2) == 1.48
    assert median_ratio(0.0) == 1.0


def test_is_the_median_of_odds_ratios_of_random_pairs() -> None:
    b = np.random.default_rng(1).normal(0, np.sqrt(0.4), size=(2, 200_000))
    median = np.median(np.exp(np.abs(b[0] - b[1])))
    np.testing.assert_allclose(median_ratio(0.4), median, rtol=5e-3)


def test_row_and_limits() -> None:
    fit = fitted("glmm_cbpp_logit_laplace").fit
    row = median_odds_ratio(fit).row(grouping="herd")
    generalized = fit.estimates.generalized
    assert generalized is not None
    sd = fit.estimates.Lambdas[0][0, 0]
    error = 2 * sd * np.sqrt(generalized.joint_cov[-1, -1])
    low, high = log_limits(sd**2, error, 0.95)
    np.testing.assert_allclose(row["median_odds_ratio"], median_ratio(sd**2))
    np.testing.assert_allclose([row["conf_low"], row["conf_high"]],
                               median_ratio(np.array([low, high])))  # fmt: skip
    np.testing.assert_allclose(low * high, sd**4)  # symmetric on the log scale


@pytest.mark.parametrize(
    ("name", "column"),
    [("glmm_cbpp_cloglog_agq25", "median_hazard_ratio"),
     ("glmm_salamanders_nbinom2", "median_rate_ratio"),
     ("glmm_sleep_gamma_log_slope", "median_mean_ratio"),
     ("ord_wine_logit_laplace", "median_odds_ratio")],
)  # fmt: skip
def test_names_by_link(name: str, column: str) -> None:
    table = median_odds_ratio(fitted(name).fit)
    assert table.columns == ("grouping", "variance", column, "conf_low", "conf_high")
    assert (table[column] >= 1).all()


def test_all_factors_together() -> None:
    table = median_odds_ratio(fitted("glmm_guimmun_3level_laplace").fit)
    values = dict(zip(table["grouping"].tolist(), table["variance"].tolist(), strict=True))
    np.testing.assert_allclose(values["all"], values["mom"] + values["comm"])


def test_categories_of_a_multinomial() -> None:
    rng = np.random.default_rng(1)
    g = np.arange(400) // 20
    scores = np.column_stack([np.zeros(400), rng.normal(size=20)[g], 0.5 * rng.normal(size=20)[g]])
    y = np.argmax(scores + rng.gumbel(size=(400, 3)), axis=1)
    data = {"y": np.array(list("abc"))[y].tolist(), "g": g.tolist()}
    fit = echelon.fit("y ~ 1 + (1 | g)", data, family="multinomial")
    table = fit.median_odds_ratio()
    assert table["category"].tolist() == ["b", "c"]
    Sigma = fit.fit.estimates.Lambdas[0] @ fit.fit.estimates.Lambdas[0].T
    np.testing.assert_allclose(table["variance"], np.diag(Sigma))
    shares = fit.icc().row(category="b", grouping="g")
    np.testing.assert_allclose(shares["icc"], Sigma[0, 0] / (Sigma[0, 0] + np.pi**2 / 3))


def test_no_limits_at_zero() -> None:
    assert np.isnan(log_limits(0.0, 0.1, 0.95)).all()
    assert np.isnan(log_limits(0.1, float("nan"), 0.95)).all()
