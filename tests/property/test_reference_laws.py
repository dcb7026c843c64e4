"""Laws of the dense twin: what the criterion must satisfy, whoever computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from echelon._types import Method
from echelon.engine.reference.gaussian import (
    dense_Lambda,
    dense_Z,
    difference_gradient,
    evaluate,
    gradient,
    marginal_objective,
)
from tests.designs import design_of
from tests.property.models import (
    design,
    methods,
    mixed_models,
    models,
    options,
    seeds,
    table,
    theta_inside,
)

law = settings(derandomize=True, deadline=None, max_examples=40)


@law
@given(models, seeds, methods, options)
def test_two_roads_to_the_criterion(
    model: str, seed: int, method: Method, chosen: dict[str, Any]
) -> None:
    d = design(model, table(seed), **chosen)
    theta = theta_inside(d, seed)
    expected = marginal_objective(d, theta, method)
    np.testing.assert_allclose(evaluate(d, theta, method).objective, expected, rtol=1e-11)


@law
@given(mixed_models, seeds, methods, options)
def test_gradient_is_that_of_differences(
    model: str, seed: int, method: Method, chosen: dict[str, Any]
) -> None:
    d = design(model, table(seed), **chosen)
    theta = theta_inside(d, seed)
    expected = difference_gradient(d, theta, method)
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(gradient(d, theta, method) / size, expected / size, atol=1e-7)


@law
@given(mixed_models, seeds)
def test_modes_are_the_conditional_expectation(model: str, seed: int) -> None:
    """b = sigma^2 Lambda Lambda' Z' Var(y)^-1 (y - X beta), Henderson's other form."""
    d = design(model, table(seed))
    theta = theta_inside(d, seed)
    at, Z, Lambda = evaluate(d, theta, "REML"), dense_Z(d), dense_Lambda(d, theta)
    V = Z @ Lambda @ Lambda.T @ Z.T + np.eye(d.n_obs)
    expected = Lambda @ Lambda.T @ Z.T @ np.linalg.solve(V, d.y - d.X @ at.beta)
    np.testing.assert_allclose(at.b, expected, atol=1e-9)


@law
@given(mixed_models, seeds)
def test_joint_covariance_holds_vcov_and_exceeds_the_conditional_one(model: str, seed: int) -> None:
    d = design(model, table(seed))
    at = evaluate(d, theta_inside(d, seed), "REML")
    p = len(at.beta)
    np.testing.assert_allclose(at.joint_cov[:p, :p], at.vcov, rtol=1e-8)
    extra = at.joint_cov[p:, p:] - at.conditional_cov
    assert np.linalg.eigvalsh(extra).min() > -1e-9 * np.abs(at.joint_cov).max()


@law
@given(models, seeds)
def test_reml_is_ml_of_error_contrasts(model: str, seed: int) -> None:
    """With K'X = 0 and K'K = I: REML criterion = ML criterion of K'y + log|X'X|."""
    d = design(model, table(seed))
    theta = theta_inside(d, seed)
    U = dense_Z(d) @ dense_Lambda(d, theta)
    K = np.linalg.qr(d.X, mode="complete")[0][:, d.X.shape[1] :]
    V, y, m = K.T @ (U @ U.T + np.eye(d.n_obs)) @ K, K.T @ d.y, K.shape[1]
    r2 = y @ np.linalg.solve(V, y)
    contrasts = np.linalg.slogdet(V)[1] + m * (1 + np.log(2 * np.pi * r2 / m))
    expected = contrasts + np.linalg.slogdet(d.X.T @ d.X)[1]
    np.testing.assert_allclose(evaluate(d, theta, "REML").objective, expected, rtol=1e-10)


@law
@given(models, seeds)
def test_reml_and_ml_share_beta_and_differ_in_sigma(model: str, seed: int) -> None:
    """At the same theta: sigma_REML^2 / sigma_ML^2 = n / (n - p), beta and pwrss are equal."""
    d = design(model, table(seed))
    theta = theta_inside(d, seed)
    ml, reml = evaluate(d, theta, "ML"), evaluate(d, theta, "REML")
    np.testing.assert_allclose(reml.beta, ml.beta, rtol=1e-12)
    n, p = d.X.shape
    np.testing.assert_allclose((reml.sigma / ml.sigma) ** 2, n / (n - p), rtol=1e-12)


def test_aliased_columns_are_the_later_ones() -> None:
    """As in R: the first of several equivalent columns is kept, the others are not estimated."""
    data = table(1)
    data["twice"] = 2 * data["x"] + 1
    data["zero"] = np.zeros(len(data["x"]))
    d = design_of("y ~ x + twice + z + zero + (1 | g)", data)
    at = evaluate(d, np.array([0.7]), "REML")
    assert at.is_estimated.tolist() == [True, True, False, True, False]
    assert np.isnan(at.beta[[2, 4]]).all()
    without = design_of("y ~ x + z + (1 | g)", data)
    expected = evaluate(without, np.array([0.7]), "REML")
    np.testing.assert_allclose(at.objective, expected.objective, rtol=1e-12)
    np.testing.assert_allclose(at.beta[[0, 1, 3]], expected.beta, rtol=1e-10)
