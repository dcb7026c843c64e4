"""Shares of events by group, and the ICC of 0 and 1."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.measure.binary import binary_spread, prevalence
from echelon.measure.one_way import spread


def by_group(sizes: list[int], events: list[int]) -> tuple[np.ndarray, np.ndarray]:
    rows = [[1.0] * e + [0.0] * (n - e) for n, e in zip(sizes, events, strict=True)]
    codes = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    return np.concatenate(rows), codes


def test_shares_and_extremes() -> None:
    values, codes = by_group([4, 8, 4, 4, 4, 4, 4], [0, 0, 1, 2, 3, 4, 4])
    found = prevalence(values, codes, binary_spread(values, codes, 7), "abcdefg".__getitem__)
    assert found.shares == (0, 0.125, 0.5, 0.875, 1)
    assert (found.n_without, found.n_only) == (2, 2)
    assert [each.group for each in found.lowest] == ["b", "a", "c"]
    assert [each.group for each in found.highest] == ["f", "g", "e"]
    assert (found.lowest[2].n_rows, found.lowest[2].n_events, found.lowest[2].share) == (4, 1, 0.25)


def test_six_groups_are_shown_at_once() -> None:
    values, codes = by_group([2] * 6, [0, 1, 2, 1, 0, 1])
    found = prevalence(values, codes, binary_spread(values, codes, 6), str)
    assert [each.group for each in found.lowest] == ["0", "4", "1", "3", "5", "2"]
    assert found.highest == ()


def test_the_estimate_is_the_analysis_of_variance() -> None:
    values, codes = by_group([3, 9, 5, 7], [1, 6, 0, 3])
    assert binary_spread(values, codes, 4).icc == spread(values, codes, 4).icc


def test_the_jackknife_leaves_out_each_group() -> None:
    sizes, events = [6, 9, 5, 7, 12], [1, 8, 0, 3, 2]
    values, codes = by_group(sizes, events)
    whole = spread(values, codes, 5).icc
    without = []
    for left_out in range(5):
        kept = codes != left_out
        renumbered = np.unique(codes[kept], return_inverse=True)[1].astype(np.int32)
        without.append(spread(values[kept], renumbered, 4).icc)
    std_error = np.sqrt(4 * np.var(without))
    found = binary_spread(values, codes, 5, 0.5)
    assert min(without) > 0  # else one_way cuts off at zero
    assert found.icc_low == pytest.approx(whole - 0.7406971 * std_error, rel=1e-6)
    assert found.icc_high == pytest.approx(whole + 0.7406971 * std_error, rel=1e-6)


@pytest.mark.parametrize(
    ("sizes", "events"),
    [([4, 4], [1, 3]), ([3, 3, 3, 3], [0, 3, 0, 3]), ([1, 1, 1], [0, 1, 1]), ([5], [2])],
)
def test_no_interval(sizes: list[int], events: list[int]) -> None:
    values, codes = by_group(sizes, events)
    found = binary_spread(values, codes, len(sizes))
    assert np.isnan([found.icc_low, found.icc_high]).all()


def test_one_group_of_several_rows_beside_single_rows() -> None:
    values, codes = by_group([1, 1, 1, 2], [0, 1, 1, 1])
    found = binary_spread(values, codes, 4)
    assert np.isnan(found.icc_low)


@pytest.mark.slow
def test_the_interval_covers() -> None:
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(60), 20).astype(np.int32)
    covered = 0
    for _ in range(400):
        p = rng.beta(3.0, 6.0, 60)  # ICC 1 / (1 + 3 + 6)
        values = (rng.random(1200) < p[codes]).astype(float)
        found = binary_spread(values, codes, 60)
        covered += found.icc_low <= 0.1 <= found.icc_high
    assert 0.91 <= covered / 400 <= 0.98
