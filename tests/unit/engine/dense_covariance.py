"""V and its derivatives as n x n matrices, and what Kenward & Roger make of them: a second road."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.directions import directions
from echelon.engine.reference.gaussian import dense_Z, places, prior_weights
from echelon.fit import Fit


@dataclass(frozen=True)
class Dense:
    """X (n, p) of the estimated columns, V (n, n) in response units, dV of each parameter."""

    X: FloatArray
    V: FloatArray
    dV: list[FloatArray]


def dense(fit: Fit) -> Dense:
    """Form them from the rows; parameters in the order of `Moments`."""
    design, estimates = fit.design, fit.estimates
    Z, blocks = dense_Z(design), list(places(design))
    inverse_weights = np.diag(1 / prior_weights(design))

    def spread(block: int, Sigma: FloatArray) -> FloatArray:
        part = Z[:, blocks[block][1]]
        return part @ np.kron(np.eye(blocks[block][0].n_groups), Sigma) @ part.T

    V = estimates.sigma**2 * inverse_weights
    for k, Lambda in enumerate(estimates.Lambdas):
        V = V + spread(k, estimates.sigma**2 * Lambda @ Lambda.T)
    along = directions(fit)
    dV = [spread(k, slope) for (k, _), slope in zip(along.changes, along.slopes, strict=True)]
    return Dense(design.X[:, estimates.is_estimated], V, [*dV, inverse_weights])


@dataclass(frozen=True)
class DenseKenwardRoger:
    """Line by line as pbkrtest 0.5.2: `vcovAdj_internal` and `.KR_adjust`."""

    Phi: FloatArray
    adjusted: FloatArray
    P: list[FloatArray]
    W: FloatArray

    def df_and_scale(self, L: FloatArray) -> tuple[float, float]:
        """Denominator degrees of freedom and F scaling of L (q, p)."""
        Theta = L.T @ np.linalg.solve(L @ self.Phi @ L.T, L) @ self.Phi
        u = [Theta @ P @ self.Phi for P in self.P]
        q = len(L)
        A1 = sum(
            w * np.trace(a) * np.trace(b)
            for row, a in zip(self.W, u, strict=True)
            for w, b in zip(row, u, strict=True)
        )
        A2 = sum(
            w * np.sum(a * b.T)
            for row, a in zip(self.W, u, strict=True)
            for w, b in zip(row, u, strict=True)
        )
        B = (A1 + 6 * A2) / (2 * q)
        g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
        c1 = g / (3 * q + 2 * (1 - g))
        c2 = (q - g) / (3 * q + 2 * (1 - g))
        c3 = (q + 2 - g) / (3 * q + 2 * (1 - g))
        rho = ((1 - A2 / q) / (1 - c2 * B)) ** 2 * (1 + c1 * B) / (1 - c3 * B) / q
        df = 4 + (q + 2) / (q * rho - 1)
        return df, df * (1 - A2 / q) / (df - 2)


def dense_kenward_roger(fit: Fit) -> DenseKenwardRoger:
    """Adjust the covariance with n x n matrices."""
    at = dense(fit)
    inverse = np.linalg.inv(at.V)
    Phi = np.linalg.inv(at.X.T @ inverse @ at.X)
    parts = [dV @ inverse for dV in at.dV]
    P = [at.X.T @ inverse @ H @ at.X for H in parts]
    Q = [[at.X.T @ inverse @ G @ H @ at.X for H in parts] for G in parts]
    m = len(parts)
    doubled = np.array(
        [
            [
                np.sum(parts[i] * parts[j].T)
                - 2 * np.sum(Phi * Q[i][j])
                + np.sum((Phi @ P[i]) * (P[j] @ Phi))
                for j in range(m)
            ]
            for i in range(m)
        ]
    )
    size = np.sqrt(np.diag(doubled))
    W = 2 * np.linalg.inv(doubled / np.outer(size, size)) / np.outer(size, size)
    U = sum(W[i, j] * (Q[i][j] - P[i] @ Phi @ P[j]) for i in range(m) for j in range(m))
    return DenseKenwardRoger(Phi, Phi + 2 * Phi @ U @ Phi, P, W)
