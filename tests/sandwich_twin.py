"""Cluster-robust covariance by its textbook formulas: V, H and the adjustments formed in full.

Pustejovsky & Tipton (2018), equations 5 to 13; a few hundred rows at most. Nothing here is shared
with `echelon.infer.sandwich.robust*`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.engine.reference import gaussian as reference
from echelon.fit import Fit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Twin:
    """Covariance (p, p) of the estimated coefficients and what their df need."""

    vcov: Array
    parts: Array  # (J, p, n): what a cluster's scores make of y
    V: Array

    def df(self, row: Array) -> float:
        """Satterthwaite's df of one combination, from all n x n of it."""
        parts = np.einsum("p,jpn->jn", row, self.parts)
        products = parts @ self.V @ parts.T
        return float(np.trace(products) ** 2 / (products**2).sum())

    def eta(self, L: Array) -> float:
        """Degrees of freedom of the Wishart that the sandwich of L (q, p) is like."""
        products = self._products(L)
        expected = np.einsum("stjj->st", products)
        values, vectors = np.linalg.eigh(expected)
        products = self._products((vectors / np.sqrt(values)).T @ L)
        q, total = len(L), 0.0
        for s in range(q):
            for t in range(q):
                total += (products[s, s] * products[t, t]).sum()
                total += (products[s, t] * products[t, s]).sum()
        return q * (q + 1) / total

    def _products(self, L: Array) -> Array:
        parts = np.einsum("sp,jpn->sjn", L, self.parts)
        products: Array = np.einsum("sjn,nm,tkm->stjk", parts, self.V, parts, optimize=True)
        return products


def twin(fit: Fit, kind: str, codes: NDArray[np.int64]) -> Twin:
    """Compute CR0, CR2 or CR3 for clusters `codes` (n,)."""
    design = fit.design
    U = reference.dense_Z(design) @ reference.dense_Lambda(design, fit.estimates.theta)
    V = U @ U.T + np.diag(1 / reference.prior_weights(design))
    X, y = design.X[:, fit.estimates.is_estimated], reference.design_response(design)
    W = np.linalg.inv(V)
    M = np.linalg.inv(X.T @ W @ X)
    H = X @ M @ X.T @ W
    annihilator = np.eye(len(y)) - H
    e = annihilator @ y
    parts, vcov = [], np.zeros(M.shape)
    for cluster in np.unique(codes):
        at = np.flatnonzero(codes == cluster)
        own = np.ix_(at, at)
        A = _adjustment(kind, V[own], X[at], M, H[own])
        weighted = M @ X[at].T @ np.linalg.inv(V[own]) @ A
        parts.append(weighted @ annihilator[at])
        vcov += np.outer(weighted @ e[at], weighted @ e[at])
    return Twin(vcov, np.array(parts), V)


def _adjustment(kind: str, V: Array, X: Array, M: Array, H: Array) -> Array:
    if kind == "CR2":
        D = np.linalg.cholesky(V).T
        values, vectors = np.linalg.eigh(D @ (V - X @ M @ X.T) @ D.T)
        power = np.where(values > 1e-12 * values[-1], np.abs(values) ** -0.5, 0.0)
        return np.asarray(D.T @ (vectors * power) @ vectors.T @ D)
    return np.linalg.inv(np.eye(len(V)) - H) if kind == "CR3" else np.eye(len(V))
