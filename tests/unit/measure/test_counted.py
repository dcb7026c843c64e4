"""Counts within groups, against Poisson."""

from __future__ import annotations

import math

import numpy as np
import pytest

from echelon.measure.counted import count_spread


def test_by_hand() -> None:
    values = np.array([0.0, 2.0, 4.0, 0.0, 0.0, 5.0])
    codes = np.array([0, 0, 0, 1, 1, 2], dtype=np.int32)
    found = count_spread(values, codes)
    assert found.dispersion == (4 + 4) / 2 / 2  # one group has counts and rows to compare
    assert found.zeros == 0.5
    assert found.zeros_expected == pytest.approx((3 * (2 / 3) ** 6 + 2) / 6)


def test_nothing_to_compare() -> None:
    found = count_spread(np.array([0.0, 3.0, 1.0]), np.arange(3, dtype=np.int32))
    assert math.isnan(found.dispersion)
    assert math.isnan(found.zeros_expected)
    assert found.zeros == pytest.approx(1 / 3)


def test_poisson_counts_have_one_and_their_own_zeros() -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(2_000), 10).astype(np.int32)
    values = rng.poisson(np.exp(0.8 * rng.standard_normal(2_000))[codes]).astype(float)
    found = count_spread(values, codes)
    assert found.dispersion == pytest.approx(1, abs=0.03)
    assert found.zeros_expected == pytest.approx(found.zeros, abs=0.01)
