"""The spread of groups: Levene as scipy's, and a ratio that finds the truth whatever the shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.check.spread import spread_between


def test_levene_is_scipys() -> None:
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(4), [6, 9, 12, 7])
    values = rng.standard_normal(34) * (1 + codes)
    found = spread_between(values, codes)
    expected = stats.levene(*[values[codes == j] for j in range(4)], center="median")
    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.sizes.tolist() == [6, 9, 12, 7]


@pytest.mark.parametrize("is_heavy", [False, True])
def test_ratio_finds_the_truth(is_heavy: bool) -> None:
    rng = np.random.default_rng(2)
    codes = np.repeat(np.arange(2000), 20)
    shape = rng.standard_t(4, 40_000) if is_heavy else rng.standard_normal(40_000)
    spread = np.exp(0.3 * rng.standard_normal(2000))
    found, flat = spread_between(shape * spread[codes], codes), spread_between(shape, codes)
    assert found is not None
    assert flat is not None
    assert found.ratio == pytest.approx(np.exp(0.6), rel=0.04)
    assert flat.ratio < 1.2


def test_groups_of_fewer_than_five_rows_are_left_out() -> None:
    codes = np.repeat(np.arange(4), [5, 4, 8, 1])
    found = spread_between(np.random.default_rng(1).standard_normal(18), codes)
    assert found is not None
    assert found.groups.tolist() == [0, 2]
    assert spread_between(np.arange(9.0), np.repeat([0, 1], [5, 4])) is None


def test_values_without_spread() -> None:
    assert spread_between(np.zeros(20), np.repeat([0, 1], 10)) is None
    found = spread_between(np.tile([1.0, -1.0], 10), np.repeat([0, 1], 10))
    assert found is not None
    assert (found.ratio, found.p_value) == (1.0, 1.0)
