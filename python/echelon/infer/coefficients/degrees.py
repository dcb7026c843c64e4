"""Degrees of freedom that follow a rule: one number, or one per coefficient.

Room: infer/. Counts degrees of freedom; tests nothing itself.
Takes: the numbers that a rule gives to coefficients.
Gives: `Constant` and `ByCoefficient`, ways to count.
Source: docs/theory.md (14).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray

NOT_USED = 1e-10  # share of the largest weight of a row below which a coefficient is not used


@dataclass(frozen=True, slots=True)
class Constant:
    """The same degrees of freedom for every combination; inf: the normal and chi-square."""

    df: float

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom (m,) of each row of L (m, p)."""
        return np.full(len(L), float(self.df) if self.df > 0 else np.nan)

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Degrees of freedom of the joint test of L (m, p), and the factor 1."""
        return (float(self.df) if self.df > 0 else np.nan), 1.0


@dataclass(frozen=True, slots=True)
class ByCoefficient:
    """A combination has the least degrees of freedom among the coefficients that it uses.

    `df` (p,), NaN where a coefficient is not estimated: it counts for nothing.
    """

    df: FloatArray

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom (m,) of each row of L (m, p)."""
        size = np.abs(L)
        is_used = size > NOT_USED * size.max(axis=1, keepdims=True, initial=0.0)
        known = np.where(self.df > 0, self.df, np.inf)
        least = np.where(is_used, known, np.inf).min(axis=1, initial=np.inf)
        return np.where(np.isfinite(least), least, np.nan)

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Degrees of freedom of the joint test of L (m, p), and the factor 1."""
        least = self.rows(L)
        return float(np.nanmin(least)) if np.isfinite(least).any() else np.nan, 1.0
