"""New rows of a table, encoded as the rows of a fit were.

Room: design/. Reads what predictions need, no more.
Takes: a `Recipe`, a table, and the grouping factors whose groups are to be looked up.
Gives: `NewRows`: the complete rows encoded, and where they stand in the table.
Source: docs/explanation, how new rows are encoded.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.build import (
    columns_needed_for_new_rows,
    encode_channels,
    encode_rows,
    new_scope,
    prior_weights,
)
from echelon.design.categories import match_labels
from echelon.design.contrasts import label_texts
from echelon.design.functions import number
from echelon.design.lags import lags_of, resolve_lags
from echelon.design.outcome_faults import WHOLE
from echelon.design.parts import Channel, Membership, RandomBlock, Rows
from echelon.design.recipe import BlockRecipe, Recipe
from echelon.design.scope import Scope
from echelon.design.values import row_fault
from echelon.errors import DesignError, FrameError, offenders
from echelon.formula.expression import Expression, deparse, variables
from echelon.formula.terms import Formula, Grouping
from echelon.frame.build import build_frame
from echelon.frame.columns import Categorical, ModelFrame, RowAccount
from echelon.frame.source import column_names, open_source
from echelon.spec import ModelSpec, Needed, needed_by


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows for which something is to be predicted.

    `rows` (n of them) are those of the table that are complete, in its order; `account` says
    which. `blocks` of `rows` have the places `positions` in the fit. `weights` (n,) or None.
    `channels` are the linear predictors of a generalized model, `trials` (n,) of its new
    responses, or None.
    """

    rows: Rows
    positions: tuple[int, ...]
    weights: FloatArray | None
    account: RowAccount
    frame: ModelFrame
    channels: tuple[Channel, ...] = ()
    trials: FloatArray | None = None

    def unseen(self, recipe: BlockRecipe, block: RandomBlock) -> list[str]:
        """Word the groups of a block that the fit has not seen, in order of appearance."""
        found: dict[tuple[int, ...], str] = {}
        for names, member in zip(_label_columns(recipe), block.memberships, strict=True):
            columns = [self.frame.groupings[name] for name in names]
            texts = [label_texts(column.labels) for column in columns]
            for codes in zip(*[c.codes[member.codes < 0].tolist() for c in columns], strict=True):
                label = ":".join(t[code] for t, code in zip(texts, codes, strict=True))
                found.setdefault(codes, label)
        return list(dict.fromkeys(found.values()))


def read_new_rows(
    recipe: Recipe,
    data: Any,
    looked_up: Collection[int],
    as_new: Collection[int] = (),
    weights: Expression | None = None,
    formula: Formula | None = None,
    trials: tuple[Expression, ...] = (),
) -> NewRows:
    """Encode the rows of a table; rows that lack a needed value are left out and counted.

    Parameters
    ----------
    recipe : of the design that was fitted.
    data : a table, as for `fit`; the response need not be there.
    looked_up : positions of the blocks whose groups are looked up.
    as_new : positions of blocks whose covariates are needed for a group that is taken as new;
        their group labels need not be there.
    weights : prior weights, when they are needed.
    formula : of the fit; its lags are those of the new rows, in their order, within their groups.
    trials : expressions whose sum are the trials of new responses, as `trials_of` gives them.

    Returns
    -------
    `NewRows`; code -1 where the fit has not seen a group.

    Raises
    ------
    FrameError : a column is not there or cannot be used.
    DesignError : a category that the fit has not seen, or a value outside a function's domain.
    """
    positions = tuple(sorted({*looked_up, *as_new}))
    part = replace(recipe, blocks=tuple(recipe.blocks[i] for i in positions))
    needed = _needed(recipe, positions, looked_up, (*_present(weights), *trials))
    has_lags = formula is not None and "lag" in formula.text and bool(lags_of(formula))
    if has_lags:  # the row before is that of the same group, whatever takes part
        labels = [name for block in recipe.blocks for name in block.grouping.variables]
        needed = Needed(needed.columns, tuple(dict.fromkeys((*needed.groupings, *labels))))
    try:
        frame = build_frame(data, needed)
        if has_lags and formula is not None:
            frame = resolve_lags(formula, frame)
    except FrameError as error:
        if error.slug == "no-rows-left":
            return _without_rows(open_source(data, needed.columns + needed.groupings).n_rows)
        if error.slug == "no-such-column":
            _explain_absence(data, needed, recipe, looked_up, weights, trials)
        raise
    except DesignError as error:
        if error.slug == "lag-no-rows":
            return _without_rows(open_source(data, needed.columns + needed.groupings).n_rows)
        raise
    frame = _with_labels(frame, part)
    scope = new_scope(part, frame)
    rows = encode_rows(part, frame, scope)
    channels = encode_channels(part, frame, scope)
    blocks = tuple(
        block if position in looked_up else _as_new(block)
        for position, block in zip(positions, rows.blocks, strict=True)
    )
    values = prior_weights(weights, scope)
    counts = _trial_counts(trials, scope)
    rows = replace(rows, blocks=blocks)
    return NewRows(rows, positions, values, frame.rows, frame, channels, counts)


def trials_of(spec: ModelSpec, trials: FloatArray | None) -> tuple[Expression, ...]:
    """Name what gives the trials of a row: expressions to add up; none for single trials.

    `trials` are those of the fit, None where every row has one.
    """
    response = spec.formula.response
    if trials is None or response is None:
        return ()
    if response.kind == "single":
        return _present(spec.weights)
    return response.expressions if response.kind == "pair" else response.expressions[1:]


def _present(expression: Expression | None) -> tuple[Expression, ...]:
    return () if expression is None else (expression,)


def _trial_counts(trials: tuple[Expression, ...], scope: Scope) -> FloatArray | None:
    """Add up the trials (n,) of new rows: whole numbers of at least 1."""
    if not trials:
        return None
    total: FloatArray = np.sum([number(node, scope) for node in trials], axis=0)
    is_bad = ~(total >= 1.0) | (np.abs(total - np.rint(total)) > WHOLE)
    if is_bad.any():
        text = " + ".join(deparse(node) for node in trials)
        raise row_fault(
            scope.frame,
            is_bad,
            total,
            f"trials = {text}",
            f"The number of trials {text} is not a whole number of at least 1 in some rows.",
            "whole numbers of at least 1",
            "correct these rows, or ask for interval='confidence', which needs no trials.",
        )
    return np.asarray(np.rint(total))


def coinciding_weights(new: NewRows, recipe: BlockRecipe, block: RandomBlock) -> FloatArray:
    """Add up products of weights (n,) over pairs of memberships in the same unseen group."""
    total = np.zeros(new.rows.n_obs)
    columns = [new.frame.groupings[member.name] for member in recipe.grouping.members]
    for (left, a), (right, b) in combinations(zip(block.memberships, columns, strict=False), 2):
        is_same = match_labels(b.labels, a.labels)[b.codes] == a.codes
        is_same &= (left.codes < 0) & (right.codes < 0)
        total += np.where(is_same, member_weights(left) * member_weights(right), 0.0)
    return total


def member_weights(member: Membership) -> FloatArray:
    """Give the weights of a membership, (n,), ones where it has none."""
    return np.ones(len(member.codes)) if member.weights is None else member.weights


def _needed(
    recipe: Recipe,
    positions: tuple[int, ...],
    looked_up: Collection[int],
    others: tuple[Expression, ...],
) -> Needed:
    """Name the columns; of a block taken as new, the labels are not needed."""
    blocks = [
        recipe.blocks[i]
        if i in looked_up
        else replace(
            recipe.blocks[i], grouping=Grouping((), weights=recipe.blocks[i].grouping.weights)
        )
        for i in positions
    ]
    needed = columns_needed_for_new_rows(replace(recipe, blocks=tuple(blocks)))
    extra = needed_by(others, ()).columns
    return Needed(tuple(dict.fromkeys((*needed.columns, *extra))), needed.groupings)


def _explain_absence(
    data: Any,
    needed: Needed,
    recipe: Recipe,
    looked_up: Collection[int],
    weights: Expression | None,
    trials: tuple[Expression, ...],
) -> None:
    """Say, when only group labels, weights or trials are absent, that one can do without."""
    known = column_names(data)
    absent = [name for name in (*needed.columns, *needed.groupings) if name not in known]
    labels = {name for i in looked_up for name in recipe.blocks[i].grouping.variables}
    where, got = "predict(), argument new_data", f"columns {offenders(known, len(known))}"
    if set(absent) <= labels - set(needed.columns):
        raise FrameError(
            f"The new rows have no group labels '{absent[0]}'.",
            where=where,
            got=got,
            need="a column for every grouping factor whose modes take part",
            do="add the column (any new label is a new group), or predict for the population\n"
            "with random='none'.",
            slug="no-group-labels",
        )
    if weights is not None and set(absent) <= set(variables(weights)):
        raise FrameError(
            f"The new rows have no column '{absent[0]}', which holds the weights of the model.",
            where=where,
            got=got,
            need="the weight of each new response, because its variance is sigma^2 / weight",
            do="add the column, or ask for interval='confidence', which needs no weights.",
            slug="no-prediction-weights",
        )
    of_trials = {name for node in trials for name in variables(node)}
    if absent and set(absent) <= of_trials:
        raise FrameError(
            f"The new rows have no column '{absent[0]}', which gives the trials of the model.",
            where=where,
            got=got,
            need="the number of trials of each new response, on which its variance depends",
            do="add the column, or ask for interval='confidence', which needs no trials.",
            slug="no-prediction-trials",
        )


def _with_labels(frame: ModelFrame, recipe: Recipe) -> ModelFrame:
    """Fill in labels for blocks taken as new, any group: `_as_new` takes it away again."""
    groupings = dict(frame.groupings)
    for block in recipe.blocks:
        labels = block.factor_labels or (block.labels,) * len(block.grouping.members)
        names = [name for names in _label_columns(block) for name in names]
        for name, known in zip(names, labels, strict=True):
            if name not in groupings:
                codes = np.zeros(frame.n_obs, dtype=np.int32)
                groupings[name] = Categorical(name, codes, known[:1])
    return replace(frame, groupings=groupings)


def _label_columns(recipe: BlockRecipe) -> list[tuple[str, ...]]:
    """Name the columns of each membership's labels: several for an interaction."""
    grouping = recipe.grouping
    if grouping.members:
        return [(member.name,) for member in grouping.members]
    return [tuple(name for factor in grouping.factors for name in variables(factor)[:1])]


def _as_new(block: RandomBlock) -> RandomBlock:
    memberships = tuple(
        Membership(np.full(len(member.codes), -1, dtype=np.int32), member.weights)
        for member in block.memberships
    )
    return replace(block, memberships=memberships)


def _without_rows(n_read: int) -> NewRows:
    account = RowAccount(n_read, 0, np.empty(0, dtype=np.int64))
    return NewRows(Rows(0, (), ()), (), None, account, ModelFrame({}, {}, account))
