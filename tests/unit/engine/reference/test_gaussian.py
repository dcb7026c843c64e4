"""The dense twin against sums of squares worked by hand (balanced one-way layout)."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.reference.gaussian import (
    dense_Lambda,
    dense_Z,
    difference_gradient,
    estimable,
    evaluate,
    gradient,
    sum_of_diagonal_blocks,
    templates,
)
from tests.designs import design_of

GROUPS, SIZE = 3, 4
Y = np.array([1.0, 2.0, 3.0, 6.0, 2.0, 2.0, 4.0, 4.0, 8.0, 9.0, 11.0, 12.0])
DATA = {"y": Y, "x": np.tile([-1.0, 0.0, 1.0, 2.0], 3), "g": np.repeat(["a", "b", "c"], 4)}


@pytest.mark.parametrize("theta", [0.0, 0.5, 2.0])
def test_balanced_one_way(theta: float) -> None:
    """Pwrss = within + between / (1 + 4 theta^2); log|M_uu| = 3 log(1 + 4 theta^2)."""
    means = Y.reshape(GROUPS, SIZE).mean(axis=1)
    within = ((Y.reshape(GROUPS, SIZE) - means[:, None]) ** 2).sum()
    between = SIZE * ((means - Y.mean()) ** 2).sum()
    ratio = 1 + SIZE * theta**2

    at = evaluate(design_of("y ~ 1 + (1 | g)", DATA), np.array([theta]), "REML")
    assert at.pwrss == pytest.approx(within + between / ratio, rel=1e-12)
    assert at.logdet_random == pytest.approx(GROUPS * np.log(ratio), abs=1e-12)
    assert at.logdet_fixed == pytest.approx(np.log(len(Y) / ratio), rel=1e-12)
    assert at.beta[0] == pytest.approx(Y.mean(), rel=1e-12)
    assert at.sigma**2 == pytest.approx(at.pwrss / 11, rel=1e-12)
    shrinkage = SIZE * theta**2 / ratio
    np.testing.assert_allclose(at.b, shrinkage * (means - Y.mean()), atol=1e-12)
    assert at.vcov[0, 0] == pytest.approx(at.sigma**2 * ratio / len(Y), rel=1e-12)


def test_gradient_vanishes_at_the_anova_estimate() -> None:
    """REML in a balanced layout: sigma^2 = MSW, sigma_g^2 = (MSB - MSW) / 4."""
    means = Y.reshape(GROUPS, SIZE).mean(axis=1)
    within = ((Y.reshape(GROUPS, SIZE) - means[:, None]) ** 2).sum() / 9
    between = SIZE * ((means - Y.mean()) ** 2).sum() / 2
    theta = np.array([np.sqrt((between - within) / SIZE / within)])
    design = design_of("y ~ 1 + (1 | g)", DATA)
    assert abs(gradient(design, theta, "REML")[0]) < 1e-12
    assert abs(difference_gradient(design, theta, "REML")[0]) < 1e-8
    assert evaluate(design, theta, "REML").sigma ** 2 == pytest.approx(within, rel=1e-12)


def test_templates_repeat_along_the_diagonal() -> None:
    design = design_of("y ~ x + (x | g)", DATA)
    (template,) = templates(design, np.array([1.0, 0.5, 2.0]))
    np.testing.assert_array_equal(template, [[1.0, 0.0], [0.5, 2.0]])
    Lambda = dense_Lambda(design, np.array([1.0, 0.5, 2.0]))
    np.testing.assert_array_equal(Lambda[2:4, 2:4], template)
    assert np.count_nonzero(Lambda) == 3 * GROUPS
    np.testing.assert_array_equal(sum_of_diagonal_blocks(Lambda, 2), GROUPS * template)


def test_membership_spreads_a_row_over_groups() -> None:
    data = {
        "y": Y[:4], "s": ["a", "b", "a", "c"], "t": ["b", "b", "c", "a"],
        "w": [0.25, 0.5, 1.0, 0.75], "v": [0.75, 0.5, 0.0, 0.25],
    }  # fmt: skip
    Z = dense_Z(design_of("y ~ 1 + (1 | mm(s, t, weights=(w, v)))", data))
    expected = [[0.25, 0.75, 0], [0, 1, 0], [1, 0, 0], [0.25, 0, 0.75]]
    np.testing.assert_array_equal(Z, expected)


def test_estimable_keeps_the_first_of_equivalent_columns() -> None:
    x = np.array([1.0, 2.0, 4.0, 7.0])
    X = np.column_stack([np.ones(4), x, 3 * x - 2, np.zeros(4), x**2])
    assert estimable(X).tolist() == [True, True, False, False, True]


def test_modes_by_block() -> None:
    design = design_of("y ~ x + (x | g)", DATA)
    at = evaluate(design, np.array([1.0, 0.5, 2.0]), "ML")
    (modes,) = at.modes(design)
    assert modes.shape == (GROUPS, 2)
    np.testing.assert_array_equal(modes.ravel(), at.b)
