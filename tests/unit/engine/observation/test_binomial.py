"""Binomial against scipy, and by hand at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.links import PROBABILITY_LINKS
from echelon.engine.observation.model import ResponseRows


@pytest.mark.parametrize("link", PROBABILITY_LINKS)
def test_against_scipy(link: str) -> None:
    rng = np.random.default_rng(2)
    trials = rng.integers(1, 60, 200)
    y = rng.binomial(trials, 0.4).astype(float)
    rows = ResponseRows(y, trials.astype(float))
    # Within (-2, 1) the probability itself, all that scipy takes, keeps its digits.
    model, eta = Binomial(link), rng.uniform(-2, 1, (1, 200))
    p = model.mean(rows, eta)
    np.testing.assert_allclose(
        model.log_density(rows, eta), stats.binom.logpmf(y, trials, p), rtol=1e-11, atol=1e-12
    )
    below, up_to = model.distribution(rows, eta)
    np.testing.assert_allclose(below, stats.binom.cdf(y - 1, trials, p), atol=1e-13)
    np.testing.assert_allclose(up_to, stats.binom.cdf(y, trials, p), atol=1e-13)
    np.testing.assert_allclose(model.variance(rows, eta), p * (1 - p) / trials, rtol=1e-12)


def test_one_trial_is_one_trial() -> None:
    eta = np.array([[-3.0, -3.0, 700.0, 700.0]])
    y = np.array([0.0, 1.0, 0.0, 1.0])
    alone = Binomial().log_density(ResponseRows(y), eta)
    np.testing.assert_allclose(alone, Binomial().log_density(ResponseRows(y, np.ones(4)), eta))
    for found, want in zip(
        Binomial().distribution(ResponseRows(y), eta),
        Binomial().distribution(ResponseRows(y, np.ones(4)), eta),
        strict=True,
    ):
        np.testing.assert_allclose(found, want)
    assert alone[2] == -700.0
    assert alone[3] == 0.0 or alone[3] > -1e-300


def test_start_of_all_zero_and_all_one() -> None:
    for y in (0.0, 1.0):
        start = Binomial().start(ResponseRows(np.full(9, y)))
        assert start[0] == pytest.approx((2 * y - 1) * np.log(9.5 / 0.5))
