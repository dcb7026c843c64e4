"""Covariance structures: theta to Lambda for one random term, and back.

Room: design/. A structure is a name and a map; the engine knows neither.
Takes: the number of random effects per group (r) and, for the map, theta (k,).
Gives: `CovarianceStructure` and the table `STRUCTURES`; adding one is one class here.
Source: docs/theory.md (4); Pinheiro & Bates (2000), sections 2.1.1 and 4.2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.correlation import MARGIN, autoregressive, banded, exchangeable


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
    return _frozen(np.stack([(index == i).astype(float) for i in range(structure.n_theta)]))


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@lru_cache(maxsize=256)
def _box(
    n_free: int, n_positive: int = 0, low: float = 0.0, n_bounded: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Limits of theta: first the unbounded, then those >= 0, then correlations in (low, 1)."""
    lower = [-np.inf] * n_free + [0.0] * n_positive + [low + MARGIN] * n_bounded
    upper = [np.inf] * (n_free + n_positive) + [1.0 - MARGIN] * n_bounded
    return _frozen(np.array(lower)), _frozen(np.array(upper))


class Unstructured(CovarianceStructure):
    """`us`: every variance and covariance; theta is Lambda's lower triangle, column by column."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "us"

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
        return _box(self.n_theta)

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
    return _frozen(index)


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
        return _sd_names(self.n_theta)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of theta, (k,) each."""
        return _box(self.n_theta)

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
        return _pooled(std_devs)


@lru_cache(maxsize=128)
def _diagonal(size: int, is_shared: bool) -> IndexArray:
    index = np.full((size, size), -1, dtype=np.int64)
    np.fill_diagonal(index, 0 if is_shared else np.arange(size))
    return _frozen(index)


def _sd_names(count: int) -> tuple[str, ...]:
    return ("sd",) if count == 1 else tuple(f"sd_{i}" for i in range(1, count + 1))


def _pooled(std_devs: FloatArray) -> FloatArray:
    return np.array([np.sqrt(np.mean(np.square(std_devs)))])


class ScaledCorrelation(CovarianceStructure):
    """Standard deviations times a correlation matrix: Lambda = diag(sd) chol(C).

    theta holds the standard deviations (one, or one per effect), then the parameters of C. A
    zero standard deviation needs no care; a correlation at or past the edge of the positive
    definite ones is moved inside by `MARGIN`.
    """

    __slots__ = ()

    is_shared = False  # one standard deviation for all effects
    factor = staticmethod(exchangeable)

    @property
    def n_sd(self) -> int:
        """Number of standard deviations in theta."""
        return 1 if self.is_shared else self.size

    @property
    def n_correlations(self) -> int:
        """Number of parameters of the correlation matrix."""
        return 1 if self.size > 1 else 0

    @property
    def lowest(self) -> float:
        """Lower edge of the correlation parameters."""
        return -1.0 / (self.size - 1) if self.size > 1 else -1.0

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters."""
        return self.n_sd + self.n_correlations

    @property
    def theta_names(self) -> tuple[str, ...]:
        """What each theta is, (k,)."""
        return _sd_names(self.n_sd) + ("cor",) * self.n_correlations

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of theta, (k,) each."""
        free, positive = (1, 0) if self.n_sd == 1 else (0, self.n_sd)
        return _box(free, positive, self.lowest, self.n_correlations)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta from relative standard deviations, uncorrelated."""
        scales = _pooled(std_devs) if self.is_shared else np.asarray(std_devs, dtype=float)
        return np.concatenate([scales, np.zeros(self.n_correlations)])

    def canonical(self, theta: FloatArray) -> FloatArray:
        """Choose the theta whose Lambda has a non-negative diagonal."""
        result = np.array(theta, dtype=float)
        if self.n_sd == 1:
            result[0] = abs(result[0])
        return result

    def Lambda(self, theta: FloatArray) -> FloatArray:
        """Relative covariance factor diag(sd) chol(C), (r, r)."""
        factor, _ = self._correlation_factor(theta)
        return self._scales(theta)[:, None] * factor

    def jacobian(self, theta: FloatArray) -> FloatArray:
        """Differentiate Lambda with respect to theta, (k, r, r)."""
        factor, slopes = self._correlation_factor(theta)
        by_row = np.eye(self.size)[:, :, None] * factor
        by_sd = factor[None] if self.is_shared else by_row
        return np.concatenate([by_sd, self._scales(theta)[:, None] * slopes])

    def _scales(self, theta: FloatArray) -> FloatArray:
        return np.broadcast_to(theta[: self.n_sd], self.size)

    def _correlation_factor(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.size == 1:
            return np.ones((1, 1)), np.zeros((0, 1, 1))
        inside = np.clip(theta[self.n_sd :], self.lowest + MARGIN, 1.0 - MARGIN)
        return type(self).factor(self.size, inside)


class HeterogeneousCompound(ScaledCorrelation):
    """`hcs`: a standard deviation for each effect, one correlation for every pair."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "hcs"


class CompoundSymmetry(ScaledCorrelation):
    """`cs`: one standard deviation, one correlation for every pair."""

    __slots__ = ()

    is_shared = True

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "cs"


class Autoregressive(ScaledCorrelation):
    """`ar1`: one standard deviation, correlation rho^|i - j| in the order of the effects."""

    __slots__ = ()

    is_shared = True
    factor = staticmethod(autoregressive)

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "ar1"

    @property
    def lowest(self) -> float:
        """Lower edge of rho."""
        return -1.0


class Toeplitz(ScaledCorrelation):
    """`toep`: a standard deviation for each effect, one correlation per distance |i - j|.

    theta holds the r - 1 partial correlations instead of the correlations: any values inside
    (-1, 1) give a positive definite matrix.
    """

    __slots__ = ()

    factor = staticmethod(banded)

    @property
    def name(self) -> str:
        """Name in a formula."""
        return "toep"

    @property
    def n_correlations(self) -> int:
        """Number of partial correlations."""
        return self.size - 1

    @property
    def lowest(self) -> float:
        """Lower edge of a partial correlation."""
        return -1.0

    @property
    def theta_names(self) -> tuple[str, ...]:
        """What each theta is, (k,)."""
        return _sd_names(self.n_sd) + tuple(f"partial_cor_{i}" for i in range(1, self.size))


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
