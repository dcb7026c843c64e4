"""Models that are one another in disguise have one likelihood: density, design and twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon._types import FloatArray
from echelon.engine.reference.gaussian import marginal_objective
from echelon.engine.reference.generalized import laplace_objective
from tests.designs import design_of
from tests.generalized import model_of
from tests.property.generalized_models import rows_of_every_kind, seeds

law = settings(derandomize=True, deadline=None, max_examples=8)
NONE = np.empty(0)
BETA, LAMBDA = np.array([0.4]), (np.array([[0.8]]),)
THRESHOLDS = np.array([-0.9, 0.2, 1.1])


def at(
    formula: str, data: Any, beta: FloatArray, extra: FloatArray = NONE, **options: str
) -> float:
    """-2 log likelihood of a model with one random intercept."""
    design, observation = model_of(formula, data, **options)
    return laplace_objective(design, observation, beta, extra, LAMBDA)


MIRRORED = (("logit", "logit"), ("probit", "probit"), ("cloglog", "loglog"), ("cauchit", "cauchit"))


@law
@given(seeds, st.sampled_from(MIRRORED))
def test_categories_from_the_other_end(seed: int, links: tuple[str, str]) -> None:
    """P(Y >= j) by the mirrored link, with the signs of all coefficients changed."""
    data, (link, mirrored) = rows_of_every_kind(seed, 60), links
    data["reversed"] = np.array(["d", "c", "b", "a"])[
        np.searchsorted(["a", "b", "c", "d"], data["grade"])
    ]
    other = (-BETA, -THRESHOLDS[::-1])
    forward = at("grade ~ x + (1 | g)", data, BETA, THRESHOLDS, family="cumulative", link=link)
    backward = at("reversed ~ x + (1 | g)", data, *other, family="cumulative", link=mirrored)
    assert forward == pytest.approx(backward, rel=1e-10)
    forward = at("grade ~ x + (1 | g)", data, BETA, THRESHOLDS, family="adjacent")
    backward = at("reversed ~ x + (1 | g)", data, *other, family="adjacent")
    assert forward == pytest.approx(backward, rel=1e-10)


@law
@given(seeds)
def test_continuation_ratios_are_binary_steps(seed: int) -> None:
    """Each row is a row per step reached: does it stop? Discrete-time survival."""
    data = rows_of_every_kind(seed, 60)
    found = at("grade ~ x + (1 | g)", data, BETA, THRESHOLDS, family="continuation", link="cloglog")
    number = np.searchsorted(["a", "b", "c", "d"], data["grade"])
    steps: dict[str, list[Any]] = {"stops": [], "step": [], "x": [], "g": []}
    for i, last in enumerate(number):
        for step in range(min(last, 2) + 1):
            row = (float(step == last), f"s{step}", -data["x"][i], data["g"][i])
            for values, value in zip(steps.values(), row, strict=True):
                values.append(value)
    expanded = at(
        "stops ~ 0 + step + x + (1 | g)", steps, np.concatenate([THRESHOLDS, BETA]),
        family="binomial", link="cloglog",
    )  # fmt: skip
    assert found == pytest.approx(expanded, rel=1e-10)


@law
@given(seeds)
def test_gaussian_models_are_generalized_models(seed: int) -> None:
    """The log standard deviation as a predictor: REML's twin has the same ML criterion."""
    data = rows_of_every_kind(seed, 60)
    design, observation = model_of("y ~ x + (1 | g)", data, family="gaussian", dispersion="~ 1")
    theta = np.array([0.7])
    linear = design_of("y ~ x + (1 | g)", data)
    V = np.eye(60) + theta**2 * (data["g"][:, None] == data["g"])
    X, precision = linear.X, np.linalg.inv(V)
    beta = np.linalg.solve(X.T @ precision @ X, X.T @ precision @ data["y"])
    residual = data["y"] - X @ beta
    sigma = np.sqrt(residual @ precision @ residual / 60)
    found = laplace_objective(
        design, observation, beta, np.log([sigma]), (np.array([[0.7 * sigma]]),)
    )
    assert found == pytest.approx(marginal_objective(linear, theta, "ML"), rel=1e-11)


@law
@given(seeds)
def test_lognormal_is_normal_in_logs(seed: int) -> None:
    data = rows_of_every_kind(seed, 60)
    data["logs"], parameters = np.log(data["amount"]), (np.array([0.1, 0.2]), np.array([-0.7]))
    lognormal = at("amount ~ x + (1 | g)", data, *parameters, family="lognormal")
    normal = at("logs ~ x + (1 | g)", data, *parameters, family="gaussian", dispersion="~ 1")
    assert lognormal == pytest.approx(normal + 2 * data["logs"].sum(), rel=1e-11)


@law
@given(seeds)
def test_counts_without_extra_variation_are_poisson(seed: int) -> None:
    """Limits: theta to infinity, phi to 0, no structural zeros, trials without end."""
    data, beta = rows_of_every_kind(seed, 60), np.array([0.3, 0.2])
    poisson = at("count ~ x + (1 | g)", data, beta, family="poisson")
    for family, dispersion in (("nbinom2", 22.0), ("nbinom1", -22.0)):
        found = at("count ~ x + (1 | g)", data, beta, np.array([dispersion]), family=family)
        assert found == pytest.approx(poisson, rel=1e-7), family
    found = at("count ~ x + (1 | g)", data, beta, np.array([-40.0]), family="poisson", zero="~ 1")
    assert found == pytest.approx(poisson, rel=1e-10)
