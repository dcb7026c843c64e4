"""What a table can support: groups, their sizes, and how an outcome spreads over them.

Room: measure/. One question per file: is there enough here for a multilevel model?
Takes: a `ModelFrame`, or a table and the names of its columns.
Gives: `Description`.
Source: Maas & Hox (2005) and McNeish & Stapleton (2016) for the numbers of groups that suffice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from echelon._types import CodeArray
from echelon.errors import SpecError
from echelon.frame.build import build_frame
from echelon.frame.columns import ModelFrame, RowAccount
from echelon.measure.binary import Prevalence, binary_spread, prevalence
from echelon.measure.counted import CountSpread, count_spread
from echelon.measure.one_way import Spread, spread
from echelon.measure.outcome_kind import Events, Outcome, Tally, outcome_of

FEW_GROUPS = 10
SOME_GROUPS = 30
SMALL_GROUP = 5
OVERDISPERSED = 1.5

Topic: TypeAlias = Literal[
    "one-group", "few-groups", "some-groups", "small-groups", "one-row-groups", "all-one-row",
    "uniform-groups", "overdispersed",
]  # fmt: skip


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

    Sizes are rows per group; `spread` is None when no outcome was named. `prevalence` is there
    for a binary outcome, `counts` for one of counts.
    """

    grouping: str
    n_groups: int
    size_min: int
    size_median: float
    size_max: int
    n_one_row: int
    spread: Spread | None
    findings: tuple[Finding, ...]
    prevalence: Prevalence | None = None
    counts: CountSpread | None = None


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
    """What the data can support, factor by factor.

    `events` is there for a binary outcome, `tally` for one of counts.
    """

    source: str
    rows: RowAccount
    outcome: str | None
    groupings: tuple[GroupingDescription, ...]
    relations: tuple[Relation, ...]
    events: Events | None = None
    tally: Tally | None = None


class _Grouped(NamedTuple):
    """A factor: codes (n,), the number of groups, and what gives the label of a code."""

    codes: CodeArray
    n_groups: int
    label_of: Callable[[int], str]


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
    outcome : name of a numeric column, or of one of two categories, of which the second is the
        event; None to describe the groups alone. 0 and 1 are a binary outcome; whole numbers
        from zero on, at most 100 different ones, are counts.
    conf_level : of the interval of the ICC, in (0, 1).
    source : what to call the table; None for its type.

    Returns
    -------
    Description, with one `GroupingDescription` per factor and one `Relation` per pair.

    Raises
    ------
    SpecError : no grouping factor is named.
    FrameError : a column does not exist, or the outcome has one category or more than two.

    Notes
    -----
    Rows that lack the outcome or a group are left out, and counted in `rows`.
    """
    names = (groupings,) if isinstance(groupings, str) else tuple(dict.fromkeys(groupings))
    if not names:
        raise _no_grouping()
    frame = data if isinstance(data, ModelFrame) else _frame(data, names, outcome, source)
    coded = {name: _codes(frame, name) for name in names}
    values = None if outcome is None else outcome_of(frame.columns[outcome])
    return Description(
        source=frame.source,
        rows=frame.rows,
        outcome=outcome,
        groupings=tuple(
            _describe_one(name, grouped, values, conf_level) for name, grouped in coded.items()
        ),
        relations=_relations(coded, frame.n_obs),
        events=None if values is None else values.events,
        tally=None if values is None else values.tally,
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


def _codes(frame: ModelFrame, name: str) -> _Grouped:
    """Give each group of a factor, or of an interaction 'a:b', that occurs a number."""
    parts = [frame.groupings[part] for part in name.split(":")]
    if len(parts) == 1:
        labels = parts[0].labels
        return _Grouped(parts[0].codes, len(labels), lambda code: str(labels[code]))
    joined = reduce(
        lambda left, part: left * len(part.labels) + part.codes,
        parts[1:],
        parts[0].codes.astype(np.int64),
    )
    _, rows, codes = np.unique(joined, return_index=True, return_inverse=True)

    def label_of(code: int) -> str:
        return ":".join(str(part.labels[part.codes[rows[code]]]) for part in parts)

    return _Grouped(codes.astype(np.int32), len(rows), label_of)


def _describe_one(
    name: str, grouped: _Grouped, outcome: Outcome | None, conf_level: float
) -> GroupingDescription:
    codes, n_groups, _ = grouped
    sizes = np.bincount(codes, minlength=n_groups)
    n_one_row = int((sizes == 1).sum())
    median = float(np.median(sizes))
    found = _findings(n_groups, median, n_one_row)
    described = GroupingDescription(
        grouping=name,
        n_groups=n_groups,
        size_min=int(sizes.min()),
        size_median=median,
        size_max=int(sizes.max()),
        n_one_row=n_one_row,
        spread=None,
        findings=found,
    )
    return described if outcome is None else _with_outcome(described, grouped, outcome, conf_level)


def _with_outcome(
    described: GroupingDescription, grouped: _Grouped, outcome: Outcome, conf_level: float
) -> GroupingDescription:
    """Add how the outcome varies between and within the groups, as its kind wants it."""
    codes, n_groups, label_of = grouped
    values, found = outcome.values, described.findings
    if outcome.events is not None:
        observed = binary_spread(values, codes, n_groups, conf_level)
        shares = prevalence(values, codes, observed, label_of)
        n_uniform = shares.n_without + shares.n_only
        if n_uniform and n_groups > 1 and described.n_one_row < n_groups:
            found = (*found, Finding("uniform-groups", n_uniform, 1))
        return replace(described, spread=observed, findings=found, prevalence=shares)
    within = spread(values, codes, n_groups, conf_level)
    if outcome.tally is None:
        return replace(described, spread=within)
    counts = count_spread(values, codes)
    if counts.dispersion > OVERDISPERSED:
        found = (*found, Finding("overdispersed", counts.dispersion, OVERDISPERSED))
    return replace(described, spread=within, findings=found, counts=counts)


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


def _relations(coded: dict[str, _Grouped], n_obs: int) -> tuple[Relation, ...]:
    """Compare all pairs of factors that have more than one group, and some of several rows."""
    several = [name for name, grouped in coded.items() if 1 < grouped.n_groups < n_obs]
    return tuple(_relation(a, *coded[a][:2], b, *coded[b][:2]) for a, b in combinations(several, 2))


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
