"""The observed line of each group: its rows in order, thinned to what a reader can see.

Room: plot/. Sorts and averages rows; fits nothing.
Takes: a `Fit` with its table, a grouping factor, groups, a predictor.
Gives: `ObservedLines`.
Source: docs/reference, charts: from 5 to 10^6 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.families import family_of
from echelon.fit import Fit
from echelon.plot.estimates import is_probability
from echelon.plot.variables import Variable, values_of

MOST_PER_LINE = 20  # values of x that a line joins one by one
INTERVALS = 8  # of x at most, in a group that has more
ROWS, ROWS_OF_SHARE = 10, 15  # in an interval: enough for a mean, for a share


@dataclass(frozen=True, slots=True)
class ObservedLines:
    """Points of lines: x (m,), y (m,), labels (m,) of groups, by (m,) of a moderator or empty."""

    x: FloatArray
    y: FloatArray
    labels: list[str]
    by: list[str]
    notes: tuple[str, ...]


def observed_lines(
    fit: Fit,
    block: RandomBlock,
    groups: IndexArray,
    x: Variable,
    most_per_line: int,
    by: Variable | None,
) -> ObservedLines:
    """Average the rows of each group at each value of x, or in 2 to 8 intervals of it.

    Parameters
    ----------
    fit : a fit that holds its table.
    block : the grouping factor.
    groups : (m,) places of groups, in order.
    x : a number.
    most_per_line : values of x of a group above which intervals are formed.
    by : a moderator that is not a number; the lines of a group are split by it.

    Returns
    -------
    `ObservedLines`: y is the response, the share of successes or the category number (from 1).
    """
    codes = block.memberships[0].codes
    kept = np.flatnonzero(np.isin(codes, groups))
    along = values_of(fit, x)[kept]
    y, weights = _response(fit)
    y, weights = y[kept], weights[kept]
    labels, own_by = _by_labels(fit, by, kept)
    line = np.searchsorted(groups, codes[kept]) * max(len(labels), 1) + own_by
    is_share = is_probability(fit)
    if is_share:
        most_per_line = min(most_per_line, INTERVALS)  # single rows have a few values only
    points = _points(line, along)
    n_values = np.bincount(points.line, minlength=int(line.max()) + 1)
    is_long, cell, per_mean = n_values > most_per_line, points.cell, 0
    if is_long.any():
        per_mean = ROWS_OF_SHARE if is_share else ROWS
        cell = _in_intervals(line, points, is_long, per_mean)
    _, first, cell = np.unique(cell, return_index=True, return_inverse=True)
    total = np.bincount(cell, weights)
    mean_x = np.bincount(cell, weights * along) / total
    mean_y = np.bincount(cell, weights * y) / total
    own = line[first]
    n_by = max(len(labels), 1)
    texts = [str(label) for label in block.labels]
    names = [texts[groups[place]] for place in own // n_by]
    return ObservedLines(
        mean_x, mean_y, names, [labels[i] for i in own % n_by] if labels else [],
        _notes(per_mean, most_per_line, len(cell) > len(first)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Points:
    """Distinct values of x in each line: the cell (n,) of each row, and the line of each cell."""

    cell: Any
    line: Any
    rank: Any


def _points(line: Any, along: FloatArray) -> _Points:
    order = np.lexsort((along, line))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(line[order]) != 0) | (np.diff(along[order]) != 0)
    place = np.cumsum(is_new) - 1
    cell = np.empty(len(order), dtype=np.int64)
    cell[order] = place
    rank = np.empty(len(order), dtype=np.int64)
    starts = np.searchsorted(line[order], line[order], side="left")
    rank[order] = np.arange(len(order)) - starts
    return _Points(cell, line[order][is_new], rank)


def _in_intervals(line: Any, points: _Points, is_long: Any, per_mean: int) -> Any:
    """Put the rows of long lines in intervals with about as many rows each."""
    sizes = np.bincount(line)
    counts = np.clip(sizes // per_mean, 2, INTERVALS)
    own = line * INTERVALS + points.rank * counts[line] // sizes[line]
    return np.where(is_long[line], own, points.cell + len(is_long) * INTERVALS)


def _response(fit: Fit) -> tuple[FloatArray, FloatArray]:
    """Give the response (n,) as drawn, and its weights in means."""
    design = fit.design
    response = family_of(fit.spec.family).response
    if response == "ordered":
        return design.y + 1.0, np.ones(design.n_obs)
    if response == "binary" and design.trials is not None:
        return design.y / design.trials, design.trials
    return design.y, np.ones(design.n_obs)


def _by_labels(fit: Fit, by: Variable | None, kept: Any) -> tuple[tuple[str, ...], Any]:
    if by is None:
        return (), 0
    values = values_of(fit, by)[kept]
    if by.labels:
        return by.labels, values.astype(int)
    return tuple(f"{v:.4g}" for v in (by.low, by.high)), (values > by.low).astype(int)


def _notes(per_mean: int, most: int, has_means: bool) -> tuple[str, ...]:
    if per_mean:
        return (
            f"Observed: means of neighbouring rows, {per_mean} or more where there are, in groups"
            f" with more than {most} values.",
        )
    return ("Observed: means where a group has several rows at one value.",) * has_means
