"""Beta-binomial against scipy, its binomial limit and sums over many trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.engine.observation import beta_binomial
from echelon.engine.observation.beta_binomial import BetaBinomial
from echelon.engine.observation.binomial import Binomial
from echelon.engine.observation.links import PROBABILITY_LINKS
from echelon.engine.observation.model import ResponseRows


def some_rows() -> ResponseRows:
    rng = np.random.default_rng(9)
    trials = rng.integers(1, 40, 80).astype(float)
    return ResponseRows(np.floor(rng.random(80) * (trials + 1)), trials)


@pytest.mark.parametrize("link", PROBABILITY_LINKS)
@pytest.mark.parametrize("log_phi", [-2.0, 1.0, 5.0])
def test_against_scipy(link: str, log_phi: float) -> None:
    rows, rng = some_rows(), np.random.default_rng(1)
    eta = np.vstack([rng.uniform(-2, 1, 80), np.full(80, log_phi)])
    model = BetaBinomial(link)
    p, phi, trials = model.mean(rows, eta), np.exp(log_phi), rows.trial_counts()
    known = stats.betabinom(trials.astype(int), p * phi, (1 - p) * phi)
    np.testing.assert_allclose(
        model.log_density(rows, eta), known.logpmf(rows.y), rtol=1e-10, atol=1e-11
    )
    below, up_to = model.distribution(rows, eta)
    np.testing.assert_allclose(up_to, known.cdf(rows.y), atol=1e-12)
    np.testing.assert_allclose(below, known.cdf(rows.y - 1), atol=1e-12)
    np.testing.assert_allclose(model.variance(rows, eta) * trials**2, known.var(), rtol=1e-10)


def test_the_binomial_limit_is_reached() -> None:
    rows = some_rows()
    eta = np.vstack([np.linspace(-3, 3, 80), np.full(80, 700.0)])
    np.testing.assert_allclose(
        BetaBinomial().log_density(rows, eta), Binomial().log_density(rows, eta[:1]), rtol=1e-12
    )
    for found, want in zip(
        BetaBinomial().distribution(rows, eta), Binomial().distribution(rows, eta[:1]), strict=True
    ):
        np.testing.assert_allclose(found, want, atol=1e-12)


def test_sums_do_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, eta = some_rows(), np.ones((2, 80))
    whole = BetaBinomial().distribution(rows, eta)
    monkeypatch.setattr(beta_binomial, "TERMS_AT_ONCE", 7)
    np.testing.assert_allclose(BetaBinomial().distribution(rows, eta), whole, rtol=1e-12)


def test_many_trials_are_uniform_with_two_unit_shapes() -> None:
    y, n = np.array([0.0, 3e7, 1e8]), np.full(3, 1e8)
    eta = np.array([[0.0] * 3, [np.log(2.0)] * 3])
    found = BetaBinomial().log_density(ResponseRows(y, n), eta)
    np.testing.assert_allclose(found, -np.log(1e8 + 1), atol=1e-6)


def test_start_finds_the_precision() -> None:
    n, rng = 3_000, np.random.default_rng(2)
    eta = np.repeat([[-0.5], [1.5]], n, axis=1)
    rows = ResponseRows(np.zeros(n), np.full(n, 12.0))
    drawn = ResponseRows(BetaBinomial().draw(rows, eta, rng), rows.trials)
    assert BetaBinomial().start(drawn) == pytest.approx([-0.5, 1.5], abs=0.15)
