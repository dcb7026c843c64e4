from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.design.thresholds import threshold_pattern


def labels(count: int) -> tuple[str, ...]:
    return tuple("abcdefghij"[:count])


# ordinal 2022.11-16, ordinal:::makeThresholds(letters[1:J], "symmetric")
R_SYMMETRIC = {
    3: (["central.1", "central.2"], [[1, 0], [0, 1]]),
    4: (["central", "spacing.1"], [[1, -1], [1, 0], [1, 1]]),
    5: (
        ["central.1", "central.2", "spacing.1"],
        [[1, 0, -1], [1, 0, 0], [0, 1, 0], [0, 1, 1]],
    ),
    6: (
        ["central", "spacing.1", "spacing.2"],
        [[1, 0, -1], [1, -1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]],
    ),
    7: (
        ["central.1", "central.2", "spacing.1", "spacing.2"],
        [[1, 0, 0, -1], [1, 0, -1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1]],
    ),
}


@pytest.mark.parametrize("count", R_SYMMETRIC)
def test_symmetric_thresholds_are_those_of_ordinal(count: int) -> None:
    names, pattern = threshold_pattern("symmetric", labels(count))
    assert (list(names), pattern.tolist()) == R_SYMMETRIC[count]


def test_equidistant_thresholds() -> None:
    names, pattern = threshold_pattern("equidistant", labels(5))
    assert names == ("threshold 1", "spacing")
    assert pattern.tolist() == [[1, 0], [1, 1], [1, 2], [1, 3]]


def test_flexible_thresholds_are_named_by_their_neighbours() -> None:
    names, pattern = threshold_pattern("flexible", ("low", "mid", "high"))
    assert names == ("low|mid", "mid|high")
    assert pattern.tolist() == [[1, 0], [0, 1]]


@given(st.integers(3, 10), st.lists(st.floats(-5, 5), min_size=5, max_size=5))
def test_symmetric_thresholds_are_symmetric(count: int, given_values: list[float]) -> None:
    names, pattern = threshold_pattern("symmetric", labels(count))
    values = (given_values * 2)[: len(names)]
    thresholds = pattern @ values
    sums = thresholds + thresholds[::-1]
    assert np.allclose(sums, sums[0])
    assert np.linalg.matrix_rank(pattern) == len(names)
