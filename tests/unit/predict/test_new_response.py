"""Limits of new responses: quantiles by hand, and the share of draws that they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.registry import observation_model
from echelon.families import family_of
from echelon.predict.new_response import response_limits

MODELS: list[tuple[str, str, dict[str, Any], list[float]]] = [
    ("binomial", "logit", {}, [0.3]),
    ("betabinomial", "logit", {}, [0.3, 1.0]),
    ("poisson", "log", {}, [1.0]),
    ("nbinom1", "log", {}, [3.0, 0.5]),
    ("nbinom2", "log", {}, [6.0, 0.5]),
    ("poisson", "log", {"zero": "zero"}, [1.5, -0.7]),
    ("nbinom2", "log", {"zero": "hurdle"}, [1.5, -0.7, 0.5]),
    ("gaussian", "log", {}, [1.0, -0.5]),
    ("student", "identity", {}, [1.0, -0.5, 1.2]),
    ("lognormal", "identity", {}, [1.0, -0.5]),
    ("gamma", "log", {}, [2.0, -0.3]),
    ("inverse_gaussian", "log", {}, [1.0, -0.8]),
    ("beta", "logit", {}, [0.5, 1.5]),
    ("tweedie", "log", {}, [0.5, 0.5, 0.0]),
]


def limits(
    family: str, link: str, options: dict[str, Any], eta: np.ndarray, V: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    observation = observation_model(family, link, **options)
    n = eta.shape[1]
    trials = np.full(n, 12.0) if family_of(family).response == "binary" else None
    rows = ResponseRows(np.zeros(n), trials)
    return response_limits(observation, family_of(family).response, rows, eta, V, level)


@pytest.mark.parametrize("std_dev", [0.0, 0.6])
@pytest.mark.parametrize(("family", "link", "options", "at"), MODELS)
def test_they_hold_the_share_of_draws_that_they_say(
    family: str, link: str, options: dict[str, Any], at: list[float], std_dev: float
) -> None:
    """The linear predictor drawn, and the response given it: at least 90 % inside, 5 % a side."""
    rng, n = np.random.default_rng(2), 20_000
    observation = observation_model(family, link, **options)
    n_chosen = 1 + bool(options)
    V = np.eye(n_chosen) * std_dev**2
    eta = np.array(at)[:, None]
    spread, low, high = limits(family, link, options, eta, V[None], 0.9)
    trials = np.full(n, 12.0) if family_of(family).response == "binary" else None
    moved = np.repeat(eta, n, axis=1)
    moved[:n_chosen] += std_dev * rng.standard_normal((n_chosen, n))
    y = observation.draw(ResponseRows(np.zeros(n), trials), moved, rng)
    y = y if trials is None else y / trials
    slack = 4 * np.sqrt(0.05 * 0.95 / n)
    assert (y < low[0]).mean() < 0.05 + slack
    assert (y > high[0]).mean() < 0.05 + slack
    if family_of(family).response in ("real", "positive", "unit"):
        assert abs((y < low[0]).mean() - 0.05) < slack
        assert abs((y > high[0]).mean() - 0.05) < slack
    else:  # one step in would be too little
        step = 1.0 if trials is None else 1 / 12
        if family != "tweedie":
            assert (y >= high[0] - 0.5 * step).mean() > 0.05 - slack
    if family != "student" and std_dev * at[0] < 1:
        assert y.std() == pytest.approx(spread[0], rel=0.1)


def test_without_uncertainty_they_are_the_quantiles() -> None:
    eta = np.log([[0.5, 3.0, 400.0]])
    V = np.zeros((3, 1, 1))
    _, low, high = limits("poisson", "log", {}, eta, V, 0.95)
    np.testing.assert_array_equal(low, stats.poisson.ppf(0.025, np.exp(eta[0])))
    np.testing.assert_array_equal(high, stats.poisson.ppf(0.975, np.exp(eta[0])))
    both = np.vstack([eta, np.zeros(3)])
    _, low, high = limits("gamma", "log", {}, both, V, 0.95)
    np.testing.assert_allclose(low, stats.gamma.ppf(0.025, 1, scale=np.exp(eta[0])), rtol=1e-9)
    np.testing.assert_allclose(high, stats.gamma.ppf(0.975, 1, scale=np.exp(eta[0])), rtol=1e-9)


def test_a_normal_mean_adds_its_variance() -> None:
    """Gaussian with identity link: estimate -+ z sqrt(sigma^2 + V), over all ratios of the two."""
    ratios = np.array([0.0, 1e-3, 0.3, 1.0, 5.0, 20.0])
    eta = np.vstack([np.linspace(-3, 5, 6), np.zeros(6)])
    V = (ratios**2)[:, None, None]
    spread, low, high = limits("gaussian", "identity", {}, eta, V, 0.95)
    root = np.sqrt(1 + ratios**2)
    np.testing.assert_allclose(spread, root, rtol=1e-8)
    np.testing.assert_allclose(high, eta[0] + 1.959963984540054 * root, rtol=1e-7)
    np.testing.assert_allclose(low, eta[0] - 1.959963984540054 * root, rtol=1e-7, atol=1e-6)


def test_large_counts_follow_their_mean() -> None:
    """Counts of 10^12 vary as their mean does: quantiles of a lognormal, to the rule's step."""
    eta, std_dev = np.array([[np.log(1e12)]]), 0.5
    _, low, high = limits("poisson", "log", {}, eta, np.full((1, 1, 1), std_dev**2), 0.95)
    z = np.log([low[0] / 1e12, high[0] / 1e12]) / std_dev
    np.testing.assert_allclose(z, [-1.96, 1.96], atol=0.02)


def test_extremes_end() -> None:
    """Means of nothing and of everything: finite or infinite limits, never an endless search."""
    for family, at in (("poisson", [-700.0]), ("poisson", [700.0]), ("gamma", [600.0, -2.0]),
                       ("gamma", [-600.0, 2.0]), ("binomial", [-800.0]), ("binomial", [800.0]),
                       ("beta", [-40.0, 2.0])):  # fmt: skip
        eta = np.array(at)[:, None]
        link = "log" if family in ("poisson", "gamma") else "logit"
        _, low, high = limits(family, link, {}, eta, np.full((1, 1, 1), 1.0), 0.95)
        assert (low <= high).all(), family
        assert not np.isnan([low, high]).any(), family
