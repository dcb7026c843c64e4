"""Degrees of freedom of a robust covariance: how much its clusters tell about themselves.

Room: infer/. Counts degrees of freedom; tests nothing itself.
Takes: what each cluster's adjusted scores are made of.
Gives: `ClusterDegrees`, a way to count: Satterthwaite for a row, AHT for several.
Source: docs/theory.md (16); Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), Journal of
    Business & Economic Statistics 36, 672-683.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.infer.sandwich.robust_scores import ClusterScores


@dataclass(frozen=True, slots=True)
class ClusterDegrees:
    """df of the sandwich under the model: twice mean^2 over variance of its quadratic form.

    With T_g = A_g'V_g^-1 X_g, `cross` (J, p, p) are X_g'T_g and `square` (J, p, p) T_g'V_g T_g.
    The covariance of two clusters' contributions to l'beta is then, with v = bread l,
    P_gh = [g = h] v'square_g v - (cross_g v)' bread (cross_h v): of low rank, so that sums over
    pairs of clusters are sums over clusters.
    """

    parts: ClusterScores
    cross: FloatArray
    square: FloatArray

    def rows(self, L: FloatArray) -> FloatArray:
        """Degrees of freedom (m,) of each row of L (m, P)."""
        found = [self._one(row) for row in np.atleast_2d(L) @ self.parts.basis]
        return np.array(found, dtype=float)

    def joint(self, L: FloatArray) -> tuple[float, float]:
        """Degrees of freedom of the AHT test of L (m, P), rows independent, and its factor.

        NaN where the clusters are too few for so many rows.
        """
        rows = np.atleast_2d(L) @ self.parts.basis
        q = len(rows)
        own, projected = self._contributions(rows)
        expected = own.sum(axis=0) - np.einsum("gsa,gta->st", projected, projected)
        values, vectors = np.linalg.eigh(expected)
        if values[0] <= 0:
            return np.nan, np.nan
        own, projected = self._contributions((vectors / np.sqrt(values)).T @ rows)
        total = sum(_variance(own, projected, s, t) for s in range(q) for t in range(q))
        eta = q * (q + 1) / total
        if eta <= q - 1:
            return np.nan, np.nan
        return float(eta - q + 1), float((eta - q + 1) / eta)

    def _one(self, row: FloatArray) -> float:
        if not row.any():
            return np.nan
        own, projected = self._contributions(row[None])
        mean = float(own.sum() - np.square(projected).sum())
        return 2 * mean**2 / _variance(own, projected, 0, 0)

    def _contributions(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Make v'square_g v (J, q, q), and cross_g v in coordinates with bread = I (J, q, p)."""
        v = self.parts.bread @ rows.T
        own = v.T @ self.square @ v
        root = np.linalg.cholesky(self.parts.bread)
        projected = np.einsum("gab,bq,ac->gqc", self.cross, v, root, optimize=True)
        return own, projected


def _variance(own: FloatArray, projected: FloatArray, s: int, t: int) -> float:
    """Variance of entry (s, t) of the sandwich: sum over g, h of P_ss P_tt + P_st P_ts."""
    B, D = projected, own
    inner = np.einsum("gsa,gta->gst", B[:, [s, t]], B[:, [s, t]])
    ss, st, tt = inner[:, 0, 0], inner[:, 0, 1], inner[:, 1, 1]
    together = B[:, s].T @ B[:, t]
    first = D[:, s, s] * D[:, t, t] - D[:, s, s] * tt - D[:, t, t] * ss
    second = D[:, s, t] ** 2 - 2 * D[:, s, t] * st
    return float((first + second).sum() + np.square(together).sum() + (together * together.T).sum())
