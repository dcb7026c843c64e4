"""Likelihood ratios of generalized models: nested or not, at zero variances, by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.zero.likelihood_ratio import likelihood_ratio
from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.variance_test import variance_test
from tests.unit.infer.generalized_fits import CBPP, cbpp, contraception, fitted, salamanders, wine


def cbpp_without_period() -> Fit:
    formula = CBPP.replace("factor(period)", "1")
    return fitted(formula, "cbpp.csv", family="binomial")


def test_fixed_effects_against_lme4() -> None:
    """The statistic is the difference of the log likelihoods of two fits, which agree with lme4."""
    small, large = cbpp_without_period(), cbpp()
    found = likelihood_ratio(large, small)
    gain = large.estimates.log_likelihood - small.estimates.log_likelihood
    assert found.statistic == pytest.approx(2 * gain)
    assert (found.df, str(found.mixture)) == (3, "chi2(3)")


@pytest.mark.parametrize(
    ("smaller", "larger", "df"),
    [
        ({"thresholds": "equidistant"}, {}, 2),
        ({"thresholds": "symmetric"}, {}, 1),
        ({}, {"nominal": "~ contact"}, 3),
        ({}, {"scale": "~ contact"}, 1),
    ],
)
def test_options_of_ordered_categories_are_nested(
    smaller: dict[str, Any], larger: dict[str, Any], df: int
) -> None:
    found = likelihood_ratio(wine(**smaller), wine(**larger))
    assert found.is_nested
    assert found.df == df
    assert found.statistic > 0


def test_an_interaction_of_ordered_categories_against_ordinal() -> None:
    """R, ordinal 2022.11: anova(clmm(rating ~ temp + contact + (1 | judge), wine),
    clmm(rating ~ temp * contact + (1 | judge), wine)): LR 0.0589, p 0.80824."""
    found = likelihood_ratio(wine(), wine("rating ~ temp * contact + (1 | judge)"))
    assert found.statistic == pytest.approx(0.0589, abs=1e-4)
    assert found.p_value == pytest.approx(0.80824, abs=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (
            lambda: salamanders(family="poisson"),
            lambda: salamanders(family="nbinom2"),
            "the families differ (poisson, log; nbinom2, log): compare them by AIC",
        ),
        (
            cbpp,
            lambda: cbpp(quadrature=5),
            "the likelihoods are approximated differently (Laplace; 5 points)",
        ),
        (
            lambda: wine("rating ~ temp + (1 | judge)"),
            lambda: wine("rating ~ contact + (1 | judge)", scale="~ contact"),
            "the fixed effects of neither model contain those of the other",
        ),
    ],
)
def test_what_is_not_nested_says_why(first: Any, second: Any, reason: str) -> None:
    found = likelihood_ratio(first(), second())
    assert not found.is_nested
    assert found.reason == reason


def test_dispersion_and_zero_formulas_are_nested() -> None:
    one = salamanders(family="nbinom2", zero="~ 1")
    two = salamanders(family="nbinom2", zero="~ mined")
    three = salamanders(family="nbinom2", zero="~ mined", dispersion="~ mined")
    assert likelihood_ratio(one, two).df == likelihood_ratio(two, three).df == 1


def test_other_responses_are_refused() -> None:
    first, second = fitted("b ~ x", family="binomial"), fitted("k ~ x", family="poisson")
    with pytest.raises(NotEstimableError, match="do not have the same response"):
        likelihood_ratio(first, second)


def test_a_removed_slope_is_the_fit_without_it() -> None:
    fit = contraception()
    without = contraception("factor(use) ~ age + urban + (1 | district)")
    row = ranova(fit).row(term="urban | district")
    assert row["log_likelihood"] == pytest.approx(without.estimates.log_likelihood, abs=1e-6)
    assert (row["df"], row["n_parameters"]) == (2, 4)
    direct = likelihood_ratio(without, fit)
    assert row["p_value"] == pytest.approx(direct.p_value, rel=1e-4)
    assert str(direct.mixture) == "0.5 chi2(1) + 0.5 chi2(2)"


def test_random_effects_of_zeros_are_taken_out_of_their_own_formula() -> None:
    fit = salamanders(family="poisson", zero="~ mined + (1 | site)")
    found = ranova(fit)
    assert list(found["term"]) == ["(none)", "(1 | site)", "zero.(1 | site)"]
    without = salamanders(family="poisson", zero="~ mined")
    row = found.row(term="zero.(1 | site)")
    assert row["log_likelihood"] == pytest.approx(without.estimates.log_likelihood, abs=1e-5)
    assert list(found["model"]) == [
        "(1 | site) + zero: (1 | site)", "zero: (1 | site)", "(1 | site)",
    ]  # fmt: skip


def test_a_variance_is_tested_by_the_mixture_and_by_simulation() -> None:
    row = variance_test(cbpp()).row(term="(1 | herd)")
    assert row["method"] == "mixture"
    assert row["reference"] == "0.5 chi2(0) + 0.5 chi2(1)"
    again = [variance_test(cbpp(), method="bootstrap", n=39, seed=2)["p_value"][0] for _ in "ab"]
    assert again[0] == again[1] == pytest.approx(1 / 40)


def test_a_variance_of_zero_has_a_p_value_of_one() -> None:
    fit = fitted("same ~ x + (1 | g)", family="poisson")
    for method in ("mixture", "bootstrap"):
        row = variance_test(fit, method=method, n=9, seed=1).row(term="(1 | g)")
        assert row["statistic"] == pytest.approx(0.0, abs=1e-6)
        assert row["p_value"] > 0.4
    assert np.isfinite(ranova(fit)["log_likelihood"]).all()
