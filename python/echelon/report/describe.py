"""A description of data as text, for programs as a record, and as CSV.

Room: report/. Words and sets what `measure.describe` counted.
Takes: a `Description`.
Gives: text of a given width; a record and its JSON; one tidy table as CSV.
Source: docs/reference, describe; the advice follows McNeish & Stapleton (2016).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from typing import Any

from echelon.measure.describe import (
    FEW_GROUPS,
    SMALL_GROUP,
    SOME_GROUPS,
    Description,
    Finding,
    GroupingDescription,
    Relation,
    Topic,
)
from echelon.measure.one_way import Spread
from echelon.report.record import csv_text, package_version, plain
from echelon.report.summary import MIN_WIDTH
from echelon.report.verdict import names_in_words
from echelon.typeset import numbers
from echelon.typeset.layout import Column, fold, grid, printable

SCHEMA = "echelon.describe/1"

_METHOD = "  By analysis of variance; the interval is exact for normal data (Wald 1940)."


def description_text(description: Description, width: int = 88) -> str:
    """Say how many groups there are, how large, how the outcome varies, and what that allows.

    Parameters
    ----------
    description : what `measure.describe.describe` found.
    width : columns of the terminal, at least 80.

    Returns
    -------
    Text without a final line break, in lines of at most `width`.
    """
    width = max(width, MIN_WIDTH)
    blocks = [_title(description), grid(_sizes(description), width)]
    if description.outcome is not None:
        blocks.append(grid(_spreads(description, description.outcome), width))
        blocks.append([*grid(_likeness(description, description.outcome), width), _METHOD])
    blocks.append([_relation(relation) for relation in description.relations])
    advice = [line for grouping in description.groupings for line in _advice(grouping)]
    blocks.append([f"- {line}" for line in advice])
    lines = [[part for line in block for part in fold(line, width)] for block in blocks]
    return "\n\n".join("\n".join(block) for block in lines if block)


def _title(description: Description) -> list[str]:
    rows = description.rows
    title = f"{numbers.count(rows.n_used)} rows"
    if description.source:
        title = f"{description.source}: {title}"
    lines = [printable(title)]
    if rows.dropped:
        why = names_in_words([f"{numbers.count(n)} {reason}" for reason, n in rows.dropped])
        left_out = numbers.count(rows.n_read - rows.n_used)
        lines.append(printable(f"{left_out} of {numbers.count(rows.n_read)} rows left out: {why}."))
    return lines


def _names(description: Description) -> tuple[str, ...]:
    return tuple(printable(each.grouping) for each in description.groupings)


def _sizes(description: Description) -> tuple[Column, ...]:
    each = description.groupings
    return (
        Column("Rows per group", _names(description), "left"),
        Column("groups", tuple(numbers.count(g.n_groups) for g in each)),
        Column("smallest", tuple(numbers.count(g.size_min) for g in each)),
        Column("median", tuple(numbers.half(g.size_median) for g in each)),
        Column("largest", tuple(numbers.count(g.size_max) for g in each)),
        Column("one-row groups", tuple(numbers.count(g.n_one_row) for g in each)),
    )


def _spreads(description: Description, outcome: str) -> tuple[Column, ...]:
    spreads = _found(description)
    rows = [(s.mean, s.sd_within, s.sd_between) for s in spreads]
    cells = list(zip(*numbers.number_rows(rows, [_precision(s) for s in spreads], 3), strict=True))
    return (
        Column(f"Spread of {printable(outcome)}", _names(description), "left"),
        Column("mean", cells[0]),
        Column("SD within", cells[1]),
        Column("SD between", cells[2]),
    )


def _likeness(description: Description, outcome: str) -> tuple[Column, ...]:
    spreads = _found(description)
    level = numbers.percent_label(spreads[0].conf_level)
    return (
        Column(f"ICC of {printable(outcome)}", _names(description), "left"),
        Column("ICC", tuple(numbers.percent(s.icc) for s in spreads)),
        Column(f"{level} low", tuple(numbers.percent(s.icc_low) for s in spreads)),
        Column(f"{level} high", tuple(numbers.percent(s.icc_high) for s in spreads)),
        Column("design effect", tuple(numbers.fixed(s.design_effect, 2) for s in spreads)),
        Column("effective rows", tuple(numbers.rounded_count(s.effective_n) for s in spreads)),
    )


def _found(description: Description) -> list[Spread]:
    return [each.spread for each in description.groupings if each.spread is not None]


def _precision(spread: Spread) -> float:
    known = [sd for sd in (spread.sd_within, spread.sd_between) if sd > 0]
    return min(known, default=spread.mean)


def _relation(relation: Relation) -> str:
    inner, outer = printable(relation.inner), printable(relation.outer)
    match relation.kind:
        case "same":
            return f"{inner} and {outer} define the same groups."
        case "nested":
            return f"{inner} is nested in {outer}: (1 | {outer}/{inner})."
    cells, possible = numbers.count(relation.n_cells), numbers.count(relation.n_possible)
    return f"{inner} and {outer} are crossed: {cells} of {possible} combinations occur."


def _advice(grouping: GroupingDescription) -> Iterator[str]:
    for finding in grouping.findings:
        yield f"{printable(grouping.grouping)}: {_ADVICE[finding.topic](finding)}"
    spread = grouping.spread
    if spread is not None and spread.icc_low == 0:
        yield (
            f"{printable(grouping.grouping)}: the interval of the ICC reaches zero; a variance "
            "between groups is not certain in these data."
        )


def _one_row(finding: Finding) -> str:
    single = finding.value == 1
    who, tells = ("group has", "it tells") if single else ("groups have", "they tell")
    return (
        f"{numbers.count(int(finding.value))} {who} one row; {tells} nothing about the spread "
        "within groups, but may stay in the model."
    )


_ADVICE: dict[Topic, Callable[[Finding], str]] = {
    "one-group": lambda _: (
        "one group only; a random effect cannot be estimated. Leave this factor out, or check the "
        "filter applied to it."
    ),
    "few-groups": lambda finding: (
        f"{numbers.count(int(finding.value))} groups, fewer than {FEW_GROUPS}; the variance "
        "between groups will be known poorly and standard errors of group-level predictors will "
        "be too small. Use REML, and consider the groups as fixed effects."
    ),
    "some-groups": lambda finding: (
        f"{numbers.count(int(finding.value))} groups, fewer than {SOME_GROUPS}; use REML "
        "rather than ML, keep to one or two random effects per group, and few group-level "
        "predictors."
    ),
    "small-groups": lambda finding: (
        f"the typical group has {numbers.half(finding.value)} rows, fewer than {SMALL_GROUP}; a "
        "random intercept is possible if groups are many, random slopes hardly."
    ),
    "one-row-groups": _one_row,
    "all-one-row": lambda _: (
        "every group has one row; variance between groups and residual variance cannot be told "
        "apart. This factor cannot have a random effect."
    ),
}


def description_record(description: Description) -> dict[str, Any]:
    """Lay out a description as plain Python values, None for what is not a number."""
    rows = description.rows
    groupings = [
        {**plain(asdict(each)), "advice": list(_advice(each))} for each in description.groupings
    ]
    return {
        "schema": SCHEMA,
        "echelon": package_version(),
        "source": description.source,
        "rows_read": rows.n_read,
        "rows_used": rows.n_used,
        "rows_dropped": [{"reason": reason, "count": n} for reason, n in rows.dropped],
        "outcome": description.outcome,
        "groupings": groupings,
        "relations": plain([asdict(relation) for relation in description.relations]),
    }


def description_json(description: Description) -> str:
    """Write `description_record` as JSON."""
    record = description_record(description)
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)


def description_csv(description: Description) -> str:
    """Write one row per grouping factor as CSV: groups, sizes, spread of the outcome."""
    sizes = [f.name for f in fields(GroupingDescription) if f.name not in ("spread", "findings")]
    columns = (*sizes, *(f.name for f in fields(Spread)))
    rows = []
    for each in description.groupings:
        spread = {} if each.spread is None else asdict(each.spread)
        rows.append({name: getattr(each, name) for name in sizes} | spread)
    return csv_text(columns, rows)
