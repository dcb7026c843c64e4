"""Units and origins of a predictor change no likelihood, of no family, and are no cause to warn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.errors import SingularFitWarning

N, GROUPS = 400, 30
RNG = np.random.default_rng(7)
G, X, Z = RNG.integers(0, GROUPS, N), RNG.normal(size=N), RNG.normal(size=N)
SLOPES = 0.3 * RNG.normal(size=GROUPS)[G] * X
ETA = 0.3 + 0.5 * X + 0.6 * RNG.normal(size=GROUPS)[G] + SLOPES
MU, SHARE = np.exp(ETA), 1.0 / (1.0 + np.exp(-ETA))
GRADE = np.searchsorted([-1.0, 0.0, 1.0], ETA + RNG.logistic(size=N))
RESPONSES: dict[str, Any] = {
    "poisson": RNG.poisson(MU),
    "nbinom2": RNG.negative_binomial(2, 2 / (2 + MU)),
    "nbinom1": RNG.negative_binomial(MU, 0.5),
    "binomial": RNG.binomial(1, SHARE),
    "gamma": MU * RNG.gamma(4.0, 0.25, N),
    "inverse_gaussian": RNG.wald(MU, 2.0),
    "beta": RNG.beta(5 * SHARE, 5 * (1 - SHARE)),
    "tweedie": MU * RNG.poisson(1.0, N) * RNG.gamma(3.0, 0.3, N),
    "student": ETA + RNG.standard_t(4, N),
    "lognormal": np.exp(ETA + RNG.normal(size=N)),
    **dict.fromkeys(("cumulative", "adjacent", "continuation"), GRADE),
    "multinomial": np.searchsorted([-1.0, 1.0], ETA + RNG.logistic(size=N)),
}
UNITS: dict[str, Callable[[Any], Any]] = {
    "millionths": lambda x: 1e6 * x,
    "millions": lambda x: 1e-6 * x,
    "years": lambda x: 2000.0 + 3.0 * x,
}
MODELS = ("x + (1 | g)", "x * z + (1 | g)", "x + (x | g)")


@cache
def found(family: str, model: str, unit: str) -> tuple[float, bool, frozenset[str]]:
    """Log likelihood, whether it is certified, and the warnings; none of singular fits.

    A singular multinomial fit in years says that it is flat, which it is not in other units.
    """
    x = UNITS[unit](X) if unit else X
    data = {"y": RESPONSES[family], "x": x, "z": Z, "g": G}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = echelon.fit(f"y ~ {model}", data, family=family)
    kinds = {w.category for w in caught}
    said: frozenset[str] = (
        frozenset() if SingularFitWarning in kinds else frozenset(k.__name__ for k in kinds)
    )
    return fit.log_likelihood, fit.convergence.is_converged, said


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("family", RESPONSES)
def test_units_do_not_matter(family: str, model: str, unit: str) -> None:
    usual, other = found(family, model, ""), found(family, model, unit)
    assert usual[1]
    assert other[1]
    assert other[0] == pytest.approx(usual[0], abs=1e-5)
    assert other[2] == usual[2]
