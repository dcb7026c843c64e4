"""Tukey's and Dunnett's distributions against scipy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.infer.distributions.studentized_range import (
    chi_rule,
    largest_of_factor,
    studentized_range,
)


@pytest.mark.parametrize("n_means", [2, 3, 12, 60])
@pytest.mark.parametrize("df", [1.0, 2.5, 9.0, 240.0, np.inf])
def test_the_studentised_range_is_scipys(n_means: int, df: float) -> None:
    q = np.array([0.5, 2.0, 3.5, 6.0])
    ours = studentized_range(n_means).tail(q, np.full(4, df))
    theirs = stats.studentized_range.sf(q, n_means, df)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_two_means_are_students_t() -> None:
    """With closed-form tails; far out the error is absolute."""
    t, df = np.array([0.1, 2.0, 9.0, 25.0]), np.array([3.0, 7.5, 30.0, 30.0])
    ours = studentized_range(2).tail(np.sqrt(2) * t, df)
    np.testing.assert_allclose(ours, 2 * stats.t.sf(t, df), rtol=1e-9, atol=1e-13)


def test_quantiles_leave_their_share_above_them() -> None:
    df = np.array([2.0, 5.0, 48.0, np.inf])
    q = studentized_range(5).quantile(0.95, df)
    np.testing.assert_allclose(q, stats.studentized_range.ppf(0.95, 5, df), rtol=1e-7)
    np.testing.assert_allclose(studentized_range(5).tail(q, df), 0.05, rtol=1e-10)


def test_quantiles_of_many_df_are_interpolated() -> None:
    df = np.linspace(4, 400, 300)
    q = studentized_range(7).quantile(0.99, df)
    np.testing.assert_allclose(studentized_range(7).tail(q, df), 0.01, rtol=1e-7)


def test_what_is_not_known_stays_unknown() -> None:
    df = np.array([np.nan, 4.0])
    assert np.isnan(studentized_range(3).tail(np.array([1.0, 1.0]), df)).tolist() == [True, False]
    assert np.isnan(studentized_range(3).quantile(0.95, df)).tolist() == [True, False]


def test_independent_statistics_have_sidaks_probability() -> None:
    q = np.array([1.0, 2.5, 4.0])
    tail = largest_of_factor(np.zeros(6)).tail(q, np.full(3, np.inf))
    np.testing.assert_allclose(tail, 1 - (1 - 2 * stats.norm.sf(q)) ** 6, rtol=1e-9)


def test_loadings_are_correlations() -> None:
    """Dunnett's tables: three treatments and a control, equal sizes, 20 df, 5 %."""
    extreme = largest_of_factor(np.full(3, np.sqrt(0.5)))
    assert extreme.quantile(0.95, np.array([20.0]))[0] == pytest.approx(2.54, abs=0.005)


@pytest.mark.parametrize("df", [0.7, 1.0, 4.0, 33.3, 1e5])
def test_the_chi_rule_averages_its_moments(df: float) -> None:
    s, weights = chi_rule(df)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (s**2) @ weights == pytest.approx(1, rel=1e-9)
