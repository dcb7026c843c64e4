"""Gamma against scipy, from an exponential's tail to a spike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.gamma import Gamma
from echelon.engine.observation.model import ResponseRows


@pytest.mark.parametrize("link", ["log", "inverse", "identity"])
@pytest.mark.parametrize("log_sigma", [-3.0, 0.0, 1.0])
def test_against_scipy(link: str, log_sigma: float) -> None:
    rng = np.random.default_rng(8)
    eta = np.vstack([rng.uniform(0.3, 2, 60), np.full(60, log_sigma)])
    model, shape = Gamma(link), np.exp(-2 * log_sigma)
    mu = model.mean(ResponseRows(eta[0]), eta)
    rows = ResponseRows(mu * rng.uniform(0.7, 1.4, 60))
    known = stats.gamma(shape, scale=mu / shape)
    np.testing.assert_allclose(
        model.log_density(rows, eta), known.logpdf(rows.y), rtol=1e-10, atol=1e-11
    )
    np.testing.assert_allclose(model.distribution(rows, eta)[1], known.cdf(rows.y), atol=1e-13)
    np.testing.assert_allclose(model.variance(rows, eta), known.var(), rtol=1e-12)


def test_a_spike_is_normal() -> None:
    eta = np.array([[0.0], [-15.0]])
    y = np.array([1 + 2 * np.exp(-15.0)])
    found = Gamma().log_density(ResponseRows(y), eta)
    assert found[0] == pytest.approx(stats.norm.logpdf(2.0) + 15.0, abs=1e-5)


def test_start_by_moments() -> None:
    assert Gamma().start(ResponseRows(np.array([1e-9, 3e-9]))) == pytest.approx(
        [np.log(2e-9), np.log(0.5)]
    )
    assert np.isneginf(Gamma().log_density(ResponseRows(np.zeros(1)), np.zeros((2, 1)))).all()
