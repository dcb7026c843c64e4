"""Combinations of categorical columns: which occur, which row has which.

Room: design/. Knows labels and codes; serves grouping factors and group means.
Takes: one or more categorical columns.
Gives: `Combinations`, codes of new rows, and the labels 'a:b'.
Source: docs/explanation, nested and crossed factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon._types import CodeArray, IndexArray
from echelon.design.categories import match_labels, recode
from echelon.design.contrasts import label_texts
from echelon.design.recipe import Labels
from echelon.errors import DesignError
from echelon.frame.columns import Categorical

MAX_GRID = 2**62
DENSE_GRID_PER_ROW = 16  # a table of this many cells per row is cheaper than sorting
FEW = 4096  # rows looked at first


@dataclass(frozen=True, slots=True)
class Combinations:
    """The observed combinations of some factors, sorted by the first, then the next.

    `codes` (n,); `keys` (J,) is the place of each in the grid of all combinations, ascending;
    None for a single factor, whose labels are all used.
    """

    codes: CodeArray
    factor_labels: tuple[Labels, ...]
    keys: IndexArray | None

    @property
    def count(self) -> int:
        """Number of combinations (J)."""
        return len(self.factor_labels[0]) if self.keys is None else len(self.keys)


def learn_combinations(columns: Sequence[Categorical], label: str) -> Combinations:
    """Find the combinations that occur in the rows, and number them.

    Notes
    -----
    O(n) while the grid of all combinations has few cells per row, else O(n log n).
    """
    factor_labels = tuple([column.labels for column in columns])
    if len(columns) == 1:
        return Combinations(columns[0].codes, factor_labels, None)
    _check_grid(label, factor_labels)
    codes, keys = columns[0].codes, np.arange(len(columns[0].labels))
    for column in columns[1:]:
        size = len(column.labels)
        left, right, codes = _pairs(codes, len(keys), column.codes, size)
        keys = keys[left] * size + right
    return Combinations(codes, factor_labels, keys)


def find_combinations(
    columns: Sequence[Categorical], factor_labels: tuple[Labels, ...], keys: IndexArray | None
) -> CodeArray:
    """Look up the combinations of new rows, (n,): -1 where it has not been seen."""
    codes = [known_codes(c, labels) for c, labels in zip(columns, factor_labels, strict=True)]
    if keys is None:
        return codes[0]
    key = _grid_key(codes, factor_labels)
    place = np.searchsorted(keys, key).clip(max=len(keys) - 1)
    is_known = (keys[place] == key) & (np.min(codes, axis=0) >= 0)
    return np.where(is_known, place, -1).astype(np.int32)


def known_codes(column: Categorical, known: Labels) -> CodeArray:
    """Code the rows of a column (n,) by known labels, -1 for others."""
    if column.labels is known:
        return column.codes
    return recode(column.codes, match_labels(column.labels, known))


def combination_labels(found: Combinations) -> Labels:
    """Word the combinations 'a:b', all at once, (J,)."""
    assert found.keys is not None
    keys, parts = found.keys, []
    for labels in reversed(found.factor_labels):
        keys, place = np.divmod(keys, len(labels))
        parts.append((np.array(label_texts(labels), dtype=object), place))
    words, place = parts.pop()
    text: Labels = words[place]
    while parts:
        words, place = parts.pop()
        text = text + (":" + words)[place]
    return text


def _grid_key(codes: list[CodeArray], factor_labels: tuple[Labels, ...]) -> IndexArray:
    key = codes[0].astype(np.int64)
    for more, labels in zip(codes[1:], factor_labels[1:], strict=True):
        key *= len(labels)
        key += more
    return key


def _pairs(
    outer: CodeArray, n_outer: int, inner: CodeArray, n_inner: int
) -> tuple[IndexArray, IndexArray, CodeArray]:
    """Find the pairs of two codings (n,) and number them, by the outer, then the inner.

    Returns the outer and the inner code of each pair (J,) and the pair of each row (n,). Three
    ways, cheapest first: every inner code lies in one outer (nested with labels of its own); a
    table of all pairs; a sort.
    """
    parent = np.zeros(n_inner, np.int32)
    parent[inner] = outer
    if _agree(parent[inner[:FEW]], outer[:FEW]) and _agree(parent[inner], outer):
        order = np.argsort(parent, kind="stable")
        rank = np.empty(n_inner, np.int32)
        rank[order] = np.arange(n_inner, dtype=np.int32)
        return parent[order].astype(np.int64), order, rank[inner]
    key = outer.astype(np.int64) * n_inner + inner
    if n_outer * n_inner <= DENSE_GRID_PER_ROW * len(key) + 1024:
        table = np.zeros(n_outer * n_inner, np.int32)
        table[key] = 1
        keys = np.flatnonzero(table)
        table[keys] = np.arange(len(keys), dtype=np.int32)
        codes = table[key]
    else:
        keys, places = np.unique(key, return_inverse=True)
        codes = places.astype(np.int32)
    left, right = np.divmod(keys, n_inner)
    return left, right, codes


def _agree(left: CodeArray, right: CodeArray) -> bool:
    return bool((left == right).all())


def _check_grid(label: str, factor_labels: tuple[Labels, ...]) -> None:
    """Refuse factors whose combinations cannot be numbered in 64 bits."""
    grid = 1
    for labels in factor_labels:
        grid *= len(labels)
    if grid > MAX_GRID:
        raise _too_many(label, grid)


def _too_many(label: str, grid: int) -> DesignError:
    return DesignError(
        f"The factor '{label}' has too many possible combinations.",
        where=f"grouping factor {label}",
        got=f"{grid:.3g} combinations",
        need=f"at most {MAX_GRID:.3g}",
        do="join the labels to one column in the data and name that column.",
        slug="too-many-combinations",
    )
