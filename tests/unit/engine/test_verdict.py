"""Singular or not, converged or not."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.verdict import smallest_singular_value


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [2, 3])
def test_smallest_singular_value(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.tril(rng.normal(size=(size, size)) * 10.0 ** rng.integers(-6, 3, size=(size, 1)))
    expected = np.linalg.svd(matrix, compute_uv=False)[-1]
    assert smallest_singular_value(matrix) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("matrix", [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]]])
def test_exactly_singular(matrix: list[list[float]]) -> None:
    assert smallest_singular_value(np.array(matrix)) == 0.0
