"""Inverse Gaussian against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.inverse_gaussian import InverseGaussian
from echelon.engine.observation.model import ResponseRows


@pytest.mark.parametrize("link", ["log", "inverse", "identity"])
@pytest.mark.parametrize("log_sigma", [-3.0, 0.0, 1.5])
def test_against_scipy(link: str, log_sigma: float) -> None:
    rng = np.random.default_rng(8)
    eta = np.vstack([rng.uniform(0.3, 2, 60), np.full(60, log_sigma)])
    model, shape = InverseGaussian(link), np.exp(-2 * log_sigma)
    mu = model.mean(ResponseRows(eta[0]), eta)
    rows = ResponseRows(mu * rng.uniform(0.5, 2.0, 60))
    known = stats.invgauss(mu / shape, scale=shape)
    np.testing.assert_allclose(
        model.log_density(rows, eta), known.logpdf(rows.y), rtol=1e-10, atol=1e-11
    )
    np.testing.assert_allclose(model.distribution(rows, eta)[1], known.cdf(rows.y), atol=1e-12)
    np.testing.assert_allclose(model.variance(rows, eta), mu**3 / shape, rtol=1e-12)


def test_start_by_moments() -> None:
    assert InverseGaussian().start(ResponseRows(np.array([1.0, 3.0]))) == pytest.approx(
        [np.log(2.0), 0.5 * np.log(1 / 8)]
    )


def test_draws_follow_the_distribution() -> None:
    eta = np.repeat([[0.5], [0.8]], 2_000, axis=1)
    rows = ResponseRows(np.ones(2_000))
    drawn = InverseGaussian().draw(rows, eta, np.random.default_rng(5))
    below, _ = InverseGaussian().distribution(ResponseRows(drawn), eta)
    assert stats.kstest(below, "uniform").pvalue > 0.01
