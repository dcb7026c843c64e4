"""Covariance structures: theta to Lambda for one random term, and back.

Room: design/. A structure is a name and a map; the engine knows neither.
Takes: the number of random effects per group (r) and, for the map, theta (k,).
Gives: `CovarianceStructure` and the table `STRUCTURES`; adding one is one class here.
Source: docs/theory.md (4); Pinheiro & Bates (2000), sections 2.1.1 and 4.2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from echelon._types import FloatArray, IndexArray


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
        """Derivative of Lambda with respect to theta, (k, r, r)."""
        index = self.index
        assert index is not None
        return np.stack([(index == i).astype(float) for i in range(self.n_theta)])
