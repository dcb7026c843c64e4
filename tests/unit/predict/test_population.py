"""Means averaged over the random effects, against integration by hand and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from echelon.engine.observation.links import inverse
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.observation.registry import observation_model
from echelon.errors import NotEstimableError
from echelon.predict.population import population_mean

FAMILIES: list[tuple[str, str, dict[str, Any], list[float]]] = [
    ("binomial", "logit", {}, [-1.3]),
    ("binomial", "probit", {}, [0.4]),
    ("binomial", "cloglog", {}, [-0.2]),
    ("binomial", "loglog", {}, [1.1]),
    ("binomial", "cauchit", {}, [-2.0]),
    ("poisson", "log", {}, [1.0]),
    ("poisson", "sqrt", {}, [1.5]),
    ("poisson", "identity", {}, [4.0]),
    ("poisson", "log", {"zero": "zero"}, [0.5, -0.7]),
    ("poisson", "log", {"zero": "hurdle"}, [0.5, -0.7]),
    ("nbinom2", "log", {"zero": "hurdle"}, [0.2, 0.3, 0.1]),
    ("gamma", "log", {}, [2.0, -0.5]),
    ("lognormal", "identity", {}, [0.3, -0.2]),
    ("gaussian", "sqrt", {}, [0.8, 0.0]),
    ("beta", "cloglog", {}, [0.1, 2.0]),
    ("cumulative", "logit", {"n_categories": 3}, [0.3, -1.0, 0.8]),
    ("adjacent", "logit", {"n_categories": 3}, [0.3, -1.0, 0.8]),
]


def one_row(observation: Observation, eta: np.ndarray) -> np.ndarray:
    return np.atleast_1d(observation.mean(ResponseRows(np.zeros(1)), eta[:, None])[0])


@pytest.mark.parametrize("std_dev", [0.5, 3.0])
@pytest.mark.parametrize(("family", "link", "options", "eta"), FAMILIES)
def test_one_random_effect(
    family: str, link: str, options: dict[str, Any], eta: list[float], std_dev: float
) -> None:
    observation = observation_model(family, link, **options)
    at = np.array(eta)

    def integrand(z: float) -> np.ndarray:
        moved = at.copy()
        moved[0] += std_dev * z
        return one_row(observation, moved) * stats.norm.pdf(z)

    expected, _ = integrate.quad_vec(integrand, -14, 14, epsabs=1e-12, epsrel=1e-11, points=[0.0])
    found = population_mean(
        observation, ResponseRows(np.zeros(1)), at[:, None], np.full((1, 1, 1), std_dev**2)
    )
    np.testing.assert_allclose(np.atleast_1d(found[0]), expected, rtol=2e-8)


def test_closed_forms() -> None:
    """exp(eta + v / 2), Phi(eta / sqrt(1 + v)), eta^2 + v: to the last digit."""
    eta, v = np.array([[-0.5, 0.2, 1.4]]), np.array([0.0, 0.5, 4.0])[:, None, None]
    rows, flat = ResponseRows(np.zeros(3)), v[:, 0, 0]
    found = population_mean(observation_model("poisson", "log"), rows, eta, v)
    np.testing.assert_allclose(found, np.exp(eta[0] + flat / 2), rtol=1e-14)
    found = population_mean(observation_model("binomial", "probit"), rows, eta, v)
    np.testing.assert_allclose(found, stats.norm.cdf(eta[0] / np.sqrt(1 + flat)), rtol=1e-13)
    found = population_mean(observation_model("poisson", "sqrt"), rows, eta, v)
    np.testing.assert_allclose(found, eta[0] ** 2 + flat, rtol=1e-14)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_several_random_effects_of_a_nominal_response(n: int) -> None:
    """A product rule, and quasi-random points from four on; and simulated."""
    rng = np.random.default_rng(5)
    observation = observation_model("multinomial", "logit", n_categories=n + 1)
    root = rng.normal(size=(n, n)) * 0.7
    eta = np.linspace(-0.5, 0.8, n)
    found = population_mean(
        observation, ResponseRows(np.zeros(1)), eta[:, None], (root @ root.T)[None]
    )[0]
    moved = eta[:, None] + root @ rng.standard_normal((n, 200_000))
    shares = np.exp(np.vstack([np.zeros(moved.shape[1]), moved]))
    shares /= shares.sum(axis=0)
    error = shares.std(axis=1) / np.sqrt(moved.shape[1])
    assert (np.abs(found - shares.mean(axis=1)) < 4 * error + 2e-4).all()
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_a_zero_part_with_its_own_effects() -> None:
    """E[(1 - pi) mu] = exp(eta + v / 2) E[1 - pi(eta_0 + cov)]: the normal is tilted."""
    observation = observation_model("poisson", "log", zero="zero")
    eta, V = np.array([0.4, -0.8]), np.array([[0.5, 0.3], [0.3, 0.9]])
    found = population_mean(observation, ResponseRows(np.zeros(1)), eta[:, None], V[None])
    share = integrate.quad(
        lambda z: inverse("logit", -(eta[1] + V[0, 1] + z * V[1, 1] ** 0.5)) * stats.norm.pdf(z),
        -12, 12,
    )[0]  # fmt: skip
    assert found[0] == pytest.approx(np.exp(eta[0] + V[0, 0] / 2) * share, rel=1e-8)


def test_far_out_and_wide() -> None:
    observation = observation_model("binomial", "logit")
    eta = np.array([[-800.0, -30.0, 0.0, 30.0, 800.0]])
    for v in (1e-12, 1.0, 1e4):
        found = population_mean(observation, ResponseRows(np.zeros(5)), eta, np.full((5, 1, 1), v))
        assert ((found >= 0) & (found <= 1)).all()
        assert found[2] == pytest.approx(0.5)
        np.testing.assert_allclose(found + found[::-1], 1.0)


def test_no_rows() -> None:
    observation = observation_model("binomial", "logit")
    found = population_mean(
        observation, ResponseRows(np.zeros(0)), np.empty((1, 0)), np.empty((0, 1, 1))
    )
    assert found.shape == (0,)


def test_the_inverse_link_has_no_average() -> None:
    observation = observation_model("gamma", "inverse")
    rows, eta = ResponseRows(np.zeros(1)), np.array([[1.0], [0.0]])
    assert population_mean(observation, rows, eta, np.zeros((1, 1, 1)))[0] == 1.0
    with pytest.raises(NotEstimableError, match="does not exist"):
        population_mean(observation, rows, eta, np.ones((1, 1, 1)))
