"""Coefficients as ratios."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon.infer.coefficients.exponentiated import exponentiated, ratio_of
from echelon.spec import resolve_spec
from tests.golden import generalized_fits

COLUMNS = [
    ("binomial", "logit", "odds_ratio"),
    ("betabinomial", "logit", "odds_ratio"),
    ("beta", "logit", "odds_ratio"),
    ("binomial", "cloglog", "hazard_ratio"),
    ("poisson", "log", "rate_ratio"),
    ("nbinom1", "log", "rate_ratio"),
    ("gamma", "log", "mean_ratio"),
    ("tweedie", "log", "mean_ratio"),
    ("inverse_gaussian", "log", "mean_ratio"),
    ("gaussian", "log", "mean_ratio"),
    ("lognormal", "identity", "median_ratio"),
    ("cumulative", "logit", "odds_ratio"),
    ("adjacent", "logit", "odds_ratio"),
    ("continuation", "logit", "odds_ratio"),
    ("cumulative", "cloglog", "hazard_ratio"),
    ("multinomial", "logit", "relative_risk_ratio"),
]
NONE = [
    ("binomial", "probit"),
    ("binomial", "loglog"),
    ("binomial", "cauchit"),
    ("beta", "cloglog"),
    ("poisson", "sqrt"),
    ("poisson", "identity"),
    ("gamma", "inverse"),
    ("gaussian", "identity"),
    ("student", "identity"),
    ("cumulative", "probit"),
    ("cumulative", "loglog"),
]


@pytest.mark.parametrize(("family", "link", "column"), COLUMNS)
def test_what_a_ratio_is_called(family: str, link: str, column: str) -> None:
    ratio = ratio_of(resolve_spec("y ~ x", family=family, link=link))
    assert ratio is not None
    assert ratio.column == column


@pytest.mark.parametrize(("family", "link"), NONE)
def test_links_without_a_ratio(family: str, link: str) -> None:
    assert ratio_of(resolve_spec("y ~ x", family=family, link=link)) is None


def test_estimates_and_bounds() -> None:
    fit = generalized_fits.binomial()
    table = exponentiated(fit)
    assert table.columns == ("term", "odds_ratio", "p_value", "conf_low", "conf_high")
    beta, error = fit.estimates.beta, np.sqrt(np.diag(fit.estimates.vcov))
    np.testing.assert_allclose(table["odds_ratio"], np.exp(beta))
    np.testing.assert_allclose(table["conf_low"], np.exp(beta - 1.959963984540054 * error))
    wide = exponentiated(fit, 0.99)
    assert (wide["conf_high"] > table["conf_high"]).all()


def test_a_hazard_of_stopping_is_the_other_way_round() -> None:
    fit = generalized_fits.hazard()
    plain = exponentiated(fit)
    spec = resolve_spec("y ~ x", family="continuation", link="cloglog")
    turned = exponentiated(replace(fit, spec=spec))
    np.testing.assert_allclose(turned["hazard_ratio"], 1 / plain["hazard_ratio"])
    np.testing.assert_allclose(turned["conf_low"], 1 / plain["conf_high"])


def test_offsets_and_scales_are_said() -> None:
    rate = ratio_of(resolve_spec("y ~ x + offset(log(t))", family="poisson"))
    assert rate is not None
    assert rate.meaning == "Ratios of expected counts per unit of exposure, which is the offset."
    odds = ratio_of(resolve_spec("y ~ x", family="cumulative", scale="~ x"))
    assert odds is not None
    assert odds.meaning.endswith("They hold where the scale is 1.")


def test_coefficients_not_estimated_have_none() -> None:
    table = exponentiated(generalized_fits.quasi())
    assert np.isnan(table["odds_ratio"]).tolist() == [False, False, True]
