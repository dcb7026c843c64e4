"""One-way analysis of variance and the interval of the ICC."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from echelon.measure.one_way import spread

DYESTUFF = np.array([
    1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560,
    1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445,
], dtype=float)  # fmt: skip
BATCH = np.repeat(np.arange(6), 5)


def test_dyestuff_as_in_the_textbooks() -> None:
    """Davies (1947): mean squares 11,271.5 between and 2,451.25 within batches."""
    found = spread(DYESTUFF, BATCH, 6)
    assert found.mean == 1527.5
    assert found.sd_within**2 == pytest.approx(2451.25)
    assert found.sd_between**2 == pytest.approx((11271.5 - 2451.25) / 5)
    assert found.icc == pytest.approx(1764.05 / (1764.05 + 2451.25))
    assert found.design_effect == pytest.approx(1 + 4 * found.icc)
    assert found.effective_n == pytest.approx(30 / found.design_effect)


def test_equal_sizes_give_the_f_interval() -> None:
    """Searle, Casella & McCulloch (1992), section 3.6."""
    found = spread(DYESTUFF, BATCH, 6, conf_level=0.9)
    ratio = 11271.5 / 2451.25
    bounds = [ratio / stats.f.ppf(p, 5, 24) for p in (0.95, 0.05)]
    expected = [max((bound - 1) / (bound + 4), 0) for bound in bounds]
    assert [found.icc_low, found.icc_high] == pytest.approx(expected, abs=1e-12)


def test_unequal_sizes_meet_the_quantiles_of_f() -> None:
    """The bounds solve Wald's equation, formed here in full."""
    rng = np.random.default_rng(3)
    sizes = np.array([2, 3, 3, 5, 8, 8, 13, 21])
    codes = np.repeat(np.arange(8), sizes)
    values = rng.normal(size=8)[codes] + rng.normal(size=len(codes))
    found = spread(values, codes, 8)
    means = np.bincount(codes, values) / sizes
    within = ((values - means[codes]) ** 2).sum() / (len(codes) - 8)
    for icc, p in ((found.icc_low, 0.975), (found.icc_high, 0.025)):
        weights = sizes / (1 + sizes * icc / (1 - icc))
        centre = np.average(means, weights=weights)
        ratio = (weights * (means - centre) ** 2).sum() / 7 / within
        assert ratio == pytest.approx(stats.f.ppf(p, 7, len(codes) - 8), rel=1e-9)


@pytest.mark.slow
def test_the_interval_covers_as_often_as_it_says() -> None:
    """Exact for any group sizes: 1,000 samples, binomial error of three standard deviations."""
    rng = np.random.default_rng(11)
    codes = np.repeat(np.arange(12), [1, 1, 2, 2, 3, 3, 4, 6, 9, 14, 20, 30])
    covered = 0
    for _ in range(1000):
        values = rng.normal(size=12)[codes] * 0.5 + rng.normal(size=len(codes))
        found = spread(values, codes, 12, conf_level=0.8)
        covered += found.icc_low <= 0.2 <= found.icc_high
    assert abs(covered - 800) < 3 * math.sqrt(160)


def test_a_shift_and_a_scale_change_no_share() -> None:
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(9), np.arange(1, 10))
    values = rng.normal(size=9)[codes] + rng.normal(size=45)
    one, other = spread(values, codes, 9), spread(1e6 + 1000 * values, codes, 9)
    assert other.icc == pytest.approx(one.icc, rel=1e-6)
    assert other.icc_high == pytest.approx(one.icc_high, rel=1e-6)
    assert other.sd_within == pytest.approx(1000 * one.sd_within, rel=1e-6)


def test_less_variance_between_groups_than_chance_is_zero() -> None:
    found = spread(np.tile([1.0, 2.0, 3.0], 5), np.repeat(np.arange(5), 3), 5)
    assert (found.sd_between, found.icc, found.icc_low, found.design_effect) == (0, 0, 0, 1)


def test_one_group_has_a_spread_but_no_icc() -> None:
    found = spread(np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=np.int32), 1)
    assert (found.mean, found.sd_within) == (2.0, 1.0)
    assert np.isnan([found.sd_between, found.icc, found.icc_low, found.effective_n]).all()


def test_one_row_per_group_has_no_spread_within() -> None:
    found = spread(np.array([1.0, 2.0, 3.0]), np.arange(3, dtype=np.int32), 3)
    assert np.isnan([found.sd_within, found.sd_between, found.icc]).all()


def test_a_constant_within_groups_has_icc_one_and_no_interval() -> None:
    found = spread(np.repeat([1.0, 2.0], 3), np.repeat([0, 1], 3), 2)
    assert (found.sd_within, found.icc) == (0, 1)
    assert np.isnan([found.icc_low, found.icc_high]).all()
