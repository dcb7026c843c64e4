"""PQL and MQL: the fixed point against n x n matrices, special cases, and every way to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

import echelon
from echelon._types import FloatArray, Method
from echelon.engine.estimates import Estimates
from echelon.engine.observation.registry import observation_model
from echelon.engine.quasi.estimate import quasi_likelihood
from echelon.engine.theta import theta_map
from echelon.spec import resolve_spec
from tests.designs import design_of
from tests.unit.engine.quasi_twin import Linear, Twin, minus_twice_loglik

SEED = 11
METHODS = ("PQL1", "PQL2", "MQL1", "MQL2")


def data() -> dict[str, np.ndarray]:
    """150 rows in 15 groups, 5 groups of groups, and 6 that cross them."""
    rng = np.random.default_rng(SEED)
    n = 150
    g, c, x = np.arange(n) % 15, rng.integers(0, 6, n), rng.normal(size=n)
    effects = rng.normal(size=(4, 15)) * np.array([[1.1], [0.6], [0.8], [0.7]])
    eta = 0.2 + 0.6 * x + effects[0][g] + effects[1][g] * x + effects[2][g // 3] + effects[3][c]
    exposure, m = rng.uniform(0.5, 2, n), rng.integers(1, 6, n).astype(float)
    share = rng.uniform(0.2, 0.8, n)
    p = 1 / (1 + np.exp(-eta))
    return {
        "y": (rng.uniform(size=n) < p).astype(float), "m": m,
        "s": rng.binomial(m.astype(int), p).astype(float),
        "k": rng.poisson(exposure * np.exp(0.5 * eta)).astype(float),
        "t": rng.gamma(4, np.exp(0.5 * eta) / 4), "log_exposure": np.log(exposure),
        "x": x, "g": g, "h": g // 3, "c": c, "c2": (c + 1) % 6, "w": rng.uniform(0.5, 2, n),
        "w1": share, "w2": 1 - share, "split": (x > 0).astype(float),
    }  # fmt: skip


def estimated(formula: str, family: str, method: str, **options: Any) -> Estimates:
    """Encode and estimate; `link`, `weights` and `offset` go with the formula."""
    own = {
        name: options.pop(name) for name in ("is_scale_free", "is_restricted") if name in options
    }
    spec = resolve_spec(formula, family=family, method=method, **options)
    design = design_of(formula, data(), family=family, method=method, **options)
    return quasi_likelihood(design, spec, observation_model(family, spec.link), **own)


MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "binary": ("y ~ x + (1 | g)", "binomial", {}),
    "trials, slopes": ("s / m ~ x + (x | g)", "binomial", {}),
    "probit, weights, nested": ("s / m ~ x + (1 | g) + (1 | h)", "binomial",
                                {"link": "probit", "weights": "w"}),
    "crossed": ("s / m ~ x + (1 | g) + (1 | c)", "binomial", {}),
    "counts, offset": ("k ~ x + (x || g)", "poisson", {"offset": "log_exposure"}),
    "multiple membership": ("k ~ x + (1 | mm(c, c2, weights=(w1, w2)))", "poisson", {}),
    "gamma": ("t ~ x + (1 | g)", "gamma", {}),
    "extra-binomial": ("s / m ~ x + (1 | g)", "binomial", {"is_scale_free": True}),
    "restricted": ("s / m ~ x + (1 | g)", "binomial", {"is_restricted": True}),
}  # fmt: skip


def twin_of(name: str, method: str, found: Estimates) -> tuple[Twin, Linear, float]:
    """The dense linear model at the estimates, and log sigma."""
    formula, family, options = MODELS[name]
    options = {key: value for key, value in options.items() if not key.startswith("is_")}
    design = design_of(formula, data(), family=family, method=method, **options)
    link = resolve_spec(formula, family=family, link=options.get("link")).link
    assert found.generalized is not None
    extra = found.generalized.extra
    sigma = float(np.exp(extra[0])) if len(extra) else found.sigma
    twin = Twin(design, family, link, method)
    Sigmas = [Lambda @ Lambda.T for Lambda in found.Lambdas]
    return twin, twin.linear(found.beta, Sigmas, list(found.modes), sigma), float(np.log(sigma))


def random_parts(twin: Twin, linear: Linear, theta: FloatArray) -> list[FloatArray]:
    """Z Sigma Z' of every block, (n, n)."""
    blocks = twin.design.rows.blocks
    Lambdas = theta_map(blocks).Lambdas(theta)
    return [
        Z @ np.kron(np.eye(block.n_groups), L @ L.T) @ Z.T
        for Z, block, L in zip(linear.Zs, blocks, Lambdas, strict=True)
    ]


def V_of(twin: Twin, linear: Linear, at: FloatArray) -> FloatArray:
    """Covariance of the working response at (log sigma, theta)."""
    noise = np.exp(2 * at[0]) * linear.noise
    total: FloatArray = noise + linear.squares + sum(random_parts(twin, linear, at[1:]), 0.0)
    return total


def derivatives(
    function: Callable[[FloatArray], float], at: FloatArray, step: float
) -> tuple[FloatArray, FloatArray]:
    """Gradient and Hessian by central differences."""
    units = step * np.eye(len(at))
    gradient = [(function(at + e) - function(at - e)) / (2 * step) for e in units]
    hessian = [
        [
            function(at + e + f)
            - function(at + e - f)
            - function(at - e + f)
            + function(at - e - f)
            for e in units
        ]
        for f in units
    ]
    return np.array(gradient), np.array(hessian) / (4 * step**2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", MODELS)
def test_fixed_point_of_the_dense_twin(name: str, method: str) -> None:
    """The linear model formed at the estimates, with n x n matrices, has them as its minimum."""
    formula, family, options = MODELS[name]
    found = estimated(formula, family, method, **options)
    assert found.verdict.reason == "converged"
    assert not found.verdict.is_singular
    assert found.generalized is not None
    twin, linear, log_sigma = twin_of(name, method, found)
    is_restricted = options.get("is_restricted", False)
    is_free = len(found.generalized.extra) == 1 or options.get("is_scale_free", False)
    X, at = twin.design.X, np.append(log_sigma, found.theta)

    def criterion(parameters: FloatArray) -> float:
        whole = parameters if is_free else np.append(0.0, parameters)
        return minus_twice_loglik(linear.y, X, V_of(twin, linear, whole), is_restricted)[0]

    V = V_of(twin, linear, at)
    _, beta, vcov = minus_twice_loglik(linear.y, X, V)
    np.testing.assert_allclose(beta, found.beta, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(vcov, found.vcov, rtol=1e-6)
    pull = np.linalg.solve(V, linear.y - X @ beta)
    for block, Z, Lambda, modes in zip(
        twin.design.rows.blocks, linear.Zs, found.Lambdas, found.modes, strict=True
    ):
        b = np.kron(np.eye(block.n_groups), Lambda @ Lambda.T) @ Z.T @ pull
        np.testing.assert_allclose(b, modes.ravel(), rtol=1e-5, atol=1e-6)
    gradient, hessian = derivatives(criterion, at if is_free else at[1:], 2e-4)
    step = np.linalg.solve(hessian, gradient)
    np.testing.assert_allclose(step, 0.0, atol=3e-6)
    p, k = len(found.beta), len(found.theta)
    covariance = 2 * np.linalg.inv(hessian)[-k:, -k:]
    np.testing.assert_allclose(
        found.generalized.joint_cov[-k:, -k:], covariance, rtol=1e-4, atol=1e-4 * covariance.max()
    )
    assert found.generalized.joint_cov.shape == (p + len(found.generalized.extra) + k,) * 2


def test_without_random_effects_it_is_the_generalized_linear_model() -> None:
    found = [estimated("s / m ~ x", "binomial", method) for method in METHODS]
    columns = data()
    X = np.column_stack([np.ones(150), columns["x"]])
    p = 1 / (1 + np.exp(-X @ found[0].beta))
    np.testing.assert_allclose(X.T @ (columns["s"] - columns["m"] * p), 0.0, atol=1e-8)
    information = (X.T * (columns["m"] * p * (1 - p))) @ X
    np.testing.assert_allclose(found[0].vcov, np.linalg.inv(information), rtol=1e-8)
    for other in found[1:]:
        np.testing.assert_allclose(other.beta, found[0].beta, rtol=1e-10)


def test_gaussian_with_identity_link_is_the_linear_model() -> None:
    formula = "t ~ x + (1 | g)"
    exact = echelon.fit(formula, data(), method="ML").fit.estimates
    design, spec = design_of(formula, data()), resolve_spec(formula, method="ML")
    for method in METHODS:
        asked = replace(spec, method=cast(Method, method))
        found = quasi_likelihood(design, asked, observation_model("gaussian", "identity"))
        np.testing.assert_allclose(found.beta, exact.beta, rtol=1e-7)
        np.testing.assert_allclose(found.theta, exact.theta * exact.sigma, rtol=1e-6)


def test_what_there_is_not() -> None:
    found = estimated("y ~ x + (1 | g)", "binomial", "PQL1")
    assert np.isnan([found.objective, found.log_likelihood, found.pwrss]).all()
    assert found.sigma == 1.0
    assert found.generalized is not None
    assert found.generalized.approximation.name == "PQL1"
    assert found.generalized.eta.shape == (1, 150)


def test_iterations_are_bounded() -> None:
    found = estimated("y ~ x + (1 | g)", "binomial", "PQL2", control={"max_evaluations": 3})
    assert found.verdict.reason in ("iterations", "evaluations")
    assert not found.verdict.is_converged
