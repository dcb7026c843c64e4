"""Residuals that fan out along fitted values or a predictor."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check import diagnose
from tests.unit.check.shape_cases import CASES, finding


def test_fanning_along_a_predictor() -> None:
    found = finding("fanning", "variance_along_predictor", "x")
    assert found.verdict == "act"
    assert found.value > 2


def test_fanning_along_fitted_values() -> None:
    found = finding("fanning fitted", "variance_along_fitted")
    assert found.verdict == "act"
    assert found.value > 2


@pytest.mark.parametrize("about", ["x", "t"])
def test_even_along_predictors(about: str) -> None:
    assert finding("clean", "variance_along_predictor", about).verdict == "fine"


def test_even_along_fitted_values() -> None:
    assert finding("clean", "variance_along_fitted").verdict == "fine"
    assert finding("clean counts", "variance_along_fitted").verdict == "fine"


def test_the_value_is_the_ratio_of_the_outer_thirds() -> None:
    _, data, _ = CASES["fanning"]()
    x, y = data["x"], data["y"]
    fit = ec.fit("y ~ x", {"x": x, "y": y}).fit
    found = {f.name: f for f in diagnose(fit, topics=("Level-1 residuals",)).findings[
        "Level-1 residuals"
    ]}["variance_along_predictor"]  # fmt: skip
    X = np.column_stack([np.ones(len(x)), x])
    H = X @ np.linalg.pinv(X)
    e = (y - H @ y) / np.sqrt(1 - np.diag(H))
    low, high = x <= np.quantile(x, 1 / 3), x >= np.quantile(x, 2 / 3)
    assert found.value == pytest.approx(np.sqrt((e[high] ** 2).mean() / (e[low] ** 2).mean()))


def test_a_predictor_of_zeros_and_ones() -> None:
    rng = np.random.default_rng(1)
    x = (rng.random(300) < 0.2).astype(float)
    y = x + rng.standard_normal(300) * (1 + 2 * x)
    fit = ec.fit("y ~ x", {"x": x, "y": y}).fit
    found = {f.name: f for f in diagnose(fit, topics=("Level-1 residuals",)).findings[
        "Level-1 residuals"
    ]}["variance_along_predictor"]  # fmt: skip
    assert (found.facts["n_low"], found.facts["n_high"]) == ((x == 0).sum(), (x == 1).sum())
    assert found.verdict == "act"


def test_outcomes_of_two_values_do_not_fan_out() -> None:
    assert not [
        f
        for f in diagnose(
            ec.fit("use ~ age + (1 | district)", "contraception", family="binomial").fit,
            topics=("Level-1 residuals",),
        ).findings["Level-1 residuals"]
        if f.name.startswith("variance")
    ]
