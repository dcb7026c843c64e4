"""The factors of a crossed design that are inverted as one dense matrix.

Room: engine/. Solves once; multiplies by block-diagonal matrices without forming them.
Takes: `Sums`, the Sigma of each factor, and which factor is left out (the leaf).
Gives: `Root`.
Source: docs/theory.md (15).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from echelon._types import FloatArray
from echelon.engine.sums import PairSum, Sums


@dataclass(slots=True)
class Root:
    """q random effects of some factors, behind the leaf: V_0 is that of the leaf and residual.

    `M` (q + p, q + p) = [Z X]'V_0^-1[Z X]. After `solve`: `Bt` = (I + Sigma M_zz)^-1, `Omega` =
    Bt Sigma, `H` = Z'V^-1Z, `G` = Z'V^-1X, `effect` (q + p, p) with V^-1X = V_0^-1[Z X] effect.
    """

    blocks: list[int]
    shapes: list[tuple[int, int]]
    Sigmas: list[FloatArray]
    M: FloatArray
    p: int
    Bt: FloatArray = field(init=False)
    Omega: FloatArray = field(init=False)
    H: FloatArray = field(init=False)
    G: FloatArray = field(init=False)
    effect: FloatArray = field(init=False)
    information: FloatArray = field(init=False)

    @property
    def q(self) -> int:
        """Random effects."""
        return len(self.M) - self.p

    @property
    def starts(self) -> list[int]:
        """First row of each factor."""
        sizes = [J * r for J, r in self.shapes]
        return [sum(sizes[:i]) for i in range(len(sizes))]

    def place(self, block: int) -> slice:
        """Rows of a factor, by its number in the model."""
        at = self.blocks.index(block)
        J, r = self.shapes[at]
        return slice(self.starts[at], self.starts[at] + J * r)

    def solve(self) -> None:
        """Invert, once `M` is complete."""
        q = self.q
        M, Mx = self.M[:q, :q], self.M[:q, q:]
        self.Bt = np.asarray(np.linalg.inv(np.eye(q) + self._left(M)), dtype=np.float64)
        self.Omega = self._left(self.Bt.T).T
        self.H = M @ self.Bt
        self.G = self.Bt.T @ Mx
        shift = self.Omega @ Mx
        self.effect = np.vstack([-shift, np.eye(self.p)])
        self.information = self.M[q:, q:] - Mx.T @ shift

    def _left(self, matrix: FloatArray) -> FloatArray:
        """Sigma times a matrix (q, c)."""
        found = np.empty_like(matrix)
        for block, (J, r), Sigma in zip(self.blocks, self.shapes, self.Sigmas, strict=True):
            rows = Sigma @ matrix[self.place(block)].reshape(J, r, -1)
            found[self.place(block)] = rows.reshape(J * r, -1)
        return found

    def columns(self, changes: list[tuple[int, FloatArray]]) -> FloatArray:
        """D_i G for directions (factor, D), (q, a, p)."""
        found = np.zeros((self.q, len(changes), self.p))
        for i, (block, change) in enumerate(changes):
            place = self.place(block)
            rows = change @ self.G[place].reshape(-1, len(change), self.p)
            found[place, i] = rows.reshape(-1, self.p)
        return found

    def traces(self, changes: list[tuple[int, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """tr(V^-1 V_i) (a,) and tr(V^-1 V_i V^-1 V_j) (a, a)."""
        squares = {(k, n): self._square(k, n) for k in self.blocks for n in self.blocks}
        eye = np.eye(self.q)
        own = {k: diagonal_products(self, k, eye, self.H) for k in self.blocks}
        first = np.array([float(np.vdot(own[k].T, D)) for k, D in changes])
        second = [
            [float(np.einsum("ca,abcd,bd->", D, squares[k, n], E)) for n, E in changes]
            for k, D in changes
        ]
        return first, np.array(second).reshape(len(changes), len(changes))

    def _square(self, k: int, n: int) -> FloatArray:
        """Sum H[g, a, h, b] H[g, c, h, d] over groups g of k and h of n, (a, b, c, d)."""
        (J, r), (L, s) = (self.shapes[self.blocks.index(block)] for block in (k, n))
        block = self.H[self.place(k), self.place(n)].reshape(J, r, L, s)
        flat = block.transpose(1, 3, 0, 2).reshape(r * s, J * L)
        total: FloatArray = (flat @ flat.T).reshape(r, s, r, s)
        return total


def diagonal_products(root: Root, block: int, left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum the (r, r) blocks of left right' that belong to one group of a factor with itself."""
    J, r = root.shapes[root.blocks.index(block)]
    rows = left[root.place(block)].reshape(J, r, -1)
    columns = right[root.place(block)].reshape(J, r, -1)
    total: FloatArray = (rows @ columns.transpose(0, 2, 1)).sum(axis=0)
    return total


def root_of(sums: Sums, Sigmas: tuple[FloatArray, ...], leaf: int | None) -> Root:
    """Assemble the cross-products of all factors but the leaf, before it is eliminated."""
    blocks = [k for k in range(len(sums.zz)) if k != leaf]
    shapes = [sums.zz[k].shape[:2] for k in blocks]
    p = len(sums.xx)
    q = sum(J * r for J, r in shapes)
    root = Root(blocks, shapes, [Sigmas[k] for k in blocks], np.zeros((q + p, q + p)), p)
    root.M[q:, q:] = sums.xx
    starts = dict(zip(blocks, root.starts, strict=True))
    for k in blocks:
        every = np.arange(len(sums.zz[k]))
        _write(root.M, starts[k], starts[k], PairSum(every, every, sums.zz[k]))
        root.M[root.place(k), q:] = sums.zx[k].reshape(-1, p)
        root.M[q:, root.place(k)] = root.M[root.place(k), q:].T
    for (k, other), pair in sums.pairs.items():
        if leaf not in (k, other):
            _write(root.M, starts[k], starts[other], pair)
            if k != other:
                _write(root.M, starts[other], starts[k], pair.turned())
    return root


def _write(M: FloatArray, first: int, second: int, pair: PairSum) -> None:
    """Write blocks to their places; a factor's rows begin at `first`, the other's at `second`."""
    r, s = pair.values.shape[1:]
    rows = first + pair.rows[:, None, None] * r + np.arange(r)[:, None]
    columns = second + pair.columns[:, None, None] * s + np.arange(s)
    M[rows, columns] = pair.values
