"""Crossed on paper, nested in fact: factors whose labels start again in every group.

Room: design/. Gives advice; changes nothing.
Takes: two columns of group labels and the response.
Gives: `looks_nested`, and the warning that names `(1 | a/b)`.
Source: Bates, Maechler, Bolker & Walker (2015), section 2.2.1 (implicit nesting);
    two-way analysis of variance, Searle, Casella & McCulloch (1992), chapter 4.
"""

from __future__ import annotations

import warnings
from itertools import permutations

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.contrasts import label_texts
from echelon.design.scope import Scope
from echelon.errors import NestingWarning, compose
from echelon.formula.expression import Name
from echelon.formula.terms import Grouping
from echelon.frame.columns import Categorical

CELLS_PER_ROW = 4  # larger grids are too sparse to be groups with running numbers
ROWS_PER_CELL = 1.5  # with one row per cell a nested factor could not be estimated anyway
MANY_ROWS = 50_000  # beyond this many rows a sample of them tells
SAMPLED_PER_CELL = 20
PREFIX_SHARE = 0.95  # share of groups in which the labels are 1..k without a gap
SPREADS = 3.0  # an F ratio this many standard errors above 1 counts as more than 1
SPREADS_OF_LABELS = 1.5  # one below this many as no more than 1


def warn_if_nested(groupings: tuple[Grouping, ...], y: FloatArray, scope: Scope) -> None:
    """Look at every pair of factors that the formula crosses.

    Warns
    -----
    NestingWarning : see `looks_nested`.
    """
    names = [f.name for g in groupings if _is_plain(g) for f in g.factors if isinstance(f, Name)]
    joined = [{f.name for f in g.factors if isinstance(f, Name)} for g in groupings]
    found: set[str] = set()
    for outer, inner in permutations(names, 2):
        if {outer, inner} in joined or found & {outer, inner}:
            continue
        if looks_nested(scope.grouping(outer), scope.grouping(inner), y):
            found.add(inner)
            _warn(scope.grouping(outer), scope.grouping(inner))


def _is_plain(grouping: Grouping) -> bool:
    return len(grouping.factors) == 1 and isinstance(grouping.factors[0], Name)


def looks_nested(outer: Categorical, inner: Categorical, y: FloatArray) -> bool:
    """Say whether the labels of `inner` start again in every group of `outer`.

    Class 1 of one school has nothing in common with class 1 of another, but a model with
    `(1 | school) + (1 | class)` takes them for the same class. Labels alone cannot tell this
    from a crossed design, in which every label also occurs in every group. The rule asks for
    all of:

    1. the inner labels are few: no more of them than outer groups times four rows allow, and
       at least `ROWS_PER_CELL` rows per observed combination;
    2. they are running numbers from 0 or 1, or text; a year is neither;
    3. in `PREFIX_SHARE` of the outer groups they are the first k of the labels, without a gap;
    4. the combinations differ (their mean square exceeds that within them by more than
       `SPREADS` standard errors of an F ratio), but the inner labels mean nothing across outer
       groups (their mean square is not clearly above that of the combinations). A crossed factor
       with an effect of its own fails here.

    Parameters
    ----------
    outer, inner : two grouping factors, codes (n,).
    y : response (n,).

    Notes
    -----
    O(n), or a sample of 50,000 rows if that is enough; O(1) when rule 1 fails.
    """
    n_outer, n_inner = len(outer.labels), len(inner.labels)
    if min(n_outer, n_inner) < 2 or n_outer * n_inner > CELLS_PER_ROW * len(y):
        return False
    order = _running_order(inner)
    if order is None:
        return False
    rows = _rows_to_look_at(len(y), n_outer * n_inner)
    y, n_obs = y[rows], len(y[rows])
    cell = outer.codes[rows].astype(np.int64) * n_inner + order[inner.codes[rows]]
    counts = np.bincount(cell, minlength=n_outer * n_inner).reshape(n_outer, n_inner)
    present = counts > 0
    n_cells = int(present.sum())
    if n_obs < ROWS_PER_CELL * n_cells or n_cells <= n_outer + n_inner:
        return False
    is_prefix = (present[:, :-1] >= present[:, 1:]).all(axis=1)
    if is_prefix.mean() < PREFIX_SHARE or present[:, 1].mean() <= 0.5:
        return False
    return _labels_mean_nothing(cell, counts, y)


def _rows_to_look_at(n_obs: int, n_cells: int) -> IndexArray | slice:
    """Choose rows: all, or one of each stretch of them when that still fills every cell.

    The place within the stretch is random, but the same each time: rows may come in cycles.
    """
    if n_obs <= MANY_ROWS or n_cells * SAMPLED_PER_CELL > MANY_ROWS:
        return slice(None)
    stretch = n_obs // MANY_ROWS
    starts: IndexArray = np.arange(MANY_ROWS) * stretch
    return starts + np.random.default_rng(0).integers(0, stretch, MANY_ROWS)


def _running_order(inner: Categorical) -> IndexArray | None:
    """Rank the labels as a person would count; None if they are numbers but not running ones."""
    texts = label_texts(inner.labels)
    if not all(text.isdecimal() for text in texts):
        is_numeric = inner.labels.dtype.kind in "iuf"
        return None if is_numeric else np.arange(len(texts))
    numbers = np.array([int(text) for text in texts])
    if numbers.min() > 1 or numbers.max() - numbers.min() >= 2 * len(texts):
        return None
    order = np.empty(len(texts), dtype=np.int64)
    order[np.argsort(numbers, kind="stable")] = np.arange(len(texts))
    return order


def _labels_mean_nothing(cell: IndexArray, counts: IndexArray, y: FloatArray) -> bool:
    """Compare three mean squares: inner labels, combinations, rows within combinations."""
    present = counts > 0
    n_outer, n_inner = counts.shape
    n_cells = int(present.sum())
    size = np.maximum(counts, 1)
    centred = y - y.mean()
    means = np.bincount(cell, centred, counts.size).reshape(counts.shape) / size
    within = float(((centred - means.reshape(-1)[cell]) ** 2).sum()) / (len(y) - n_cells)
    outer_means = means.sum(axis=1) / present.sum(axis=1)
    deviations = np.where(present, means - outer_means[:, None], 0.0)
    label_counts = present.sum(axis=0)
    label_means = deviations.sum(axis=0) / label_counts
    by_label = float((label_counts * label_means**2).sum()) / (n_inner - 1)
    left = np.where(present, deviations - label_means, 0.0)
    df_cells = n_cells - n_outer - n_inner + 1
    by_cell = float((left**2).sum()) / df_cells
    noise = within * float((1.0 / size[present]).mean())
    differ = by_cell > noise * (1.0 + SPREADS * float(np.sqrt(2.0 / df_cells)))
    means_nothing = by_label <= by_cell * (
        1.0 + SPREADS_OF_LABELS * float(np.sqrt(2.0 / (n_inner - 1)))
    )
    return bool(differ and means_nothing)


def _warn(outer: Categorical, inner: Categorical) -> None:
    first = label_texts(inner.labels[:1])[0]
    text = compose(
        f"The labels of '{inner.name}' seem to start again in every group of '{outer.name}'.",
        where=f"random terms over {outer.name} and {inner.name}",
        got=f"{len(inner.labels):,} labels of '{inner.name}' in {len(outer.labels):,} groups of "
        f"'{outer.name}',\nwhose effects have nothing in common across '{outer.name}'",
        need=f"labels that mean the same {inner.name} wherever they occur, as the formula has it",
        do=f"write (1 | {outer.name}/{inner.name}), if '{first}' is another {inner.name} in every "
        f"{outer.name}.",
        slug="nested-labels",
    )
    warnings.warn(text, NestingWarning, stacklevel=2)
