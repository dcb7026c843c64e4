"""Names of coefficients and random effects in sentences."""

from __future__ import annotations

import pytest

from echelon.report.wording.effects import (
    boundary_text,
    coefficient_text,
    effect_text,
    effects_text,
    parts_of,
    split_name,
)
from tests.golden import fits, generalized_fits

PARTS = {"zero": "the zero part"}
CATEGORIES = {"car": "category car", "train": "category train"}


def test_parts_are_those_of_the_model() -> None:
    assert parts_of(fits.sleep()) == {}
    assert parts_of(generalized_fits.multinomial()) == CATEGORIES


@pytest.mark.parametrize(
    ("name", "parts", "expected"),
    [
        ("x", PARTS, ("", "x")),
        ("zero.x", PARTS, ("the zero part", "x")),
        ("zero.x", {}, ("", "zero.x")),
        ("zero.(Intercept)", {}, ("the zero part", "(Intercept)")),
        ("2.(Intercept)", {}, ("category 2", "(Intercept)")),
    ],
)
def test_names_are_parted(name: str, parts: dict[str, str], expected: tuple[str, str]) -> None:
    assert split_name(name, parts) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("(Intercept)", "the intercept"),
        ("zero.(Intercept)", "the intercept of the zero part"),
        ("urban[Y]", "the effect of urban (Y)"),
        ("zero.urban[Y]", "the effect of urban (Y) on the zero part"),
    ],
)
def test_one_effect(name: str, text: str) -> None:
    assert effect_text(name, PARTS) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["(Intercept)"], "intercepts"),
        (["(Intercept)", "days"], "intercepts and slopes of days"),
        (["a", "b"], "slopes of a and b"),
        (["car.(Intercept)", "train.(Intercept)"], "intercepts of categories car and train"),
        (
            ["car.(Intercept)", "car.x", "train.(Intercept)", "train.x"],
            "intercepts and slopes of x of categories car and train",
        ),
    ],
)
def test_a_random_term(names: list[str], text: str) -> None:
    assert effects_text(names, CATEGORIES) == text


@pytest.mark.parametrize(
    ("direction", "text"),
    [
        ("variance of ses | school", "the variance of the slopes of ses by school"),
        (
            "correlation of (Intercept) and ses | school",
            "the correlation of the intercepts and the slopes of ses by school",
        ),
        (
            "a combination of (Intercept), a, b | g",
            "a combination of the intercepts and slopes of a and b by g",
        ),
        ("something else", "something else"),
    ],
)
def test_boundaries(direction: str, text: str) -> None:
    assert boundary_text(direction) == text


def test_one_coefficient() -> None:
    assert coefficient_text("urban[Y]") == "the coefficient of urban[Y]"
    assert coefficient_text("(Intercept)") == "the intercept"
    assert coefficient_text("dispersion.(Intercept)") == "the intercept of the dispersion"
