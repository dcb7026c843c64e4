"""Group means, deviations from them, and levels of variables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.frame.centering import group_means, is_constant_within, within

CODES = np.array([1, 0, 1, 2, 0], dtype=np.int32)
VALUES = np.array([2.0, 1.0, 4.0, 7.0, 3.0])


def test_means() -> None:
    assert group_means(VALUES, CODES, 3).tolist() == [2.0, 3.0, 7.0]


def test_means_with_weights() -> None:
    weights = np.array([3.0, 1.0, 1.0, 2.0, 3.0])
    assert group_means(VALUES, CODES, 3, weights).tolist() == [2.5, 2.5, 7.0]


def test_a_group_without_rows_or_weight_has_no_mean() -> None:
    assert np.isnan(group_means(VALUES, CODES, 4)[3])
    assert np.isnan(group_means(VALUES, CODES, 3, np.array([1.0, 1, 1, 0, 1]))[2])
    assert np.isnan(group_means(np.empty(0), np.empty(0, np.int32), 2)).all()


def test_unknown_groups_are_left_out() -> None:
    codes = np.array([1, 0, -1, 2, 0], dtype=np.int32)
    means = group_means(VALUES, codes, 3, np.ones(5))
    assert means.tolist() == [2.0, 2.0, 7.0]
    assert np.isnan(within(VALUES, codes, means)).tolist() == [False, False, True, False, False]


def test_a_large_offset_costs_no_digits() -> None:
    values = 1e15 + np.array([0.25, 0.5, 0.75])
    assert group_means(values, np.zeros(3, np.int32), 1)[0] == 1e15 + 0.5
    same = np.full(7, 0.1)
    assert group_means(same, np.zeros(7, np.int32), 1)[0] == 0.1


def test_deviations() -> None:
    assert within(VALUES, CODES, group_means(VALUES, CODES, 3)).tolist() == [-1, -1, 1, 0, 1]


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_deviations_sum_to_zero_in_every_group(pairs: list[tuple[int, float]]) -> None:
    codes = np.array([code for code, _ in pairs], dtype=np.int32)
    values = np.array([value for _, value in pairs])
    deviations = within(values, codes, group_means(values, codes, 5))
    assert np.bincount(codes, weights=deviations) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0, 6.0, 5.0, 7.0, 6.0], True), ([5.0, 6.0, 5.0, 7.0, 6.5], False)],
)
def test_level_of_a_variable(values: list[float], expected: bool) -> None:
    assert is_constant_within(np.array(values), CODES, 3) is expected
    assert is_constant_within(np.array(values).astype(np.int32), CODES, 3)
