"""Normal with links against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.gaussian import Gaussian
from echelon.engine.observation.model import ResponseRows


@pytest.mark.parametrize("link", ["identity", "log", "inverse", "sqrt"])
def test_against_scipy(link: str) -> None:
    rng = np.random.default_rng(6)
    rows, eta = ResponseRows(rng.normal(0, 3, 50)), rng.uniform(0.3, 2, (2, 50))
    model = Gaussian(link)
    known = stats.norm(model.mean(rows, eta), np.exp(eta[1]))
    np.testing.assert_allclose(model.log_density(rows, eta), known.logpdf(rows.y), rtol=1e-12)
    np.testing.assert_allclose(model.distribution(rows, eta)[1], known.cdf(rows.y), rtol=1e-12)
    np.testing.assert_allclose(model.variance(rows, eta), known.var(), rtol=1e-12)


def test_start_of_a_response_that_the_link_forbids() -> None:
    rows = ResponseRows(np.array([-3.0, -1.0, -2.0]))
    assert np.isfinite(Gaussian("log").start(rows)).all()
    identity = Gaussian().start(rows)
    assert identity == pytest.approx([-2.0, 0.5 * np.log(2 / 3)])
