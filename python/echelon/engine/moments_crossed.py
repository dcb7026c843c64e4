"""Second moments where grouping factors cross: a dense matrix of all factors but the largest.

Room: engine/. Costs q^3 and J r q^2, q the random effects of the dense factors; reads no row.
Takes: `Sums` and `Directions`.
Gives: X'V^-1X, P, Q and K.
Source: docs/theory.md (15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.crossed_root import Root, diagonal_products, root_of
from echelon.engine.directions import Directions
from echelon.engine.sums import Sums

CHUNK = 1_000_000  # numbers of the widest array over groups of the largest factor


@dataclass(slots=True)
class _Leaf:
    """Sums over the J groups of the largest factor, for a directions of its Sigma.

    With V_0 that of the leaf alone, F = Z'V_0^-1 Z_root and G = Z'V^-1X of a group: `F_F` (a, q, q)
    is F'D_iF, `F_G` (q, a, p) F'D_iG; `Q` lacks what the root takes away, `K` likewise.
    """

    traces: FloatArray
    K: FloatArray
    P: FloatArray
    Q: FloatArray
    F_F: FloatArray
    F_G: FloatArray


@dataclass(slots=True)
class _Moments:
    """Moments for all directions: `traces` (a,), P (a, p, p), Q (a, p, a, p), K (a, a)."""

    traces: FloatArray
    P: FloatArray
    Q: FloatArray
    K: FloatArray


def crossed_moments(
    sums: Sums, along: Directions
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return X'V^-1X (p, p), P (m, p, p), Q (m, p, m, p), K (m, m), sigma^2 last.

    The largest factor (leaf) is eliminated group by group, the others (root) all at once. Sigma_k
    itself is one more direction of every factor: sigma^2 W^-1 = V - sum_k Z_k Sigma_k Z_k' gives
    the moments of sigma^2 from theirs.
    """
    leaf = leaf_of(sums)
    root = root_of(sums, along.Sigmas, leaf)
    if leaf is not None:
        for S, St in _chunks(sums, root, leaf):
            Bt = _inverse(along.Sigmas[leaf], S)
            taken = along.Sigmas[leaf] @ (Bt.transpose(0, 2, 1) @ St)
            root.M -= _flat(St).T @ _flat(taken)
    root.solve()
    every = [*along.changes, *enumerate(along.Sigmas)]
    found = _moments(sums, root, leaf, every, along.Sigmas)
    return _with_residual(root.information, found, sums, len(along.changes))


def leaf_of(sums: Sums) -> int | None:
    """Choose the factor with the most random effects; a multiple membership cannot be it."""
    simple = [k for k in range(len(sums.zz)) if (k, k) not in sums.pairs]
    return max(simple, key=lambda k: sums.zz[k].shape[0] * sums.zz[k].shape[1], default=None)


def _chunks(sums: Sums, root: Root, leaf: int) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Give S (c, r, r) and S_t (c, r, q + p), t = [Z_root X], for some groups of the leaf."""
    J, r = sums.zz[leaf].shape[:2]
    q, p = root.q, len(sums.xx)
    entries = []
    for k, start in zip(root.blocks, root.starts, strict=True):
        pair = sums.pair(leaf, k)
        if pair is not None:
            order = np.argsort(pair.rows, kind="stable")
            s = pair.values.shape[2]
            columns = start + pair.columns[order, None] * s + np.arange(s)
            entries.append((pair.rows[order], columns, pair.values[order]))
    step = max(1, CHUNK // (r * (q + p)))
    for first in range(0, J, step):
        last = min(first + step, J)
        St = np.zeros((last - first, r, q + p))
        St[:, :, q:] = sums.zx[leaf][first:last]
        for rows, columns, values in entries:
            a, b = np.searchsorted(rows, [first, last])
            St[rows[a:b, None] - first, :, columns[a:b]] = values[a:b].transpose(0, 2, 1)
        yield sums.zz[leaf][first:last], St


def _inverse(Sigma: FloatArray, S: FloatArray) -> FloatArray:
    """Invert I + Sigma S of every group, (c, r, r)."""
    inverse: FloatArray = np.asarray(np.linalg.inv(np.eye(len(Sigma)) + Sigma @ S), dtype=float)
    return inverse


def _flat(panel: FloatArray) -> FloatArray:
    """Put the rows of all groups below each other, (c r, columns)."""
    return panel.reshape(-1, panel.shape[2])


def _leaf_sums(sums: Sums, root: Root, leaf: int, changes: FloatArray, Sigma: FloatArray) -> _Leaf:
    """Add up over the groups of the leaf, chunk by chunk; `changes` (a, r, r)."""
    a, r = changes.shape[:2]
    q, p = root.q, len(sums.xx)
    total = _Leaf(
        np.zeros(a), np.zeros((a, a)), np.zeros((a, p, p)), np.zeros((a, p, a, p)),
        np.zeros((a, q, q)), np.zeros((q, a, p)),
    )  # fmt: skip
    for S, St in _chunks(sums, root, leaf):
        c = len(S)
        B = _inverse(Sigma, S).transpose(0, 2, 1)
        H, F = B @ S, B @ St
        G = (_flat(F) @ root.effect).reshape(c, r, p)
        F = np.ascontiguousarray(F[:, :, :q])
        taken = (_flat(F) @ root.Omega).reshape(c, r, q) @ F.transpose(0, 2, 1)
        total.traces += np.einsum("cxy,ayx->a", H - taken, changes)
        total.K += _traces(H, H, changes)
        across = _traces(taken, H, changes)
        total.K -= across + across.T
        DG = (changes @ G[:, None]).transpose(0, 2, 1, 3).reshape(c, r, a * p)
        total.P += np.dot(_flat(G).T, _flat(DG)).reshape(p, a, p).transpose(1, 0, 2)
        total.Q += np.dot(_flat(DG).T, _flat(H @ DG)).reshape(a, p, a, p)
        total.F_G += np.dot(_flat(F).T, _flat(DG)).reshape(q, a, p)
        for i, change in enumerate(changes):
            total.F_F[i] += np.dot(_flat(F).T, _flat(change @ F))
    return total


def _traces(left: FloatArray, right: FloatArray, changes: FloatArray) -> FloatArray:
    """Sum tr(left D_i right D_j) over groups, (a, a)."""
    c, r, _ = left.shape
    both = (left.reshape(c, r * r).T @ right.reshape(c, r * r)).reshape(r, r, r, r)
    total: FloatArray = np.einsum("xyzw,iyz,jwx->ij", both, changes, changes)
    return total


def _moments(
    sums: Sums,
    root: Root,
    leaf: int | None,
    every: list[tuple[int, FloatArray]],
    Sigmas: tuple[FloatArray, ...],
) -> _Moments:
    """Moments of all directions, in their order."""
    m, p = len(every), len(sums.xx)
    found = _Moments(np.zeros(m), np.zeros((m, p, p)), np.zeros((m, p, m, p)), np.zeros((m, m)))
    inner = np.array([i for i, (k, _) in enumerate(every) if k == leaf], dtype=np.int64)
    outer = np.array([i for i, (k, _) in enumerate(every) if k != leaf], dtype=np.int64)
    changes = [every[i] for i in outer]
    U = root.columns(changes)  # (q, outer, p): D_i G
    flat = U.reshape(root.q, -1)
    found.traces[outer], found.K[np.ix_(outer, outer)] = root.traces(changes)
    found.P[outer] = (root.G.T @ flat).reshape(p, -1, p).transpose(1, 0, 2)
    _put(found.Q, outer, outer, flat.T @ root.H @ flat)
    if leaf is None:
        return found
    part = _leaf_sums(sums, root, leaf, np.array([every[i][1] for i in inner]), Sigmas[leaf])
    found.traces[inner], found.P[inner] = part.traces, part.P
    found.K[np.ix_(inner, inner)] = part.K + _products(root.Omega @ part.F_F)
    F_G = part.F_G.reshape(root.q, -1)
    own = part.Q.reshape(F_G.shape[1], -1) - F_G.T @ root.Omega @ F_G
    _put(found.Q, inner, inner, own)
    across = F_G.T @ (root.Bt @ flat)
    _put(found.Q, inner, outer, across)
    _put(found.Q, outer, inner, across.T)
    for i, F_F in zip(inner, part.F_F, strict=True):
        blocks = [diagonal_products(root, k, root.Bt.T, (F_F @ root.Bt).T) for k, _ in changes]
        values = [float(np.vdot(block.T, D)) for block, (_, D) in zip(blocks, changes, strict=True)]
        found.K[i, outer] = found.K[outer, i] = values
    return found


def _products(parts: FloatArray) -> FloatArray:
    """tr(A_i A_j) of matrices A (a, q, q)."""
    flat = parts.reshape(len(parts), -1)
    total: FloatArray = flat @ parts.transpose(0, 2, 1).reshape(len(parts), -1).T
    return total


def _put(Q: FloatArray, rows: IndexArray, columns: IndexArray, values: FloatArray) -> None:
    """Write values (rows p, columns p) to their places in Q (m, p, m, p)."""
    p = Q.shape[1]
    shaped = values.reshape(len(rows), p, len(columns), p)
    Q[rows[:, None], :, columns] = shaped.transpose(0, 2, 1, 3)


def _with_residual(
    information: FloatArray, found: _Moments, sums: Sums, m: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Take sigma^2 W^-1 = V - sum_k Z_k Sigma_k Z_k' as the last parameter, after m others."""
    count, p = len(found.P), len(information)
    P = np.concatenate([found.P, information[None]])
    Q = np.zeros((count + 1, p, count + 1, p))
    Q[:count, :, :count] = found.Q
    Q[:count, :, count] = found.P
    Q[count] = P.transpose(1, 0, 2)
    K = np.empty((count + 1, count + 1))
    K[:count, :count] = found.K
    K[count] = K[:, count] = np.append(found.traces, sums.n_obs)
    A = np.zeros((m + 1, count + 1))
    A[:m, :m] = np.eye(m)
    A[m, m:] = np.append(-np.ones(count - m), 1.0) / sums.sigma2
    moved = np.einsum("ia,axby,jb->ixjy", A, Q, A, optimize=True)
    return information, np.tensordot(A, P, axes=1), moved, A @ K @ A.T
