"""What of the data leaves the house: the columns used, the rows used, codes for groups.

Room: publish/bundle/. Knows columns and roles, not estimates.
Takes: the columns of a fit; which groups are to be numbered.
Gives: `Shared`: columns by name, and the order of the rows.
Source: docs/how-to/share-a-study.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from echelon._types import IndexArray
from echelon.formula.expression import variables
from echelon.frame.columns import Categorical, ModelFrame
from echelon.publish.bundle.refusals import group_is_predictor, no_codes, no_such_group
from echelon.spec import ModelSpec, Needed, columns_needed

SharedColumn: TypeAlias = NDArray[Any] | Categorical
Codes: TypeAlias = bool | Sequence[str]


@dataclass(frozen=True, slots=True)
class Shared:
    """The table of a bundle: what `echelon.fit` takes as data.

    `columns` by name: numbers, whole numbers, dates (n,), or a Categorical; `roles` says in a word
    what each is in the model; `coded` are the grouping factors whose labels are numbers drawn at
    random; `order` (n,) is the row of the fit that each row is, None for the same order.
    """

    columns: Mapping[str, SharedColumn]
    roles: Mapping[str, str]
    coded: tuple[str, ...] = ()
    order: IndexArray | None = None

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return _length(next(iter(self.columns.values())))


def share(spec: ModelSpec, frame: ModelFrame, codes: Codes, seed: int | None = None) -> Shared:
    """Take the columns that a model reads, and number its groups if that is asked for.

    With codes the rows are put in the order of the new numbers of the first of these factors,
    so that neither label nor place says which group is which; within a group they stay as they
    were. Members of a multiple membership share their numbers.

    Parameters
    ----------
    spec : the model, as `shared_spec` gives it.
    frame : its columns.
    codes : whether to number the groups of all grouping factors, or the names of some.
    seed : of the random order of the numbers, a secret; None for one that cannot be had again.

    Returns
    -------
    `Shared`.

    Raises
    ------
    SpecError : `codes` names no grouping factor, or one that is also a predictor.
    """
    needed = columns_needed(spec)
    names = dict.fromkeys((*needed.columns, *needed.groupings))
    columns = {name: _column(frame, name) for name in names}
    roles = {name: _role(spec, needed, name) for name in names}
    chosen = _chosen(needed, codes)
    if not chosen:
        return Shared(columns, roles)
    columns |= _numbered(frame, _sets(spec, chosen), np.random.default_rng(seed))
    first = columns[chosen[0]]
    assert isinstance(first, np.ndarray)
    order = np.argsort(first, kind="stable").astype(np.int64)
    sorted_columns = {name: _in_order(column, order) for name, column in columns.items()}
    return Shared(sorted_columns, roles, chosen, order)


def _column(frame: ModelFrame, name: str) -> SharedColumn:
    """Take a column as the table had it: labels that are numbers or dates as themselves."""
    column, grouping = frame.columns.get(name), frame.groupings.get(name)
    if isinstance(column, Categorical):
        return column
    if grouping is None:
        assert column is not None  # a model reads it one way or the other
        return column.values
    return grouping.labels[grouping.codes] if grouping.labels.dtype.kind in "iufMm" else grouping


def _role(spec: ModelSpec, needed: Needed, name: str) -> str:
    """Say what a column is in the model; the first that applies."""
    response = spec.formula.response
    read = () if response is None else response.expressions
    if any(name in variables(expression) for expression in read):
        return "response"
    if name in needed.groupings:
        return "groups and predictor" if name in needed.columns else "groups"
    if spec.weights is not None and name in variables(spec.weights):
        return "weights"
    offsets = (*spec.formula.offsets, *(() if spec.offset is None else (spec.offset,)))
    if any(name in variables(expression) for expression in offsets):
        return "offset"
    members = [weight.name for term in spec.formula.random for weight in term.grouping.weights]
    return "membership weights" if name in members else "predictor"


def _chosen(needed: Needed, codes: Codes) -> tuple[str, ...]:
    if isinstance(codes, bool):
        names = needed.groupings if codes else ()
    elif not isinstance(codes, Iterable):
        raise no_codes(codes)
    else:
        names = tuple(dict.fromkeys([codes] if isinstance(codes, str) else codes))
    for name in names:
        if name not in needed.groupings:
            raise no_such_group(name, needed.groupings)
        if name in needed.columns:
            others = [other for other in needed.groupings if other not in needed.columns]
            raise group_is_predictor(name, others)
    return names


def _sets(spec: ModelSpec, chosen: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Put columns together whose labels mean the same groups: the members of mm()."""
    formulas = (spec.formula, *spec.parts.values())
    unions = [
        tuple(member.name for member in term.grouping.members)
        for formula in formulas
        for term in formula.random
        if term.grouping.members
    ]
    sets: list[set[str]] = []
    for names in [*unions, *[(name,) for name in chosen]]:
        joined = set(names).union(*(known for known in sets if known & set(names)))
        sets = [known for known in sets if not known & joined] + [joined]
    wanted = [tuple(name for name in chosen if name in known) for known in sets]
    return [names for names in wanted if names]


def _numbered(
    frame: ModelFrame, sets: list[tuple[str, ...]], generator: np.random.Generator
) -> dict[str, SharedColumn]:
    """Give the groups of each set numbers from 1 in random order; the key is kept nowhere."""
    found: dict[str, SharedColumn] = {}
    for names in sets:
        labels = [label for name in names for label in frame.groupings[name].labels.tolist()]
        distinct = list(dict.fromkeys(labels))
        key = dict(zip(distinct, (generator.permutation(len(distinct)) + 1).tolist(), strict=True))
        for name in names:
            grouping = frame.groupings[name]
            own = np.array([key[label] for label in grouping.labels.tolist()], dtype=np.int64)
            found[name] = own[grouping.codes]
    return found


def _in_order(column: SharedColumn, order: IndexArray) -> SharedColumn:
    if isinstance(column, Categorical):
        return replace(column, codes=column.codes[order])
    return column[order]


def _length(column: SharedColumn) -> int:
    return len(column.codes if isinstance(column, Categorical) else column)
