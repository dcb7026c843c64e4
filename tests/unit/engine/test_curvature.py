"""The Hessian in (theta, sigma) against differences of the dense criterion."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon
from echelon.engine.curvature import curvature, delta_variances
from echelon.engine.reference import gaussian as dense
from echelon.fit import Fit
from echelon.infer.components.variance_information import expected_information
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


def groups(n_groups: int, size: int, noise: float) -> dict[str, np.ndarray]:
    """A balanced design, whose residual standard deviation is `noise` times that of the groups."""
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(n_groups), size)
    x = rng.normal(size=len(g))
    effects = rng.normal(size=(2, n_groups))
    y = 1 + x + effects[0, g] + effects[1, g] * x + noise * rng.normal(size=len(g))
    levels = {f"u{i}": rng.normal(size=n_groups)[g] for i in range(3)}
    return {"y": y, "x": x, "g": g} | levels


@pytest.mark.parametrize("text", ["y ~ x + (x | g)", "y ~ x + (x || g)"])
@pytest.mark.parametrize(("noise", "share"), [(1e-2, 1e-6), (1e-4, 1e-3), (1e-6, 0.05)])
def test_an_almost_perfect_fit(text: str, noise: float, share: float) -> None:
    """The covariance of log SDs hardly depends on sigma; only digits are lost.

    With sigma a millionth of the other standard deviations the criterion itself has three digits,
    and with a ten thousandth six; second derivatives have half of them.
    """
    fit = echelon.fit(text, groups(10, 6, noise)).fit
    found, wanted = curvature(fit), expected_information(fit)
    for mine, theirs in zip(found.Sigma_slopes, wanted.Sigma_slopes, strict=True):
        first = np.einsum("kaa,kl,laa->a", mine, found.covariance, mine)
        second = np.einsum("kaa,kl,laa->a", theirs, wanted.covariance, theirs)
        # Observed and expected information agree where the groups' own errors are negligible.
        np.testing.assert_allclose(np.sqrt(first / second), 1, atol=share + noise)


@pytest.mark.parametrize("random", ["(1 | g)", "(x | g)", "(x || g)"])
def test_a_variance_that_the_fixed_effects_take_up_is_flat(random: str) -> None:
    """Three predictors of four groups: the differences between their intercepts are used up."""
    data = groups(4, 8, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = echelon.fit(f"y ~ x + u0 + u1 + u2 + {random}", data).fit
    found = curvature(fit)
    assert found.is_flat
    k = len(found.hessian)
    assert np.isnan(delta_variances(np.eye(k)[:1], found.covariance, found.flat)).all()
    assert np.isfinite(delta_variances(np.eye(k)[-1:], found.covariance, found.flat)).all()
    assert np.isnan(found.known_covariance[0]).all()
    assert np.isfinite(found.known_covariance[-1, -1])
