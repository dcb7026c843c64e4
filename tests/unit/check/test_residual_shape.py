"""Skewness, tails and outlying rows: triggered by them, not by clean or by huge data."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.diagnosis import diagnose
from tests.unit.check.shape_cases import finding

NAMES = ("residual_skewness", "residual_tails", "outlying_rows")


@pytest.mark.parametrize("name", NAMES)
def test_clean(name: str) -> None:
    assert finding("clean", name).verdict == "fine"
    assert finding("clean slopes", name).verdict == "fine"


@pytest.mark.parametrize(("case", "sign"), [("skewed", 1), ("skewed down", -1)])
def test_skewness(case: str, sign: int) -> None:
    found = finding(case, "residual_skewness")
    assert found.verdict == "act"
    assert 1 < sign * found.value < 2.5
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_heavy_tails() -> None:
    found = finding("heavy", "residual_tails")
    assert found.verdict == "act"
    assert found.facts["share_beyond"] > 2 * found.facts["expected"]
    assert found.facts["expected"] == pytest.approx(0.0027, abs=1e-5)


def test_light_tails_deserve_a_look_at_most() -> None:
    found = finding("light", "residual_tails")
    assert (found.verdict, found.value < -1) == ("look", True)


def test_outlying_rows_are_named() -> None:
    found = finding("far rows", "outlying_rows")
    assert found.verdict == "act"
    assert set(found.facts["rows"]) == {5, 123}
    assert found.facts["n_rows"] == 2


def test_rows_are_those_of_the_table() -> None:
    data = {name: list(values) for name, values in _far().items()}
    data["x"][0] = None
    fit = ec.fit("y ~ x + (1 | g)", data).fit
    found = {f.name: f for f in diagnose(fit).findings["Level-1 residuals"]}["outlying_rows"]
    assert found.facts["rows"] == (50,)
    assert not found.facts["has_subset"]


def _far() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    y = rng.standard_normal(200)
    y[50] = 12
    return {"y": y, "x": rng.standard_normal(200), "g": np.arange(200) % 20}


def test_with_huge_n_the_effect_size_decides() -> None:
    rng = np.random.default_rng(2)
    n = 200_000
    g = np.arange(n) % 100
    y = rng.standard_normal(100)[g] + rng.gamma(1600.0, size=n) / 40
    fit = ec.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}).fit
    found = {f.name: f for f in diagnose(fit, topics=("Level-1 residuals",)).findings[
        "Level-1 residuals"
    ]}["residual_skewness"]  # fmt: skip
    assert found.value == pytest.approx(0.05, abs=0.02)
    assert found.p_value is not None
    assert found.p_value < 1e-8
    assert found.verdict == "fine"


def test_five_rows_have_no_shape() -> None:
    fit = ec.fit("y ~ 1", {"y": [1.0, 2.0, 4.0, 3.0, 9.0]}).fit
    assert not diagnose(fit, topics=("Level-1 residuals",)).findings["Level-1 residuals"]
