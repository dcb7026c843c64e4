"""Derivatives of encoded rows against differences of the rows themselves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.design.derivatives import row_derivatives
from echelon.design.profile import encode_grid, grid_scope
from echelon.design.recipe import Recipe
from echelon.errors import DesignError

STEP = 1e-3
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def _frame() -> pl.DataFrame:
    rng = np.random.default_rng(4)
    n = 80
    return pl.DataFrame(
        {
            "x": rng.uniform(0.5, 3.0, n),
            "z": rng.normal(size=n),
            "f": rng.choice(["a", "b", "c"], n),
            "g": np.repeat(np.arange(20), 4),
            "y": rng.normal(size=n) + np.repeat(3.0 * rng.normal(size=20), 4),
        }
    )


def _recipe(fixed: str) -> Recipe:
    return ec.fit(f"y ~ {fixed} + (1 | g)", _frame()).fit.design.recipe


def _points(recipe: Recipe) -> dict[str, np.ndarray]:
    middle = {"x": [0.9, 1.7, 2.6], "z": [-0.4, 0.1, 0.8], "f": [0, 1, 2]}
    at = {p.name: middle.get(p.name, [0.2, 0.5, -0.3]) for p in recipe.profiles}
    return {name: np.array(values) for name, values in at.items()}


def _differences(recipe: Recipe, name: str) -> np.ndarray:
    """Differentiate by differences of fourth order: exact for cubics but for rounding."""
    total = 0.0
    for ahead, weight in STENCIL:
        values = _points(recipe)
        values[name] = values[name] + ahead * STEP
        total = total + weight / STEP * np.column_stack(encode_grid(recipe, values).fixed_columns)
    return total


@pytest.mark.parametrize(
    "fixed",
    [
        "x",
        "x * f",
        "f:x - 1",
        "x * z * f",
        "poly(x, 3) * z",
        "poly(x, 2, raw=TRUE)",
        "bs(x, df=5)",
        "ns(x, df=3) * f",
        "scale(x) * center(z)",
        "cgm(x)",
        "log(x) + z:log10(x)",
        "f:log2(x)",
        "log1p(x) + exp(x) + sqrt(x) + abs(x)",
        "I(x^2) + I(2^x) + I(x^z) + I(-x / (1 + x * z)) + I(x * z - 3 / x)",
        "scale(log(x)):z + I(scale(x)^2)",
        "x * cwc(z, g) + gm(z, g)",
        "z",
    ],
)
def test_agrees_with_differences(fixed: str) -> None:
    recipe = _recipe(fixed)
    name = "x" if "x" in fixed else "z"
    found = row_derivatives(recipe, grid_scope(recipe, _points(recipe)), name)
    np.testing.assert_allclose(found, _differences(recipe, name), rtol=1e-8, atol=1e-9)


def test_a_call_that_depends_on_other_rows_is_a_variable_of_its_own() -> None:
    recipe = _recipe("x * cwc(z, g) + gm(z, g)")
    scope = grid_scope(recipe, _points(recipe))
    for name in ("cwc(z, g)", "gm(z, g)"):
        found = row_derivatives(recipe, scope, name)
        np.testing.assert_allclose(found, _differences(recipe, name), rtol=1e-8, atol=1e-9)


def test_group_means_stay_with_one_member_and_follow_the_group() -> None:
    recipe = _recipe("cwc(z, g) + gm(z, g)")  # columns: 1, cwc, gm
    scope = grid_scope(recipe, _points(recipe))
    np.testing.assert_array_equal(row_derivatives(recipe, scope, "z")[0], [0, 1, 0])
    moved = row_derivatives(recipe, scope, "z", with_group=True)
    np.testing.assert_array_equal(moved[0], [0, 0, 1])


def test_natural_splines_go_on_as_lines_beyond_the_data() -> None:
    recipe = _recipe("ns(x, df=3)")
    inside = row_derivatives(recipe, grid_scope(recipe, {"x": np.array([5.0, 9.0])}), "x")
    np.testing.assert_array_equal(inside[0], inside[1])


def test_a_step_is_flat_and_categories_have_no_slope() -> None:
    recipe = _recipe("x + f")
    with pytest.raises(DesignError) as caught:
        row_derivatives(recipe, grid_scope(recipe, _points(recipe)), "f")
    assert caught.value.slug == "slope-of-categories"
    recipe = _recipe("I(x * (z > 0))")
    found = row_derivatives(recipe, grid_scope(recipe, _points(recipe)), "z")
    np.testing.assert_array_equal(found, 0.0)
