from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.design.covariance import STRUCTURES, CovarianceStructure, structure

NAMES = sorted(STRUCTURES)


def interior(s: CovarianceStructure, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low, high = s.bounds
    low, high = np.maximum(low, -2.0), np.minimum(high, 2.0)
    return low + (high - low) * rng.uniform(0.15, 0.85, s.n_theta)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_sizes_agree(name: str, size: int) -> None:
    s = structure(name, size)
    theta = s.start(np.full(size, 0.7))
    low, high = s.bounds
    assert s.name == name
    assert len(theta) == s.n_theta == len(s.theta_names) == len(low) == len(high)
    assert len(set(s.theta_names)) == s.n_theta
    assert ((low <= theta) & (theta <= high)).all()
    assert s.jacobian(theta).shape == (s.n_theta, size, size)
    np.testing.assert_allclose(s.Lambda(theta), 0.7 * np.eye(size), atol=1e-15)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("us", (1, 3, 6)),
        ("diag", (1, 2, 3)),
        ("id", (1, 1, 1)),
        ("cs", (1, 2, 2)),
        ("hcs", (1, 3, 4)),
        ("ar1", (1, 2, 2)),
        ("toep", (1, 3, 5)),
    ],
)
def test_number_of_parameters(name: str, counts: tuple[int, ...]) -> None:
    assert tuple(structure(name, size).n_theta for size in (1, 2, 3)) == counts


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 5))
def test_jacobian_is_the_derivative(name: str, seed: int, size: int) -> None:
    s = structure(name, size)
    theta = interior(s, seed)
    step = 1e-6
    numeric = np.stack(
        [
            (s.Lambda(theta + step * e) - s.Lambda(theta - step * e)) / (2 * step)
            for e in np.eye(s.n_theta)
        ]
    )
    np.testing.assert_allclose(s.jacobian(theta), numeric, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 5))
def test_canonical_keeps_the_covariance(name: str, seed: int, size: int) -> None:
    s = structure(name, size)
    theta = interior(s, seed)
    factor, chosen = s.Lambda(theta), s.Lambda(s.canonical(theta))
    np.testing.assert_allclose(chosen @ chosen.T, factor @ factor.T, atol=1e-12)
    assert (np.diagonal(chosen) >= 0).all()
    assert np.array_equal(np.triu(chosen, 1), np.zeros((size, size)))
    assert np.array_equal(s.canonical(s.canonical(theta)), s.canonical(theta))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("edge", [0, 1])
def test_defined_at_and_past_the_edge(name: str, edge: int) -> None:
    s = structure(name, 3)
    theta = np.where(np.isfinite(s.bounds[edge]), s.bounds[edge], 1.0)
    past = theta + (1e-9 if edge else -1e-9)
    for point in (theta, past, np.zeros(s.n_theta)):
        assert np.isfinite(s.Lambda(point)).all()
        assert np.isfinite(s.jacobian(point)).all()


def covariance(name: str, size: int, theta: list[float]) -> np.ndarray:
    factor = structure(name, size).Lambda(np.array(theta))
    return factor @ factor.T


def test_unstructured_fills_the_lower_triangle_by_columns() -> None:
    factor = structure("us", 3).Lambda(np.arange(1.0, 7.0))
    assert factor.tolist() == [[1, 0, 0], [2, 4, 0], [3, 5, 6]]
    assert structure("us", 2).theta_names == ("Lambda_11", "Lambda_21", "Lambda_22")


def test_unstructured_canonical_flips_columns() -> None:
    assert structure("us", 2).canonical(np.array([-1.0, 2.0, -3.0])).tolist() == [1, -2, 3]


def test_compound_symmetry() -> None:
    expected = 4 * (0.25 * np.ones((3, 3)) + 0.75 * np.eye(3))
    np.testing.assert_allclose(covariance("cs", 3, [2.0, 0.25]), expected, atol=1e-12)


def test_heterogeneous_compound_symmetry() -> None:
    scale = np.array([1.0, 2.0, 3.0])
    expected = np.outer(scale, scale) * (-0.3 * np.ones((3, 3)) + 1.3 * np.eye(3))
    np.testing.assert_allclose(covariance("hcs", 3, [1, 2, 3, -0.3]), expected, atol=1e-12)


def test_autoregressive() -> None:
    rho = -0.6
    expected = 4 * np.array([[1, rho, rho**2], [rho, 1, rho], [rho**2, rho, 1]])
    np.testing.assert_allclose(covariance("ar1", 3, [2.0, rho]), expected, atol=1e-12)


def test_toeplitz_has_one_correlation_per_distance() -> None:
    matrix = covariance("toep", 4, [1, 1, 1, 1, 0.5, -0.4, 0.3])
    assert matrix[0, 1] == pytest.approx(0.5)
    # partial correlation -0.4 at distance 2: rho_2 = rho_1^2 + p (1 - rho_1^2)
    assert matrix[0, 2] == pytest.approx(0.25 - 0.4 * 0.75)
    for gap in range(4):
        np.testing.assert_allclose(np.diagonal(matrix, gap), matrix[0, gap], atol=1e-12)


def test_toeplitz_with_one_partial_correlation_is_autoregressive() -> None:
    expected = covariance("ar1", 4, [1.0, 0.7])
    np.testing.assert_allclose(covariance("toep", 4, [1, 1, 1, 1, 0.7, 0, 0]), expected, atol=1e-12)


def test_a_zero_standard_deviation_needs_no_care() -> None:
    matrix = covariance("hcs", 3, [1.0, 0.0, 2.0, 0.5])
    assert matrix[1].tolist() == [0, 0, 0]
    assert matrix[0, 2] == pytest.approx(1.0)


def test_a_structure_of_ones_own() -> None:
    diagonal: Any = STRUCTURES["diag"]

    class Proportional(diagonal):
        """Standard deviations 1, 2, 3, ... times one number."""

        __slots__ = ()
        n_theta = 1
        index = None

        def Lambda(self, theta: np.ndarray) -> np.ndarray:
            return theta[0] * np.diag(np.arange(1.0, self.size + 1))

    assert Proportional(2).Lambda(np.array([3.0])).tolist() == [[3, 0], [0, 6]]
    assert Proportional(2) != structure("diag", 2)
