"""What a table can support: groups, their sizes, and how an outcome spreads over them.

Room: measure/. One question per file: is there enough here for a multilevel model?
Takes: a `ModelFrame`, or a table and the names of its columns.
Gives: `Description`.
Source: Maas & Hox (2005) and McNeish & Stapleton (2016) for the numbers of groups that suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any, Literal, TypeAlias

import numpy as np

from echelon._types import CodeArray
from echelon.errors import FrameError, SpecError
from echelon.frame.build import build_frame
from echelon.frame.columns import ModelFrame, Numeric, RowAccount
from echelon.measure.one_way import Spread, spread

FEW_GROUPS = 10
SOME_GROUPS = 30
SMALL_GROUP = 5

Topic: TypeAlias = Literal[
    "one-group", "few-groups", "some-groups", "small-groups", "one-row-groups", "all-one-row"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact that limits what a model of these data can say.

    `topic` says which; `value` is what was counted and `threshold` what it was held against.
    """

    topic: Topic
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class GroupingDescription:
    """One grouping factor: how many groups, how large, how much of the outcome lies between them.

    Sizes are rows per group; `spread` is None when no outcome was named.
    """

    grouping: str
    n_groups: int
    size_min: int
    size_median: float
    size_max: int
    n_one_row: int
    spread: Spread | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """How two grouping factors lie to each other.

    `nested`: every group of `inner` lies in one group of `outer`; `same`: each within the
    other; `crossed`: neither. `n_cells` of `n_possible` combinations occur.
    """

    kind: Literal["nested", "same", "crossed"]
    inner: str
    outer: str
    n_cells: int
    n_possible: int


@dataclass(frozen=True, slots=True)
class Description:
    """What the data can support, factor by factor."""

    source: str
    rows: RowAccount
    outcome: str | None
    groupings: tuple[GroupingDescription, ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """The columns to read, as `build_frame` wants them."""

    columns: tuple[str, ...]
    groupings: tuple[str, ...]


def describe(
    data: Any,
    groupings: str | Sequence[str],
    outcome: str | None = None,
    conf_level: float = 0.95,
    source: str | None = None,
) -> Description:
    """Describe the groups of a table, and how an outcome varies between and within them.

    To be asked before a model is: how many groups, how large, how much of the variance lies
    between them, and what that allows. Each factor is described as if it were the only one.

    Parameters
    ----------
    data : a table of any kind that `echelon.fit` takes, or a `ModelFrame`.
    groupings : name of a grouping factor, or several; 'a:b' combines two columns.
    outcome : name of a numeric column; None to describe the groups alone.
    conf_level : of the interval of the ICC, in (0, 1).
    source : what to call the table; None for its type.

    Returns
    -------
    Description, with one `GroupingDescription` per factor and one `Relation` per pair.

    Raises
    ------
    SpecError : no grouping factor is named.
    FrameError : a column does not exist, or the outcome is not numeric.

    Notes
    -----
    Rows that lack the outcome or a group are left out, and counted in `rows`.
    """
    names = (groupings,) if isinstance(groupings, str) else tuple(dict.fromkeys(groupings))
    if not names:
        raise _no_grouping()
    frame = data if isinstance(data, ModelFrame) else _frame(data, names, outcome, source)
    coded = {name: _codes(frame, name) for name in names}
    values = None if outcome is None else _outcome(frame, outcome)
    return Description(
        source=frame.source,
        rows=frame.rows,
        outcome=outcome,
        groupings=tuple(
            _describe_one(name, codes, n_groups, values, conf_level)
            for name, (codes, n_groups) in coded.items()
        ),
        relations=_relations(coded, frame.n_obs),
    )


def _no_grouping() -> SpecError:
    return SpecError(
        "No grouping factor is named.",
        where="argument groupings (--group)",
        got="none",
        need="the name of at least one column that defines groups",
        do="name one, e.g. groupings='school' (on the command line, --group school)",
        slug="no-grouping",
    )


def _frame(
    data: Any, names: tuple[str, ...], outcome: str | None, source: str | None
) -> ModelFrame:
    columns = tuple(dict.fromkeys(part for name in names for part in name.split(":")))
    needed = _Names(columns=(outcome,) if outcome else (), groupings=columns)
    return build_frame(data, needed, source=source)


def _outcome(frame: ModelFrame, outcome: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    column = frame.columns[outcome]
    if isinstance(column, Numeric):
        return column.values
    raise FrameError(
        f"Outcome '{outcome}' holds categories, not numbers.",
        where=f"column '{outcome}', {frame.n_obs:,} rows",
        got=f"{len(column.labels):,} categories",
        need="a numeric column, for its mean and spread",
        do="name another outcome, or recode this one as numbers (a yes/no column as 1/0)",
        slug="outcome-not-numeric",
    )


def _codes(frame: ModelFrame, name: str) -> tuple[CodeArray, int]:
    """Codes (n,) of a factor or of an interaction 'a:b', and the number of groups that occur."""
    parts = [frame.groupings[part] for part in name.split(":")]
    if len(parts) == 1:
        return parts[0].codes, len(parts[0].labels)
    joined = reduce(
        lambda left, part: left * len(part.labels) + part.codes,
        parts[1:],
        parts[0].codes.astype(np.int64),
    )
    cells, codes = np.unique(joined, return_inverse=True)
    return codes.astype(np.int32), len(cells)


def _describe_one(
    name: str, codes: CodeArray, n_groups: int, values: Any, conf_level: float
) -> GroupingDescription:
    sizes = np.bincount(codes, minlength=n_groups)
    n_one_row = int((sizes == 1).sum())
    median = float(np.median(sizes))
    return GroupingDescription(
        grouping=name,
        n_groups=n_groups,
        size_min=int(sizes.min()),
        size_median=median,
        size_max=int(sizes.max()),
        n_one_row=n_one_row,
        spread=None if values is None else spread(values, codes, n_groups, conf_level),
        findings=_findings(n_groups, median, n_one_row),
    )


def _findings(n_groups: int, median: float, n_one_row: int) -> tuple[Finding, ...]:
    if n_groups == 1:
        return (Finding("one-group", 1, 2),)
    found = []
    if n_groups < FEW_GROUPS:
        found.append(Finding("few-groups", n_groups, FEW_GROUPS))
    elif n_groups < SOME_GROUPS:
        found.append(Finding("some-groups", n_groups, SOME_GROUPS))
    if n_one_row == n_groups:
        return (*found, Finding("all-one-row", n_groups, n_groups))
    if median < SMALL_GROUP:
        found.append(Finding("small-groups", median, SMALL_GROUP))
    if n_one_row:
        found.append(Finding("one-row-groups", n_one_row, 1))
    return tuple(found)


def _relations(coded: dict[str, tuple[CodeArray, int]], n_obs: int) -> tuple[Relation, ...]:
    """Compare all pairs of factors that have more than one group, and some of several rows."""
    several = [name for name, (_, n_groups) in coded.items() if 1 < n_groups < n_obs]
    return tuple(_relation(a, *coded[a], b, *coded[b]) for a, b in combinations(several, 2))


def _relation(
    a: str, codes_a: CodeArray, n_a: int, b: str, codes_b: CodeArray, n_b: int
) -> Relation:
    n_cells = len(np.unique(codes_a.astype(np.int64) * n_b + codes_b))
    possible = n_a * n_b
    if n_cells == n_a == n_b:
        return Relation("same", a, b, n_cells, possible)
    if n_cells == n_b:
        return Relation("nested", b, a, n_cells, possible)
    if n_cells == n_a:
        return Relation("nested", a, b, n_cells, possible)
    return Relation("crossed", a, b, n_cells, possible)
