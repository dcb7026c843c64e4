"""Hurdles by hand, and counts so rare that one is all there is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.hurdle import Hurdle
from echelon.engine.observation.model import CountModel, ResponseRows
from echelon.engine.observation.negative_binomial import NegativeBinomial1, NegativeBinomial2
from echelon.engine.observation.poisson import Poisson

COUNTS: tuple[CountModel, ...] = (Poisson(), NegativeBinomial2(), NegativeBinomial1())
counts = pytest.mark.parametrize("inner", COUNTS, ids=lambda model: model.family)
ROWS = ResponseRows(np.array([0.0, 1.0, 5.0, 40.0]))


@counts
def test_by_hand(inner: CountModel) -> None:
    eta = np.vstack([np.full(4, 1.2), np.full(4, -0.4), np.full(4, 0.3)])[: len(inner.channels) + 1]
    base = np.delete(eta, 1, axis=0)
    pi, f = 1 / (1 + np.exp(0.4)), np.exp(inner.log_density(ROWS, base))
    want = np.where(ROWS.y == 0, pi, (1 - pi) * f / (1 - f[0]))
    np.testing.assert_allclose(np.exp(Hurdle(inner).log_density(ROWS, eta)), want, rtol=1e-12)


def test_rare_counts_are_ones() -> None:
    eta = np.array([[-700.0] * 3, [0.0] * 3])
    rows = ResponseRows(np.array([0.0, 1.0, 2.0]))
    found = Hurdle(Poisson()).log_density(rows, eta)
    np.testing.assert_allclose(found[:2], np.log(0.5), rtol=1e-12)
    assert found[2] == pytest.approx(np.log(0.5) - 700 - np.log(2))
    assert Hurdle(Poisson()).mean(rows, eta) == pytest.approx(0.5)
    assert Hurdle(Poisson()).variance(rows, eta) == pytest.approx(0.25)
    drawn = Hurdle(Poisson()).draw(rows, eta, np.random.default_rng(1))
    assert set(drawn) <= {0.0, 1.0}


def test_an_nb2_with_hardly_any_theta_is_a_logarithmic_series() -> None:
    """With theta -> 0 a positive count is log-series with p = mu / (mu + theta)."""
    y = np.array([1.0, 2.0, 9.0])
    eta = np.array([[np.log(1e-12 * 4)] * 3, [-700.0] * 3, [np.log(1e-12)] * 3])
    found = Hurdle(NegativeBinomial2()).log_density(ResponseRows(y), eta)
    np.testing.assert_allclose(found, stats.logser.logpmf(y, 0.8), rtol=1e-10)


@counts
def test_draws_follow_the_distribution(inner: CountModel) -> None:
    n = 3_000
    eta = np.repeat([[0.4], [-1.0], [0.2]], n, axis=1)[: len(inner.channels) + 1]
    model = Hurdle(inner)
    drawn = model.draw(ResponseRows(np.zeros(n)), eta, np.random.default_rng(3))
    values = np.arange(12.0)
    share = np.exp(model.log_density(ResponseRows(values), eta[:, :12]))
    found = np.bincount(np.minimum(drawn, 11).astype(int), minlength=12) / n
    share[11] += 1 - share.sum()
    assert np.all(np.abs(found - share) < 4.5 * np.sqrt(share * (1 - share) / n) + 1e-12)


def test_large_counts_are_drawn() -> None:
    eta = np.array([[np.log(1e12)] * 50, [-700.0] * 50])
    drawn = Hurdle(Poisson()).draw(ResponseRows(np.zeros(50)), eta, np.random.default_rng(2))
    assert abs(drawn.mean() - 1e12) < 5e6 / np.sqrt(50)
