"""Variance explained by generalized models, against sums over rows and other fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import echelon
from tests.reference.case import load
from tests.reference.test_generalized_cases import fitted


def shares(name: str) -> dict[tuple[str, str], float]:
    return {(row["measure"], row["part"]): row["value"] for row in fitted(name).r_squared().rows()}


@pytest.mark.parametrize("name", ["glmm_cbpp_logit_agq25", "glmm_contraception_logit_agq7",
                                  "glmm_cbpp_cloglog_agq25"])  # fmt: skip
def test_theoretical_is_that_of_performance(name: str) -> None:
    found, theirs = shares(name), load(name)["r2_nakagawa"]
    ours = [found["Nakagawa et al.", f"{part} (theoretical)"] for part in theirs]
    np.testing.assert_allclose(ours, list(theirs.values()), atol=1e-6)
    latent = found["McKelvey & Zavoina", "latent"]
    assert latent == found["Nakagawa et al.", "marginal (theoretical)"]


def test_overdispersion_is_not_explained() -> None:
    """A group for every row counts with the residual, as in performance."""
    found, theirs = shares("glmm_cbpp_olre_laplace"), load("glmm_cbpp_olre_laplace")["r2_nakagawa"]
    np.testing.assert_allclose(
        found["Nakagawa et al.", "conditional (theoretical)"], theirs["conditional"], atol=5e-6
    )


def test_mcfadden_is_against_the_null_model() -> None:
    fit = fitted("glmm_contraception_logit_laplace")
    null = echelon.fit("use ~ 1 + (1 | district)", load("glmm_contraception_logit_laplace").frame(),
                       family="binomial")  # fmt: skip
    expected = 1 - fit.log_likelihood / null.log_likelihood
    row: dict[str, Any] = fit.r_squared().row(measure="McFadden")
    np.testing.assert_allclose(row["value"], expected, rtol=1e-8)
    assert row["value"] == fit.r_squared(null).row(measure="McFadden")["value"]


def test_tjur_is_a_difference_of_means() -> None:
    fit = fitted("glmm_contraception_logit_laplace")
    y, X = fit.fit.design.y, fit.fit.design.X
    generalized = fit.fit.estimates.generalized
    assert generalized is not None
    for part, eta in (
        ("marginal", X @ fit.fit.estimates.beta),
        ("conditional", generalized.eta[0]),
    ):
        p = special.expit(eta)
        found = fit.r_squared().row(measure="Tjur", part=part)["value"]
        np.testing.assert_allclose(found, p[y == 1].mean() - p[y == 0].mean(), rtol=1e-10)


def test_no_likelihood_no_mcfadden() -> None:
    """Densities have units, and quasi-likelihoods no meaning: no share of them is given."""
    assert ("McFadden", "log likelihood") not in shares("glmm_petrol_beta_logit")
    case = load("glmm_cbpp_logit_laplace")
    with pytest.warns(echelon.errors.QuasiLikelihoodWarning):
        fit = echelon.fit(case.text, case.frame(), family="binomial", method="PQL1")
    assert "McFadden" not in fit.r_squared()["measure"].tolist()


def test_cauchit_has_no_theoretical_share() -> None:
    data = echelon.datasets.load("contraception")
    fit = echelon.fit("use ~ age + (1 | district)", data, family="binomial", link="cauchit")
    parts = fit.r_squared()["part"].tolist()
    assert parts == ["marginal (delta)", "conditional (delta)", "marginal", "conditional",
                     "log likelihood"]  # fmt: skip
