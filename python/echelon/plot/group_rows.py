"""The line of a group: rows along its own range of a predictor, and what is predicted there.

Room: plot/. Makes rows up and asks `predict`; computes no prediction itself.
Takes: a `Fit` with its table, a grouping factor, groups, a predictor.
Gives: `GroupLines`, and `chosen_groups`.
Source: predict/; docs/reference, charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.design.recipe import Categories
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit, frame_of
from echelon.formula.expression import Call, Name, variables
from echelon.frame.columns import Categorical, Column, ModelFrame, Numeric
from echelon.plot.thinning import sampled_groups
from echelon.plot.variables import Variable, nested_in, node_of, short, values_of
from echelon.predict import predict
from echelon.table import Table

HELD = (
    "Lines of groups: other predictors at the group's mean, or its most frequent category, and"
    " the random effects of {names} at their conditional modes."
)


@dataclass(frozen=True, slots=True)
class GroupLines:
    """Predictions along lines: x (m,), group (m,) as places in the block, estimate (m, Q).

    Q is 1, or the number of `categories` of the response.
    """

    x: FloatArray
    group: IndexArray
    estimate: FloatArray
    categories: tuple[str, ...]
    note: str


def chosen_groups(
    block: RandomBlock, labels: Sequence[object] | None, most: int, seed: int, where: str
) -> tuple[IndexArray, str]:
    """Choose the groups to draw: those named, all, or a random sample.

    Parameters
    ----------
    block : of the grouping factor.
    labels : of groups; None for all, or a sample of `most`.
    most : groups drawn when none are named.
    seed : of the sample.
    where : the chart, for messages.

    Returns
    -------
    Places (m,) of the groups, and a note; empty where all are drawn.

    Raises
    ------
    SpecError : there is no such group.
    """
    if labels is None:
        sizes = np.bincount(block.memberships[0].codes, minlength=block.n_groups)
        return sampled_groups(sizes, most, seed)
    asked = [labels] if isinstance(labels, str) else list(labels)
    known = {str(label): place for place, label in enumerate(block.labels)}
    lost = [str(label) for label in asked if str(label) not in known]
    if lost or not asked:
        raise _no_such_group(block, lost, list(known), where)
    places = np.array(sorted({known[str(label)] for label in asked}))
    return places, f"{len(places):,} of {block.n_groups:,} groups, as asked."


def group_lines_of(
    fit: Fit, block: RandomBlock, groups: IndexArray, x: Variable, n_points: int, where: str
) -> GroupLines:
    """Predict along the range of a predictor that each group has.

    Parameters
    ----------
    fit : a fit that holds the columns of its table.
    block : the grouping factor.
    groups : (m,) places of groups.
    x : a number of the fixed part: a column, or `cwc` of one.
    n_points : on each line; a group with one value of x has one.
    where : the chart, for messages.

    Returns
    -------
    `GroupLines`.

    Raises
    ------
    SpecError : x is made of other rows, such as a group mean or a lag.
    """
    frame, moving = frame_of(fit, where), _column_of(fit, x, where)
    _refuse_lags(fit, where)
    codes = block.memberships[0].codes
    values = values_of(fit, x)
    low, high = np.full(block.n_groups, np.inf), np.full(block.n_groups, -np.inf)
    np.minimum.at(low, codes, values)
    np.maximum.at(high, codes, values)
    steps = np.linspace(0.0, 1.0, n_points)
    counts = np.where(high[groups] > low[groups], n_points, 1)
    group = np.repeat(groups, counts)
    within = np.concatenate([steps[:count] for count in counts])
    along = low[group] + within * (high[group] - low[group])
    place = np.repeat(np.arange(len(groups)), counts)
    table = _typical(fit, frame, codes, groups)
    table = {name: column[place] for name, column in table.items()}
    table[moving] = _raw(fit, x, frame.columns[moving], codes, values, group, along)
    names = nested_in(fit, block)
    found = predict(fit, table, random=names)
    note = HELD.format(names=" and ".join(short(name) for name in names))
    if isinstance(found, Table):
        shares = np.column_stack([found[name] for name in found.columns])
        return GroupLines(along, group, shares, tuple(found.columns), note)
    return GroupLines(along, group, np.asarray(found)[:, None], (), note)


def _refuse_lags(fit: Fit, where: str) -> None:
    """Refuse predictors whose values come from the row before: made-up rows have none."""
    lagged = [p.name for p in fit.design.recipe.profiles if p.name.startswith("lag(")]
    if lagged:
        raise SpecError(
            "A line of a group cannot hold a value that comes from the row before.",
            where=where,
            got=offenders(lagged),
            need="a model without lag()",
            do="draw the population's line with effect(), or the rows with trajectories().",
            slug="lines-over-other-rows",
        )


def _typical(fit: Fit, frame: ModelFrame, codes: Any, groups: IndexArray) -> dict[str, Any]:
    """Make a row for each group (m,): means of numbers, modes of categories, its labels."""
    kept = np.isin(codes, groups)
    own = np.searchsorted(groups, codes[kept])  # groups are in order
    sizes = np.bincount(own, minlength=len(groups))
    first = np.zeros(len(groups), dtype=np.int64)
    first[own[::-1]] = np.flatnonzero(kept)[::-1]
    like_factors = {
        name
        for expression, state in fit.design.recipe.states.items()
        if isinstance(state, Categories)
        for name in variables(expression)
    }
    table: dict[str, Any] = {}
    for name, column in frame.columns.items():
        if isinstance(column, Categorical):
            table[name] = column.labels[_modes(column.codes[kept], own, len(groups))]
        elif name in like_factors:
            labels, places = np.unique(column.values[kept], return_inverse=True)
            table[name] = labels[_modes(places, own, len(groups))]
        else:
            table[name] = np.bincount(own, column.values[kept], len(groups)) / sizes
    for name, grouping in frame.groupings.items():
        table[name] = grouping.labels[grouping.codes[first]]
    return table


def _modes(codes: Any, own: Any, n_groups: int) -> Any:
    """Find the most frequent code of each group (m,); the first of those that tie."""
    width = int(codes.max()) + 1
    cells, counts = np.unique(own * width + codes, return_counts=True)
    order = np.lexsort((-cells, counts))
    modes = np.zeros(n_groups, dtype=np.int64)
    modes[cells[order] // width] = cells[order] % width
    return modes


def _column_of(fit: Fit, x: Variable, where: str) -> str:
    """Name the column of the table that moves with x."""
    node = node_of(fit, x)
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call) and node.function == "cwc" and isinstance(node.arguments[0], Name):
        return node.arguments[0].name
    raise SpecError(
        f"'{x.name}' is made of other rows, so that a group has no line along it.",
        where=f"{where}, argument x",
        got=repr(x.name),
        need="a column of the table, or its deviation cwc(x, g)",
        do=f"draw the population's line with effect('{x.name}').",
        slug="lines-over-other-rows",
    )


def _raw(
    fit: Fit,
    x: Variable,
    column: Column,
    codes: Any,
    values: FloatArray,
    group: IndexArray,
    along: FloatArray,
) -> FloatArray:
    """Give the column itself along the lines: a deviation is moved back by its group's mean."""
    if isinstance(node_of(fit, x), Name):
        return along
    assert isinstance(column, Numeric)
    shift = np.zeros(int(codes.max()) + 1)
    shift[codes] = column.values - values
    return np.asarray(along + shift[group])


def _no_such_group(block: RandomBlock, lost: list[str], known: list[str], where: str) -> SpecError:
    return SpecError(
        f"'{short(block.grouping)}' has no such group." if lost else "No group is named.",
        where=f"{where}, argument groups",
        got=offenders(lost) if lost else "an empty list",
        need=f"labels among the {len(known):,} of '{short(block.grouping)}'",
        do=near_matches(lost[0], known[:10_000]) if lost else "leave groups out for a sample.",
        slug="no-such-group",
    )
