"""Linear combinations of the fixed effects: estimate, standard error, df, test, interval.

Room: infer/. What tests, means, slopes and tables of fixed effects are all made of.
Takes: a `Fit` and the name of a way to count degrees of freedom.
Gives: `LinearInference`.
Source: docs/theory.md (14); Satterthwaite (1946), Kenward & Roger (1997), Fai & Cornelius (1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.infer.distributions import distributions

COLUMNS = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")
REDUNDANT = 1e-12  # share of the largest variance below which a combination is redundant
NOT_ESTIMABLE = 1e-8  # share of a row of L outside the estimable space


class Degrees(Protocol):
    """A way to count denominator degrees of freedom."""

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom of each row of L (m, p) by itself, (m,); inf: normal."""

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Degrees of freedom of the joint test of L (m, p), and what F is multiplied by.

        The rows of L are independent; the factor is 1 except for Kenward-Roger.
        """


@dataclass(frozen=True, slots=True)
class JointTest:
    """A test of several combinations at once: F on (df_num, df_den); df_den inf is chi-square."""

    statistic: float
    df_num: int
    df_den: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class LinearInference:
    """The fixed effects, with the covariance and the degrees of freedom that tests use.

    `beta` (p,) and `vcov` (p, p) are NaN where a coefficient is not estimated; `vcov` is adjusted
    where the method says so (Kenward-Roger, robust). `null_space` (p, a) spans what the data say
    nothing about: L is estimable where L null_space = 0 (a = 0 for a full-rank X).
    """

    names: tuple[str, ...]
    beta: FloatArray
    vcov: FloatArray
    is_estimated: NDArray[np.bool_]
    null_space: FloatArray
    degrees: Degrees
    df_method: str

    def is_estimable(self, L: FloatArray) -> NDArray[np.bool_]:
        """Whether the data determine each row of L (m, p)."""
        if not self.null_space.size:
            return np.ones(len(L), dtype=np.bool_)
        size = np.linalg.norm(L, axis=1)
        outside = np.linalg.norm(L @ self.null_space, axis=1)
        result: NDArray[np.bool_] = outside <= NOT_ESTIMABLE * np.where(size > 0, size, 1.0)
        return result

    def covariance(self, L: FloatArray) -> FloatArray:
        """Covariance (m, m) of L beta; coefficients that are not estimated count as zero."""
        inside = L[:, self.is_estimated]
        kept = np.ix_(self.is_estimated, self.is_estimated)
        covariance: FloatArray = inside @ self.vcov[kept] @ inside.T
        return covariance

    def rows(
        self, L: FloatArray, conf_level: float, null: FloatArray | float = 0.0
    ) -> dict[str, FloatArray]:
        """Estimate and test each row of L (m, p) by itself.

        Returns
        -------
        Columns estimate, std_error, statistic, df, p_value, conf_low, conf_high, (m,) each; NaN
        in rows that are not estimable.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        known = self.is_estimable(L)
        beta = np.where(self.is_estimated, self.beta, 0.0)
        variance = np.diagonal(self.covariance(L)).copy()
        estimate = np.where(known, L @ beta, np.nan)
        std_error = np.where(known, np.sqrt(np.maximum(variance, 0.0)), np.nan)
        df = np.where(known, self.degrees.rows(L), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = (estimate - null) / std_error
        margin = distributions.t_quantile(conf_level, df) * std_error
        p_value = distributions.t_p_value(statistic, df)
        values = (
            estimate, std_error, statistic, df, p_value, estimate - margin, estimate + margin
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))

    def joint(self, L: FloatArray, null: FloatArray | float = 0.0) -> JointTest:
        """Test L beta = null for all rows of L (m, p) at once; redundant rows do not count.

        Rows that are not estimable are left out; a test of nothing has df_num 0 and p NaN.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        known = self.is_estimable(L)
        beta = np.where(self.is_estimated, self.beta, 0.0)
        distance = (L @ beta - null)[known]
        L = L[known]
        if np.isnan(self.covariance(L)).any():
            return JointTest(np.nan, int(np.linalg.matrix_rank(L)), np.nan, np.nan)
        if not len(L):
            return JointTest(np.nan, 0, np.nan, np.nan)
        values, basis = _directions(self.covariance(L))
        q = len(values)
        if q == 0:
            return JointTest(np.nan, 0, np.nan, np.nan)
        df_den, factor = self.degrees.joint(basis @ L)
        wald = float(((basis @ distance) ** 2 / values).sum())
        statistic = factor * wald / q
        p_value = distributions.f_p_value(statistic, q, df_den)
        return JointTest(statistic, q, df_den, p_value)


def _directions(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Independent combinations (q, m) of rows, with their variances (q,).

    The eigenvectors of the covariance, as Fai & Cornelius; where units differ so much that some
    drown in its rounding, those of the correlations, which decide how many there are.
    """
    size = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    scale = np.where(size > 0, size, 1.0)
    correlations, turned = np.linalg.eigh(covariance / np.outer(scale, scale))
    is_own = correlations > REDUNDANT * max(correlations[-1], 0.0)
    values, vectors = np.linalg.eigh(covariance)
    is_kept = values > REDUNDANT * max(values[-1], 0.0)
    if is_kept.sum() == is_own.sum():
        return values[is_kept], vectors[:, is_kept].T
    return correlations[is_own], (turned[:, is_own] / scale[:, None]).T
