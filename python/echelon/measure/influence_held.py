"""Estimates without each cluster in closed form, the variances held at those of all rows.

Room: measure/. Leaves out; compares nothing, and refits nothing.
Takes: a `Fit` with its rows, and clusters that are independent of each other.
Gives: `Deleted` for every cluster, in order.
Source: docs/theory.md (16), (21); Christensen, Pearson & Johnson (1992), Technometrics 34, 38-45.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.deletion import Deleted
from echelon.errors import SpecError, offenders
from echelon.fit import Fit
from echelon.infer.sandwich.clusters import Clusters, is_within
from echelon.infer.sandwich.robust_scores import FULL, ClusterScores, cluster_scores

NOTHING = 1e-7  # share of a coefficient in what the rest does not determine that is rounding


def deletions_held(fit: Fit, clusters: Clusters) -> tuple[Deleted, ...]:
    """Leave out each cluster in turn; theta and sigma stay at the estimates of all rows.

    With C = X'V^-1 X, K_g and s_g the parts of C and of X'V^-1 e in cluster g,
    beta - beta_(g) = (C - K_g)^-1 s_g, and the covariance without it is sigma^2 (C - K_g)^-1.
    In coordinates with C = I both are taken from the eigenvectors of K_g, so that a combination
    that the rest does not determine (an eigenvalue of one) takes only its own coefficients along.

    Raises
    ------
    SpecError : a random factor crosses the clusters, or lies above them.

    Notes
    -----
    One pass over the rows, then J p^3 operations. `objective` is NaN: nothing was minimised.
    """
    for block in fit.design.rows.blocks:
        if not is_within(block, clusters.codes):
            raise _not_independent(fit, clusters)
    parts = cluster_scores(fit, clusters, "influence(refit=False)")
    changes, covariances = _without(parts)
    estimates = fit.estimates
    betas = estimates.beta - changes
    vcovs = estimates.sigma**2 * covariances
    sizes = clusters.sizes.tolist()
    rest = zip(sizes, betas, vcovs, strict=True)
    theta, sigma = estimates.theta, estimates.sigma
    return tuple(
        Deleted(size, beta, vcov, theta, sigma, np.nan, False) for size, beta, vcov in rest
    )


def _without(parts: ClusterScores) -> tuple[FloatArray, FloatArray]:
    """Give changes (J, P) of beta and relative covariances (J, P, P), NaN where not determined."""
    root = np.linalg.cholesky(parts.bread)
    leverages, vectors = np.linalg.eigh(root.T @ parts.information @ root)
    is_lost = leverages > FULL
    weights = np.where(is_lost, 0.0, 1 / np.where(is_lost, 1.0, 1 - leverages))
    directions = (parts.basis @ root) @ vectors  # (J, P, p)
    inside = np.einsum("gab,ga->gb", vectors, parts.scores @ root)
    changes = np.einsum("gab,gb->ga", directions, weights * inside)
    covariances = (directions * weights[:, None, :]) @ directions.transpose(0, 2, 1)
    size = np.linalg.norm(parts.basis @ root, axis=1)
    share = np.linalg.norm(directions * is_lost[:, None, :], axis=2)
    is_unknown = (share > NOTHING * size) | (size == 0)
    changes[is_unknown] = np.nan
    covariances[is_unknown[:, :, None] | is_unknown[:, None, :]] = np.nan
    return changes, covariances


def _not_independent(fit: Fit, clusters: Clusters) -> SpecError:
    blocks = fit.design.rows.blocks
    crossing = [block.grouping for block in blocks if not is_within(block, clusters.codes)]
    return SpecError(
        f"Without a refit '{clusters.name}' cannot be left out: its groups are not independent.",
        where="influence(), arguments grouping and refit",
        got=f"groups of {offenders(crossing)} with rows in several of '{clusters.name}'",
        need="a factor that no other lies above or crosses: there the change has a closed form",
        do=f"write influence({clusters.name!r}, refit=True), or name the highest factor.",
        slug="influence-needs-refit",
    )
