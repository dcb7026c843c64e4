"""From an observed ICC to that of the logit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from echelon.measure.latent_scale import LOGISTIC_VARIANCE, latent_icc


def observed(mean: float, std_dev: float) -> tuple[float, float]:
    """Observed ICC and prevalence of logits mean + std_dev z, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    p = 1 / (1 + np.exp(-(mean + std_dev * nodes)))
    weights = weights / weights.sum()
    prevalence = float(weights @ p)
    return float(weights @ (p - prevalence) ** 2) / (prevalence * (1 - prevalence)), prevalence


@pytest.mark.parametrize("mean", [0.0, -0.4, 1.5, -4.0, 6.0])
@pytest.mark.parametrize("std_dev", [0.05, 0.5, 1.3, 3.0])
def test_it_undoes_the_logistic_normal(mean: float, std_dev: float) -> None:
    expected = std_dev**2 / (std_dev**2 + LOGISTIC_VARIANCE)
    assert latent_icc(*observed(mean, std_dev)) == pytest.approx(expected, rel=1e-6)


def test_small_ones_follow_the_delta_method() -> None:
    variance = 1e-4 / (0.3 * 0.7)
    assert latent_icc(1e-4, 0.3) == pytest.approx(variance / LOGISTIC_VARIANCE, rel=1e-3)


def test_limits() -> None:
    assert latent_icc(0.0, 0.4) == 0
    assert latent_icc(1.0, 0.4) == 1
    assert math.isnan(latent_icc(float("nan"), 0.4))


@pytest.mark.parametrize("prevalence", [1e-12, 1e-9, 1e-4, 0.5, 1 - 1e-6])
def test_extreme_prevalences_stay_finite_and_rise(prevalence: float) -> None:
    found = [latent_icc(icc, prevalence) for icc in (1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999)]
    assert found == sorted(found)
    assert 0 < found[0] < found[3] <= found[-1] <= 1
