"""The exact text of what inference refuses of generalized models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from echelon.errors import EchelonError, NotEstimableError
from echelon.fit import Fit
from echelon.infer.components.profile import profile
from echelon.infer.components.variance_inference import variance_intervals
from echelon.infer.resampling.bootstrap import bootstrap
from echelon.infer.sandwich.robust import robust
from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.variance_test import variance_test
from tests.unit.infer.generalized_fits import TABLE, cbpp, fitted


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(NotEstimableError) as caught:
        call(*arguments, **options)
    assert isinstance(caught.value, EchelonError)
    return str(caught.value)


@pytest.mark.parametrize(("call", "name"), [(ranova, "ranova()"), (profile, "profile()")])
def test_a_quasi_likelihood_is_no_likelihood(call: Callable[[Fit], Any], name: str) -> None:
    assert refusal(call, cbpp(method="PQL1")) == (
        "A quasi-likelihood is no likelihood of the data.\n"
        f"  where: {name}, a fit with method = 'PQL1'\n"
        "  got:   a linearised model, whose criterion is of working responses that the fit made\n"
        "  need:  a fit by Laplace or quadrature: method = 'ML'\n"
        "  do:    fit the model again without the option method; Wald tests, conf_int() and the\n"
        "         bootstrap go with a quasi-likelihood.\n"
        "  see:   errors#quasi-without-likelihood"
    )


GAUSSIAN_ONLY = (
    "  got:   a generalized model: its likelihood is no function of cross-products\n"
    "  need:  family = 'gaussian' with link = 'identity'\n"
)
FIT = "a fit with family = 'binomial', link = 'logit'\n"


def test_expected_information_is_gaussian() -> None:
    assert refusal(variance_intervals, cbpp(), information="expected") == (
        "The expected information of variances is defined for Gaussian models only.\n"
        f"  where: variance_intervals(information='expected'), {FIT}{GAUSSIAN_ONLY}"
        "  do:    leave information out: the observed information has a meaning for every family.\n"
        "  see:   errors#gaussian-only"
    )


def test_the_exact_test_is_gaussian() -> None:
    assert refusal(variance_test, cbpp(), method="exact") == (
        "The exact test is of a restricted likelihood: of Gaussian models only.\n"
        f"  where: variance_test(method='exact'), {FIT}{GAUSSIAN_ONLY}"
        "  do:    use method='mixture', or method='bootstrap', which makes no approximation of "
        "it.\n"
        "  see:   errors#gaussian-only"
    )


@pytest.mark.parametrize("kind", ["residual", "wild"])
def test_residuals_are_drawn_of_gaussian_models_only(kind: str) -> None:
    assert refusal(bootstrap, cbpp(), 10, 1, kind=kind) == (
        "A bootstrap of residuals is defined for Gaussian models only.\n"
        f"  where: bootstrap(kind='{kind}'), {FIT}{GAUSSIAN_ONLY}"
        "  do:    use kind='parametric', or kind='case', which trusts the family no more than "
        "that\n"
        "         groups are alike.\n"
        "  see:   errors#gaussian-only"
    )


def test_a_correction_of_residuals_has_no_meaning_for_scores() -> None:
    assert refusal(robust, cbpp(), "CR2") == (
        "The correction CR2 adjusts residuals of a linear model.\n"
        "  where: robust(), argument kind, a fit with family = 'binomial'\n"
        "  got:   'CR2'\n"
        "  need:  one of 'CR0', 'CR1': scores of a likelihood, by cluster\n"
        "  do:    leave kind out; with few clusters compare bootstrap(kind='case').\n"
        "  see:   errors#robust-generalized"
    )


def test_scores_exist_for_independent_clusters() -> None:
    fit = fitted("b ~ x", family="binomial")
    assert refusal(robust, fit, cluster=[TABLE["g"], TABLE["k"]]) == (
        "Scores of a likelihood exist for clusters that are independent of each other.\n"
        "  where: robust(), argument cluster\n"
        "  got:   clusters in 2 ways: 'cluster', 'cluster'\n"
        "  need:  one way to cluster, in which every group of every random factor lies whole\n"
        "  do:    pass labels of larger clusters: robust(cluster=data['region']), or use\n"
        "         bootstrap().\n"
        "  see:   errors#robust-generalized"
    )
