"""Averages of predictions over rows: x'beta + z'b with x and z averaged, and their covariances.

Room: infer/. Adds up rows and asks the engine for variances; averages of rows are single
    combinations, so that nothing grows with the number of rows.
Takes: encoded `Rows`, which average each row belongs to, and a `Fit`.
Gives: `Averages`, their estimates, and the joint uncertainty of beta and b.
Source: docs/theory.md (9) and (23).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from echelon._types import CodeArray, FloatArray, IndexArray
from echelon.design.parts import RandomBlock, Rows
from echelon.engine.workspace import combination_variances
from echelon.fit import Fit


@dataclass(frozen=True, slots=True)
class RandomPart:
    """What averages take of the random effects of the block at `position` in the fit.

    Entry k adds `Z[k]` (r,) times the effects of group `group[k]` to average `row[k]`; no pair of
    row and group occurs twice, and no entry is zero.
    """

    position: int
    row: IndexArray
    group: IndexArray
    Z: FloatArray


@dataclass(frozen=True, slots=True)
class Averages:
    """m combinations X beta + offset + Z b: `X` (m, p), `offset` (m,), and sparse random parts."""

    X: FloatArray
    offset: FloatArray
    parts: tuple[RandomPart, ...]

    @property
    def has_random(self) -> bool:
        """Whether any random effect takes part."""
        return bool(self.parts)


def average(rows: Rows, positions: Sequence[int], codes: CodeArray, m: int) -> Averages:
    """Average rows within each of m sets.

    Parameters
    ----------
    rows : n encoded rows.
    positions : of their blocks in the fit.
    codes : (n,) the set of each row; -1 for none.
    m : number of sets, each with a row at least.

    Returns
    -------
    `Averages`. A group that the fit has not seen (code -1) adds nothing.
    """
    known = codes >= 0
    inside = codes[known]
    size = np.bincount(inside, minlength=m).astype(np.float64)

    def mean(column: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(inside, column[known], minlength=m) / size)

    X = np.column_stack([mean(c) for c in rows.fixed_columns]) if rows.fixed_columns else None
    offset = np.zeros(m) if rows.offset is None else mean(rows.offset)
    parts = [
        random_part(block, position, codes, size)
        for position, block in zip(positions, rows.blocks, strict=True)
    ]
    return Averages(np.empty((m, 0)) if X is None else X, offset, _present(parts))


def combine(terms: Sequence[tuple[FloatArray, Averages]]) -> Averages:
    """Combine averages: the sum of T_i A_i, with T_i (k, m_i) dense and small.

    Returns
    -------
    `Averages` (k), e.g. after minus before.
    """
    X = np.sum([T @ a.X for T, a in terms], axis=0)
    offset = np.sum([T @ a.offset for T, a in terms], axis=0)
    blocks = sorted({part.position for _, a in terms for part in a.parts})
    parts = []
    for position in blocks:
        pieces = [
            _times(T, part) for T, a in terms for part in a.parts if part.position == position
        ]
        rows, groups, Z = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
        parts.append(_merged(position, rows, groups, Z))
    return Averages(X, offset, _present(parts))


def difference(after: Averages, before: Averages) -> Averages:
    """Take averages from others of the same sets; what did not change cancels exactly."""
    parts = []
    for position in sorted({part.position for one in (after, before) for part in one.parts}):
        pieces = [
            (part.row, part.group, sign * part.Z)
            for sign, one in ((1.0, after), (-1.0, before))
            for part in one.parts
            if part.position == position
        ]
        rows, groups, Z = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
        parts.append(_merged(position, rows, groups, Z))
    return Averages(after.X - before.X, after.offset - before.offset, _present(parts))


def scaled(averages: Averages, factor: float) -> Averages:
    """Multiply averages by a number."""
    parts = [replace(part, Z=factor * part.Z) for part in averages.parts]
    return Averages(factor * averages.X, factor * averages.offset, tuple(parts))


def estimates(fit: Fit, averages: Averages) -> FloatArray:
    """Evaluate X beta + offset + Z b, (m,); a coefficient that is not estimated counts as 0."""
    total = averages.X @ np.nan_to_num(fit.estimates.beta) + averages.offset
    for part in averages.parts:
        modes = fit.estimates.modes[part.position]
        values = (part.Z * modes[part.group]).sum(axis=1)
        total = total + np.bincount(part.row, values, minlength=len(total))
    return np.asarray(total)


def variances(fit: Fit, averages: Averages) -> FloatArray:
    """Variances (m,) of the error of `estimates`: of beta, of b, and between them. Theory (9)."""
    slots = [slot for part in averages.parts for slot in _slots(part, len(averages.X))]
    return combination_variances(fit, averages.X, slots)


def covariance(fit: Fit, averages: Averages) -> FloatArray:
    """Covariance (m, m) of the errors, by polarisation: m (m + 1) / 2 sums. Theory (23)."""
    m = len(averages.X)
    left, right = np.triu_indices(m)
    T = np.zeros((len(left), m))
    place = np.arange(len(left))
    np.add.at(T, (place, left), 1.0)
    np.add.at(T, (place, right), 1.0)
    sums = variances(fit, combine([(T, averages)]))
    own = sums[left == right] / 4.0
    found = np.empty((m, m))
    found[left, right] = (sums - own[left] - own[right]) / 2.0
    found[right, left] = found[left, right]
    return found


def random_part(
    block: RandomBlock, position: int, codes: CodeArray, size: FloatArray
) -> RandomPart:
    """Add up the random columns of the rows of each pair of set and group."""
    keys, columns = [], []
    Z = np.column_stack(block.columns)
    for member in block.memberships:
        used = (codes >= 0) & (member.codes >= 0)
        weights = 1.0 if member.weights is None else member.weights[used][:, None]
        keys.append(codes[used].astype(np.int64) * block.n_groups + member.codes[used])
        columns.append(Z[used] * weights)
    pairs, place = np.unique(np.concatenate(keys), return_inverse=True)
    values = np.concatenate(columns)
    sums = [np.bincount(place, column, minlength=len(pairs)) for column in values.T]
    row, group = np.divmod(pairs, block.n_groups)
    return RandomPart(position, row, group, np.column_stack(sums) / size[row][:, None])


def _times(T: FloatArray, part: RandomPart) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Multiply T (k, m) with the random part of m averages: rows, groups and values."""
    to, source = np.nonzero(T)
    order = np.argsort(part.row, kind="stable")
    start = np.searchsorted(part.row[order], np.arange(T.shape[1] + 1))
    counts = (start[1:] - start[:-1])[source]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    entry = order[np.repeat(start[source], counts) + within]
    factor = np.repeat(T[to, source], counts)
    return np.repeat(to, counts), part.group[entry], factor[:, None] * part.Z[entry]


def _merged(position: int, row: IndexArray, group: IndexArray, Z: FloatArray) -> RandomPart:
    """Add up entries of the same row and group."""
    width = int(group.max(initial=0)) + 1
    pairs, place = np.unique(row * width + group, return_inverse=True)
    sums = [np.bincount(place, column, minlength=len(pairs)) for column in Z.T]
    rows, groups = np.divmod(pairs, width)
    return RandomPart(position, rows, groups, np.column_stack(sums))


def merged(parts: Sequence[RandomPart]) -> tuple[RandomPart, ...]:
    """Put parts of the same block together."""
    found = []
    for position in sorted({part.position for part in parts}):
        own = [part for part in parts if part.position == position]
        pieces = [(part.row, part.group, part.Z) for part in own]
        rows, groups, Z = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
        found.append(RandomPart(position, rows, groups, Z))
    return _present(found)


def _present(parts: Sequence[RandomPart]) -> tuple[RandomPart, ...]:
    """Leave out entries that are zero, and parts without entries."""
    kept = []
    for part in parts:
        is_there = (part.Z != 0.0).any(axis=1)
        if is_there.any():
            found = part.row[is_there], part.group[is_there], part.Z[is_there]
            kept.append(RandomPart(part.position, *found))
    return tuple(kept)


def _slots(part: RandomPart, m: int) -> list[tuple[int, CodeArray, FloatArray]]:
    """Lay entries out as the engine takes them: one group per row and slot, -1 for none."""
    order = np.argsort(part.row, kind="stable")
    row = part.row[order]
    start = np.searchsorted(row, np.arange(m))
    rank = np.arange(len(row)) - start[row]
    n_slots = int(rank.max(initial=-1)) + 1
    codes = np.full((n_slots, m), -1, dtype=np.int32)
    Z = np.zeros((n_slots, m, part.Z.shape[1]))
    codes[rank, row] = part.group[order]
    Z[rank, row] = part.Z[order]
    # Copies: the core looks for conflicts among all views of one array, which is quadratic.
    return [(part.position, codes[k].copy(), Z[k].copy()) for k in range(n_slots)]
