"""What a clumsy user of `echelon.fit` reads: the whole text, from a formula and a table to the end.

The cases are below; the texts stand in `fit_messages.txt`, each under its '> name'.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import echelon
from echelon.errors import EchelonError, EchelonWarning, LabelsWarning, RankWarning
from tests.errors.test_formula_messages import cases

N, J = 60, 10
RNG = np.random.default_rng(1)
ROW = np.arange(N)
G = np.repeat(np.arange(J), N // J)
X, Z = RNG.normal(size=N).round(3), RNG.normal(size=N).round(3)
Y = (1 + 2 * X + RNG.normal(size=J)[G] + 0.5 * RNG.normal(size=N)).round(3)
F = np.array(["a", "b", "c"])[ROW % 3]
TABLE: dict[str, Any] = {"y": Y, "x": X, "z": Z, "g": G, "f": F}

ONE = "y ~ x + (1 | g)"
SLOPE = "y ~ x + (x | g)"

TEXTS = cases("fit_messages.txt")


def table(**changes: Any) -> dict[str, Any]:
    return TABLE | changes


def without(rows: Any, values: Any) -> Any:
    return np.where(rows, np.nan, values)


def fit(formula: Any, data: Any = None, **options: Any) -> Callable[[], Any]:
    return lambda: echelon.fit(formula, TABLE if data is None else data, **options)


def first(count: int) -> dict[str, Any]:
    return {name: values[:count] for name, values in TABLE.items()}


REFUSED: dict[str, Callable[[], Any]] = {
    # groups
    "one group": fit(ONE, table(g=np.zeros(N, int))),
    "one group after the subset": fit(ONE, subset="g == 1"),
    "every group with one row": fit(ONE, table(g=ROW)),
    "an interaction with one row per group": fit("y ~ x + (1 | g:k)", table(k=ROW)),
    "a continuous grouping factor": fit("y ~ x + (1 | z)"),
    "as many random effects as rows": fit("y ~ (x + z + I(x * z) + f | g)"),
    "two factors with the same groups": fit(
        "y ~ x + (1 | g) + (1 | h)", table(h=np.array(list("qwertyuiop"))[G])
    ),
    "one class in each school": fit("y ~ x + (1 | g/h)", table(h=G + 100)),
    "fixed and random effects of a factor": fit("y ~ x + factor(g) + (1 | g)"),
    "groups of mixed types": fit(ONE, table(g=np.array([1] * 30 + ["b"] * 30, dtype=object))),
    "infinite group labels": fit(ONE, table(g=np.where(ROW == 5, np.inf, G))),
    "group labels beyond 64 bits": fit(ONE, table(g=[2**70 + int(g) for g in G])),
    "group labels that floats have joined": fit(ONE, table(g=(2.0**53 + G))),
    "group labels all missing": fit(ONE, table(g=np.full(N, np.nan))),
    # response
    "constant response": fit(ONE, table(y=np.full(N, 0.1))),
    "a response equal to its offset": fit(ONE, offset="y"),
    "no value in the response": fit(ONE, table(y=np.full(N, np.nan))),
    "no value at all, as None": fit(ONE, pl.DataFrame(table()).with_columns(x=None)),
    "infinite response": fit(ONE, table(y=np.where(ROW == 2, -np.inf, Y))),
    "categories as response": fit("f ~ x + (1 | g)"),
    "truth values as response": fit("big ~ x + (1 | g)", table(big=Y > 1)),
    "numbers as text in the response": fit(ONE, table(y=[*map(str, Y[:-1]), "n/a"])),
    "a response on both sides": fit("y ~ x + y"),
    "no response": fit("~ x + (1 | g)"),
    "a number as response": fit("1 ~ x"),
    "successes and trials": fit("x / z ~ 1"),
    "whole numbers beyond floating point": fit(ONE, table(y=[2**70 + int(v > 1) for v in Y])),
    # predictors
    "infinite predictor": fit(ONE, table(x=np.where(ROW % 7 == 2, np.inf, X))),
    "infinite predictor among dropped rows": fit(
        ONE, table(x=np.where(ROW == 5, np.inf, without(ROW < 3, X)))
    ),
    "a predictor of mixed types": fit(ONE, table(x=np.array([*X[:30], *F[:30]], dtype=object))),
    "numbers as text": fit(ONE, table(x=[*map(str, X[:-1]), "?"])),
    "a category in every row": fit("y ~ k + (1 | g)", table(k=[f"id{i}" for i in ROW])),
    "one category after dropping rows": fit(
        "y ~ x + h + (1 | g)", table(h=list("ab" * 30), x=without(ROW % 2, X))
    ),
    "a column named (Intercept)": fit("y ~ `(Intercept)` + (1 | g)", table(**{"(Intercept)": X})),
    "a slope named (Intercept)": fit("y ~ x + (`(Intercept)` | g)", table(**{"(Intercept)": X})),
    "a slope of a constant": fit("y ~ x + (z | g)", table(z=np.full(N, 3.3))),
    "a slope of zeros": fit("y ~ x + (0 + z | g)", table(z=np.zeros(N))),
    "a slope far from zero": fit(SLOPE, table(x=X + 1e9)),
    "complex numbers": fit(ONE, table(x=X + 1j)),
    "lists in cells": fit(ONE, pl.DataFrame(table(x=[[1.0]] * N))),
    "periods": fit(ONE, pd.DataFrame(table(x=pd.period_range("2000-01", periods=N, freq="M")))),
    "a logarithm of negative numbers": fit("y ~ log(x) + (1 | g)"),
    "an overflow in a function": fit("y ~ exp(1000 * x)"),
    "a division by zero": fit("y ~ I(x / (f == 'a')) + (1 | g)"),
    "too few values for a polynomial": fit("y ~ poly(g, 12)"),
    "a polynomial of huge numbers": fit("y ~ poly(x, 3)", table(x=X * 1e200)),
    "a spline of tiny numbers": fit("y ~ ns(x, df = 3)", table(x=X * 1e-300)),
    "a scaled category": fit("y ~ scale(f)"),
    "lags over crossed factors": fit("y ~ lag(x) + (1 | g) + (1 | f)"),
    # numbers
    "huge response": fit(ONE, table(y=Y * 1e200)),
    "huge slope": fit("y ~ z + (x | g)", table(x=X * 1e200)),
    "tiny predictor": fit("y ~ x + z", table(x=X * 1e-200)),
    "tiny response": fit(ONE, table(y=Y * 1e-200)),
    "a perfect fit": fit(ONE, table(y=2 * X + 1)),
    "a perfect fit by the groups": fit(ONE, table(y=2 * X + G)),
    "a copy of the response": fit("y ~ x + w + (1 | g)", table(w=3 * Y + 1)),
    "as many coefficients as rows": fit("y ~ poly(x, 4)", first(5)),
    "more coefficients than rows": fit("y ~ x * z * f + (1 | g)", first(8)),
    "a single row": fit("y ~ 1", first(1)),
    "two rows and a slope": fit("y ~ x", first(2)),
    # weights, offset, subset, missing values
    "a negative weight": fit(ONE, table(w=np.where(ROW == 3, -1.0, 1.0)), weights="w"),
    "weights of zero": fit(ONE, table(w=np.zeros(N)), weights="w"),
    "weights of 1e-200": fit(ONE, table(w=np.full(N, 1e-200)), weights="w"),
    "categories as weights": fit(ONE, weights="f"),
    "an array of weights": fit(ONE, weights=np.ones(N)),
    "weights that are not there": fit(ONE, weights="ww"),
    "an offset that is not there": fit(ONE, offset="log(exposure)"),
    "a number as offset": fit(ONE, offset=3),
    "a subset of nothing": fit(ONE, subset="x > 100"),
    "a subset of a category that is not there": fit(ONE, subset="f == 'A'"),
    "a subset with a single equals sign": fit(ONE, subset="f = 'a'"),
    "a subset as a function": fit(ONE, subset=len),
    "a subset of another length": fit(ONE, subset=[True, False]),
    "missing values refused": fit(ONE, table(x=without(ROW < 3, X)), missing="error"),
    # tables
    "a column that is not there": fit("y ~ X + (1 | G)"),
    "a name of a thousand letters": fit(f"y ~ {'q' * 1_000}"),
    "two columns of one name": fit(
        ONE, pd.concat([pd.DataFrame(TABLE), pd.DataFrame({"x": X})], axis=1)
    ),
    "no rows": fit(ONE, pl.DataFrame(TABLE).head(0)),
    "no columns": fit(ONE, pl.DataFrame()),
    "columns of different lengths": fit(ONE, table(x=X[:5])),
    "single values": fit(ONE, {"y": 1, "x": 2, "g": 3}),
    "a matrix as column": fit(ONE, table(x=np.zeros((N, 2)))),
    "no table": lambda: echelon.fit(ONE, None),
    "a number as table": fit(ONE, 5),
    "a list as table": fit(ONE, [1, 2]),
    "a pandas series as table": fit(ONE, pd.Series(Y)),
    "a polars series as table": fit(ONE, pl.Series(Y)),
    # formulas
    "None as formula": fit(None),
    "a number as formula": fit(3),
    "bytes as formula": fit(b"y ~ x"),
    "a list as formula": fit(["y ~ x"]),
    "no terms": fit("y ~ 1 + 0"),
    "a random term without effects": fit("y ~ x + (0 | g)"),
    "a number as grouping factor": fit("y ~ (1 | 1)"),
    "a random term twice": fit("y ~ x + (1 | g) + (1 | g)"),
    "an intercept in two terms": fit("y ~ x + (x | g) + (1 | g)"),
    "a factor nested in itself": fit("y ~ (1 | g/g)"),
    "brackets five thousand deep": fit(f"y ~ {'(' * 5_000}x{')' * 5_000}"),
    "an emoji without back-quotes": fit("y ~ 😀"),
    "code in a formula": fit("y ~ __import__('os')"),
    # options
    "no method": fit(ONE, method=None),
    "a method of another program": fit(ONE, method="MLE"),
    "a confidence level in percent": fit(ONE, conf_level=95),
    "a confidence level above 1": fit(ONE, conf_level=1.5),
    "a start of the wrong length": fit(SLOPE, start=[1.0, 0.0]),
    "a start that is no list of numbers": fit(ONE, start="a"),
    "a start at zero": fit(ONE, start=[0.0]),
    "a start at a correlation of one": fit(SLOPE, start=[1.0, 0.5, 0.0]),
    "a setting that does not exist": fit(ONE, control={"max_iterations": 5}),
    "too many threads": fit(ONE, control={"threads": 2**70}),
    "a path for nested factors only": fit(
        "y ~ (1 | g) + (1 | h)", table(h=ROW % 7 + 100), control={"path": "chain"}
    ),
    "a path that does not exist": fit(ONE, control={"path": "magic"}),
    "numbers for the binomial family": fit(ONE, family="binomial"),
    "a coding of numbers": fit(ONE, contrasts={"x": "sum"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(EchelonError) as caught:
        REFUSED[name]()
    assert str(caught.value) == TEXTS[name]


ANNOUNCED: dict[str, tuple[Callable[[], Any], type[EchelonWarning]]] = {
    "a constant column": (fit("y ~ x + z + (1 | g)", table(z=np.full(N, 3.3))), RankWarning),
    "collinear columns": (
        fit("y ~ x + z + w + v + (1 | g)", table(w=X + 2 * Z, v=X - Z)),
        RankWarning,
    ),
    "labels in several spellings": (
        fit(ONE, table(g=np.array(["a", "a ", "A", "b", "c", " c", *"defg"])[G])),
        LabelsWarning,
    ),
}


@pytest.mark.parametrize("name", ANNOUNCED)
def test_announced(name: str) -> None:
    act, kind = ANNOUNCED[name]
    with pytest.warns(kind) as caught:
        act()
    assert [str(warning.message) for warning in caught] == [TEXTS[name]]


def test_every_text_has_its_case() -> None:
    assert set(TEXTS) == {*REFUSED, *ANNOUNCED}


# What looks odd, and is right.


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_collinear_columns_are_named_and_do_not_matter_for_predictions() -> None:
    fitted = echelon.fit("y ~ x + z + w + (1 | g)", table(w=X + 2 * Z))
    plain = echelon.fit("y ~ x + z + (1 | g)", TABLE)
    assert np.isnan(fitted.beta["w"])
    assert "Not estimated: w." in str(fitted)
    assert fitted.objective == pytest.approx(plain.objective, rel=1e-12)
    np.testing.assert_allclose(fitted.predict(), plain.predict(), rtol=1e-9)
    new = {"x": [1.0, 2.0], "z": [0.5, 1.0], "w": [2.0, 4.0], "g": [1, 2]}
    np.testing.assert_allclose(fitted.predict(new), plain.predict(new), rtol=1e-9)


@pytest.mark.parametrize(
    "ids",
    [
        [2**63 - 1 - int(g) for g in G],
        [2**64 - 1 - int(g) for g in G],
        np.where(G < 5, -(2**63) + G, 2**63 - 1 - G),
        G - 1_000_000,
        G + 0.5,
        [f"group {g}" for g in G],
        [date(2020, 1, 1) + timedelta(days=int(g)) for g in G],
        pd.Categorical.from_codes(G + 2, categories=[*"qwertyuiopasd"]),
    ],
    ids=["int64", "uint64", "whole range", "negative", "floats", "texts", "dates", "unused"],
)
def test_ids_of_any_kind_make_the_same_groups(ids: Any) -> None:
    fitted = echelon.fit(ONE, table(g=ids))
    assert fitted.n_groups == {"g": J}
    assert fitted.objective == pytest.approx(echelon.fit(ONE, TABLE).objective, rel=1e-10)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_rows_without_a_group_are_left_out_and_counted(missing: Any) -> None:
    fitted = echelon.fit(ONE, table(g=[missing if g == 0 else int(g) for g in G]))
    assert (fitted.n_obs, fitted.n_groups) == (54, {"g": 9})
    assert "6 of 60 rows left out: 6 missing g." in str(fitted)


@pytest.mark.parametrize("name", ["größe", "two words", "it's", 'a"b', "a\nb", "🎉", "(a+b)|c"])
def test_names_of_any_kind_in_back_quotes(name: str) -> None:
    fitted = echelon.fit(
        f"y ~ `{name}` + (`{name}` || `g {name}`)", {"y": Y, name: X, f"g {name}": G}
    )
    assert list(fitted.beta) == ["(Intercept)", name]
    assert max(map(len, str(fitted).split("\n"))) <= 88


@pytest.mark.parametrize("power", [-100, -30, 30, 100])
def test_units_of_any_size_give_the_same_model(power: int) -> None:
    unit = 10.0**power
    plain, scaled = echelon.fit(ONE, TABLE), echelon.fit(ONE, table(y=Y * unit, x=X / unit))
    assert scaled.beta["x"] / unit**2 == pytest.approx(plain.beta["x"], rel=1e-9)
    assert scaled.sigma / unit == pytest.approx(plain.sigma, rel=1e-9)


def test_numbers_far_from_zero_keep_their_digits() -> None:
    plain = echelon.fit(ONE, TABLE)
    far = echelon.fit(ONE, table(y=Y + 1e9, x=X + 1e6))
    assert far.beta["x"] == pytest.approx(plain.beta["x"], rel=1e-6)
    assert far.sigma == pytest.approx(plain.sigma, rel=1e-6)


def test_a_weight_that_is_missing_is_a_row_left_out() -> None:
    fitted = echelon.fit(ONE, table(w=without(ROW == 3, 1.0)), weights="w")
    assert "1 of 60 rows left out: 1 missing w." in str(fitted)


def test_dates_and_truth_values_as_predictors() -> None:
    day = [date(2020, 1, 1) + timedelta(days=int(row)) for row in ROW]
    fitted = echelon.fit("y ~ day + up + (1 | g)", table(day=day, up=Z > 0))
    assert list(fitted.beta) == ["(Intercept)", "day", "up[True]"]


@pytest.mark.filterwarnings("ignore::echelon.errors.SingularFitWarning")
def test_effects_of_categories_that_some_groups_lack() -> None:
    kind = np.where(G < 5, "a", np.where(G < 8, "b", "c"))
    assert np.isfinite(echelon.fit("y ~ f + (0 + f || g)", table(f=kind)).objective)


def test_long_sums_are_read_once() -> None:
    assert list(echelon.fit("y ~ x" + " + x:z" * 5_000, TABLE).beta) == ["(Intercept)", "x", "x:z"]


def test_no_alien_warning_on_the_way() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        echelon.fit(ONE, table(x=X.astype(np.float16)))
