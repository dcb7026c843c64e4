"""The largest of correlated t statistics: each way to compute it against another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from echelon.infer.distributions import multivariate_t
from echelon.infer.distributions.multivariate_t import ByDirection, largest_t, one_factor
from echelon.infer.distributions.studentized_range import Extreme, studentized_range

Q = np.array([1.0, 2.0, 3.0, 4.5])


def pairs(k: int) -> np.ndarray:
    rows = np.zeros((k * (k - 1) // 2, k))
    for row, (i, j) in zip(rows, combinations(range(k), 2), strict=True):
        row[[i, j]] = 0.5**0.5, -(0.5**0.5)
    return rows


@pytest.mark.parametrize(("k", "tolerance"), [(2, 1e-9), (3, 1e-8), (4, 1e-5), (6, 3e-5)])
@pytest.mark.parametrize("df", [4.0, np.inf])
def test_pairs_of_balanced_means_are_tukeys(k: int, tolerance: float, df: float) -> None:
    ours = largest_t(pairs(k)).tail(Q, np.full(4, df))
    exact = studentized_range(k).tail(np.sqrt(2) * Q, np.full(4, df))
    np.testing.assert_allclose(ours, exact, rtol=0, atol=tolerance)


def test_a_common_control_is_of_one_factor_and_agrees_with_directions() -> None:
    sizes = np.array([4.0, 9.0, 30.0, 7.0])
    loadings = np.sqrt(sizes / (sizes + 5.0))
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    rows = np.linalg.cholesky(correlation)
    exact, df = largest_t(rows), np.full(4, 9.0)
    assert isinstance(exact, Extreme)
    near = multivariate_t._by_direction(rows)
    np.testing.assert_allclose(near.tail(Q, df), exact.tail(Q, df), rtol=0, atol=2e-5)
    signs = np.diag([1.0, -1.0, 1.0, -1.0])
    assert isinstance(largest_t(signs @ rows), Extreme)


def test_what_is_not_of_one_factor_is_recognised() -> None:
    assert one_factor(np.array([[1, 0.5, 0.5], [0.5, 1, -0.5], [0.5, -0.5, 1]])) is None
    assert one_factor(np.array([[1, 0.5, 0.0], [0.5, 1, 0.0], [0.0, 0.0, 1]])) is None
    zero = one_factor(np.eye(4))
    assert zero is not None
    assert zero.tolist() == [0] * 4


def test_one_direction_is_students_t() -> None:
    largest = largest_t(np.array([[2.0, 0.0], [-1.0, 0.0]]))
    assert isinstance(largest, ByDirection)
    df = np.array([3.0, 8.0, 30.0, np.inf])
    np.testing.assert_allclose(largest.tail(Q, df), 2 * stats.t.sf(Q, df), rtol=1e-10)
    np.testing.assert_allclose(largest.quantile(0.9, df), stats.t.ppf(0.95, df), rtol=1e-9)


def test_the_numbers_are_the_same_every_time() -> None:
    tails = [largest_t(pairs(5)).tail(Q, np.full(4, 12.0)) for _ in range(2)]
    assert tails[0].tolist() == tails[1].tolist()


@pytest.mark.slow
def test_high_ranks_against_simulation() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(30, 9))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    n, df = 2_000_000, 15.0
    scale = np.sqrt(rng.chisquare(df, n) / df)
    largest = np.concatenate(
        [np.abs(rng.normal(size=(n // 20, 9)) @ rows.T).max(axis=1) for _ in range(20)]
    )
    simulated = (largest / scale > Q[:, None]).mean(axis=1)
    tail = largest_t(rows).tail(Q, np.full(4, df))
    np.testing.assert_allclose(tail, simulated, rtol=0, atol=4 * np.sqrt(0.25 / n))
