"""The Hessian in (theta, sigma) against differences of the dense criterion."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine import reference as dense
from echelon.engine.curvature import curvature
from echelon.fit import Fit
from tests.unit.engine.random_designs import fitted


def unprofiled(fit: Fit, psi: np.ndarray) -> float:
    """-2 log likelihood at (theta, sigma), from the dense parts."""
    method = fit.spec.method
    at = dense.evaluate(fit.design, psi[:-1], method)
    m, sigma = dense.degrees(fit.design, method), psi[-1]
    log_weights = np.log(dense.prior_weights(fit.design)).sum()
    value = at.logdet_random + at.pwrss / sigma**2 + m * np.log(2 * np.pi * sigma**2) - log_weights
    return value + (at.logdet_fixed if method == "REML" else 0.0)


def differences(fit: Fit, psi: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Second differences of the dense criterion, (k + 1, k + 1)."""
    k, unit = len(psi), np.diag(h)
    hessian = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            f = [
                unprofiled(fit, psi + a * unit[i] + b * unit[j])
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            hessian[i, j] = hessian[j, i] = (f[0] - f[1] - f[2] + f[3]) / (4 * h[i] * h[j])
    return hessian


def derived(fit: Fit, psi: np.ndarray) -> np.ndarray:
    """What does not depend on the basis of psi: all Sigma, and vcov of the fixed effects."""
    at = dense.evaluate(fit.design, psi[:-1], fit.spec.method)
    templates = dense.templates(fit.design, psi[:-1])
    parts = [(psi[-1] ** 2 * L @ L.T).ravel() for L in templates]
    vcov = psi[-1] ** 2 * np.nan_to_num(at.vcov) / at.sigma**2
    return np.concatenate([*parts, vcov.ravel()])


@pytest.mark.parametrize(
    "name",
    ["no random effects", "intercepts", "slopes, weights", "by ML", "three levels",
     "multiple membership", "compound symmetry"],
)  # fmt: skip
def test_covariance_of_what_is_reported(name: str) -> None:
    """psi may be in another basis (centred columns); Sigma and vcov are not."""
    fit = fitted(name)
    psi = np.append(fit.estimates.theta, fit.estimates.sigma)
    h = 2e-4 * np.maximum(abs(psi), 0.1)
    slopes = np.array(
        [
            (derived(fit, psi + step) - derived(fit, psi - step)) / (2 * step.sum())
            for step in np.diag(h)
        ]
    )
    want = slopes.T @ (2 * np.linalg.inv(differences(fit, psi, 5 * h))) @ slopes
    found = curvature(fit)
    mine = np.concatenate(
        [part.reshape(len(part), -1) for part in (*found.Sigma_slopes, found.vcov_slopes)], axis=1
    )
    spread = mine.T @ found.covariance @ mine
    size = np.sqrt(np.outer(np.diag(want), np.diag(want)))
    size[size == 0] = 1
    # Plain second differences of the dense criterion are good to about 1e-4.
    np.testing.assert_allclose(spread / size, want / size, atol=5e-4)
    assert not found.is_flat


def test_a_far_intercept_does_not_matter() -> None:
    """The year is centred inside; vcov and Sigma depend on psi in the same way."""
    fit = fitted("far from zero")
    found = curvature(fit)
    for slopes, Lambda in zip(found.Sigma_slopes, fit.estimates.Lambdas, strict=True):
        # Scaling sigma scales Sigma: d Sigma / d sigma = 2 Sigma / sigma.
        Sigma = fit.estimates.sigma**2 * Lambda @ Lambda.T
        np.testing.assert_allclose(slopes[-1], 2 * Sigma / fit.estimates.sigma, rtol=1e-6)
