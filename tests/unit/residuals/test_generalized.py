"""Residuals of generalized models: uniform under the truth, and DHARMa's by hand."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

import echelon
from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.registry import observation_model
from echelon.errors import EchelonWarning, NotEstimableError
from echelon.families import family_of
from echelon.residuals import residuals
from echelon.residuals.deviance import unit_deviance
from echelon.residuals.generalized import quantile_residuals
from tests.families import DATA, N, fitted

MODELS: list[tuple[str, str, dict[str, Any], list[float]]] = [
    ("binomial", "logit", {}, [0.3]),
    ("betabinomial", "probit", {}, [0.3, 1.0]),
    ("poisson", "log", {}, [1.0]),
    ("nbinom1", "log", {}, [1.0, 0.5]),
    ("nbinom2", "log", {}, [2.0, 0.5]),
    ("poisson", "log", {"zero": "zero"}, [1.5, -0.7]),
    ("nbinom2", "log", {"zero": "hurdle"}, [1.5, -0.7, 0.5]),
    ("gaussian", "log", {}, [1.0, -0.5]),
    ("student", "identity", {}, [1.0, -0.5, 1.2]),
    ("lognormal", "identity", {}, [1.0, -0.5]),
    ("gamma", "log", {}, [2.0, -0.3]),
    ("inverse_gaussian", "log", {}, [1.0, -0.8]),
    ("beta", "logit", {}, [0.5, 1.5]),
    ("tweedie", "log", {}, [0.5, 0.5, 0.0]),
    ("cumulative", "cloglog", {"n_categories": 4}, [0.5, -1.0, 0.2, 1.1]),
    ("continuation", "logit", {"n_categories": 3}, [0.5, 0.2, 1.1]),
    ("multinomial", "logit", {"n_categories": 3}, [0.5, -0.4]),
]


@pytest.mark.parametrize(("family", "link", "options", "at"), MODELS)
def test_quantile_residuals_are_standard_normal_under_the_truth(
    family: str, link: str, options: dict[str, Any], at: list[float]
) -> None:
    rng, n = np.random.default_rng(8), 4_000
    observation = observation_model(family, link, **options)
    eta = np.repeat(np.array(at)[:, None], n, axis=1)
    eta[0] += 0.5 * rng.standard_normal(n)
    is_binary = family_of(family).response == "binary"
    trials = rng.integers(1, 20, n).astype(float) if is_binary else None
    y = observation.draw(ResponseRows(np.zeros(n), trials), eta, rng)
    found = quantile_residuals(observation, ResponseRows(y, trials), eta, rng)
    assert stats.kstest(found, "norm").pvalue > 0.01


def test_a_quantile_residual_lies_between_its_probabilities() -> None:
    fit = fitted("counts")
    mean, y = fit.fitted, fit.fit.design.y
    found = stats.norm.cdf(fit.residuals("quantile", seed=3))
    assert (found >= stats.poisson.cdf(y - 1, mean) - 1e-12).all()
    assert (found <= stats.poisson.cdf(y, mean) + 1e-12).all()
    np.testing.assert_array_equal(
        fit.residuals("quantile", seed=3), fit.residuals("quantile", seed=3)
    )
    assert not np.array_equal(fit.residuals("quantile"), fit.residuals("quantile"))


def test_quantile_residuals_of_amounts_need_no_seed() -> None:
    fit = fitted("amounts")
    np.testing.assert_array_equal(fit.residuals("quantile"), fit.residuals("quantile", seed=1))


def test_quantile_residuals_are_finite_far_out() -> None:
    observation = observation_model("gaussian", "log")
    eta = np.zeros((2, 3))
    rows = ResponseRows(np.array([1e9, -1e9, 1.0]))
    found = quantile_residuals(observation, rows, eta, np.random.default_rng(1))
    np.testing.assert_allclose(found, [8.2, -8.2, 0.0], atol=0.1)


@pytest.mark.parametrize("name", ["binary", "slope", "counts", "zeros", "ordered", "nominal"])
@pytest.mark.parametrize("random", ["new", "conditional"])
def test_simulated_residuals_as_dharma_defines_them(name: str, random: str) -> None:
    """PIT: between the shares of simulations below and not above y, ties at random."""
    fit, n = fitted(name), 40
    generator = np.random.default_rng(4)
    place = generator.random(N)
    drawn = fit.simulate(n, generator, random=random)
    y = fit.fit.design.y[:, None]
    below, ties = (drawn < y).sum(axis=1), (drawn == y).sum(axis=1)
    found = fit.residuals("simulated", seed=4, n_simulations=n, random=random)
    np.testing.assert_allclose(found, (below + place * (ties + 1)) / (n + 1), rtol=1e-14)
    assert (np.abs(found - (below + place * ties) / n) <= 1 / n).all()
    assert ((found > 0) & (found < 1)).all()


def test_simulated_residuals_are_uniform_under_the_truth() -> None:
    fit = fitted("counts")
    truth = fit.simulate(1, seed=12)[:, 0]
    again = fit.refit(truth)
    found = again.residuals("simulated", seed=5)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_simulated_residuals_of_gaussian_models() -> None:
    fit = echelon.fit("amount ~ x + (1 | g)", DATA)
    found = fit.residuals("simulated", seed=5, random="conditional")
    expected = stats.norm.cdf(fit.residuals("standardized"))
    assert np.abs(found - expected).max() < 0.15


def test_pearson_residuals_have_unit_variance() -> None:
    """Response over its standard deviation; a weight of w counts as w rows."""
    fit = fitted("slope")
    p, t = fit.fitted, DATA["t"]
    expected = (DATA["s"] / t - p) / np.sqrt(p * (1 - p) / t)
    np.testing.assert_allclose(fit.residuals("pearson"), expected, rtol=1e-10)
    np.testing.assert_array_equal(fit.residuals("standardized"), fit.residuals("pearson"))
    weighted, plain = fitted("weights"), fitted("weights").fit
    theta, mean = np.exp(plain.estimates.generalized.extra[0]), weighted.fitted
    expected = (DATA["count"] - mean) / np.sqrt(mean + mean**2 / theta) * np.sqrt(DATA["w"])
    np.testing.assert_allclose(weighted.residuals("pearson"), expected, rtol=1e-10)


@pytest.mark.parametrize("name", ["binary", "slope", "counts", "weights"])
def test_squares_of_deviance_residuals_are_twice_the_missing_log_likelihood(name: str) -> None:
    """Saturated against fitted log density of every row, weights included."""
    fit = fitted(name)
    design, found = fit.fit.design, fit.fit.estimates.generalized
    link = fit.link
    observation = observation_model(fit.family, link)
    rows = ResponseRows(design.y, design.trials, design.weights)
    share = design.y / rows.trial_counts()
    with np.errstate(divide="ignore"):
        best = np.log(share) if link == "log" else np.log(share / (1 - share))
    saturated = found.eta.copy()
    saturated[0] = np.clip(best, -700, 700)
    gap = observation.log_density(rows, saturated) - observation.log_density(rows, found.eta)
    np.testing.assert_allclose(fit.residuals("deviance") ** 2, 2 * gap, rtol=1e-7, atol=1e-9)


def test_deviances_of_amounts() -> None:
    """Jorgensen's unit deviances by integration: 2 int_mu^y (y - t) / V(t) dt."""
    rng = np.random.default_rng(1)
    y, mean = rng.gamma(2.0, 1.0, 20), rng.gamma(2.0, 1.0, 20)
    eta = {"gamma": 2, "inverse_gaussian": 2, "tweedie": 3, "gaussian": 2}
    power = {"gamma": 2.0, "inverse_gaussian": 3.0, "gaussian": 0.0, "tweedie": 1 + 1 / (1 + np.e)}
    nodes, weights = np.polynomial.legendre.leggauss(400)
    t = mean + (y - mean) * (nodes[:, None] + 1) / 2
    for family, K in eta.items():
        observation = observation_model(family, "log")
        at = np.vstack([np.log(mean), *np.full((K - 1, 20), -1.0)])
        expected = 2 * (weights @ ((y - t) / t ** power[family])) * (y - mean) / 2
        deviance = unit_deviance(observation, ResponseRows(y), mean, at)
        np.testing.assert_allclose(deviance, expected, rtol=1e-6)


def test_marginal_residuals_leave_groups_in() -> None:
    fit = fitted("counts")
    expected = DATA["count"] - fit.predict(kind="population")
    np.testing.assert_allclose(fit.residuals("marginal"), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ordered", "response"), ("nominal", "pearson"), ("zeros", "working"), ("zeros", "deviance"),
     ("logs", "working"), ("logs", "deviance"), ("hurdle", "deviance")],
)  # fmt: skip
def test_kinds_that_a_family_does_not_have(name: str, kind: str) -> None:
    with pytest.raises(NotEstimableError, match=f"no {kind} residuals"):
        residuals(fitted(name).fit, kind)


def test_gaussian_models_of_every_kind() -> None:
    """A dispersion formula that says nothing: the residuals of the plain model by ML."""
    plain = echelon.fit("amount ~ x + (1 | g)", DATA, method="ML")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        general = echelon.fit("amount ~ x + (1 | g)", DATA, dispersion="~ 1")
    for kind in ("response", "standardized", "quantile", "marginal", "working"):
        ours, theirs = general.residuals(kind), plain.residuals(kind)
        near = np.abs(theirs) < (6 if kind == "quantile" else np.inf)  # 1 - F has no more digits
        np.testing.assert_allclose(ours[near], theirs[near], atol=2e-5, err_msg=kind)
