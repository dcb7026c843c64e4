"""Curves and lines."""

from __future__ import annotations

import pytest

from tests.unit.check.model_cases import (
    clean,
    curved,
    curved_steps,
    curved_with_product,
    finding,
    names,
)


def test_a_curve() -> None:
    found = finding(curved, "linearity", "x")
    data = curved()[1]
    # A parabola 0.3 x^2 of a standard normal x has the standard deviation 0.3 sqrt(2).
    assert found.value == pytest.approx(0.3 * 2**0.5 / data["y"].std(), rel=0.15)
    assert found.verdict == "act"
    assert found.facts["formula"] == "y ~ ns(x, df = 3) + z + (1 | g)"
    assert finding(curved, "linearity", "z").verdict == "fine"


def test_few_values_take_a_parabola() -> None:
    found = finding(curved_steps, "linearity")
    assert found.verdict == "act"
    assert found.facts["formula"] == "y ~ poly(t, 2) + (1 | g)"


def test_a_product_keeps_the_line() -> None:
    found = finding(curved_with_product, "linearity", "x")
    assert found.facts["formula"] == "y ~ x + z + I(cgm(x)^2) + x:z + (1 | g)"


def test_lines() -> None:
    assert {finding(clean, "linearity", name).verdict for name in "xzw"} == {"fine"}


def test_a_curve_in_the_model_is_left_alone() -> None:
    data = curved()[1]
    assert "linearity" not in names(lambda: ("y ~ x + I(x^2) + (1 | g)", data, {}))
    assert "linearity" not in names(lambda: ("y ~ ns(x, df = 3) + (1 | g)", data, {}))
