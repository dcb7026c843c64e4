"""Profile-likelihood intervals against lme4, and our own limits against the definition.

lme4 reads its limits off a spline through the points of its trace, some of them far apart; ours
are solved for. At ours the criterion of the dense second implementation, minimised by scipy, has
risen by the chi-square quantile to 1e-6; at lme4's it is off by up to 1.3e-3 (`lmm_pastes_nested`,
upper limit of the standard deviation of casks: 4.05359 where it is 4.05381).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize

import echelon as ec
from echelon._types import FloatArray
from echelon.engine.quantities import Coefficient, Correlation, Quantity, Sigma, StdDev
from echelon.engine.reference import gaussian as dense
from echelon.infer.components.parameters import parameters
from echelon.infer.components.profile import Profile, profile
from tests.reference.case import NAMES, load
from tests.reference.names import coefficient

CASES = [name for name in NAMES if "profile_ci" in load(name).extra]
QUANTILE = 3.841458820694124  # qchisq(0.95, 1)
SPLINE = 3e-5  # of the width of the interval
WORSE_SPLINE = {"lmm_pastes_nested_ml": 1.2e-4, "lmm_pastes_nested_reml": 1.2e-4}


@cache
def profiled(name: str) -> Profile:
    case = load(name)
    return profile(ec.fit(case["formula"], case.frame(), **case.options).fit)


def name_of_theirs(ours: str) -> str:
    """lme4 writes the inner factor of a nested pair first."""
    for our_group, their_group in (
        ("Machine:Worker", "Worker:Machine"),
        ("Worker:Machine", "Worker:Machine"),
        ("batch:cask", "cask:batch"),
    ):
        ours = ours.replace(f"|{our_group}", f"|{their_group}")
    return coefficient(ours)


@pytest.mark.parametrize("name", CASES)
def test_limits_of_lme4(name: str) -> None:
    wanted = load(name).extra["profile_ci"]["ci"]
    found = profiled(name)
    ours = [name_of_theirs(trace.parameter) for trace in found.traces]
    assert sorted(ours) == sorted(wanted)
    for parameter, limits in zip(ours, found.limits, strict=True):
        theirs = np.array([wanted[parameter]["lower"], wanted[parameter]["upper"]])
        width = theirs[1] - theirs[0]
        np.testing.assert_allclose(limits, theirs, atol=WORSE_SPLINE.get(name, SPLINE) * width)


@pytest.mark.parametrize(
    "name",
    [
        "lmm_dyestuff_ml",
        pytest.param("lmm_pastes_nested_ml", marks=pytest.mark.slow),
        pytest.param("lmm_sleep_slope_ml", marks=pytest.mark.slow),
    ],
)
def test_the_dense_criterion_rises_by_the_quantile(name: str) -> None:
    """Minimised under the constraint by another program from another start: scipy's, n x n."""
    found = profiled(name)
    lowest = dense.marginal_objective(found.fit.design, found.fit.estimates.theta, "ML")
    for parameter, limits in zip(parameters(found.fit), found.limits, strict=True):
        assert parameter.quantity is not None
        for limit in limits:
            if limit == 0:
                continue  # the end of the parameter space, where it rises by less
            top = constrained(found, parameter.quantity, float(limit))
            assert top - lowest == pytest.approx(QUANTILE, abs=1e-6)


def constrained(found: Profile, quantity: Quantity, value: float) -> float:
    """Minimise -2 log likelihood over (theta, log sigma) with the quantity at a value."""
    design, estimates = found.fit.design, found.fit.estimates
    y, X, Z = dense.design_response(design), design.X, dense.dense_Z(design)
    if isinstance(quantity, Coefficient):
        y = y - X[:, quantity.position] * value
        X = np.delete(X, quantity.position, axis=1)

    def objective(psi: FloatArray) -> float:
        theta, sigma = psi[:-1].copy(), float(np.exp(psi[-1]))
        match quantity:
            case Sigma():
                sigma = value
            case Correlation():
                length = np.hypot(theta[1], theta[2])
                theta[0] = abs(theta[0])
                theta[1:] = value * length, np.sqrt(1 - value**2) * length
            case StdDev(block, row):
                sigma = value / float(np.linalg.norm(dense.templates(design, theta)[block][row]))
            case _:
                pass
        U = Z @ dense.dense_Lambda(design, theta)
        V = U @ U.T + np.eye(len(y))
        factor = np.linalg.cholesky(V)
        both = np.linalg.solve(factor, np.column_stack([X, y]))
        rest = both[:, -1]
        if X.shape[1]:
            rest = rest - both[:, :-1] @ np.linalg.lstsq(both[:, :-1], rest, rcond=None)[0]
        spread = float(rest @ rest) / sigma**2 + len(y) * np.log(2 * np.pi * sigma**2)
        return float(2 * np.log(np.diagonal(factor)).sum() + spread)

    start = np.append(np.where(estimates.theta == 0, 0.3, estimates.theta), np.log(estimates.sigma))
    options = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4_000, "maxfev": 4_000}
    best = minimize(objective, start, method="Nelder-Mead", options=options)
    again = minimize(objective, best.x, method="Nelder-Mead", options=options)
    return float(again.fun)
