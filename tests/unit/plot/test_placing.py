"""Places of labels, and which groups are outlying."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echelon.plot.placing import outlying, spread


def test_spread_leaves_what_has_room() -> None:
    assert spread(np.array([3.0, 1.0, 2.0]), 0.5, 0.0, 4.0).tolist() == [3.0, 1.0, 2.0]


def test_spread_moves_to_both_sides_and_keeps_inside() -> None:
    assert spread(np.array([2.0, 2.0]), 1.0, 0.0, 4.0).tolist() == [1.5, 2.5]
    assert spread(np.array([4.0, 4.0, 4.0]), 1.0, 0.0, 4.0).tolist() == [2.0, 3.0, 4.0]
    assert spread(np.array([0.0] * 5), 9.0, 0.0, 4.0).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert spread(np.array([]), 1.0, 0.0, 1.0).tolist() == []


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.floats(0.01, 0.3))
def test_spread_keeps_order_gap_and_limits(wanted: list[float], gap: float) -> None:
    places = spread(np.array(wanted), gap, 0.0, 10.0)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(places[order]) >= gap - 1e-9).all()
    assert (places >= -1e-9).all()
    assert (places <= 10 + 1e-9).all()


def test_outlying_is_bonferroni() -> None:
    """With 100 groups the 95 % level is that of |z| > 3.4808 (0.05 / 200 in each tail)."""
    z = np.r_[np.zeros(96), 3.47, 3.49, -5.0, 9.0]
    found, count = outlying(z, np.ones(100), 0.95, 2)
    assert found.tolist() == [99, 98]
    assert count == 3


def test_outlying_without_errors() -> None:
    nothing, count = outlying(np.array([1.0, 0.0]), np.array([np.nan, 0.0]), 0.95, 5)
    assert (nothing.tolist(), count) == ([], 0)
