"""Tweedie against its closed form at power 1.5, and its totals near both ends of the power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from echelon.engine.observation.model import ResponseRows
from echelon.engine.observation.tweedie import Tweedie


def test_power_one_and_a_half_is_a_bessel_function() -> None:
    y = np.exp(np.linspace(-30, 12, 400))
    for log_mu, log_phi in ((0.7, 0.3), (-3.0, 2.0), (8.0, -6.0)):
        mu, phi = np.exp(log_mu), np.exp(log_phi)
        eta = np.repeat([[log_mu], [log_phi], [0.0]], y.size, axis=1)
        rate, scale = 2 * np.sqrt(mu) / phi, phi * np.sqrt(mu) / 2
        root = 2 * np.sqrt(rate * y / scale)
        want = np.log(special.ive(1, root)) + root - rate - y / scale
        want += 0.5 * np.log(rate / (y * scale))
        found = Tweedie().log_density(ResponseRows(y), eta)
        np.testing.assert_allclose(found, want, rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("power", [1.02, 1.2, 1.9])
@pytest.mark.parametrize("log_phi", [-2.0, 1.0])
def test_totals_at_other_powers(power: float, log_phi: float) -> None:
    # Near 1 there are peaks, one per number of amounts; near 2 a long tail towards zero.
    t = np.arange(-60.0, 6.0, 0.01) if power < 1.5 else np.arange(-400.0, 6.0, 0.04)
    y = np.exp(t)
    eta = np.repeat([[0.5], [log_phi], [np.log((power - 1) / (2 - power))]], y.size, axis=1)
    rows, model = ResponseRows(y), Tweedie()
    mass = np.exp(model.log_density(rows, eta) + t) * (t[1] - t[0])
    none = np.exp(model.log_density(ResponseRows(np.zeros(1)), eta[:, :1]))[0]
    assert mass.sum() + none == pytest.approx(1.0, abs=1e-9)
    assert mass @ y == pytest.approx(np.exp(0.5), rel=1e-9)
    variance = np.exp(log_phi + 0.5 * power)
    assert mass @ (y - np.exp(0.5)) ** 2 + none * np.exp(1.0) == pytest.approx(variance, rel=1e-9)
    at = slice(5, None, 101)
    _, up_to = model.distribution(ResponseRows(y[at]), eta[:, at])
    # The trapezoid rule up to a point, with the first term of its error.
    integral = np.cumsum(mass) - 0.5 * mass - np.gradient(mass) / 12
    np.testing.assert_allclose(up_to, none + integral[at], atol=3e-6)


def test_a_precise_response_is_normal() -> None:
    eta = np.array([[3.0], [-36.0], [0.0]])
    sd = np.exp(-18.0 + 0.75 * 3.0)
    y = np.exp([3.0]) + sd
    below, up_to = Tweedie().distribution(ResponseRows(y), eta)
    assert below == up_to
    assert up_to[0] == pytest.approx(stats.norm.cdf(1.0), abs=1e-5)


def test_no_row_no_density() -> None:
    assert Tweedie().log_density(ResponseRows(np.empty(0)), np.empty((3, 0))).size == 0
