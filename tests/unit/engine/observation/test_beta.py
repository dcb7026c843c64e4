"""Beta against scipy, and with shapes too small for a number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.beta import Beta
from echelon.engine.observation.model import ResponseRows


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("log_phi", [-3.0, 0.0, 2.0, 8.0])
def test_against_scipy(link: str, log_phi: float) -> None:
    rng = np.random.default_rng(8)
    eta = np.vstack([rng.uniform(-2, 1, 60), np.full(60, log_phi)])
    rows, model = ResponseRows(rng.uniform(0.01, 0.99, 60)), Beta(link)
    mu, phi = model.mean(rows, eta), np.exp(log_phi)
    known = stats.beta(mu * phi, (1 - mu) * phi)
    np.testing.assert_allclose(
        model.log_density(rows, eta), known.logpdf(rows.y), rtol=1e-10, atol=1e-11
    )
    np.testing.assert_allclose(model.distribution(rows, eta)[1], known.cdf(rows.y), atol=1e-12)
    np.testing.assert_allclose(model.variance(rows, eta), known.var(), rtol=1e-11)


def test_a_mean_next_to_one() -> None:
    """Beta(1, b) for a tiny b has density b / (1 - y)."""
    found = Beta().log_density(ResponseRows(np.array([0.25])), np.array([[690.0], [0.0]]))
    assert found[0] == pytest.approx(-690.0 - np.log(0.75), rel=1e-14)
    # A shape below the smallest number, e^-40000, still has its logarithm.
    far = Beta("probit").log_density(ResponseRows(np.array([0.25])), np.array([[-283.0], [0.0]]))
    assert far[0] == pytest.approx(stats.norm.logcdf(-283.0) - np.log(0.25), rel=1e-12)


def test_start_by_moments() -> None:
    start = Beta().start(ResponseRows(np.array([0.2, 0.4])))
    assert start == pytest.approx([np.log(0.3 / 0.7), np.log(0.21 / 0.01 - 1)])


def test_the_ends_are_impossible() -> None:
    rows = ResponseRows(np.array([0.0, 1.0]))
    assert np.isneginf(Beta().log_density(rows, np.zeros((2, 2)))).all()
