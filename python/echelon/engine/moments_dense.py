"""Second moments where grouping factors cross: one dense matrix over all random effects.

Room: engine/. Costs q^3 once, q the random effects of all groups; no row is read.
Takes: `Sums` and `Directions`.
Gives: X'V^-1X, P, Q and K.
Source: docs/theory.md (15).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from echelon._types import FloatArray
from echelon.engine.directions import Directions
from echelon.engine.sums import PairSum, Sums


def dense_moments(
    sums: Sums, along: Directions
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return X'V^-1X (p, p), P (m, p, p), Q (m, p, m, p), K (m, m), sigma^2 last.

    With S = Z'WZ / sigma^2 and B = (I + S Sigma)^-1: H = Z'V^-1Z = B S, G = Z'V^-1X = B S_x, and
    Z'V^-1W^-1V^-1[Z X] = B [H G] / sigma^2.
    """
    S, Sx = _assemble(sums)
    q, p = Sx.shape
    spread = _Spread(sums, along)
    found = np.linalg.solve(np.eye(q) + spread.right(S), np.hstack([S, Sx]))
    solved = np.asarray(found, dtype=np.float64)
    H, G = solved[:, :q], solved[:, q:]
    U = spread.columns(G)  # (q, m - 1, p): dSigma_i G
    m = U.shape[1] + 1
    shift = spread.left(G)
    information = sums.xx - Sx.T @ shift
    BG = G - H @ shift
    flat = U.reshape(q, -1)

    P = np.empty((m, p, p))
    P[:-1] = (G.T @ flat).reshape(p, m - 1, p).transpose(1, 0, 2)
    P[-1] = (information - G.T @ shift) / sums.sigma2
    Q = np.empty((m, p, m, p))
    Q[:-1, :, :-1] = (flat.T @ (H @ flat)).reshape(m - 1, p, m - 1, p)
    across = (flat.T @ BG).reshape(m - 1, p, p) / sums.sigma2
    Q[:-1, :, -1], Q[-1, :, :-1] = across, across.transpose(2, 0, 1)
    Q[-1, :, -1] = (information - 2 * G.T @ shift + shift.T @ H @ shift) / sums.sigma2**2
    return information, P, Q, spread.traces(H)


class _Spread:
    """Sigma and its directions, as they act on matrices with q rows or columns."""

    def __init__(self, sums: Sums, along: Directions) -> None:
        self.sums, self.along = sums, along
        self.shapes = [block.shape[:2] for block in sums.zz]
        stops = np.cumsum([0, *(J * r for J, r in self.shapes)])
        self.places = [slice(a, b) for a, b in pairwise(stops)]

    def left(self, matrix: FloatArray) -> FloatArray:
        """Sigma times a matrix (q, c)."""
        found = np.empty_like(matrix)
        for place, (J, r), Sigma in zip(self.places, self.shapes, self.along.Sigmas, strict=True):
            rows = Sigma @ matrix[place].reshape(J, r, -1)
            found[place] = rows.reshape(J * r, -1)
        return found

    def right(self, matrix: FloatArray) -> FloatArray:
        """Multiply a matrix (c, q) by Sigma."""
        found = np.empty_like(matrix)
        for place, (J, r), Sigma in zip(self.places, self.shapes, self.along.Sigmas, strict=True):
            columns = matrix[:, place].reshape(-1, J, r) @ Sigma
            found[:, place] = columns.reshape(-1, J * r)
        return found

    def columns(self, G: FloatArray) -> FloatArray:
        """dSigma_i G for every direction, (q, m - 1, p)."""
        found = np.zeros((len(G), len(self.along.changes), G.shape[1]))
        for i, (block, change) in enumerate(self.along.changes):
            J, r = self.shapes[block]
            rows = change @ G[self.places[block]].reshape(J, r, -1)
            found[self.places[block], i] = rows.reshape(J * r, -1)
        return found

    def traces(self, H: FloatArray) -> FloatArray:
        """K (m, m) from H = Z'V^-1Z (q, q)."""
        changes, sigma2 = self.along.changes, self.sums.sigma2
        m, q = len(changes) + 1, len(H)
        K = np.empty((m, m))
        blocks = range(len(self.shapes))
        squares = {(k, n): self._square(H, k, n) for k in blocks for n in range(k + 1)}
        B = np.eye(q) - self.right(H)
        mixed = [self._own_products(B, H, k) for k in blocks]
        for i, (k, D) in enumerate(changes):
            for j, (n, E) in enumerate(changes[: i + 1]):
                first, second = (D, E) if k >= n else (E, D)
                square = squares[max(k, n), min(k, n)]
                K[i, j] = K[j, i] = np.einsum("ca,abcd,bd->", first, square, second)
            K[i, -1] = K[-1, i] = float(np.vdot(mixed[k].T, D)) / sigma2
        K[-1, -1] = (self.sums.n_obs - q + float(np.sum(B * B.T))) / sigma2**2
        return K

    def _own_products(self, B: FloatArray, H: FloatArray, k: int) -> FloatArray:
        """B H of a group with itself, summed over the groups of factor k, (r, r)."""
        J, r = self.shapes[k]
        rows = B[self.places[k]].reshape(J, r, -1)
        columns = H[self.places[k]].reshape(J, r, -1).transpose(0, 2, 1)
        total: FloatArray = (rows @ columns).sum(axis=0)
        return total

    def _square(self, H: FloatArray, k: int, n: int) -> FloatArray:
        """Sum of H[g, a, h, b] H[g, c, h, d] over groups g of k and h of n, (a, b, c, d)."""
        (J, r), (L, s) = self.shapes[k], self.shapes[n]
        block = H[self.places[k], self.places[n]].reshape(J, r, L, s)
        flat = block.transpose(1, 3, 0, 2).reshape(r * s, J * L)
        total: FloatArray = (flat @ flat.T).reshape(r, s, r, s)
        return total


def _assemble(sums: Sums) -> tuple[FloatArray, FloatArray]:
    """S = Z'WZ / sigma^2 (q, q) and S_x = Z'WX / sigma^2 (q, p)."""
    q = sums.n_random
    S = np.zeros((q, q))
    starts = np.cumsum([0, *(own.shape[0] * own.shape[1] for own in sums.zz)])
    own_pairs = [
        ((k, k), PairSum(np.arange(len(own)), np.arange(len(own)), own))
        for k, own in enumerate(sums.zz)
    ]
    for (k, other), pair in [*own_pairs, *sums.pairs.items()]:
        r, s = pair.values.shape[1:]
        rows = starts[k] + pair.rows[:, None, None] * r + np.arange(r)[:, None]
        columns = starts[other] + pair.columns[:, None, None] * s + np.arange(s)
        S[rows, columns] = pair.values
        if k != other:
            S[columns, rows] = pair.values
    Sx = np.concatenate([zx.reshape(-1, zx.shape[2]) for zx in sums.zx])
    return S, Sx
