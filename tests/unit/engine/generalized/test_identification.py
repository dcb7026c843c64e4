"""Flat directions and families at their limits, by name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.engine.generalized.identification import flat_direction, limit_reached
from echelon.errors import EchelonWarning
from echelon.fit import Fit

N = 200
RNG = np.random.default_rng(8)
G = np.arange(N) % 20
X, Z = RNG.normal(size=N), RNG.normal(size=N)
U = RNG.normal(size=20)[G]
COUNTS = RNG.poisson(np.exp(0.5 + 0.3 * X + 0.5 * U)).astype(float)
FLAT_COUNTS = np.full(N, 3.0) + np.arange(N) % 2


def fitted(formula: str, data: dict[str, Any], **options: Any) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return ec.fit(formula, {"x": X, "z": Z, "g": G} | data, **options).fit


def test_a_sound_fit_has_neither() -> None:
    fit = fitted("y ~ x + (1 | g)", {"y": COUNTS}, family="poisson")
    assert flat_direction(fit.design, fit.spec, fit.estimates) is None
    assert limit_reached(fit.design, fit.spec, fit.estimates) is None


def test_nearly_collinear_predictors_are_named() -> None:
    fit = fitted("y ~ x + w + (1 | g)", {"y": COUNTS, "w": X + 3e-5 * Z}, family="poisson")
    found = flat_direction(fit.design, fit.spec, fit.estimates)
    assert found is not None
    assert found.names == ("x", "w")
    assert found.eigenvalue < 1e-8


def test_an_information_without_inverse_is_looked_into() -> None:
    fit = fitted("y ~ x + (1 | g)", {"y": X - 5.0}, family="gaussian", link="log")
    assert np.isnan(fit.estimates.vcov).all()
    found = flat_direction(fit.design, fit.spec, fit.estimates)
    assert found is not None
    assert found.names
    assert not found.eigenvalue > 1e-9


@pytest.mark.parametrize(
    ("family", "y", "simpler"),
    [
        ("nbinom2", FLAT_COUNTS, "family='poisson'"),
        ("nbinom1", FLAT_COUNTS, "family='poisson'"),
        ("student", X + Z, "family='gaussian'"),
        ("tweedie", np.exp(0.3 * X + 0.4 * Z), "family='gamma'"),
    ],
)
def test_a_family_at_its_limit_names_the_simpler_one(family: str, y: Any, simpler: str) -> None:
    fit = fitted("y ~ x", {"y": y}, family=family)
    found = limit_reached(fit.design, fit.spec, fit.estimates)
    assert found is not None
    assert found.simpler == simpler


def test_a_zero_part_without_zeros_of_its_own() -> None:
    y = np.array([0.0, 1.0, 2.0, 3.0, 2.0])[np.arange(N) % 5]
    fit = fitted("y ~ 1", {"y": np.where(np.arange(N) == 0, 0.0, 1.0 + y)},
                 family="poisson", zero="~ 1")  # fmt: skip
    found = limit_reached(fit.design, fit.spec, fit.estimates)
    assert found is not None
    assert (found.name, found.simpler) == ("zero.(Intercept)", "leave zero= out")


def test_trials_all_alike() -> None:
    data = {"y": 7.0 * (X > Z), "tried": np.full(N, 7.0)}
    fit = fitted("y / tried ~ 1", data, family="betabinomial")
    found = limit_reached(fit.design, fit.spec, fit.estimates)
    assert found is not None
    assert found.fact == "all trials of a row alike"
