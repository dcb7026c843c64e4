"""Variance components."""

from __future__ import annotations

import math

import numpy as np
import pytest

from echelon.design.covariance import structure
from echelon.infer.components.variances import has_covariances, variance_components
from tests.golden import fits


def test_rows_in_order() -> None:
    table = variance_components(fits.school())
    names = ("grouping", "term_1", "term_2")
    assert list(zip(*(table[name] for name in names), strict=True)) == [
        ("school", "(Intercept)", ""),
        ("school", "ses", ""),
        ("school", "ses", "(Intercept)"),
        ("school:class", "(Intercept)", ""),
        ("residual", "", ""),
    ]


def test_values_are_in_units_of_the_response() -> None:
    """Lambda = [[0.9667, 0], [0.0152, 0.2309]], sigma = 25.5918."""
    table = variance_components(fits.sleep())
    sigma = 25.5918
    joint = 0.9667 * 0.0152
    expected = [0.9667**2, 0.0152**2 + 0.2309**2, joint, 1.0]
    assert table["variance"] == pytest.approx(sigma**2 * np.array(expected))
    assert table["std_dev"][[0, 1, 3]] == pytest.approx(np.sqrt(table["variance"][[0, 1, 3]]))
    assert math.isnan(table["std_dev"][2])
    assert table["correlation"][2] == pytest.approx(0.0152 / math.hypot(0.0152, 0.2309))
    assert np.isnan(table["correlation"][[0, 1, 3]]).all()


def test_three_effects_have_three_covariances_row_by_row() -> None:
    data = {name: np.arange(60.0) % (3 + k) for k, name in enumerate("yab")} | {
        "g": np.arange(60) // 6
    }
    fit = fits.hand_set("y ~ 1 + (a + b | g)", data, [0], [1], [np.tril(np.ones((3, 3)))], 1.0)
    table = variance_components(fit)
    assert list(zip(table["term_1"][3:6], table["term_2"][3:6], strict=True)) == [
        ("a", "(Intercept)"),
        ("b", "(Intercept)"),
        ("b", "a"),
    ]
    assert table["variance"].tolist() == [1, 2, 3, 1, 1, 2, 1]


def test_a_correlation_with_nothing_is_not_a_number() -> None:
    table = variance_components(fits.troubled())
    assert table["variance"][2] == 0.0
    assert math.isnan(table["correlation"][2])


def test_a_perfect_correlation_is_never_more_than_one() -> None:
    data = {"y": np.arange(60.0), "x": np.arange(60.0) % 7, "g": np.arange(60) // 6}
    for slope in np.linspace(-0.9, 0.9, 50):
        factor = [[0.1, 0], [slope, 0]]
        fit = fits.hand_set("y ~ x + (x | g)", data, [0, 0], [1, 1], [factor], 0.7)
        correlation = variance_components(fit)["correlation"][2]
        assert correlation == pytest.approx(np.sign(slope))
        assert abs(correlation) <= 1


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("us", 2, True), ("us", 1, False), ("diag", 3, False), ("id", 3, False),
        ("cs", 3, True), ("ar1", 2, True),
    ],
)  # fmt: skip
def test_structures_with_covariances(name: str, size: int, expected: bool) -> None:
    assert has_covariances(structure(name, size)) is expected


def test_no_random_effects() -> None:
    assert variance_components(fits.no_groups())["grouping"].tolist() == ["residual"]
