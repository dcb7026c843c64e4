"""Poisson against scipy, and with means beyond whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.poisson import Poisson, draw_poisson


@pytest.mark.parametrize("link", ["log", "sqrt", "identity"])
def test_against_scipy(link: str) -> None:
    rng = np.random.default_rng(3)
    y = rng.poisson(4, 100).astype(float)
    rows, eta = ResponseRows(y), rng.uniform(0.5, 2.5, (1, 100))
    model = Poisson(link)
    mu = model.mean(rows, eta)
    np.testing.assert_allclose(
        model.log_density(rows, eta), stats.poisson.logpmf(y, mu), rtol=1e-12
    )
    below, up_to = model.distribution(rows, eta)
    np.testing.assert_allclose(below, stats.poisson.cdf(y - 1, mu), atol=1e-14)
    np.testing.assert_allclose(up_to, stats.poisson.cdf(y, mu), atol=1e-14)
    np.testing.assert_allclose(model.beyond(y, eta), stats.poisson.sf(y, mu), rtol=1e-10)
    assert model.beyond(np.full(100, -1.0), eta).tolist() == [1.0] * 100


def test_a_hundred_million() -> None:
    found = Poisson().log_density(ResponseRows(np.array([1e8])), np.log([[1e8]]))
    assert found[0] == pytest.approx(-0.5 * np.log(2 * np.pi * 1e8) - 1 / 12e8, abs=1e-12)


def test_impossible_means() -> None:
    rows, eta = ResponseRows(np.array([0.0, 2.0])), np.array([[-1.0, -1.0]])
    assert np.isneginf(Poisson("identity").log_density(rows, eta)).all()
    assert np.isnan(draw_poisson(np.array([-1.0]), np.random.default_rng(1))).all()


def test_means_beyond_whole_numbers_are_drawn() -> None:
    drawn = draw_poisson(np.full(1000, 1e20), np.random.default_rng(4))
    assert abs(drawn.mean() - 1e20) < 4 * 1e10 / np.sqrt(1000)
    assert drawn.std() == pytest.approx(1e10, rel=0.1)
