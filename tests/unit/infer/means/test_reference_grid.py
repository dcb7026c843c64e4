"""The reference grid and the rows of its means, against averages of encoded rows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.design.profile import encode_grid
from echelon.infer.means.reference_grid import marginal_rows, positions, reference_grid

RNG = np.random.default_rng(21)
N = 240
DATA: dict[str, Any] = {
    "y": RNG.normal(size=N),
    "a": np.array(list("pqr"))[RNG.integers(0, 3, N)],
    "b": np.array(["u", "v"])[(RNG.random(N) < 0.3).astype(int)],
    "c": np.array(list("wxyz"))[RNG.integers(0, 4, N)],
    "x": RNG.uniform(1, 4, N),
    "two": RNG.integers(0, 2, N),
    "g": np.repeat(np.arange(24), 10),
}
DATA["y"] = DATA["y"] + RNG.normal(size=24)[DATA["g"]]
FORMULA = "y ~ a * b + c * log(x) + two:b + poly(x, 2):a + offset(0.5 * x) + (1 | g)"
FIT = api.fit(FORMULA, DATA).fit
RECIPE = FIT.design.recipe
LEVELS = {"a": 3, "b": 2, "c": 4}


def by_hand(shown: dict[str, int], weights: str) -> tuple[np.ndarray, float]:
    """Average over all combinations of the other factors, one by one."""
    codes = {k: np.unique(DATA[k], return_inverse=True)[1] for k in LEVELS}
    free = [k for k in LEVELS if k not in shown]
    rows, shares, offsets = [], [], []
    for places in product(*[range(LEVELS[k]) for k in free]):
        cell = dict(zip(free, places, strict=True))
        values: dict[str, Any] = {k: np.array([v]) for k, v in (shown | cell).items()}
        values |= {k: np.array([DATA[k].mean()]) for k in ("x", "two")}
        encoded = encode_grid(RECIPE, values)
        rows.append([float(column[0]) for column in encoded.fixed_columns])
        assert encoded.offset is not None
        offsets.append(float(encoded.offset[0]))
        inside = [codes[k] == v for k, v in cell.items()]
        if weights == "cells":
            inside += [codes[k] == v for k, v in shown.items()]
        if weights == "outer":
            shares.append(np.prod([part.mean() for part in inside]))
        else:
            is_inside = np.logical_and.reduce([np.ones(N, bool), *inside])
            shares.append(1.0 if weights == "equal" else float(is_inside.sum()))
    share = np.array(shares) / sum(shares)
    return share @ np.array(rows), float(share @ np.array(offsets))


@pytest.mark.parametrize("weights", ["equal", "proportional", "outer", "cells"])
@pytest.mark.parametrize("shown", [["a"], ["b"], ["c", "a"], []])
def test_means_are_averages_of_rows(shown: list[str], weights: str) -> None:
    L, offset = marginal_rows(RECIPE, reference_grid(FIT, shown), weights)
    for i, place in enumerate(zip(*positions([LEVELS[k] for k in shown]), strict=True)):
        row, added = by_hand(dict(zip(shown, map(int, place), strict=True)), weights)
        np.testing.assert_allclose(L[i], row, atol=1e-13)
        assert offset[i] == pytest.approx(added, rel=1e-13)


def test_the_first_variable_varies_fastest() -> None:
    grid = reference_grid(FIT, ["b", "a"])
    assert grid.columns()["b"].tolist() == ["u", "v"] * 3
    assert grid.columns()["a"].tolist() == ["p", "p", "q", "q", "r", "r"]
    assert [axis.name for axis in grid.averaged] == ["c"]
    assert dict(grid.held) == pytest.approx({"x": DATA["x"].mean(), "two": DATA["two"].mean()})


def test_a_number_with_two_values_needs_no_choice() -> None:
    assert reference_grid(FIT, ["two"]).columns()["two"].tolist() == [0, 1]


def test_chosen_values_are_shown_averaged_or_held() -> None:
    grid = reference_grid(FIT, ["x"], {"x": (2, 3), "c": ["y", "w"], "two": 1})
    assert grid.columns()["x"].tolist() == [2, 3]
    by_name = {axis.name: axis.labels for axis in grid.averaged}
    assert by_name["c"] == ("y", "w")
    assert dict(grid.held) == {"two": 1}
    several = reference_grid(FIT, ["a"], {"two": np.array([0, 1])})
    assert several.averaged[-1].labels == (0, 1)


def test_labels_may_be_of_another_type() -> None:
    fit = api.fit("y ~ factor(two) + a", DATA).fit
    for value in (1, 1.0, "1", np.int64(1)):
        (axis,) = reference_grid(fit, ["two"], {"two": value}).shown
        assert axis.labels == ("1",)


def test_centred_variables_are_held_at_no_deviation() -> None:
    fit = api.fit("y ~ cwc(x, g) * a + gm(x, g) + (1 | g)", DATA).fit
    held = dict(reference_grid(fit, ["a"]).held)
    assert held == {"cwc(x, g)": 0, "gm(x, g)": pytest.approx(DATA["x"].mean())}


def test_a_model_without_predictors_has_one_mean() -> None:
    fit = api.fit("y ~ 1", DATA).fit
    L, offset = marginal_rows(fit.design.recipe, reference_grid(fit, []))
    assert (L.tolist(), offset.tolist()) == ([[1.0]], [0.0])


def test_large_grids_are_never_formed() -> None:
    """Thirty factors of two categories: 2^30 combinations, thirty terms."""
    data = {f"f{i}": RNG.integers(0, 2, 400).astype(str) for i in range(30)}
    fit = api.fit("y ~ " + " + ".join(data), data | {"y": RNG.normal(size=400)}).fit
    L, _ = marginal_rows(fit.design.recipe, reference_grid(fit, ["f3"]))
    expected = np.full((2, 31), 0.5)
    expected[:, 0], expected[:, 4] = 1, (0, 1)
    np.testing.assert_array_equal(L, expected)
