"""What a covariance structure is: the interface that engine, infer and report rely on.

Room: design/. A structure is a name and a map; the engine knows neither.
Takes: the number of random effects per group (r) and, for the map, theta (k,).
Gives: `CovarianceStructure`, to be implemented in covariance, scaled_correlation or elsewhere.
Source: docs/theory.md (4).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.design.correlation import MARGIN


@dataclass(frozen=True, slots=True)
class CovarianceStructure(ABC):
    """The map theta -> Lambda of one random term; Lambda Lambda' sigma^2 is its covariance.

    `size` is r, the number of random effects per group. Two kinds of map exist. Linear ones
    (`index` is not None) say which theta fills which entry of Lambda; the engine then needs no
    more. Others give Lambda and its Jacobian by computation.
    """

    size: int

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in a formula, e.g. 'us'."""

    @property
    @abstractmethod
    def n_theta(self) -> int:
        """Number of covariance parameters (k)."""

    @property
    def index(self) -> IndexArray | None:
        """Entry (a, b) of Lambda is theta[index[a, b]], or 0 where the index is -1; (r, r)."""
        return None

    @property
    def is_unrestricted(self) -> bool:
        """Whether every covariance matrix is allowed: then the basis of the effects is free."""
        return False

    @property
    @abstractmethod
    def theta_names(self) -> tuple[str, ...]:
        """What each theta is, (k,): 'sd_2', 'cor', 'Lambda_21', ..."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limits of theta, (k,) each; infinite where there is none.

        Entries whose sign is only a convention (diagonals of Lambda) are not bounded.
        """

    @abstractmethod
    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta (k,) from relative standard deviations (r,), uncorrelated."""

    @abstractmethod
    def canonical(self, theta: FloatArray) -> FloatArray:
        """Choose among equivalent theta the one with a non-negative diagonal of Lambda."""

    def Lambda(self, theta: FloatArray) -> FloatArray:
        """Relative covariance factor (r, r), lower triangular, no unit."""
        index = self.index
        assert index is not None
        return np.where(index >= 0, theta[index], 0.0)

    def jacobian(self, theta: FloatArray) -> FloatArray:
        """Differentiate Lambda with respect to theta, (k, r, r)."""
        index = self.index
        assert index is not None
        return _indicators(self)


@lru_cache(maxsize=256)
def _indicators(structure: CovarianceStructure) -> FloatArray:
    """Differentiate a linear map: 1 where an entry is that theta, (k, r, r); read-only."""
    index = structure.index
    assert index is not None
    return frozen(np.stack([(index == i).astype(float) for i in range(structure.n_theta)]))


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Make an array read-only."""
    array.flags.writeable = False
    return array


@lru_cache(maxsize=256)
def box(
    n_free: int, n_positive: int = 0, low: float = 0.0, n_bounded: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Limits of theta: first the unbounded, then those >= 0, then correlations in (low, 1)."""
    lower = [-np.inf] * n_free + [0.0] * n_positive + [low + MARGIN] * n_bounded
    upper = [np.inf] * (n_free + n_positive) + [1.0 - MARGIN] * n_bounded
    return frozen(np.array(lower)), frozen(np.array(upper))


def sd_names(count: int) -> tuple[str, ...]:
    """Name standard deviations: 'sd', or 'sd_1', 'sd_2', ..."""
    return ("sd",) if count == 1 else tuple(f"sd_{i}" for i in range(1, count + 1))


def pooled(std_devs: FloatArray) -> FloatArray:
    """Average standard deviations by their squares, (1,)."""
    return np.array([np.sqrt(np.mean(np.square(std_devs)))])
