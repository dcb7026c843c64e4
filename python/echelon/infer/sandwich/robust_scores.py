"""What each cluster contributes to the estimating equations of the fixed effects.

Room: infer/. Adds up over rows; chooses no kind of robust variance.
Takes: a `Fit` with its rows, and `Clusters`.
Gives: `ClusterScores`: scores, information and bread, in unit-free coordinates.
Source: docs/theory.md (16); Liang & Zeger (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.kernel import INTERCEPT
from echelon.engine.scores import scores, whitened_rows
from echelon.fit import Fit
from echelon.infer.components.variance_information import drowned
from echelon.infer.sandwich.clusters import Clusters

FULL = 1 - 1e-8  # a leverage (no unit, at most 1) above this counts as 1


@dataclass(frozen=True, slots=True)
class ClusterScores:
    """Sums over the rows of each cluster, for the coefficients beta_s of standardised columns.

    `scores` (J, p) are X_g'V^-1 e, `information` (J, p, p) X_g'V^-1 X_g, `bread` (p, p) the
    inverse of its sum; V is relative to sigma^2. `basis` (P, p) leads back: beta = basis beta_s,
    with P all coefficients and p those estimated.
    """

    scores: FloatArray
    information: FloatArray
    bread: FloatArray
    basis: FloatArray

    def leverages(self) -> FloatArray:
        """Leverages (J, p) of each cluster, ascending: eigenvalues of bread times information."""
        root = np.linalg.cholesky(self.bread)
        values: FloatArray = np.linalg.eigvalsh(root.T @ self.information @ root)
        return values

    def sandwich(self, scores: FloatArray) -> FloatArray:
        """Covariance (p, p) of beta_s from scores (J, p)."""
        half = scores @ self.bread
        covariance: FloatArray = half.T @ half
        return covariance

    def spread(self, covariance: FloatArray) -> FloatArray:
        """Covariance (P, P) of beta from that of beta_s; NaN where nothing was estimated."""
        full = self.basis @ covariance @ self.basis.T
        unknown = ~self.basis.any(axis=1)
        full[unknown], full[:, unknown] = np.nan, np.nan
        return full


def cluster_scores(fit: Fit, clusters: Clusters, verb: str = "robust()") -> ClusterScores:
    """Add up scores and information of each cluster; `verb` is what an error names.

    Notes
    -----
    Costs one pass over the rows, n p (r + p) operations; memory J p^2, and p numbers for each row
    of a chunk. Rows are weighted by V^-1 X and multiplied by the marginal residual, so that the
    sums are right for crossed factors, too.
    """
    basis = standardised(fit)
    P, p = basis.shape
    combinations = np.zeros((P + 1, p + 1))
    combinations[:P, :p] = basis
    combinations[:P, p] = -np.nan_to_num(fit.estimates.beta)
    combinations[P, p] = 1.0
    total = np.zeros((clusters.n_clusters, p, p + 1))
    for rows, C, whitened in whitened_rows(fit.design, scores(fit).effects, combinations):
        codes = clusters.codes[rows]
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        present = codes[order][starts]
        C, whitened = C[order], whitened[order]
        for a in range(p):
            total[present, a] += np.add.reduceat(whitened[:, a, None] * C, starts)
    information = total[:, :, :p]
    information = (information + information.transpose(0, 2, 1)) / 2
    bread = np.linalg.inv(information.sum(axis=0))
    if p and not np.linalg.eigvalsh(bread)[0] > 0:
        raise drowned(verb)
    return ClusterScores(total[:, :, p].copy(), information, (bread + bread.T) / 2, basis)


def standardised(fit: Fit) -> FloatArray:
    """Find the map (P, p) from coefficients of standardised columns to all coefficients.

    With an intercept a column is centred and divided by its standard deviation, so that nothing
    depends on units; without, it is divided by its root mean square.
    """
    names, kept = fit.design.fixed_names, np.flatnonzero(fit.estimates.is_estimated)
    basis = np.zeros((len(names), len(kept)))
    has_intercept = bool(names) and names[0] == INTERCEPT
    for place, column in enumerate(kept.tolist()):
        values = fit.design.rows.fixed_columns[column]
        centre = float(values.mean()) if has_intercept and column else 0.0
        size = float(np.sqrt(np.mean((values - centre) ** 2)))
        basis[column, place] = 1 / size
        if centre:
            basis[0, place] = -centre / size
    return basis
