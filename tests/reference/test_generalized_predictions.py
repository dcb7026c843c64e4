"""Predictions and residuals of generalized models against lme4, glmmTMB and ordinal.

The numbers and the commands are in predictions.R. glmmTMB's standard errors are those of the
joint normal approximation of coefficients, theta and modes (TMB's sdreport), as ours.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.api import Result
from tests.reference.case import load

THEIRS = json.loads(Path(__file__).with_name("predictions.json").read_text("utf-8"))
CASES = {"cbpp": "glmm_cbpp_logit_laplace", "sal": "glmm_salamanders_zip",
         "owls": "glmm_owls_nbinom2_offset", "wine": "ord_wine_logit_laplace"}  # fmt: skip
MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "binomial": ("incidence / size ~ factor(period) + (1 | herd)", "cbpp", {"family": "binomial"}),
    "zip": ("count ~ mined + (1 | site)", "sal", {"family": "poisson", "zero": "~ mined"}),
    "hurdle": ("count ~ mined + (1 | site)", "sal", {"family": "poisson", "hurdle": "~ mined"}),
    "nbinom2": (
        "SiblingNegotiation ~ FoodTreatment + offset(log(BroodSize)) + (1 | Nest)",
        "owls",
        {"family": "nbinom2"},
    ),
    "poisson": (
        "SiblingNegotiation ~ FoodTreatment + offset(log(BroodSize)) + (1 | Nest)",
        "owls",
        {"family": "poisson"},
    ),
    "ordinal": ("rating ~ temp + contact", "wine", {"family": "cumulative"}),
    "ordinal_mixed": ("rating ~ temp + contact + (1 | judge)", "wine", {"family": "cumulative"}),
}


@cache
def fitted(name: str) -> Result:
    formula, data, options = MODELS[name]
    return echelon.fit(formula, table(data), **options)


@cache
def table(name: str) -> pl.DataFrame:
    frame = load(CASES[name]).frame()
    if name == "wine":
        frame = frame.with_columns(rating=frame["rating"].cast(pl.String).cast(int))
    return frame


@pytest.mark.parametrize("name", ["binomial", "zip", "hurdle", "nbinom2"])
@pytest.mark.parametrize("kind", ["link", "response"])
@pytest.mark.parametrize("random", ["all", "none"])
def test_means_and_standard_errors_as_glmmtmb(name: str, kind: str, random: str) -> None:
    """predict(newdata, re.form, type, se.fit = TRUE): known groups, and none."""
    key = ("known" if random == "all" else "none") + ("_link" if kind == "link" else "")
    theirs, data = THEIRS[name][key], table(MODELS[name][1])
    ours = fitted(name).predict(data.head(6), random, "confidence", kind=kind)
    scale = np.abs(theirs["fit"]) + np.array(theirs["se"])
    off = np.abs(ours["estimate"] - np.array(theirs["fit"])) / scale
    assert off.max() < 2e-5
    np.testing.assert_allclose(ours["std_error"], theirs["se"], rtol=1e-5)


@pytest.mark.parametrize("name", ["binomial", "poisson"])
@pytest.mark.parametrize("kind", ["response", "pearson", "deviance", "working"])
def test_residuals_as_lme4(name: str, kind: str) -> None:
    theirs = np.array(THEIRS[f"residuals_{name}"][kind])
    ours = fitted(name).residuals(kind)[: len(theirs)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_limits_of_probabilities_as_ordinal() -> None:
    """predict.clm(interval = TRUE): limits on the logit scale, transformed."""
    rows = {"temp": ["cold", "warm"] * 2, "contact": ["no", "no", "yes", "yes"]}
    fit, theirs = fitted("ordinal"), THEIRS["ordinal"]
    found = fit.predict(rows, interval="confidence").to_dict()
    assert found["row"][:6] == [1, 1, 1, 1, 1, 2]
    assert found["category"][:5] == ["1", "2", "3", "4", "5"]
    for ours, key in (("estimate", "fit"), ("std_error", "se"), ("conf_low", "lower"),
                      ("conf_high", "upper")):  # fmt: skip
        np.testing.assert_allclose(found[ours], np.ravel(theirs[key]), rtol=2e-5)
    plain = fit.predict(rows)
    np.testing.assert_allclose(plain["4"], np.array(theirs["fit"])[:, 3], rtol=1e-5)
    assert fit.predict(rows, kind="category").tolist() == ["2", "3", "3", "4"]


def test_fitted_probabilities_as_ordinal() -> None:
    """fitted(clmm) are the probabilities of the categories observed, at the modes."""
    fit, theirs = fitted("ordinal_mixed"), np.array(THEIRS["ordinal_mixed"]["fitted"])
    ours = fit.fitted[np.arange(72), fit.fit.design.y.astype(int)][: len(theirs)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
