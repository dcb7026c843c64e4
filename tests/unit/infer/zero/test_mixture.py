"""Weights of mixtures of chi-squares: closed forms, counting, and geometry by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from echelon.infer.distributions.distributions import chi2_p_value
from echelon.infer.zero.mixture import (
    _counted,
    binomial_weights,
    half_half,
    least_favourable,
    mixed,
    orthant_weights,
    plain,
    psd_weights,
)

RNG = np.random.default_rng(18)


def covariance(size: int) -> NDArray[np.float64]:
    A = RNG.normal(size=(size, size + 2))
    return A @ A.T


def test_half_and_half() -> None:
    mixture = half_half(2)
    assert str(mixture) == "0.5 chi2(1) + 0.5 chi2(2)"
    assert mixture.p_value(4.0) == pytest.approx(
        0.5 * chi2_p_value(4.0, 1) + 0.5 * chi2_p_value(4.0, 2), rel=1e-15
    )
    assert "Stram & Lee" in mixture.definition
    assert "Self & Liang" in half_half(1).definition


def test_a_statistic_of_zero_has_probability_one() -> None:
    for mixture in (plain(2), half_half(1), half_half(3), least_favourable(3)):
        assert mixture.p_value(0.0) == 1.0


def test_a_single_variance_has_half_the_tail() -> None:
    assert half_half(1).p_value(3.0) == pytest.approx(0.5 * chi2_p_value(3.0, 1), rel=1e-15)
    assert str(plain(3)) == "chi2(3)"


def test_weights_of_nothing_are_left_out() -> None:
    mixture = mixed(np.array([0.0, 0.5, 0.5]), 2, "")
    assert (mixture.weights, mixture.degrees) == ((0.5, 0.5), (3, 4))


def test_uncorrelated_variances_are_binomial() -> None:
    for size in (1, 2, 3):
        np.testing.assert_allclose(
            orthant_weights(np.diag(np.arange(1.0, size + 1))), binomial_weights(size), atol=1e-15
        )
    np.testing.assert_allclose(binomial_weights(4) * 16, [1, 4, 6, 4, 1])


@pytest.mark.parametrize("size", [2, 3])
def test_closed_weights_are_those_that_are_counted(size: int) -> None:
    V = covariance(size)
    scale = np.sqrt(np.diag(V))
    counted = _counted(V / np.outer(scale, scale))
    np.testing.assert_allclose(orthant_weights(V), counted, atol=0.01)  # 4 standard errors


def test_four_variances_are_counted_by_projection() -> None:
    """All sixteen faces together hold every draw once, and even and odd weights balance."""
    weights = orthant_weights(covariance(4))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[::2].sum() == pytest.approx(0.5, abs=0.01)


def test_weights_do_not_depend_on_units() -> None:
    V, units = covariance(3), np.diag([1.0, 1e3, 1e-4])
    np.testing.assert_allclose(orthant_weights(units @ V @ units), orthant_weights(V), atol=1e-12)


def test_a_covariance_matrix_of_two() -> None:
    """In the Frobenius metric the weights are 1/2 - sqrt(2)/4 and sqrt(2)/4 (Shapiro 1985)."""
    half = np.sqrt(2) / 4
    expected = [0.5 - half, half, half, 0.5 - half]
    np.testing.assert_allclose(psd_weights(np.diag([1, 0.5, 1])), expected, atol=1e-6)


def test_a_covariance_matrix_of_two_by_simulation() -> None:
    """The last weight is the probability of the cone, the first that of its polar."""
    V = covariance(3)
    weights = psd_weights(V)
    a, b, c = (RNG.multivariate_normal(np.zeros(3), V, 200_000)).T
    assert weights[3] == pytest.approx(((a > 0) & (a * c > b**2)).mean(), abs=0.005)
    y = np.linalg.solve(V, np.array([a, b, c]))
    in_polar = (y[0] < 0) & (y[0] * y[2] > (y[1] / 2) ** 2)
    assert weights[0] == pytest.approx(in_polar.mean(), abs=0.005)
    assert weights.sum() == pytest.approx(1.0)


def test_the_bound_is_never_too_small() -> None:
    bound = least_favourable(3)
    for _ in range(20):
        mixture = mixed(psd_weights(covariance(3)), 0, "")
        for statistic in (0.1, 1.0, 5.0, 20.0):
            assert mixture.p_value(statistic) <= bound.p_value(statistic) + 1e-12
            assert bound.p_value(statistic) < plain(3).p_value(statistic)
