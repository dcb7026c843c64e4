"""A description of data as text, for programs as a record, and as CSV.

Room: report/. Words and sets what `measure.describe` counted.
Takes: a `Description`.
Gives: text of a given width; a record and its JSON; one tidy table as CSV.
Source: docs/reference, describe; the advice follows McNeish & Stapleton (2016).
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from echelon.measure.counted import CountSpread
from echelon.measure.describe import Description, GroupingDescription, Relation
from echelon.measure.one_way import Spread
from echelon.report.describe_advice import advice, grouping_advice
from echelon.report.describe_outcome import outcome_blocks
from echelon.report.record import csv_text, package_version, plain
from echelon.report.summary import MIN_WIDTH
from echelon.report.verdict import names_in_words
from echelon.typeset import numbers
from echelon.typeset.layout import Column, fold, grid, printable

SCHEMA = "echelon.describe/2"

_SHARES = ("share_min", "share_q25", "share_median", "share_q75", "share_max")
_OF_PREVALENCE = (
    "n_without", "n_only", "latent_icc", "latent_low", "latent_high", "model_icc", "model_low",
    "model_high",
)  # fmt: skip


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
        blocks += outcome_blocks(description, description.outcome, width)
    blocks.append([_relation(relation) for relation in description.relations])
    blocks.append([f"- {line}" for line in advice(description)])
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


def _relation(relation: Relation) -> str:
    inner, outer = printable(relation.inner), printable(relation.outer)
    match relation.kind:
        case "same":
            return f"{inner} and {outer} define the same groups."
        case "nested":
            return f"{inner} is nested in {outer}: (1 | {outer}/{inner})."
    cells, possible = numbers.count(relation.n_cells), numbers.count(relation.n_possible)
    return f"{inner} and {outer} are crossed: {cells} of {possible} combinations occur."


def description_record(description: Description) -> dict[str, Any]:
    """Lay out a description as plain Python values, None for what is not a number."""
    rows = description.rows
    groupings = [
        {**plain(asdict(each)), "advice": list(grouping_advice(each, description))}
        for each in description.groupings
    ]
    events, tally = description.events, description.tally
    return {
        "schema": SCHEMA,
        "echelon": package_version(),
        "source": description.source,
        "rows_read": rows.n_read,
        "rows_used": rows.n_used,
        "rows_dropped": [{"reason": reason, "count": n} for reason, n in rows.dropped],
        "outcome": description.outcome,
        "events": None if events is None else plain(asdict(events)),
        "tally": None if tally is None else plain(asdict(tally)),
        "groupings": groupings,
        "relations": plain([asdict(relation) for relation in description.relations]),
    }


def description_json(description: Description) -> str:
    """Write `description_record` as JSON."""
    record = description_record(description)
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)


def description_csv(description: Description) -> str:
    """Write one row per grouping factor as CSV: groups, sizes, spread of the outcome.

    A binary outcome adds the quartiles of the groups' shares and the ICC of its logit, counts
    their dispersion and zeros.
    """
    parts = ("spread", "findings", "prevalence", "counts")
    sizes = [f.name for f in fields(GroupingDescription) if f.name not in parts]
    columns = [*sizes, *(f.name for f in fields(Spread))]
    if description.events is not None:
        columns += [*_SHARES, *_OF_PREVALENCE]
    if description.tally is not None:
        columns += [f.name for f in fields(CountSpread)]
    return csv_text(tuple(columns), [_csv_row(each, sizes) for each in description.groupings])


def _csv_row(each: GroupingDescription, sizes: list[str]) -> dict[str, Any]:
    row = {name: getattr(each, name) for name in sizes}
    row |= {} if each.spread is None else asdict(each.spread)
    if each.prevalence is not None:
        row |= dict(zip(_SHARES, each.prevalence.shares, strict=True))
        row |= {name: getattr(each.prevalence, name) for name in _OF_PREVALENCE}
    return row | ({} if each.counts is None else asdict(each.counts))
