"""Families and options that the cases lack, against glmmTMB and ordinal: families.R, families.json.

glmmTMB's estimates were polished by Newton steps on its exact gradient (below 1e-10), so they are
the maximum to about ten digits. Its parameters are translated to ours in `theirs`: the log of a
Gaussian variance and of a Gamma shape become the log of sigma.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon
from echelon._types import FloatArray
from echelon.engine.reference.generalized import laplace_objective
from echelon.errors import EchelonWarning
from tests.generalized import model_of
from tests.reference import names
from tests.reference.case import HERE, read

NUMBERS: dict[str, dict[str, Any]] = json.loads((HERE / "families.json").read_text())
FILES = {
    "cbpp": "cbpp.csv",
    "sal": "Salamanders.csv",
    "sleep": "sleepstudy.csv",
    "owls": "Owls.csv",
    "petrol": "petrol.csv",
    "wine": "wine.csv",
}
DERIVED = {
    "sal": (pl.col("count").clip(upper_bound=10).alias("capped"), pl.lit(10.0).alias("ten")),
    "sleep": ((pl.col("Reaction") / 1000).alias("seconds"),),
    "petrol": ((pl.col("Y") / 100).alias("yield"), (pl.col("EP") / 100).alias("ep")),
}
HERD = "incidence / size ~ period + (1 | herd)"
SITE = "count ~ mined + (1 | site)"
BOTH = "~ mined + (1 | site)"
WINE = "rating ~ temp + contact"
MODELS: dict[str, tuple[str, dict[str, str]]] = {
    "binomial probit": (HERD, {"family": "binomial", "link": "probit"}),
    "binomial cloglog": (HERD, {"family": "binomial", "link": "cloglog"}),
    "betabinomial": ("capped / ten ~ mined + (1 | site)", {"family": "betabinomial"}),
    "poisson sqrt": (
        "SiblingNegotiation ~ FoodTreatment + (1 | Nest)",
        {"family": "poisson", "link": "sqrt"},
    ),
    "zero with effects": (SITE, {"family": "poisson", "zero": BOTH}),
    "zero nbinom2": (SITE, {"family": "nbinom2", "zero": "~ 1"}),
    "hurdle poisson": (SITE, {"family": "poisson", "hurdle": "~ mined"}),
    "hurdle nbinom2": (SITE, {"family": "nbinom2", "hurdle": BOTH}),
    "nbinom2 dispersion": (SITE, {"family": "nbinom2", "dispersion": "~ mined"}),
    "nbinom1 slope": (
        "SiblingNegotiation ~ FoodTreatment + offset(logBroodSize) + (FoodTreatment | Nest)",
        {"family": "nbinom1"},
    ),
    "gamma inverse": ("seconds ~ Days + (1 | Subject)", {"family": "gamma", "link": "inverse"}),
    "gaussian log": ("seconds ~ Days + (1 | Subject)", {"family": "gaussian", "link": "log"}),
    "student": ("Reaction ~ Days + (Days | Subject)", {"family": "student"}),
    "tweedie": ("NegPerChick ~ FoodTreatment + (1 | Nest)", {"family": "tweedie"}),
    "beta dispersion": ("yield ~ ep + (1 | No)", {"family": "beta", "dispersion": "~ ep"}),
    "beta probit": ("yield ~ ep + (1 | No)", {"family": "beta", "link": "probit"}),
    **{
        f"cumulative {link}": (WINE, {"family": "cumulative", "link": link})
        for link in ("logit", "probit", "cloglog", "loglog")
    },
    "cumulative nominal": ("rating ~ temp", {"family": "cumulative", "nominal": "~ contact"}),
    "cumulative scale": (WINE, {"family": "cumulative", "scale": "~ temp"}),
    "cumulative symmetric": (WINE, {"family": "cumulative", "thresholds": "symmetric"}),
    "cumulative equidistant": (WINE, {"family": "cumulative", "thresholds": "equidistant"}),
}
MIXED = [name for name in MODELS if not name.startswith("cumulative")]
ORDINAL = [name for name in MODELS if name.startswith("cumulative")]
# Ours is the log of sigma; theirs the log of a shape, 1 / sigma^2, or of a variance.
DISPERSION = {"gamma": -0.5, "gaussian": 0.5}


def frame(name: str) -> pl.DataFrame:
    """The data of a model, categories in their order."""
    key = NUMBERS[name]["data"]
    columns = json.loads((HERE / "data" / "columns.json").read_text())[FILES[key]]
    kinds: dict[Any, Any] = {
        c: pl.Enum(kind) for c, kind in columns.items() if isinstance(kind, list)
    }
    return read(FILES[key]).cast(kinds).with_columns(*DERIVED.get(key, ()))


@cache
def fitted(name: str) -> echelon.Result:
    """Fit a model once."""
    formula, options = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(formula, frame(name), **options)


def theirs(name: str) -> dict[str, tuple[FloatArray, FloatArray]]:
    """glmmTMB's estimates and standard errors on our scales: beta, extra, sd, and correlation."""
    numbers = NUMBERS[name]
    kinds = np.array(numbers["kinds"])
    values, errors = np.array(numbers["parameters"]), np.array(numbers["se"])
    factor = np.where(kinds == "betad", DISPERSION.get(MODELS[name][1]["family"], 1.0), 1.0)
    values, errors = values * factor, errors * abs(factor)
    order = ("betazi", "betad", "psi")
    extra = np.concatenate([np.flatnonzero(kinds == kind) for kind in order])
    return {
        "beta": (values[kinds == "beta"], errors[kinds == "beta"]),
        "extra": (values[extra], errors[extra]),
        "theta": (values[kinds == "theta"], errors[kinds == "theta"]),
        "thetazi": (values[kinds == "thetazi"], errors[kinds == "thetazi"]),
    }


def their_template(name: str) -> FloatArray:
    """Lambda of the one grouping factor: theta holds log standard deviations, then the Cholesky
    factor of the correlations before its rows are scaled."""
    found = theirs(name)
    theta = found["theta"][0]
    if len(found["thetazi"][0]):
        return np.diag(np.exp([theta[0], found["thetazi"][0][0]]))
    if len(theta) == 1:
        return np.exp(theta)[:, None]
    low = np.array([[1.0, 0.0], [theta[2], 1.0]])
    rows: FloatArray = low / np.sqrt((low**2).sum(axis=1, keepdims=True))
    return np.exp(theta[:2])[:, None] * rows


@pytest.mark.parametrize("name", MIXED)
def test_twin(name: str) -> None:
    """The dense twin at glmmTMB's estimates has glmmTMB's likelihood."""
    formula, options = MODELS[name]
    design, observation = model_of(formula, frame(name), **options)
    found = theirs(name)
    at = (found["beta"][0], found["extra"][0], (their_template(name),))
    ours = -laplace_objective(design, observation, *at) / 2
    assert ours == pytest.approx(NUMBERS[name]["loglik"], abs=1e-7, rel=0)


@pytest.mark.parametrize("name", ORDINAL)
def test_twin_without_random_effects(name: str) -> None:
    formula, options = MODELS[name]
    design, observation = model_of(formula, frame(name), **options)
    numbers, p = their_ordinal(name), len(design.fixed_names)
    ours = [names.coefficient(n) for n in (*design.fixed_names, *design.extra_names)]
    assert sorted(ours) == sorted(numbers)
    at = np.array([numbers[key][0] for key in ours])
    found = -laplace_objective(design, observation, at[:p], at[p:], ()) / 2
    assert found == pytest.approx(NUMBERS[name]["loglik"], abs=1e-8, rel=0)


def their_ordinal(name: str) -> dict[str, tuple[float, float]]:
    """clm's estimates and standard errors under our names."""
    numbers = NUMBERS[name]
    found: dict[str, tuple[float, float]] = {}
    for key, value, error in zip(numbers["names"], numbers["est"], numbers["se"], strict=True):
        ours = key.replace(".(Intercept)", "").replace("threshold.1", "threshold 1")
        found[f"scale.{ours}" if ours in found else ours] = (value, error)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_log_likelihood(name: str) -> None:
    fit = fitted(name)
    assert fit.log_likelihood == pytest.approx(NUMBERS[name]["loglik"], abs=1e-6, rel=0)
    assert fit.convergence.is_converged


@pytest.mark.parametrize("name", MIXED)
def test_estimates(name: str) -> None:
    fit, found = fitted(name), theirs(name)
    generalized = fit.fit.estimates.generalized
    assert generalized is not None
    p, m = len(fit.beta), len(generalized.extra)
    ours = np.concatenate([list(fit.beta.values()), generalized.extra])
    estimate, error = (np.concatenate([found["beta"][i], found["extra"][i]]) for i in (0, 1))
    scale = np.maximum(abs(estimate), error)
    np.testing.assert_allclose(ours / scale, estimate / scale, rtol=0, atol=1e-5)
    std_errors = np.sqrt(np.diag(generalized.joint_cov))[: p + m]
    np.testing.assert_allclose(std_errors, error, rtol=1e-4)
    template, (ours_template,) = their_template(name), fit.fit.estimates.Lambdas
    np.testing.assert_allclose(
        ours_template @ ours_template.T,
        template @ template.T,
        rtol=2e-5,
        atol=2e-5 * (template**2).sum(),
    )


@pytest.mark.parametrize("name", ORDINAL)
def test_estimates_without_random_effects(name: str) -> None:
    fit, numbers = fitted(name), their_ordinal(name)
    generalized = fit.fit.estimates.generalized
    assert generalized is not None
    labels = [names.coefficient(n) for n in (*fit.beta, *fit.fit.design.extra_names)]
    values = [*fit.beta.values(), *generalized.extra.tolist()]
    std_errors = np.sqrt(np.diag(generalized.joint_cov)).tolist()
    for key, value, spread in zip(labels, values, std_errors, strict=True):
        estimate, error = numbers[key]
        assert abs(value - estimate) <= 1e-6 * max(abs(estimate), error), key
        assert spread == pytest.approx(error, rel=1e-5), key
