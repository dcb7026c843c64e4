"""Cluster-robust inference about a generalized model: the sandwich of the joint information.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit` with its rows, a kind of correction, and clusters.
Gives: `Robust`: covariance of all coefficients, degrees of freedom, and what to know of them.
Source: docs/theory.md (16) and (25); Huber (1967); White (1982); Muthen & Satorra (1995).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.components.generalized_fits import check_likelihood, coefficient_names
from echelon.infer.sandwich.clusters import Clusters
from echelon.infer.sandwich.covariance import FEW, KINDS, Robust
from echelon.infer.sandwich.generalized_scores import generalized_scores
from echelon.options import read_choice

OF_LIKELIHOOD = ("CR0", "CR1")
DF_METHODS = ("normal", "clusters")
JOINT = (
    "Sandwich of the observed information of all parameters, variances included, and the "
    "likelihood's scores by cluster: Mplus's MLR."
)


def generalized_robust(
    fit: Fit, kind: str | None, ways: tuple[Clusters, ...], df_method: str | None
) -> Robust:
    """Compute the robust covariance of all coefficients (p + m, p + m).

    With A the observed information of coefficients and theta and s_g the scores of cluster g, it
    is the part of the coefficients in A^-1 (sum of s_g s_g') A^-1, times J / (J - 1) for CR1.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    kind : "CR0" or "CR1"; None for "CR1".
    ways : clusters in one way.
    df_method : "normal" (default) or "clusters", J - 1.

    Returns
    -------
    `Robust`.

    Raises
    ------
    NotEstimableError : a quasi-likelihood, a kind that adjusts residuals, several ways.
    """
    check_likelihood(fit, "robust()")
    kind = "CR1" if kind is None else read_choice("kind", kind, KINDS)
    if kind not in OF_LIKELIHOOD:
        raise _of_residuals(fit, kind)
    chosen = read_choice("df_method", "normal" if df_method is None else df_method, DF_METHODS)
    if len(ways) > 1:
        raise _several_ways(ways)
    (clusters,) = ways
    J = clusters.n_clusters
    factor = J / (J - 1) if kind == "CR1" else 1.0
    vcov = factor * _sandwich(fit, generalized_scores(fit, clusters))
    degrees = Constant(np.inf if chosen == "normal" else J - 1)
    return Robust(kind, vcov, degrees, chosen, _notes(clusters, kind, chosen))


def _sandwich(fit: Fit, scores: FloatArray) -> FloatArray:
    """Covariance (p + m, p + m) from scores (J, p + m + k); NaN where nothing was estimated."""
    generalized = fit.estimates.generalized
    assert generalized is not None
    n = len(coefficient_names(fit))
    known = ~np.isnan(np.diagonal(generalized.joint_cov))
    bread = generalized.joint_cov[np.ix_(known, known)]
    half = scores[:, known] @ bread
    covariance = np.full(generalized.joint_cov.shape, np.nan)
    covariance[np.ix_(known, known)] = half.T @ half
    return covariance[:n, :n]


def _notes(clusters: Clusters, kind: str, chosen: str) -> tuple[str, ...]:
    J, sizes = clusters.n_clusters, clusters.sizes
    low, high = int(sizes.min()), int(sizes.max())
    rows = f"{low:,} rows each" if low == high else f"{low:,} to {high:,} rows"
    df = "normal" if chosen == "normal" else f"clusters - 1 = {J - 1:,}"
    notes = [f"Clusters: {clusters.name}, {J:,} of {rows}; df: {df}.", JOINT]
    if J < FEW:
        notes.append(
            f"Few clusters, {J:,} where {FEW} are wanted for {kind}: such errors are too small; "
            "compare bootstrap(kind='case')."
        )
    return tuple(notes)


def _of_residuals(fit: Fit, kind: str) -> NotEstimableError:
    return NotEstimableError(
        f"The correction {kind} adjusts residuals of a linear model.",
        where=f"robust(), argument kind, a fit with family = '{fit.spec.family}'",
        got=f"'{kind}'",
        need="one of 'CR0', 'CR1': scores of a likelihood, by cluster",
        do="leave kind out; with few clusters compare bootstrap(kind='case').",
        slug="robust-generalized",
    )


def _several_ways(ways: tuple[Clusters, ...]) -> NotEstimableError:
    names = ", ".join(f"'{way.name}'" for way in ways)
    return NotEstimableError(
        "Scores of a likelihood exist for clusters that are independent of each other.",
        where="robust(), argument cluster",
        got=f"clusters in {len(ways)} ways: {names}",
        need="one way to cluster, in which every group of every random factor lies whole",
        do="pass labels of larger clusters: robust(cluster=data['region']), or use\nbootstrap().",
        slug="robust-generalized",
    )
