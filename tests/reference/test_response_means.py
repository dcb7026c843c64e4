"""Marginal means of generalized models against emmeans: response_means.R, response_means.json.

emmeans makes intervals of probabilities of categories on their own scale, we on the logit's: those
are compared in estimates and standard errors. The covariance of ordinal's clmm is from differences
of its gradient, good to one per cent.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.api import Result
from echelon.errors import EchelonWarning
from tests.reference.case import HERE, load
from tests.reference.test_generalized_cases import fitted

THEIRS = json.loads((HERE / "response_means.json").read_text())


@cache
def owls() -> Result:
    formula = "SiblingNegotiation ~ FoodTreatment * SexParent + offset(log(BroodSize)) + (1 | Nest)"
    frame = load("glmm_owls_nbinom2_offset").frame()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(formula, frame, family="nbinom2")


@cache
def cloglog() -> Result:
    case = load("glmm_cbpp_logit_laplace")
    options: dict[str, Any] = case.generalized_options | {"link": "cloglog"}
    return echelon.fit(case.text, case.frame(), **options)


def compare(name: str, table: Any, rel: float, has_limits: bool = True) -> None:
    theirs = THEIRS[name]
    assert table["estimate"] == pytest.approx(np.array(theirs["estimate"]), rel=rel)
    assert table["std_error"] == pytest.approx(np.array(theirs["SE"]), rel=10 * rel)
    if has_limits:
        assert table["conf_low"] == pytest.approx(np.array(theirs["low"]), rel=10 * rel, abs=1e-6)
        assert table["conf_high"] == pytest.approx(np.array(theirs["high"]), rel=10 * rel)


def test_binomial() -> None:
    fit = fitted("glmm_cbpp_logit_laplace")
    compare("cbpp link", fit.marginal_means("period"), 1e-5)
    compare("cbpp response", fit.marginal_means("period", scale="response"), 1e-5)
    odds = fit.contrasts("period", scale="ratio", adjust="none")
    compare("cbpp odds ratio", odds, 1e-5)
    differences = fit.contrasts("period", scale="response", adjust="none")
    compare("cbpp differences", differences, 2e-5)
    means = cloglog().marginal_means("period", scale="response")
    compare("cbpp cloglog response", means, 1e-5)


def test_counts_with_offset() -> None:
    """5e-5: as far as glmmTMB's optimiser leaves its estimates from the maximum (families.R)."""
    compare("owls response", owls().marginal_means("FoodTreatment", scale="response"), 5e-5)
    compare("owls rate ratio", owls().contrasts("FoodTreatment", scale="ratio"), 5e-5)


def test_zero_inflated() -> None:
    fit = fitted("glmm_salamanders_zip")
    counts = fit.marginal_means("mined", scale="response", outcome="counts")
    compare("zip counts", counts, 1e-5)
    zero = fit.marginal_means("mined", scale="response", outcome="zero_part")
    compare("zip zero part", zero, 1e-5)


def test_ordered() -> None:
    fit = fitted("ord_wine_logit_laplace")
    means = fit.marginal_means("temp", scale="response")
    theirs = THEIRS["wine prob"]
    assert means["estimate"] == pytest.approx(np.array(theirs["estimate"]), rel=2e-4)
    assert means["std_error"] == pytest.approx(np.array(theirs["SE"]), rel=0.01)
    cumulative = fit.marginal_means("temp", scale="response", outcome="cumulative")
    theirs = THEIRS["wine cum.prob"]
    assert cumulative["estimate"] == pytest.approx(np.array(theirs["estimate"]), rel=2e-4)
    assert cumulative["std_error"] == pytest.approx(np.array(theirs["SE"]), rel=0.01)
    score = fit.marginal_means("temp", outcome="score")
    theirs = THEIRS["wine mean.class"]
    assert score["estimate"] == pytest.approx(np.array(theirs["estimate"]), rel=1e-4)
    assert score["std_error"] == pytest.approx(np.array(theirs["SE"]), rel=0.01)
    latent = fit.contrasts("temp")["estimate"][0]
    theirs = THEIRS["wine latent"]
    assert latent == pytest.approx(theirs["estimate"][0] - theirs["estimate"][1], rel=1e-4)
