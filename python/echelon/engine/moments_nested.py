"""Second moments of nested factors, level by level, with memory that does not grow with J.

Room: engine/. Every step is a batch of small products over many groups.
Takes: `Sums`, `Directions` and the order of the factors, innermost first.
Gives: X'V^-1X, P, Q and K.
Source: docs/theory.md (15), an extension of (6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.directions import Directions
from echelon.engine.sums import Sums

TREES = 4_096  # innermost groups whose trees are eliminated together, at most
HELD = 40_000_000  # numbers that their parents may hold
ALONE = 200_000  # multiplications below which OpenBLAS does not start threads
BATCH = 1_500_000  # numbers of the widest array of a batch: what stays near the processor


@dataclass(frozen=True, slots=True)
class _Level:
    """One factor: its J groups in an order that keeps siblings together.

    `own` (J, r, r + w) are the products of its columns with themselves and with the tail
    [columns of the ancestors, X], w of them; `parents` (J,) are places at the level above.
    """

    own: FloatArray
    parents: IndexArray
    Sigma: FloatArray
    changes: FloatArray  # (a, r, r)

    @property
    def r(self) -> int:
        """Random columns."""
        r: int = self.own.shape[1]
        return r


@dataclass(slots=True)
class _Tail:
    """What the groups below leave to c groups: products over W columns [Z X], m parameters.

    With V of the levels below: `M` (c, W, W) = [Z X]'V^-1[Z X], `P` (c, m, W, W) and
    `Q` (c, m, W, m, W) as in `Moments`; the rows' own products of [X] with [X] come at the end.
    """

    M: FloatArray
    P: FloatArray
    Q: FloatArray


def chain_of(sums: Sums) -> list[int] | None:
    """Order of the factors, innermost first, if each is nested in the next; else None."""
    order = sorted(range(len(sums.zz)), key=lambda k: -len(sums.zz[k]))
    if any(k == other for k, other in sums.pairs):
        return None
    for at, k in enumerate(order):
        for other in order[at + 1 :]:
            pair = sums.pair(k, other)
            if pair is None or not np.array_equal(pair.rows, np.arange(len(sums.zz[k]))):
                return None
    return order


def nested_moments(
    sums: Sums, along: Directions, order: list[int]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return X'V^-1X (p, p), P (m, p, p), Q (m, p, m, p), K (m, m), sigma^2 last.

    V grows by one factor at a time, V + Z Sigma Z'. With B = (I + S Sigma)^-1, the effect on
    anything is E = I - [Sigma B S_z; 0], V'^-1 [Z X] = V^-1 [Z X] E, and on a trace the part
    that Omega = Sigma B takes away.
    """
    levels = _levels(sums, along, order)
    p, sigma2 = len(sums.xx), sums.sigma2
    m = 1 + len(along.changes)
    K = np.zeros((m, m))
    total = _Tail(np.zeros((1, p, p)), np.zeros((1, m, p, p)), np.zeros((1, m, p, m, p)))
    for parts in _trees(levels):
        tail = None
        for level, part, parents in parts:
            tail = _eliminate(level, part, parents, tail, sigma2, K)
        if tail is not None:
            total.M += tail.M
            total.P += tail.P
            total.Q += tail.Q
    total.M[0] += sums.xx
    total.P[0, 0] += sums.xx / sigma2
    total.Q[0, 0, :, 0] += sums.xx / sigma2**2
    K[0, 0] += sums.n_obs / sigma2**2
    at = _places(along, order)
    return total.M[0], total.P[0][at], total.Q[0][at][:, :, at], K[np.ix_(at, at)]


def _places(along: Directions, order: list[int]) -> IndexArray:
    """Where the model's parameters, sigma^2 last, stand in the order of elimination."""
    blocks = np.array([block for block, _ in along.changes], dtype=np.int64)
    eliminated = np.concatenate([np.flatnonzero(blocks == k) for k in order] or [blocks])
    at = np.zeros(len(blocks) + 1, dtype=np.int64)
    at[eliminated] = 1 + np.arange(len(blocks))
    return at


def _levels(sums: Sums, along: Directions, order: list[int]) -> list[_Level]:
    levels: list[_Level] = []
    above: IndexArray = np.zeros(1, dtype=np.int64)  # place of each group one level up
    for at in range(len(order) - 1, -1, -1):
        k = order[at]
        J, r = sums.zz[k].shape[:2]
        pieces = [sums.zz[k]]
        parents = np.zeros(J, dtype=np.int64)
        for other in order[at + 1 :]:
            pair = sums.pair(k, other)
            assert pair is not None
            pieces.append(pair.values)
            if other == order[at + 1]:
                parents = above[pair.columns]
        own = np.concatenate([*pieces, sums.zx[k]], axis=2)
        sorting = np.argsort(parents, kind="stable")
        if at < len(order) - 1:
            own, parents = own[sorting], parents[sorting]
        above = np.empty(J, dtype=np.int64)
        above[sorting] = np.arange(J)
        changes = [change for block, change in along.changes if block == k]
        stacked = np.array(changes).reshape(len(changes), r, r)
        levels.insert(0, _Level(own, parents, along.Sigmas[k], stacked))
    return levels


def _trees(levels: list[_Level]) -> Iterator[list[tuple[_Level, slice, IndexArray]]]:
    """Cut the forest into runs of whole top-level trees; per level a slice and local parents."""
    if not levels:
        return
    top = len(levels[-1].own)
    firsts = [np.arange(top + 1)]
    for level in levels[-2::-1]:
        edges = np.searchsorted(level.parents, np.arange(level.parents[-1] + 2))
        firsts.insert(0, edges[np.minimum(firsts[0], len(edges) - 1)])
    start, most = 0, _most_together(levels)
    while start < top:
        reach = firsts[0][start] + most
        stop = max(start + 1, int(np.searchsorted(firsts[0], reach, side="right")) - 1)
        slices = [slice(int(f[start]), int(f[stop])) for f in firsts]
        offsets = [part.start for part in slices[1:]]
        yield [
            (level, part, level.parents[part] - offset)
            for level, part, offset in zip(levels, slices, [*offsets, 0], strict=True)
        ]
        start = stop


def _most_together(levels: list[_Level]) -> int:
    """Count the innermost groups that go together: fewer where their parents' moments are wide."""
    m, widest = 1, 1
    for level in levels[:-1]:
        m += len(level.changes)
        widest = max(widest, (m * (level.own.shape[2] - level.r)) ** 2)
    return max(1, min(TREES, HELD // widest))


def _eliminate(
    level: _Level,
    part: slice,
    parents: IndexArray,
    tail: _Tail | None,
    sigma2: float,
    K: FloatArray,
) -> _Tail:
    """Eliminate the groups of a level; sum what they leave over their parents."""
    r, W = level.r, level.own.shape[2]
    old = 1 if tail is None else tail.P.shape[1]
    m, w, count = old + len(level.changes), W - r, part.stop - part.start
    left = int(parents[-1]) + 1
    sums = _Tail(np.zeros((left, w, w)), np.zeros((left, m, w, w)), np.zeros((left, m, w, m, w)))
    widest = (m * W) ** 2 if left > 1 else (old * W) ** 2 + 2 * m * W * r
    step = max(1, BATCH // widest)
    for first in range(0, count, step):
        inside = slice(first, min(first + step, count))
        own = level.own[part][inside]
        given = _with_own(own, None if tail is None else _cut(tail, inside), sigma2)
        children = parents[inside]
        starts = np.flatnonzero(np.diff(children, prepend=-1))
        _one_batch(level, given, starts, children[starts], sums, K)
    return sums


def _cut(tail: _Tail, inside: slice) -> _Tail:
    return _Tail(tail.M[inside], tail.P[inside], tail.Q[inside])


def _with_own(own: FloatArray, tail: _Tail | None, sigma2: float) -> _Tail:
    """Add the rows' own products of Z with [Z X] to what the children left."""
    c, r, W = own.shape
    M = np.zeros((c, W, W))
    M[:, :r] = own
    M[:, r:, :r] = own[:, :, r:].transpose(0, 2, 1)
    if tail is None:
        return _Tail(M, M[:, None] / sigma2, M[:, None, :, None] / sigma2**2)
    tail.P[:, 0] += M / sigma2
    tail.Q[:, 0, :, 0] += M / sigma2**2
    return _Tail(tail.M + M, tail.P, tail.Q)


def _one_batch(
    level: _Level,
    given: _Tail,
    starts: IndexArray,
    parents: IndexArray,
    sums: _Tail,
    K: FloatArray,
) -> None:
    """Eliminate c groups whose sibling runs begin at `starts`. Theory (15)."""
    M, P, Q = given.M, given.P, given.Q
    r, (c, old, W, _) = level.r, P.shape
    w = W - r
    Sigma, D = level.Sigma, level.changes
    Bt = np.linalg.inv(np.eye(r) + Sigma @ M[:, :r, :r])  # (c, r, r): B'
    Omega = Bt @ Sigma
    HG = Bt.transpose(0, 2, 1) @ M[:, :r]  # (c, r, W): Z'V'^-1 [Z X]
    H, G = HG[:, :, :r], HG[:, :, r:]
    E = np.zeros((c, W, W))
    E[:, :r, :r], E[:, :r, r:] = Bt, -Sigma @ G
    E[:, r:, r:] = np.eye(w)
    Et = E[:, :, r:]

    P_z = P[:, :, :r].transpose(0, 2, 1, 3).reshape(c, r, old * W)
    _old_traces(Omega, P[:, :, :r, :r], Q, K[:old, :old])
    taken = Q.reshape(c, old * W, old * W) - P_z.transpose(0, 2, 1) @ (Omega @ P_z)
    Q_right = taken.reshape(c, old * W * old, W) @ Et
    Q_old = Et.transpose(0, 2, 1)[:, None] @ Q_right.reshape(c, old, W, old * w)
    P_old = E.transpose(0, 2, 1)[:, None] @ P @ E[:, None]  # (c, old, W, W)

    DG = (D @ G[:, None]).transpose(0, 2, 1, 3).reshape(c, r, len(D) * w)
    HDG = H @ DG
    _new_traces(H, D, P_old[:, :, :r, :r], K, old)
    mixed = P_old[:, :, r:, :r].reshape(c, old * w, r).transpose(0, 2, 1)

    a = len(D)
    gather = _Gather(starts, parents)
    gather.add(sums.M, M[:, r:, r:] + M[:, r:, :r] @ E[:, :r, r:])
    gather.add(sums.P[:, :old], P_old[:, :, r:, r:])
    new = gather.products(G, DG).reshape(len(starts), w, a, w).transpose(0, 2, 1, 3)
    sums.P[parents, old:] += new
    gather.add(sums.Q[:, :old, :, :old], Q_old.reshape(c, old, w, old, w))
    sums.Q[parents, old:, :, old:] += gather.products(DG, HDG).reshape(len(starts), a, w, a, w)
    across = gather.products(mixed, DG).reshape(len(starts), old, w, a, w)
    sums.Q[parents, :old, :, old:] += across
    sums.Q[parents, old:, :, :old] += across.transpose(0, 3, 4, 1, 2)


@dataclass(frozen=True, slots=True)
class _Gather:
    """Sums over runs of siblings."""

    starts: IndexArray
    parents: IndexArray

    def add(self, target: FloatArray, values: FloatArray) -> None:
        """Add values (c, ...) to the parents' sums."""
        if len(self.starts) == 1:
            target[self.parents[0]] += values.sum(axis=0)
        else:
            target[self.parents] += np.add.reduceat(values, self.starts, axis=0)

    def products(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Sum left' right over siblings, (runs, x, y), for left (c, r, x) and right (c, r, y)."""
        if len(self.starts) == 1:
            return _long_product(left, right)[None]
        found: FloatArray = np.add.reduceat(left.transpose(0, 2, 1) @ right, self.starts, axis=0)
        return found


def _long_product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum left' right over all groups, (x, y), in pieces that one processor multiplies alone.

    Threads that wait for each other over such thin matrices cost more than they bring.
    """
    n_rows = left.shape[0] * left.shape[1]
    first, second = left.reshape(n_rows, left.shape[2]), right.reshape(n_rows, right.shape[2])
    total = np.zeros((first.shape[1], second.shape[1]))
    piece = max(32, ALONE // max(total.size, 1))
    for at in range(0, len(first), piece):
        total += np.dot(first[at : at + piece].T, second[at : at + piece])
    return total


def _old_traces(Omega: FloatArray, P_zz: FloatArray, Q: FloatArray, K: FloatArray) -> None:
    """Take from K what the new factor explains, for parameters of the levels below."""
    c, old, r, _ = P_zz.shape
    Q_zz = Q[:, :, :r, :, :r].transpose(0, 2, 4, 1, 3).reshape(c * r * r, old * old)
    K -= 2 * (Omega.reshape(-1) @ Q_zz).reshape(old, old)
    OP = Omega[:, None] @ P_zz
    left = OP.transpose(1, 0, 2, 3).reshape(old, -1)
    K += left @ OP.transpose(1, 0, 3, 2).reshape(old, -1).T


def _new_traces(H: FloatArray, D: FloatArray, P_zz: FloatArray, K: FloatArray, old: int) -> None:
    """Add to K the traces with the new parameters, of which there are len(D)."""
    c, r, _ = H.shape
    a = len(D)
    changes = D.reshape(a, r * r)
    crossed = P_zz.sum(axis=0).reshape(old, r * r) @ changes.T
    flat = H.reshape(c, r * r)
    squares = (flat.T @ flat).reshape(r, r, r, r)
    # tr(H D H E) = sum D[b, c] H[c, d] E[d, a] H[a, b]
    own = np.einsum("xbc,cdab,yda->xy", D, squares, D)
    new = slice(old, old + a)
    K[:old, new] += crossed
    K[new, :old] += crossed.T
    K[new, new] += own
