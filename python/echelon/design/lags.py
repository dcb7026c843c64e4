"""Lagged predictors: the value of an earlier row of the same group.

Room: design/. The one function that costs rows; it runs before the design is built.
Takes: a formula and a model frame, rows in the order of time within groups.
Gives: the frame with a column per `lag(...)`, without the rows that have no earlier one.
Source: docs/reference, formula functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from echelon._types import CodeArray, FloatArray, IndexArray
from echelon.design.combinations import learn_combinations
from echelon.design.functions import number
from echelon.design.scope import Scope, constant
from echelon.errors import DesignError
from echelon.formula.expression import Call, Expression, Name, Operation, deparse
from echelon.formula.terms import Formula
from echelon.frame.columns import Categorical, Column, ModelFrame, Numeric, RowAccount


def resolve_lags(formula: Formula, frame: ModelFrame) -> ModelFrame:
    """Compute the lags of a formula and leave out the rows that have none.

    `lag(x, k)` is x of the k-th row before, among the rows of the same group, in the order of
    the rows. The groups are those of the innermost grouping factor; without random terms all
    rows are one group. A row that was left out in between breaks the line, whatever its group,
    because it may have been the row before: the row after it has no lag.

    Parameters
    ----------
    formula : any formula; without lags, or with lags that the frame has, the same frame comes
        back at once.
    frame : complete rows.

    Returns
    -------
    ModelFrame whose account names the rows left out, reason 'no earlier row for lag(x, 1)'.

    Raises
    ------
    DesignError : grouping factors are crossed, so that 'the row before' has no meaning, or no
        row has an earlier one.
    """
    if "lag" not in formula.text:
        return frame
    calls = [call for call in lags_of(formula) if deparse(call) not in frame.columns]
    if not calls:
        return frame
    codes = _innermost(formula, frame)
    scope = Scope(frame, True)
    for call in calls:
        x = number(call.arguments[0], scope)
        step = _step(call)
        source = _earlier(codes, step, frame.rows.kept)
        frame = _with_lag(frame, deparse(call), np.where(source >= 0, x[source], np.nan))
    return frame_without_gaps(frame, [deparse(call) for call in calls])


@lru_cache(maxsize=512)
def lags_of(formula: Formula) -> tuple[Call, ...]:
    """Collect the calls of lag() in a formula, each once."""
    expressions = [factor for term in formula.fixed for factor in term.factors]
    for random in formula.random:
        expressions += [factor for term in random.terms for factor in term.factors]
    expressions += formula.offsets
    return tuple(dict.fromkeys(call for node in expressions for call in _lags_in(node)))


def _lags_in(node: Expression) -> Iterator[Call]:
    match node:
        case Call("lag"):
            yield node
        case Call(_, children) | Operation(_, children):
            for child in children:
                yield from _lags_in(child)


def _step(call: Call) -> int:
    return int(constant(call, 1, "k", 1))


def _innermost(formula: Formula, frame: ModelFrame) -> CodeArray:
    """Find the grouping factor nested in all others: its codes (n,)."""
    names = dict.fromkeys(name for term in formula.random for name in term.grouping.variables)
    if not names:
        return np.zeros(frame.n_obs, np.int32)
    columns = [frame.groupings[name] for name in names]
    whole = learn_combinations(columns, ":".join(names))
    for term in formula.random:
        factors = [f for f in term.grouping.factors if isinstance(f, Name)]
        if not factors:
            continue
        own = learn_combinations([frame.groupings[f.name] for f in factors], term.grouping.label)
        if own.count == whole.count:
            return own.codes
    text = ", ".join(names)
    raise DesignError(
        "The row before is not defined: the grouping factors are crossed.",
        where="lag() in the formula",
        got=f"crossed grouping factors {text}",
        need="one grouping factor that is nested in all others",
        do="compute the lagged column in the data and use it by its name.",
        slug="lag-crossed",
    )


def _earlier(codes: CodeArray, step: int, kept: IndexArray | None) -> IndexArray:
    """Point each row (n,) to the row `step` before it in its group, -1 where there is none."""
    order = np.argsort(codes, kind="stable")
    previous = np.full(len(codes), -1, dtype=np.int64)
    follows = codes[order][1:] == codes[order][:-1]
    previous[order[1:]] = np.where(follows, order[:-1], -1)
    if kept is not None:
        rows = np.arange(len(codes))
        previous[kept - kept[previous] > rows - previous] = -1  # a row between was left out
    source = np.arange(len(codes))
    for _ in range(step):
        source = np.where(source >= 0, previous[source], -1)
    return source


def _with_lag(frame: ModelFrame, name: str, values: FloatArray) -> ModelFrame:
    return replace(frame, columns={**frame.columns, name: Numeric(name, values)})


def frame_without_gaps(frame: ModelFrame, names: list[str]) -> ModelFrame:
    """Leave out the rows in which one of these numeric columns is missing."""
    is_kept = np.ones(frame.n_obs, dtype=bool)
    reasons = []
    for name in names:
        column = frame.columns[name]
        assert isinstance(column, Numeric)
        is_lost = is_kept & np.isnan(column.values)
        is_kept &= ~is_lost
        reasons.append((f"no earlier row for {name}", int(is_lost.sum())))
    places = np.flatnonzero(is_kept)
    if not len(places):
        raise _nothing_left(names, frame.n_obs)
    account = RowAccount(
        n_read=frame.rows.n_read,
        n_used=len(places),
        kept=places if frame.rows.kept is None else frame.rows.kept[places],
        dropped=(*frame.rows.dropped, *[reason for reason in reasons if reason[1]]),
    )
    columns = {name: _rows_of(column, places) for name, column in frame.columns.items()}
    groupings = {name: _groups_of(column, places) for name, column in frame.groupings.items()}
    return replace(frame, columns=columns, groupings=groupings, rows=account)


def _rows_of(column: Column, places: IndexArray) -> Column:
    if isinstance(column, Categorical):
        return _groups_of(column, places)
    return Numeric(column.name, column.values[places])


def _groups_of(column: Categorical, places: IndexArray) -> Categorical:
    """Keep the labels that are still used."""
    used, codes = np.unique(column.codes[places], return_inverse=True)
    return replace(column, codes=codes.astype(np.int32), labels=column.labels[used])


def _nothing_left(names: list[str], n_obs: int) -> DesignError:
    return DesignError(
        "No row has an earlier row in its group.",
        where=", ".join(names),
        got=f"{n_obs:,} rows, none of them after another of its group",
        need="groups of two or more rows, in the order of time",
        do="check the grouping factor, or the order of the rows.",
        slug="lag-no-rows",
    )
