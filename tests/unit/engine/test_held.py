"""The criterion with a quantity held, against dense minimisation under the constraint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import echelon
from echelon.engine.held import HeldCriterion
from echelon.engine.quantities import Coefficient, Correlation, Quantity, Sigma, StdDev
from echelon.engine.reference import gaussian as dense
from echelon.fit import Fit
from echelon.refit import by_ml
from tests.unit.engine.random_designs import fitted


def ml(name: str) -> Fit:
    return by_ml(fitted(name))


def dense_objective(fit: Fit, quantity: Quantity, value: float) -> Callable[[np.ndarray], float]:
    """-2 log likelihood under the constraint as a function of (theta, log sigma), beta profiled."""
    design = fit.design
    y, w = dense.design_response(design), dense.prior_weights(design)
    Z, X = dense.dense_Z(design), design.X

    def at(theta: np.ndarray, sigma: float) -> float:
        U = Z @ dense.dense_Lambda(design, theta)
        V = U @ U.T + np.diag(1 / w)
        inverse = np.linalg.inv(V)
        rest, columns = y, X
        if isinstance(quantity, Coefficient):
            rest = y - X[:, quantity.position] * value
            columns = np.delete(X, quantity.position, axis=1)
        beta = np.linalg.solve(columns.T @ inverse @ columns, columns.T @ inverse @ rest)
        e = rest - columns @ beta
        spread = e @ inverse @ e / sigma**2 + len(y) * np.log(2 * np.pi * sigma**2)
        return float(np.linalg.slogdet(V)[1] + spread)

    def objective(psi: np.ndarray) -> float:
        theta, sigma = psi[:-1].copy(), float(np.exp(psi[-1]))
        template = dense.templates(design, theta)
        match quantity:
            case Sigma():
                sigma = value
            case StdDev(block, row):
                sigma = value / float(np.linalg.norm(template[block][row]))
            case Correlation():  # one block of two effects: theta = (L11, L21, L22)
                length = np.hypot(theta[1], theta[2])
                theta[1:] = value * length, np.sqrt(1 - value**2) * length
            case _:
                pass
        return at(theta, sigma)

    return objective


def check_minimum(
    fit: Fit, quantity: Quantity, value: float, found: float, theta: np.ndarray
) -> None:
    """The dense criterion has that value there, and no slope."""
    objective = dense_objective(fit, quantity, value)
    sigmas = np.log(fit.estimates.sigma) + np.linspace(-0.5, 0.5, 7)
    values = [objective(np.append(theta, s)) for s in sigmas]
    log_sigma = sigmas[0]
    if max(values) - min(values) > 1e-9:  # sigma is free: find it
        log_sigma = minimize_scalar(
            lambda s: objective(np.append(theta, s)), bounds=(sigmas[0], sigmas[-1]),
            method="bounded", options={"xatol": 1e-10},
        ).x  # fmt: skip
    psi = np.append(theta, log_sigma)
    assert found == pytest.approx(objective(psi), abs=1e-6)
    for i in range(len(theta)):
        step = np.zeros(len(psi))
        step[i] = 1e-4
        near = objective(psi + step) - objective(psi - step)
        far = objective(psi + 2 * step) - objective(psi - 2 * step)
        slope = (8 * near - far) / 12e-4
        assert abs(slope) < 2e-4


@pytest.mark.parametrize(
    ("name", "quantity", "factor"),
    [
        ("slopes", Coefficient(1), 1.5),
        ("slopes", Sigma(), 1.1),
        ("slopes", StdDev(0, 1), 1.4),
        ("independent slopes", StdDev(0, 1), 0.6),
        ("crossed", StdDev(1, 0), 1.3),
    ],
)
def test_constrained_minimum(name: str, quantity: Quantity, factor: float) -> None:
    fit = ml(name)
    match quantity:
        case Coefficient(position):
            estimate = float(fit.estimates.beta[position])
        case Sigma():
            estimate = fit.estimates.sigma
        case StdDev(block, row):
            estimate = fit.estimates.sigma * float(
                np.linalg.norm(fit.estimates.Lambdas[block][row])
            )
        case _:
            raise AssertionError
    held = HeldCriterion(fit, quantity)
    at_estimate, theta = held.at(estimate, held.start)
    assert at_estimate == pytest.approx(fit.estimates.objective, abs=1e-7)
    moved, theta = held.at(factor * estimate, theta)
    assert moved > fit.estimates.objective
    check_minimum(fit, quantity, factor * estimate, moved, theta)


@pytest.mark.parametrize("value", [-0.6, 0.0, 0.9, 1.0])
def test_correlation_held(value: float) -> None:
    fit = ml("slopes")
    held = HeldCriterion(fit, Correlation(0, 1, 0))
    found, theta = held.at(value, held.start)
    assert theta[1] == pytest.approx(value * np.hypot(theta[1], theta[2]))
    check_minimum(fit, Correlation(0, 1, 0), value, found, theta)


def test_a_standard_deviation_of_zero_is_the_model_without_the_effect() -> None:
    fit = ml("slopes")
    held = HeldCriterion(fit, StdDev(0, 1))
    found, _ = held.at(0.0, held.start)
    without = dense.evaluate(fit.design, np.array([0.0, 0.0, 0.0]), "ML")
    assert found < without.objective
    assert found > fit.estimates.objective


@pytest.mark.parametrize("seed", [7, 27, 41])
@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_what_is_left_beside_a_variance_of_zero_does_not_end_at_zero_itself(seed: int) -> None:
    """One standard deviation is left: a first step as long as the start once led to zero."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(15), 8)
    x = rng.normal(size=120) + 0.7
    intercepts = 0.35 * rng.normal(size=15)[g]
    y = x + intercepts + 0.3 * x * rng.normal(size=15)[g] + rng.normal(size=120)
    data = {"y": y, "x": x, "g": g}
    fit = echelon.fit("y ~ x + (x || g)", data, method="ML").fit
    for row, left in ((1, "(1 | g)"), (0, "(0 + x | g)")):
        held = HeldCriterion(fit, StdDev(0, row))
        found, _ = held.at(0.0, held.start)
        alone = echelon.fit(f"y ~ x + {left}", data, method="ML").fit
        assert found == pytest.approx(alone.estimates.objective, abs=1e-7)


@pytest.mark.parametrize("name", ["compound symmetry", "autoregressive", "heterogeneous"])
def test_structures_that_are_not_linear(name: str) -> None:
    fit = ml(name)
    Lambda = fit.estimates.Lambdas[0]
    std_devs = fit.estimates.sigma * np.linalg.norm(Lambda, axis=1)
    covariance = fit.estimates.sigma**2 * Lambda @ Lambda.T
    correlation = float(covariance[1, 0] / (std_devs[0] * std_devs[1]))
    for quantity, value in (
        (StdDev(0, 0), float(std_devs[0])),
        (Correlation(0, 1, 0), correlation),
        (Sigma(), fit.estimates.sigma),
    ):
        held = HeldCriterion(fit, quantity)
        found, _ = held.at(value, held.start)
        assert found == pytest.approx(fit.estimates.objective, abs=1e-5)
        moved, _ = held.at(0.7 * value, held.start)
        assert moved > fit.estimates.objective - 1e-6
