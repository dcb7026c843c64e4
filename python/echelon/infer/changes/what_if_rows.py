"""The same units before and after a change: rows read from a table, changed, encoded twice.

Room: infer/. Reads and encodes; predicts nothing.
Takes: a `Fit`, the table with its raw columns, the changes, and for which rows.
Gives: `Scenario`: rows before, rows after, the averages asked for, and what to distrust.
Source: docs/theory.md (23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray, IndexArray
from echelon.design.build import columns_needed_for_new_rows, encode_channels, encode_rows
from echelon.design.combinations import find_combinations, learn_combinations
from echelon.design.functions import number
from echelon.design.lags import lags_of, resolve_lags
from echelon.design.parts import Channel, Rows
from echelon.design.recipe import Categories, GroupMeans, NumberProfile, Recipe, State
from echelon.design.scope import Scope
from echelon.errors import FrameError, NotEstimableError, near_matches, offenders
from echelon.fit import Fit
from echelon.formula.expression import Call, Expression, Name, variables
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical, ModelFrame, Numeric
from echelon.frame.convert import as_grouping
from echelon.frame.selection import subset_mask
from echelon.frame.source import Source, column_names, open_source
from echelon.frame.subset import parse_subset
from echelon.infer.changes.what_if_change import Change, Mask, apply_changes
from echelon.spec import Needed, columns_needed

SAME = 1e-9  # relative difference of encoded columns up to which rows are those of the fit


@dataclass(frozen=True, slots=True)
class Averaging:
    """Which average each row belongs to: `codes` (n,), -1 for none; `labels` by name, (m,) each."""

    codes: CodeArray
    labels: Mapping[str, NDArray[Any]]
    n_averages: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rows before and after a change; their blocks have the places `positions` in the fit.

    `channels` are their linear predictors, before and after, of a generalized model.
    """

    before: Rows
    after: Rows
    positions: tuple[int, ...]
    averaging: Averaging
    notes: tuple[str, ...]
    channels: tuple[tuple[Channel, ...], tuple[Channel, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class Units:
    """The rows of a table, before lags: `frame`, whether they are those of the fit, the table."""

    frame: ModelFrame
    is_own: bool
    table: Source
    data: Any


def read_units(fit: Fit, data: Any, verb: str) -> Units:
    """Read the rows of a table that the model can predict: those of the fit if it is its table.

    Parameters
    ----------
    fit : a fitted model.
    data : the table that was fitted, or another one with the same columns.
    verb : that was called, for messages.

    Returns
    -------
    `Units`. A table is that of the fit when it has as many rows, the same ones complete, and they
    encode to the same columns; of another table all rows count that have every predictor.

    Raises
    ------
    NotEstimableError : no table.
    FrameError : the table lacks a column, or has no complete row.
    """
    if data is None:
        raise _no_data(fit, verb)
    own, new = columns_needed(fit.spec), _needed(fit)
    table = open_source(data, tuple(dict.fromkeys((*new.columns, *new.groupings))))
    known = set(column_names(data))
    is_like_own = table.n_rows == fit.rows.n_read and known >= {*own.columns, *own.groupings}
    if is_like_own:
        try:
            frame = build_frame(data, own, subset=fit.spec.subset)
        except FrameError:
            is_like_own = False
        else:
            if _is_of_fit(fit, frame):
                return Units(frame, True, table, data)
    return Units(build_frame(data, new), False, table, data)


def scenario(
    fit: Fit,
    units: Units,
    changes: tuple[Change, ...],
    where: str | None,
    by: str | Sequence[str] | None,
    positions: tuple[int, ...],
    verb: str,
) -> Scenario:
    """Encode units before and after changes.

    A group mean of the formula, gm(x, g), moves by the mean of the change of x over the units of
    the group, so that cwc(x, g) is a deviation from the new mean; where all members change alike
    the deviation stays. All other learned constants stay. Theory (23).

    Parameters
    ----------
    fit : a fitted model.
    units : as read.
    changes : of predictors.
    where : condition for the rows that change; None for all.
    by : columns, or a grouping factor, to average within; None for one average.
    positions : of the blocks whose modes take part.
    verb : that was called, for messages.

    Returns
    -------
    `Scenario`.
    """
    recipe = fit.design.recipe
    part = replace(recipe, blocks=tuple([recipe.blocks[i] for i in positions]))
    predictors = columns_needed_for_new_rows(recipe).columns
    mask = None if where is None else _mask(units, where)
    moved = apply_changes(changes, units.frame, predictors, mask, _categories(recipe), verb)
    before = resolve_lags(fit.spec.formula, units.frame)
    after = resolve_lags(fit.spec.formula, moved)
    states = _moved_means(recipe, before, after)
    moved_part = replace(part, states=states)
    rows = encode_rows(part, before), encode_rows(moved_part, after)
    channels = encode_channels(part, before), encode_channels(moved_part, after)
    notes = [*_own_notes(units), *_range_notes(recipe, changes, before, after)]
    if mask is not None and not mask.any():
        notes.append(f"No row has {where}: nothing changes.")
    if states is not recipe.states:
        notes.append(
            "Group means of the formula (gm, cwc) move with the mean change of the group's units."
        )
    unseen = [
        block for block in rows[0].blocks if any((m.codes < 0).any() for m in block.memberships)
    ]
    if unseen:
        notes.append(
            f"Groups of '{unseen[0].grouping}' that the fit has not seen stand for the mean of"
            " their population; how they differ from it is not in the intervals."
            if not fit.spec.is_generalized
            else f"Groups of '{unseen[0].grouping}' that the fit has not seen have random effects"
            " of zero; how they differ from it is not in the intervals."
        )
    sets = _averaging(recipe, units, before, by, verb)
    return Scenario(*rows, positions, sets, tuple(notes), channels)


def _needed(fit: Fit) -> Needed:
    needed = columns_needed_for_new_rows(fit.design.recipe)
    if not lags_of(fit.spec.formula):
        return needed
    labels = [n for term in fit.spec.formula.random for n in term.grouping.variables]
    return Needed(needed.columns, tuple(dict.fromkeys((*needed.groupings, *labels))))


def _is_of_fit(fit: Fit, frame: ModelFrame) -> bool:
    """Whether the rows of a frame are those of the fit: as many, with the same columns of X."""
    frame = resolve_lags(fit.spec.formula, frame)
    if frame.n_obs != fit.rows.n_used:
        return False
    if not fit.has_rows:
        return _same_places(frame.rows.kept, fit.rows.kept)
    columns = encode_rows(replace(fit.design.recipe, blocks=()), frame).fixed_columns
    return all(
        np.allclose(ours, theirs, rtol=SAME, atol=SAME * float(np.abs(theirs).max(initial=0.0)))
        for ours, theirs in zip(columns, fit.design.rows.fixed_columns, strict=True)
    )


def _same_places(left: IndexArray | None, right: IndexArray | None) -> bool:
    if left is None or right is None:
        return left is right
    return bool(np.array_equal(left, right))


def _mask(units: Units, where: str) -> Mask:
    """Find the rows of the frame for which a condition holds, (n,)."""
    condition = parse_subset(where)
    table = open_source(units.data, condition.names)
    _check_columns(table, condition.names, "argument where")
    columns = {name: table.column(name) for name in condition.names}
    mask = subset_mask(condition, columns, table, units.data)
    kept = units.frame.rows.kept
    return mask if kept is None else mask[kept]


def _check_columns(table: Source, names: Sequence[str], where: str) -> None:
    for name in names:
        if not table.has(name):
            raise FrameError(
                f"The data have no column '{name}'.",
                where=where,
                got=f"columns {offenders(table.names)}",
                need="the name of a column of data",
                do=near_matches(name, table.names),
                slug="no-such-column",
            )


def _categories(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Word the categories that the model has seen, by name of column."""
    return {
        variables(node)[0]: state.texts
        for node, state in recipe.states.items()
        if isinstance(state, Categories)
    }


def _moved_means(
    recipe: Recipe, before: ModelFrame, after: ModelFrame
) -> Mapping[Expression, State]:
    """Move learned group means by the mean change of the units of each group."""
    scopes = [Scope(frame, False, dict(recipe.states)) for frame in (before, after)]
    states = dict(recipe.states)
    is_moved = False
    for node, state in recipe.states.items():
        if not (isinstance(state, GroupMeans) and isinstance(node, Call)):
            continue
        old, new = (number(node.arguments[0], scope) for scope in scopes)
        if np.array_equal(old, new):
            continue
        names = [group.name for group in node.arguments[1:] if isinstance(group, Name)]
        columns = [before.groupings[name] for name in names]
        codes = find_combinations(columns, state.factor_labels, state.keys)
        states[node] = replace(state, means=state.means + _mean_by_group(new - old, codes, state))
        is_moved = True
    return states if is_moved else recipe.states


def _mean_by_group(change: FloatArray, codes: CodeArray, state: GroupMeans) -> FloatArray:
    known = codes >= 0
    size = len(state.means)
    counts = np.bincount(codes[known], minlength=size)
    sums = np.bincount(codes[known], change[known], minlength=size)
    result: FloatArray = sums / np.maximum(counts, 1)
    return result


def _averaging(
    recipe: Recipe, units: Units, frame: ModelFrame, by: str | Sequence[str] | None, verb: str
) -> Averaging:
    """Say which average each row belongs to; 'a:b' is every combination of two columns."""
    if by is None:
        return Averaging(np.zeros(frame.n_obs, np.int32), {}, 1)
    names = [by] if isinstance(by, str) else list(by)
    for block in recipe.blocks:
        if names == [block.grouping.label]:
            names = list(block.grouping.variables)
    table = open_source(units.data, names)
    _check_columns(table, names, f"{verb}, argument by")
    is_known = np.ones(frame.n_obs, dtype=np.bool_)
    kept = frame.rows.kept
    places = np.arange(frame.rows.n_read) if kept is None else kept
    for name in names:
        missing = table.column(name).missing
        if missing is not None:
            is_known &= ~missing[places]
    if not is_known.any():
        raise _no_labels(names, verb)
    columns = [as_grouping(table.column(name), places[is_known]) for name in names]
    found = learn_combinations(columns, ":".join(names))
    codes = np.full(frame.n_obs, -1, dtype=np.int32)
    codes[is_known] = found.codes
    return Averaging(codes, _labels_by_name(columns, found.codes, found.count), found.count)


def _labels_by_name(
    columns: list[Categorical], codes: CodeArray, count: int
) -> dict[str, NDArray[Any]]:
    first = np.zeros(count, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return {c.name: c.labels[c.codes[first]] for c in columns}


def _own_notes(units: Units) -> list[str]:
    if units.is_own:
        return []
    return [f"The {units.frame.n_obs:,} rows are those of data, which are not the rows of the fit."]


def _range_notes(
    recipe: Recipe, changes: tuple[Change, ...], before: ModelFrame, after: ModelFrame
) -> list[str]:
    """Say how many rows leave the range of the rows of the fit."""
    profiles = {p.name: p for p in recipe.profiles if isinstance(p, NumberProfile)}
    notes = []
    for change in changes:
        old, new = before.columns[change.name], after.columns[change.name]
        if not (isinstance(old, Numeric) and isinstance(new, Numeric)):
            continue
        profile = profiles.get(change.name)
        low = float(old.values.min()) if profile is None else profile.minimum
        high = float(old.values.max()) if profile is None else profile.maximum
        is_moved = new.values != old.values
        is_outside = is_moved & ((new.values < low) | (new.values > high))
        if is_outside.any():
            share = 100.0 * float(is_outside.mean())
            notes.append(
                f"{change.text} takes {share:.3g}% of the rows outside of {low:.6g} to {high:.6g},"
                " the range of the data: there the model extrapolates."
            )
    return notes


def _no_data(fit: Fit, verb: str) -> NotEstimableError:
    names = columns_needed_for_new_rows(fit.design.recipe).columns
    return NotEstimableError(
        f"{verb} needs the table: a fit keeps encoded rows, not raw columns.",
        where=f"{verb}, argument data",
        got="no data",
        need=f"a table with columns {offenders(names)}",
        do="pass the table that was fitted, data=...; or another one with these columns.",
        slug="what-if-without-data",
    )


def _no_labels(names: list[str], verb: str) -> FrameError:
    return FrameError(
        "No row has a label in every column to average by.",
        where=f"{verb}, argument by",
        got=", ".join(repr(name) for name in names),
        need="columns with values",
        do="check the columns, or leave by out.",
        slug="average-by-nothing",
    )
