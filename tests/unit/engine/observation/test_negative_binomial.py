"""Negative binomial against scipy, the Poisson limit and the empty one."""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.observation.negative_binomial import NegativeBinomial1, NegativeBinomial2
from echelon.engine.observation.poisson import Poisson

getcontext().prec = 50
models = pytest.mark.parametrize("model", [NegativeBinomial2(), NegativeBinomial1()])


def exact(y: int, mu: float, theta: float) -> float:
    """Log probability in 50 digits."""
    m, t, total = Decimal(mu), Decimal(theta), Decimal(0)
    for k in range(y):
        total += ((t + k) / (k + 1)).ln()
    return float(total + t * (t / (t + m)).ln() + y * (m / (t + m)).ln())


@models
@pytest.mark.parametrize("dispersion", [-5.0, 0.0, 3.0])
def test_against_scipy(model: NegativeBinomial2 | NegativeBinomial1, dispersion: float) -> None:
    rng = np.random.default_rng(3)
    y = rng.poisson(4, 100).astype(float)
    rows = ResponseRows(y)
    eta = np.vstack([rng.normal(1, 1, 100), np.full(100, dispersion)])
    mu, size = np.exp(eta[0]), np.exp(eta[1])
    theta = size if model.family == "nbinom2" else mu / size
    known = stats.nbinom(theta, theta / (theta + mu))
    np.testing.assert_allclose(model.log_density(rows, eta), known.logpmf(y), rtol=1e-9)
    below, up_to = model.distribution(rows, eta)
    np.testing.assert_allclose(below, known.cdf(y - 1), atol=1e-13)
    np.testing.assert_allclose(up_to, known.cdf(y), atol=1e-13)
    np.testing.assert_allclose(model.beyond(y, eta), 1 - known.cdf(y), atol=1e-13)
    np.testing.assert_allclose(model.variance(rows, eta), mu + mu**2 / theta, rtol=1e-12)


@pytest.mark.parametrize("log_theta", [-300.0, -20.0, 0.0, 5.0, 15.0, 25.0, 30.0, 33.0, 60.0])
@pytest.mark.parametrize("y", [0, 1, 2, 50])
def test_against_fifty_digits(log_theta: float, y: int) -> None:
    eta = np.array([[1.3], [log_theta]])
    found = NegativeBinomial2().log_density(ResponseRows(np.array([float(y)])), eta)
    want = exact(y, float(np.exp(1.3)), float(np.exp(log_theta)))
    assert found[0] == pytest.approx(want, rel=1e-13, abs=1e-13)


@models
def test_the_poisson_limit_is_reached(model: Observation) -> None:
    rows = ResponseRows(np.array([0.0, 3.0, 1e4]))
    limit = 700.0 if model.family == "nbinom2" else -700.0
    eta = np.array([[1.0, 1.0, 9.0], [limit] * 3])
    np.testing.assert_allclose(model.log_density(rows, eta), Poisson().log_density(rows, eta[:1]))
    for found, want in zip(
        model.distribution(rows, eta), Poisson().distribution(rows, eta[:1]), strict=True
    ):
        np.testing.assert_allclose(found, want, atol=1e-15)


@models
def test_start_of_counts_less_varied_than_poisson(model: Observation) -> None:
    start = model.start(ResponseRows(np.array([4.0, 4.0, 5.0, 4.0])))
    assert start[0] == pytest.approx(np.log(4.25))
    assert np.sign(start[1]) == (1 if model.family == "nbinom2" else -1)
