"""What a recipe remembers of each raw variable, and rows made up from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.design.profile import encode_grid
from echelon.design.recipe import CategoryProfile, NumberProfile, Recipe

RNG = np.random.default_rng(8)
N = 120
DATA: dict[str, Any] = {
    "y": RNG.normal(size=N),
    "x": RNG.uniform(1, 5, size=N),
    "two": RNG.integers(0, 2, size=N),
    "dose": np.repeat([1.0, 2.5, 4.0], N // 3),
    "arm": np.tile(["a", "b", "c", "d"], N // 4),
    "school": np.tile(np.arange(10), N // 10),
    "w": RNG.uniform(0.5, 2, size=N),
    "t": RNG.uniform(1, 2, size=N),
}


def recipe_of(formula: str, **options: Any) -> Recipe:
    return api.fit(formula, DATA, **options).fit.design.recipe


def test_a_number_is_described() -> None:
    (profile,) = recipe_of("y ~ log(x) + (1 | school)").profiles
    x = DATA["x"]
    assert isinstance(profile, NumberProfile)
    assert profile.name == "x"
    assert not profile.is_binary
    found = [profile.mean, profile.sd, profile.minimum, profile.maximum]
    np.testing.assert_allclose(found, [x.mean(), x.std(ddof=1), x.min(), x.max()], rtol=1e-13)


def test_two_values_are_noticed() -> None:
    (profile,) = recipe_of("y ~ two").profiles
    assert isinstance(profile, NumberProfile)
    assert profile.is_binary


def test_categories_are_counted() -> None:
    recipe = recipe_of("y ~ arm * factor(dose) + x")
    arm, dose, x = recipe.profiles
    assert isinstance(arm, CategoryProfile)
    assert isinstance(dose, CategoryProfile)
    assert (arm.texts, dose.texts, x.name) == (("a", "b", "c", "d"), ("1", "2.5", "4"), "x")
    assert arm.totals.tolist() == [30] * 4
    assert recipe.cell_totals is not None
    assert recipe.cell_totals.tolist() == [[10.0] * 3] * 4


def test_totals_add_up_weights() -> None:
    recipe = recipe_of("y ~ arm", weights="w")
    expected = [DATA["w"][DATA["arm"] == label].sum() for label in "abcd"]
    assert recipe.cell_totals is not None
    np.testing.assert_allclose(recipe.cell_totals, expected, rtol=1e-13)


def test_values_of_other_rows_stand_for_themselves() -> None:
    recipe = recipe_of("y ~ cwc(x, school) + gm(x, school) + (1 | school)")
    within, between = recipe.profiles
    assert isinstance(within, NumberProfile)
    assert isinstance(between, NumberProfile)
    assert (within.name, within.mean) == ("cwc(x, school)", 0)
    assert between.name == "gm(x, school)"
    assert between.mean == pytest.approx(DATA["x"].mean())


def test_offsets_are_described() -> None:
    names = [p.name for p in recipe_of("y ~ x + offset(log(t))", offset="w").profiles]
    assert names == ["x", "t", "w"]


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + arm",
        "y ~ poly(x, 2) * arm + factor(dose) + log(x):dose",
        "y ~ bs(x, df=5) + cgm(t) + scale(w) + arm + I(x > 3)",
        "y ~ 0 + arm:two + offset(log(t))",
        "y ~ factor(two, ref=1) * cwc(x, school) + gm(x, school) + (1 | school)",
    ],
)
def test_the_rows_of_the_fit_come_back_as_they_were(formula: str) -> None:
    design = api.fit(formula, DATA).fit.design
    codes = {"arm": np.unique(DATA["arm"], return_inverse=True)[1]}
    codes |= {name: np.unique(DATA[name], return_inverse=True)[1] for name in ("dose", "two")}
    means = (np.bincount(DATA["school"], DATA["x"]) / 12)[DATA["school"]]
    own: dict[str, Any] = {"gm(x, school)": means, "cwc(x, school)": DATA["x"] - means}
    values: dict[str, Any] = {}
    for profile in design.recipe.profiles:
        is_category = isinstance(profile, CategoryProfile)
        values[profile.name] = (codes if is_category else DATA | own)[profile.name]
    rows = encode_grid(design.recipe, values)
    np.testing.assert_allclose(np.column_stack(rows.fixed_columns), design.X, atol=1e-12)
    if rows.offset is not None and design.rows.offset is not None:
        np.testing.assert_allclose(rows.offset, design.rows.offset, rtol=1e-15)


def test_too_many_combinations_are_not_counted() -> None:
    n = 400
    data = {name: RNG.integers(0, 60, n).astype(str) for name in "abc"} | {"y": RNG.normal(size=n)}
    recipe = api.fit("y ~ a + b + c", data).fit.design.recipe
    assert recipe.cell_totals is None
    assert all(p.totals.sum() == n for p in recipe.profiles if isinstance(p, CategoryProfile))
