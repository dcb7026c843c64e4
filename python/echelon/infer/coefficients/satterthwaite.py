"""Satterthwaite's degrees of freedom: how well the variance of a combination is known.

Room: infer/. Counts degrees of freedom; tests nothing itself.
Takes: `Curvature` of a fit.
Gives: `Satterthwaite`, a way to count.
Source: docs/theory.md (14); Satterthwaite (1946); Fai & Cornelius (1996) for several rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import Curvature, delta_variances

EQUAL = 1e-8  # relative distance within which the degrees of freedom of all directions are one


@dataclass(frozen=True, slots=True)
class Satterthwaite:
    """df = 2 v^2 / var(v), v the variance of the combination, by the delta method on psi.

    `vcov` (p, p), 0 where not estimated; `slopes` (k + 1, p, p) its derivatives by psi;
    `covariance` (k + 1, k + 1) of psi. Where v rests on a variance of which the data say nothing
    (`flat` (k + 1, f)) there are no degrees of freedom: NaN.
    """

    vcov: FloatArray
    slopes: FloatArray
    covariance: FloatArray
    flat: FloatArray

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom (m,) of each row of L (m, p)."""
        variance = ((L @ self.vcov) * L).sum(axis=1)
        gradient = np.stack([((L @ slope) * L).sum(axis=1) for slope in self.slopes], axis=1)
        spread = delta_variances(gradient, self.covariance, self.flat)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(variance > 0, 2 * variance**2 / spread, np.nan)

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Combine the df of the eigen-directions of L vcov L', (m, m), as Fai & Cornelius."""
        values, vectors = np.linalg.eigh(L @ self.vcov @ L.T)
        df = self.rows(vectors.T @ L)
        if np.isnan(df).any():
            return np.nan, 1.0
        if len(values) == 1 or np.ptp(df) <= EQUAL * df.min():
            return float(df.mean()), 1.0
        total = float((df[df > 2] / (df[df > 2] - 2)).sum())
        q = len(values)
        return (2 * total / (total - q) if total > q else 2.0), 1.0


def satterthwaite(curvature: Curvature, vcov: FloatArray) -> Satterthwaite:
    """Make the way to count from the curvature of a fit and its vcov (p, p)."""
    return Satterthwaite(
        np.nan_to_num(vcov), curvature.vcov_slopes, curvature.covariance, curvature.flat
    )
