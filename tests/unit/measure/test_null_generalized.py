"""The null model of a generalized model, against the same model written out."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon
from echelon.errors import EchelonWarning
from echelon.measure.null_model import null_model
from tests.reference.case import load
from tests.reference.test_generalized_cases import fitted

WRITTEN = {
    "glmm_contraception_slope_laplace": "use ~ 1 + (1 | district)",
    "glmm_salamanders_zip": "count ~ 1 + (1 | site)",
    "glmm_owls_nbinom2_offset": "SiblingNegotiation ~ offset(logBroodSize) + (1 | Nest)",
    "glmm_mmmec_poisson_offset_laplace": "deaths ~ 1 + (1 | nation) + (1 | region)",
    "ord_wine_slope_laplace": "rating ~ 1 + (1 | judge)",
    "glmm_verbagg_crossed_laplace": "r2 ~ 1 + (1 | id) + (1 | item)",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_is_the_model_written_out(name: str) -> None:
    case = load(name)
    null = null_model(fitted(name).fit, "icc()")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        written = echelon.fit(WRITTEN[name], case.frame(), **case.generalized_options).fit
    np.testing.assert_allclose(
        null.estimates.log_likelihood, written.estimates.log_likelihood, atol=1e-7
    )
    np.testing.assert_allclose(null.estimates.theta, written.estimates.theta, atol=1e-4)


def test_a_null_model_is_its_own() -> None:
    case = load("glmm_cbpp_logit_laplace")
    formula = "cbind(incidence, size - incidence) ~ 1 + (1 | herd)"
    fit = echelon.fit(formula, case.frame(), family="binomial").fit
    assert null_model(fit, "icc()") is fit
