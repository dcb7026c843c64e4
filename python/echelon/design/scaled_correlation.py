"""Structures that are standard deviations times a correlation matrix: cs, hcs, ar1, toep.

Room: design/. Not linear in theta: Lambda and its Jacobian are computed.
Takes: the number of random effects per group (r) and theta (k,).
Gives: implementations of `CovarianceStructure`; adding one is one class here.
Source: docs/theory.md (4); Pinheiro & Bates (2000), section 5.3.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.correlation import MARGIN, autoregressive, banded, exchangeable
from echelon.design.structure import CovarianceStructure, box, pooled, sd_names


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
        return sd_names(self.n_sd) + ("cor",) * self.n_correlations

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Limits of theta, (k,) each."""
        free, positive = (1, 0) if self.n_sd == 1 else (0, self.n_sd)
        return box(free, positive, self.lowest, self.n_correlations)

    def start(self, std_devs: FloatArray) -> FloatArray:
        """Make theta from relative standard deviations, uncorrelated."""
        scales = pooled(std_devs) if self.is_shared else np.asarray(std_devs, dtype=float)
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
        return sd_names(self.n_sd) + tuple(f"partial_cor_{i}" for i in range(1, self.size))
