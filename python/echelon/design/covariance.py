"""Covariance structures: theta to Lambda for one random term, and back.

Room: design/. A structure is a name and a map; the engine knows neither.
Takes: the number of random effects per group (r) and, for the map, theta (k,).
Gives: the structures linear in theta, and the table `STRUCTURES` of all.
Source: docs/theory.md (4); Pinheiro & Bates (2000), sections 2.1.1 and 4.2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.scaled_correlation import (
    Autoregressive,
    CompoundSymmetry,
    HeterogeneousCompound,
    Toeplitz,
)
from echelon.design.structure import CovarianceStructure, box, frozen, pooled, sd_names

__all__ = ["STRUCTURES", "CovarianceStructure", "Diagonal", "Identity", "Unstructured", "structure"]


class Unstructured(CovarianceStructure):
    """`us`: every variance and covariance; theta is Lambda's lower triangle, column by column."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "us"

    @property
    def is_unrestricted(self) -> bool:
        """Every covariance matrix is allowed."""
        return True

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters."""
        return self.size * (self.size + 1) // 2

    @property
    def index(self) -> IndexArray:
        """Which theta fills which entry of Lambda, (r, r)."""
        return _triangle(self.size)

    @property
    def theta_names(self) -> tuple[str, ...]:
        """What each theta is, (k,)."""
        places = [(i, j) for j in range(1, self.size + 1) for i in range(j, self.size + 1)]
        mark = "," if self.size > 9 else ""
        return tuple(f"Lambda_{i}{mark}{j}" for i, j in places)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of theta, (k,) each."""
        return box(self.n_theta)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta from relative standard deviations, uncorrelated."""
        theta = np.zeros(self.n_theta)
        theta[np.diagonal(self.index)] = std_devs
        return theta

    def canonical(self, theta: FloatArray) -> FloatArray:
        """Choose the theta whose Lambda has a non-negative diagonal."""
        factor = self.Lambda(theta)
        signs = np.where(np.diagonal(factor) < 0, -1.0, 1.0)
        rows, columns = _lower_places(self.size)
        result: FloatArray = (factor * signs)[rows, columns]
        return result


@lru_cache(maxsize=64)
def _lower_places(size: int) -> tuple[IndexArray, IndexArray]:
    """Rows and columns of the lower triangle, column by column."""
    columns, rows = np.triu_indices(size)
    return rows, columns


@lru_cache(maxsize=64)
def _triangle(size: int) -> IndexArray:
    index = np.full((size, size), -1, dtype=np.int64)
    index[_lower_places(size)] = np.arange(size * (size + 1) // 2)
    return frozen(index)


class Diagonal(CovarianceStructure):
    """`diag` and the double bar: a variance for each effect, no correlation."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "diag"

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters."""
        return self.size

    @property
    def index(self) -> IndexArray:
        """Which theta fills which entry of Lambda, (r, r)."""
        return _diagonal(self.size, False)

    @property
    def theta_names(self) -> tuple[str, ...]:
        """What each theta is, (k,)."""
        return sd_names(self.n_theta)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of theta, (k,) each."""
        return box(self.n_theta)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta from relative standard deviations, uncorrelated."""
        return np.array(std_devs, dtype=float)

    def canonical(self, theta: FloatArray) -> FloatArray:
        """Choose the theta whose Lambda has a non-negative diagonal."""
        return np.abs(theta)


class Identity(Diagonal):
    """`id`: one variance shared by all effects, no correlation."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "id"

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters."""
        return 1

    @property
    def index(self) -> IndexArray:
        """Which theta fills which entry of Lambda, (r, r)."""
        return _diagonal(self.size, True)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta from relative standard deviations, uncorrelated."""
        return pooled(std_devs)


@lru_cache(maxsize=128)
def _diagonal(size: int, is_shared: bool) -> IndexArray:
    index = np.full((size, size), -1, dtype=np.int64)
    np.fill_diagonal(index, 0 if is_shared else np.arange(size))
    return frozen(index)


STRUCTURES: dict[str, type[CovarianceStructure]] = {
    "us": Unstructured,
    "diag": Diagonal,
    "id": Identity,
    "cs": CompoundSymmetry,
    "hcs": HeterogeneousCompound,
    "ar1": Autoregressive,
    "toep": Toeplitz,
}


@lru_cache(maxsize=256)
def structure(name: str, size: int) -> CovarianceStructure:
    """Look up a structure by its name in a formula, for r = `size` effects per group."""
    return STRUCTURES[name](size)
