"""Simpler models from cross-products: the same as fitting them to the rows."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.errors import NotEstimableError, SingularFitWarning
from echelon.fit import Fit
from echelon.measure.null_model import intercepts_model, is_null, null_formula, null_model

RNG = np.random.default_rng(2)
N = 240
CODES = np.arange(N) // 8
X = RNG.normal(size=N)
DATA = {
    "x": X, "g": CODES, "h": RNG.integers(0, 7, N), "w": RNG.uniform(0.5, 2, N),
    "f": np.array(list("abc"))[np.arange(N) % 3],
    "y": 5 + X * (1 + RNG.normal(size=30)[CODES]) + RNG.normal(size=30)[CODES]
    + RNG.normal(size=(30, 3))[CODES, np.arange(N) % 3] + RNG.normal(size=N),
}  # fmt: skip


def fit_of(formula: str, **options: Any) -> Fit:
    """Fit; whether a null model is singular is not the question here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return echelon.fit(formula, DATA, **options).fit


def without_rows(fit: Fit) -> Fit:
    return replace(fit, design=replace(fit.design, y=np.empty(0)))


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("y ~ x + (x | g)", {}),
        ("y ~ x * f + (x || g) + (1 | h)", {"method": "ML"}),
        ("y ~ x + (x | g)", {"weights": "w"}),
        ("y ~ x + (1 | g)", {"offset": "2 * x"}),
        ("y ~ 0 + f + (0 + f | g)", {}),
        ("y ~ x", {}),
    ],
)
def test_equal_to_the_fit_of_its_formula(formula: str, options: dict[str, object]) -> None:
    fit = fit_of(formula, **options)
    ours = null_model(fit, "a test")
    again = fit_of(null_formula(fit), **options)
    assert ours.estimates.objective == pytest.approx(again.estimates.objective, rel=1e-12)
    assert ours.estimates.sigma == pytest.approx(again.estimates.sigma, rel=1e-9)
    assert ours.estimates.beta == pytest.approx(again.estimates.beta, rel=1e-9)
    assert is_null(ours)
    assert null_model(ours, "a test") is ours


def test_slopes_taken_away() -> None:
    ours = intercepts_model(fit_of("y ~ x * f + (x | g)"), "a test")
    again = fit_of("y ~ x * f + (1 | g)")
    assert ours.estimates.objective == pytest.approx(again.estimates.objective, rel=1e-12)
    assert ours.estimates.beta == pytest.approx(again.estimates.beta, rel=1e-9)
    assert intercepts_model(again, "a test") is again


def test_rows_are_read_only_where_an_intercept_is_missing() -> None:
    null_model(without_rows(fit_of("y ~ x + (x | g)")), "a test")
    with pytest.raises(NotEstimableError) as refusal:
        null_model(without_rows(fit_of("y ~ x + (0 + x | g)")), "r_squared()")
    assert refusal.value.slug == "fit-without-rows"
    assert refusal.value.where == "r_squared()"
