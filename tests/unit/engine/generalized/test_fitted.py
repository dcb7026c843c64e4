"""A generalized workspace placed at a finished fit."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.engine.generalized.fitted import generalized_at

ROWS = np.arange(120)
DATA = {
    "g": ROWS // 6,
    "x": ROWS % 6 - 2.5,
    "n": (ROWS * ROWS * 5 % 11) * (ROWS % 3 > 0) + ROWS // 6 % 4,
}


@pytest.mark.parametrize("points", [1, 7])
def test_the_criterion_and_the_modes_are_those_of_the_fit(points: int) -> None:
    fit = ec.fit("n ~ x + (1 | g)", DATA, family="poisson", quadrature=points).fit
    workspace, coefficients = generalized_at(fit)
    np.testing.assert_array_equal(coefficients, fit.estimates.beta)
    again = workspace.objective(coefficients, fit.estimates.Lambdas)
    assert again == pytest.approx(fit.estimates.objective, rel=1e-12)
    slopes, _ = workspace.gradient()
    np.testing.assert_allclose(slopes, 0.0, atol=1e-3)
    (u,), (Lambda,) = workspace.modes(), fit.estimates.Lambdas
    np.testing.assert_allclose(u @ Lambda.T, fit.estimates.modes[0], atol=1e-7)


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_coefficients_not_estimated_are_zero() -> None:
    fit = ec.fit("n ~ x + I(2 * x) + (1 | g)", DATA, family="poisson").fit
    _, coefficients = generalized_at(fit)
    assert coefficients[2] == 0.0
    assert np.isnan(fit.estimates.beta[2])
