"""CR2: residuals of each cluster adjusted so that the sandwich is unbiased under the model.

Room: infer/. Small dense algebra, many clusters at a time; never n x n.
Takes: a `Fit` with its rows, `Clusters` and their `ClusterScores`.
Gives: adjusted scores, and what their degrees of freedom need.
Source: docs/theory.md (16); Bell & McCaffrey (2002); Pustejovsky & Tipton (2018); the program
    checked against is clubSandwich 0.5.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.sandwich.clusters import Clusters, cluster_of_groups
from echelon.infer.sandwich.robust_scores import FULL, ClusterScores

LARGEST = 20_000_000  # numbers in the matrix [U X] of one cluster
BATCH = 500_000  # numbers in the matrices [U X] that are worked on together
MOST = 20_000  # clusters that are worked on together
ROOM = 1.25  # the largest cluster of a batch has this many times the rows of the smallest


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Adjusted scores (J, p), X_g'T_g and T_g'V_g T_g (J, p, p), T_g = A_g'V_g^-1 X_g."""

    scores: FloatArray
    cross: FloatArray
    square: FloatArray


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows in the order of their clusters; the cluster g has rows `starts[g]:starts[g + 1]`.

    `spots` hold for each block and member the place (n,) of a row's group among the random
    effects of its cluster, of which there are `n_effects` (J,).
    """

    order: IndexArray
    starts: IndexArray
    n_effects: IndexArray
    spots: tuple[tuple[IndexArray, ...], ...]


def adjusted(fit: Fit, clusters: Clusters, parts: ClusterScores) -> Adjusted:
    """Multiply the residuals of each cluster by A_g = D'(D (V_g - X_g M X_g') D')^(+1/2) D.

    D'D = V_g, M is the bread; any such D gives the same A_g. Without weights V_g = I + UU' and
    A_g is the identity outside the span of [U X], so that a cluster costs the cube of its random
    effects and coefficients, not of its rows; with weights, the cube of its rows.

    Raises
    ------
    NotEstimableError : a cluster is too large for this.
    """
    J, p = parts.scores.shape
    found = Adjusted(np.zeros((J, p)), np.zeros((J, p, p)), np.zeros((J, p, p)))
    rows = _sort(fit, clusters)
    is_weighted = fit.design.weights is not None
    _refuse_large(clusters, rows, p, is_weighted)
    for chosen in _batches(clusters.sizes, rows.n_effects + p, is_weighted):
        U, X, e, weights = _gather(fit, rows, chosen, parts.basis)
        if not is_weighted and U.shape[2] + p < U.shape[1]:
            Q = np.linalg.qr(np.concatenate([U, X], axis=2))[0].transpose(0, 2, 1)
            U, X, e, weights = Q @ U, Q @ X, Q @ e, np.ones(Q.shape[:2])
        found.scores[chosen], found.cross[chosen], found.square[chosen] = _adjust(
            U, X, e[..., 0], weights, parts.bread
        )
    return found


def _adjust(
    U: FloatArray, X: FloatArray, e: FloatArray, weights: FloatArray, bread: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Adjust clusters of d rows: U (B, d, k), X (B, d, p), e (B, d), weights (B, d).

    In the basis of eigenvectors of V, with values v, D = diag(v)^(1/2) and
    D (V - X M X') D' = Y'Y, Y = (I - R)^(1/2) diag(v), R = v^(-1/2) X M X' v^(-1/2) the leverage.
    The singular values of Y have half the digits of range that the product has.
    """
    d = X.shape[1]
    V = U @ U.transpose(0, 2, 1)
    V[:, np.arange(d), np.arange(d)] += 1 / weights
    v, E = np.linalg.eigh(V)
    Et = E.transpose(0, 2, 1)
    X, e = Et @ X, (Et @ e[..., None])[..., 0]
    root = np.sqrt(v)
    B, h, _ = np.linalg.svd(X / root[..., None] @ np.linalg.cholesky(bread), full_matrices=False)
    h = np.where(h**2 > FULL, 1.0, np.minimum(h**2, 1.0))
    shrink = B * (1 - np.sqrt(1 - h))[:, None, :]
    Y = (np.eye(d) - shrink @ B.transpose(0, 2, 1)) * v[:, None, :]
    _, size, directions = np.linalg.svd(Y)
    n_zero = (h == 1).sum(axis=1)
    is_zero = np.arange(d)[None] >= d - n_zero[:, None]  # sizes descend
    power = np.where(is_zero, 0.0, 1 / np.where(is_zero, 1.0, size))
    inner = directions @ (X / root[..., None])
    T = root[..., None] * (directions.transpose(0, 2, 1) @ (power[..., None] * inner))
    Tt = T.transpose(0, 2, 1)
    return (Tt @ e[..., None])[..., 0], X.transpose(0, 2, 1) @ T, Tt @ (v[..., None] * T)


def _sort(fit: Fit, clusters: Clusters) -> _Rows:
    J = clusters.n_clusters
    order = np.argsort(clusters.codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(clusters.sizes)])
    n_effects = np.zeros(J, dtype=np.int64)
    spots = []
    for block in fit.design.rows.blocks:
        spots.append(_spots(block, clusters, n_effects))
        homes = cluster_of_groups(block, clusters.codes)
        n_effects = n_effects + block.n_columns * np.bincount(homes, minlength=J)
    return _Rows(order, starts, n_effects, tuple(spots))


def _spots(block: RandomBlock, clusters: Clusters, begin: IndexArray) -> tuple[IndexArray, ...]:
    """Place the groups of each cluster; `begin` (J,) random effects of other blocks go before."""
    homes = cluster_of_groups(block, clusters.codes)
    by_home = np.argsort(homes, kind="stable")
    first = np.cumsum(np.bincount(homes, minlength=clusters.n_clusters))
    first = np.concatenate([[0], first[:-1]])
    place = np.empty(block.n_groups, dtype=np.int64)
    place[by_home] = np.arange(block.n_groups) - first[homes[by_home]]
    place = begin[homes] + block.n_columns * place
    return tuple(place[member.codes] for member in block.memberships)


def _batches(sizes: IndexArray, widths: IndexArray, is_weighted: bool) -> Iterator[IndexArray]:
    """Put clusters of about the same size together; smaller ones are filled up with zeros."""
    by_size = np.lexsort((widths, sizes))
    start = 0
    while start < len(by_size):
        rest = by_size[start : start + MOST]
        width = np.maximum.accumulate(widths[rest])
        if is_weighted:
            width = np.maximum(width, sizes[rest])
        cost = sizes[rest] * width * np.arange(1, len(rest) + 1)
        fits = (cost <= BATCH) & (sizes[rest] <= ROOM * sizes[rest[0]] + 1)
        count = max(1, int(np.argmin(fits)) if not fits.all() else len(rest))
        yield rest[:count]
        start += count


def _gather(
    fit: Fit, rows: _Rows, chosen: IndexArray, basis: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Collect U = Z Lambda (B, d, k), X (B, d, p), e (B, d, 1) and weights (B, d) of clusters."""
    design = fit.design
    sizes = rows.starts[chosen + 1] - rows.starts[chosen]
    d, k = int(sizes.max()), int(rows.n_effects[chosen].max())
    which = np.repeat(np.arange(len(chosen)), sizes)
    within = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = rows.order[np.repeat(rows.starts[chosen], sizes) + within]
    raw = np.empty((len(at), len(basis)))
    for place, column in enumerate(design.rows.fixed_columns):
        raw[:, place] = column[at]
    X = np.zeros((len(chosen), d, basis.shape[1]))
    X[which, within] = raw @ basis
    y = design.y[at] if design.rows.offset is None else design.y[at] - design.rows.offset[at]
    e = np.zeros((len(chosen), d, 1))
    e[which, within, 0] = y - raw @ np.nan_to_num(fit.estimates.beta)
    weights = np.ones((len(chosen), d))
    if design.weights is not None:
        weights[which, within] = design.weights[at]
    U = np.zeros((len(chosen), d, k))
    for block, spots, Lambda in zip(
        design.rows.blocks, rows.spots, fit.estimates.Lambdas, strict=True
    ):
        scaled = np.column_stack([column[at] for column in block.columns]) @ Lambda
        for member, spot in zip(block.memberships, spots, strict=True):
            part = scaled if member.weights is None else scaled * member.weights[at, None]
            for a in range(block.n_columns):
                U[which, within, spot[at] + a] += part[:, a]
    return U, X, e, weights


def _refuse_large(clusters: Clusters, rows: _Rows, p: int, is_weighted: bool) -> None:
    sizes = clusters.sizes
    widths = np.maximum(rows.n_effects + p, sizes if is_weighted else 0)
    worst = int(np.argmax(sizes * widths))
    if sizes[worst] * widths[worst] <= LARGEST:
        return
    raise NotEstimableError(
        f"Cluster {str(clusters.labels[worst])!r} of '{clusters.name}' is too large for CR2.",
        where="robust(), kind='CR2'",
        got=f"{sizes[worst]:,} rows times {widths[worst]:,} "
        + ("rows (the model has weights)" if is_weighted else "random effects and coefficients"),
        need=f"a product of at most {LARGEST:,} in every cluster",
        do="use kind='CR3', which is about as good and needs no such matrix, or 'CR1' where there\n"
        "are many clusters.",
        slug="cluster-too-large",
    )
