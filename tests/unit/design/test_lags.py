from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.design.build import build_design
from echelon.design.lags import lags_of, resolve_lags
from echelon.design.parts import Design
from echelon.formula.parse import parse_formula
from echelon.frame.build import build_frame
from echelon.frame.columns import ModelFrame
from echelon.spec import columns_needed, resolve_spec


def lagged(formula: str, data: object) -> tuple[ModelFrame, Design]:
    spec = resolve_spec(formula)
    frame = resolve_lags(spec.formula, build_frame(data, columns_needed(spec)))
    return frame, build_design(spec, frame)


DATA = {
    "y": np.arange(10.0) ** 2,
    "x": np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    "g": ["a", "b", "a", "b", "a", "b", "a", "b", "c", "c"],
}


def test_the_row_before_in_the_same_group() -> None:
    frame, design = lagged("y ~ lag(x) + (1 | g)", DATA)
    assert design.rows.fixed_columns[1].tolist() == [1, 2, 3, 4, 5, 6, 9]
    assert design.y.tolist() == [4, 9, 16, 25, 36, 49, 81]
    assert frame.rows.dropped == (("no earlier row for lag(x)", 3),)
    assert frame.rows.kept is not None
    assert frame.rows.kept.tolist() == [2, 3, 4, 5, 6, 7, 9]


def test_several_rows_before() -> None:
    frame, design = lagged("y ~ lag(x, 2) + (1 | g)", DATA)
    assert design.rows.fixed_columns[1].tolist() == [1, 2, 3, 4]
    assert design.rows.blocks[0].labels.tolist() == ["a", "b"]
    assert frame.n_obs == 4


def test_without_random_terms_all_rows_are_one_group() -> None:
    _, design = lagged("y ~ lag(x)", DATA)
    assert design.rows.fixed_columns[1].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_row_left_out_breaks_the_line() -> None:
    x = [1.0, 2, None, 4, 5, 6]
    frame, design = lagged("y ~ lag(x)", {"y": np.arange(6.0), "x": x})
    assert design.rows.fixed_columns[1].tolist() == [1, 4, 5]
    assert frame.rows.dropped == (("missing x", 1), ("no earlier row for lag(x)", 2))


def test_inside_other_functions() -> None:
    _, design = lagged("y ~ I(x - lag(x)) + (1 | g)", DATA)
    assert design.rows.fixed_columns[1].tolist() == [2, 2, 2, 2, 2, 2, 1]


def test_formulas_without_lags_leave_the_frame_alone() -> None:
    spec = resolve_spec("y ~ x + (1 | g)")
    frame = build_frame(DATA, columns_needed(spec))
    assert resolve_lags(spec.formula, frame) is frame
    assert lags_of(parse_formula("y ~ lag(x) + lag(x):z + (lag(x, 2) | g)")) != ()


def test_a_row_left_out_between_two_of_a_group_breaks_the_line() -> None:
    data = {
        "y": np.arange(8.0),
        "x": [1.0, 2, None, 4, 5, 6, 7, 8],
        "g": ["a", "b", "c", "a", "b", "a", "b", "a"],
    }
    frame, design = lagged("y ~ lag(x) + (1 | g)", data)
    assert frame.rows.kept is not None
    assert frame.rows.kept.tolist() == [5, 6, 7]  # row 2 lies between the first two of a, of b
    assert design.rows.fixed_columns[1].tolist() == [4, 5, 6]


def by_hand() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """120 rows of 12 groups, in time, and the same with the lag as a column of its own."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(12), 10)
    x = rng.normal(size=120)
    data = {"y": rng.normal(size=12)[g] + x + rng.normal(size=120), "x": x, "g": g}
    before = np.where(np.arange(120) % 10 > 0, np.roll(x, 1), np.nan)
    return data, {**data, "before": before}


def test_a_fit_with_lags_is_the_fit_with_the_column() -> None:
    data, prepared = by_hand()
    fit = echelon.fit("y ~ x + lag(x) + (lag(x) | g)", data)
    same = echelon.fit("y ~ x + before + (before | g)", prepared)
    assert list(fit.beta) == ["(Intercept)", "x", "lag(x)"]
    assert fit.objective == same.objective
    assert "12 no earlier row for lag(x)" in str(fit)


@pytest.mark.filterwarnings("ignore::echelon.errors.RowsDroppedWarning")
@pytest.mark.parametrize("random", ["all", "none"])
def test_new_rows_have_the_lags_of_their_own_order(random: str) -> None:
    data, prepared = by_hand()
    fit = echelon.fit("y ~ x + lag(x) + (lag(x) | g)", data)
    same = echelon.fit("y ~ x + before + (before | g)", prepared)
    new = {name: values[:25] for name, values in data.items() if name != "y"}
    expected = same.predict({name: values[:25] for name, values in prepared.items()}, random)
    assert np.isnan(expected[[0, 10, 20]]).all()
    np.testing.assert_array_equal(fit.predict(new, random), expected)
    np.testing.assert_array_equal(fit.predict({k: v[:1] for k, v in new.items()}), [np.nan])
