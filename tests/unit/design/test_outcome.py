from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.design.build import build_design
from echelon.design.parts import Design
from echelon.errors import DesignError
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec
from tests.designs import design_of

N = 12
X = np.arange(12.0)


def binomial(formula: str, data: Any, **options: Any) -> Design:
    return design_of(formula, data, family="binomial", **options)


@pytest.mark.parametrize(
    ("values", "categories", "y"),
    [
        ([True, False, True] * 4, ("False", "True"), [1, 0, 1]),
        (["yes", "no", "yes"] * 4, ("no", "yes"), [1, 0, 1]),
        (["10", "9", "10"] * 4, ("9", "10"), [1, 0, 1]),
        ([0, 1, 1] * 4, (), [0, 1, 1]),
        ([0.0, 1.0, 1.0] * 4, (), [0, 1, 1]),
    ],
)
def test_two_categories_the_second_is_the_success(
    values: list[Any], categories: tuple[str, ...], y: list[float]
) -> None:
    design = binomial("y ~ x", {"y": values, "x": X})
    assert design.categories == categories
    assert design.y[:3].tolist() == y
    assert design.trials is None
    assert not design.y.flags.writeable


def test_declared_order_decides_which_is_the_success() -> None:
    declared = pd.Categorical(["no", "yes"] * 6, categories=["yes", "no"])
    series = pl.Series(["no", "yes"] * 6, dtype=pl.Enum(["yes", "no", "never"]))
    tables: list[Any] = [
        pd.DataFrame({"y": declared, "x": X}),
        pl.DataFrame({"y": series, "x": X}),
    ]
    for table in tables:
        design = binomial("y ~ x", table)
        assert design.categories == ("yes", "no")
        assert design.y[:2].tolist() == [1, 0]


def test_expressions_may_be_the_outcome() -> None:
    data = {"f": list("abc") * 4, "code": [1, 2, 2] * 4, "x": X}
    design = binomial('I(f == "b") ~ x', data)
    assert (design.categories, design.y[:3].tolist()) == (("FALSE", "TRUE"), [0, 1, 0])
    design = binomial("factor(code) ~ x", data)
    assert (design.categories, design.y[:3].tolist()) == (("1", "2"), [0, 1, 1])
    design = binomial("factor(code, ref = 2) ~ x", data)
    assert (design.categories, design.y[:3].tolist()) == (("2", "1"), [1, 0, 0])
    assert design.recipe.states == {}
    assert binomial("I(x > 4) ~ 1", data).y.sum() == 7


def test_counts_of_successes() -> None:
    data = {"s": [0, 2, 3] * 4, "n": [4, 4, 5] * 4, "x": X}
    for formula in ("s / n ~ x", "cbind(s, n - s) ~ x", "I(s) / (n + 0) ~ x"):
        design = binomial(formula, data)
        assert design.trials is not None
        assert design.y[:3].tolist() == [0, 2, 3]
        assert design.trials[:3].tolist() == [4, 4, 5]
    design = binomial("s / 5 ~ x", data, weights="n")
    assert design.trials is not None
    assert design.weights is not None
    assert set(design.trials) == {5}
    assert design.weights[:3].tolist() == [4, 4, 5]


def test_a_proportion_with_its_trials_as_weights_is_counts() -> None:
    data = {"p": [0.0, 1 / 3, 0.25] * 4, "n": [4, 3, 8] * 4, "x": X}
    design = binomial("p ~ x", data, weights="n")
    assert design.trials is not None
    assert design.y[:3].tolist() == [0, 1, 2]
    assert design.trials[:3].tolist() == [4, 3, 8]
    assert design.weights is None


def test_weights_of_zeros_and_ones_stay_weights() -> None:
    design = binomial("y ~ x", {"y": [0, 1] * 6, "w": [2.5, 1.0] * 6, "x": X}, weights="w")
    assert design.trials is None
    assert design.weights is not None
    assert design.weights[:2].tolist() == [2.5, 1]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), min_size=2, max_size=9))
def test_a_proportion_gives_its_counts_back(rows: list[tuple[int, int]]) -> None:
    trials = np.array([max(pair) for pair in rows], dtype=float)
    successes = np.array([min(pair) for pair in rows], dtype=float)
    share = successes / trials
    if len(set(share.tolist())) == 1 or set(share.tolist()) <= {0.0, 1.0}:
        return
    design = binomial("p ~ 1", {"p": share, "n": trials}, weights="n")
    assert design.trials is not None
    assert design.y.tolist() == successes.tolist()
    assert design.trials.tolist() == trials.tolist()


def test_counts_lose_their_rounding_errors() -> None:
    counts = np.array([0.1 + 0.2, 2.0, 5.0] * 4)
    counts[::3] = (0.1 + 0.2) * 10  # 3.0000000000000004
    assert design_of("y ~ x", {"y": counts, "x": X}, family="poisson").y[0] == 3.0
    whole = design_of("y ~ x", {"y": np.array([1.0, 2.0] * 6), "x": X}, family="poisson")
    assert whole.y.tolist() == [1, 2] * 6


@pytest.mark.parametrize("family", ["cumulative", "multinomial"])
@pytest.mark.parametrize(
    ("values", "categories", "y"),
    [
        ([3, 10, 5] * 4, ("3", "5", "10"), [0, 2, 1]),
        (["10", "9", "-2"] * 4, ("-2", "9", "10"), [2, 1, 0]),
        (["top", "low", "mid"] * 4, ("low", "mid", "top"), [2, 0, 1]),
        ([-1.0, 0.0, 2.0] * 4, ("-1", "0", "2"), [0, 1, 2]),
        (["größer", "gleich", "kleiner"] * 4, ("gleich", "größer", "kleiner"), [1, 0, 2]),
    ],
)
def test_order_of_categories(
    family: str, values: list[Any], categories: tuple[str, ...], y: list[float]
) -> None:
    design = design_of("y ~ x", {"y": values, "x": X}, family=family)
    assert design.categories == categories
    assert design.y[:3].tolist() == y


def test_declared_order_of_categories_and_unused_ones() -> None:
    order = ["none", "some", "much", "all"]
    values = ["all", "none", "some"] * 4
    ordered = pd.Categorical(values, categories=order, ordered=True)
    tables: list[Any] = [
        pd.DataFrame({"y": ordered, "x": X}),
        pl.DataFrame({"y": pl.Series(values, dtype=pl.Enum(order)), "x": X}),
    ]
    for table in tables:
        for formula in ("y ~ x", "ordered(y) ~ x", "factor(y) ~ x"):
            design = design_of(formula, table, family="cumulative")
            assert design.categories == ("none", "some", "all")
            assert design.extra_names == ("none|some", "some|all")
            assert design.y[:3].tolist() == [2, 0, 1]


def test_the_reference_of_a_multinomial_may_be_chosen() -> None:
    data = {"y": ["b", "c", "a"] * 4, "x": X}
    design = design_of('factor(y, ref = "c") ~ x', data, family="multinomial")
    assert design.categories == ("c", "a", "b")
    assert design.y[:3].tolist() == [2, 0, 1]
    assert design.fixed_names[0] == "a.(Intercept)"


def test_a_declared_category_order_of_numbers_as_text_is_kept() -> None:
    table = pd.DataFrame(
        {"y": pd.Categorical(["2", "1", "3"] * 4, categories=["3", "1", "2"], ordered=True)}
    ).assign(x=X)
    assert design_of("y ~ x", table, family="continuation").categories == ("3", "1", "2")


def test_categories_without_rows_after_a_subset() -> None:
    data = {"y": ["a", "b", "c", "d"] * 6, "x": np.arange(24.0)}
    spec = resolve_spec("y ~ x", family="multinomial")
    frame = build_frame(data, columns_needed(spec), subset="y != 'b'")
    assert build_design(spec, frame).categories == ("a", "c", "d")


def test_a_back_quoted_response() -> None:
    data = {"how many?": [0, 1, 4] * 4, "x": X}
    design = design_of("`how many?` ~ x", data, family="poisson")
    assert design.response_name == "how many?"


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("gamma", [1e-300, 1.0, 1e300]),
        ("beta", [1e-15, 0.5, 1 - 1e-15]),
        ("tweedie", [0.0, 1.0, 1e12]),
        ("poisson", [0.0, 1e15, 3.0]),
        ("lognormal", [1e-5, 1e5, 1.0]),
        ("inverse_gaussian", [1e-5, 1e5, 1.0]),
        ("student", [-1e200, 0.0, 1e200]),
    ],
)
def test_extreme_values_inside_the_range_are_taken(family: str, values: list[float]) -> None:
    design = design_of("y ~ x", {"y": values * 4, "x": X}, family=family)
    assert design.y.tolist() == values * 4


def test_many_rows_are_named_by_their_number_in_the_table() -> None:
    y = np.ones(1_000)
    y[700:720] = -1.0
    with pytest.raises(DesignError) as caught:
        design_of("y ~ 1", {"y": y}, family="gamma")
    assert caught.value.where == "response 'y', rows 701, 702, 703, 704, 705 and 15 more"
    assert caught.value.got == "-1, -1, -1, -1, -1 and 15 more"
