"""Skewness and kurtosis are scipy's, with the p values of its tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from echelon.check.shape import kurtosis, skewness, two_sided


@pytest.mark.parametrize("n", [20, 57, 1000])
@pytest.mark.parametrize("power", [1, 2, 3])
def test_scipy(n: int, power: int) -> None:
    x = np.random.default_rng(n).standard_normal(n) ** power
    assert skewness(x) == pytest.approx((stats.skew(x), stats.skewtest(x).pvalue), rel=1e-10)
    assert kurtosis(x) == pytest.approx(
        (stats.kurtosis(x), stats.kurtosistest(x).pvalue), rel=1e-10
    )


def test_few_values_have_no_test() -> None:
    size, p = skewness(np.array([0.0, 0.0, 1.0]))
    assert size == pytest.approx(1 / math.sqrt(2))
    assert math.isnan(p)
    size, p = kurtosis(np.array([0.0, 0.0, 1.0]))
    assert size == pytest.approx(-1.5)
    assert math.isnan(p)


def test_equal_values_have_no_shape() -> None:
    assert all(math.isnan(v) for v in (*skewness(np.ones(9)), *kurtosis(np.ones(9))))
    assert all(math.isnan(v) for v in skewness(np.empty(0)))


def test_two_sided() -> None:
    assert two_sided(-1.959963984540054) == pytest.approx(0.05)
