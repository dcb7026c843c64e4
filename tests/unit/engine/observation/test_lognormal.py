"""Log-normal against scipy, and its moments for a wide scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.lognormal import Lognormal
from echelon.engine.observation.model import ResponseRows


def test_against_scipy() -> None:
    rng = np.random.default_rng(7)
    rows, eta = ResponseRows(rng.lognormal(0, 1, 50)), rng.uniform(-1, 1, (2, 50))
    model, known = Lognormal(), stats.lognorm(np.exp(eta[1]), scale=np.exp(eta[0]))
    np.testing.assert_allclose(
        model.log_density(rows, eta), known.logpdf(rows.y), rtol=1e-12, atol=1e-13
    )
    np.testing.assert_allclose(model.distribution(rows, eta)[1], known.cdf(rows.y), rtol=1e-12)
    np.testing.assert_allclose(model.mean(rows, eta), known.mean(), rtol=1e-12)
    np.testing.assert_allclose(model.variance(rows, eta), known.var(), rtol=1e-12)


def test_start_is_of_the_logarithms() -> None:
    rows = ResponseRows(np.exp([1.0, 3.0]))
    assert Lognormal().start(rows) == pytest.approx([2.0, 0.0])


def test_nothing_below_zero() -> None:
    rows = ResponseRows(np.array([0.0, -1.0]))
    assert np.isneginf(Lognormal().log_density(rows, np.zeros((2, 2)))).all()
