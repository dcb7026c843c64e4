"""A model built up step by step, for print: what was tried, what was kept, and why.

Room: report/. Words and sets what `building.build_up` decided.
Takes: a `BuildUp`.
Gives: text of a given width, HTML, JSON and CSV.
Source: docs/how-to, build a model.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from echelon.building.comparison_tables import column_of
from echelon.building.steps import BuildUp, Step
from echelon.report.comparison import (
    comparison_content,
    comparison_record,
    comparison_text,
    remarks,
)
from echelon.report.comparison_lines import p_value
from echelon.report.html import set_html, set_page
from echelon.report.record import csv_text, package_version, plain
from echelon.report.section import Section, Summary
from echelon.report.summary import MIN_WIDTH
from echelon.table import Table
from echelon.typeset import numbers
from echelon.typeset.layout import Column, fold, grid, printable

SCHEMA = "echelon.build_up/1"


def build_up_text(built: BuildUp, width: int = 88) -> str:
    """Say what was tried, step by step, and set the models that were kept side by side.

    Parameters
    ----------
    built : what `building.build_up` returned.
    width : columns of the terminal, at least 80.

    Returns
    -------
    Text without a final line break, in lines of at most `width`.
    """
    width = max(width, MIN_WIDTH)
    head = (_title(built), *remarks(built.rows, "step"))
    blocks = [
        [line for text in head for line in fold(text, width)],
        grid(_steps(built), width),
        [line for text in _reasons(built) for line in fold(text, width)],
    ]
    texts = ["\n".join(block) for block in blocks]
    return "\n\n".join([*texts, "The steps kept:", comparison_text(built.comparison, width)])


def build_up_html(built: BuildUp) -> str:
    """Set the steps and the comparison as an HTML fragment that carries its own style."""
    return set_html(_content(built))


def build_up_page(built: BuildUp) -> str:
    """Set the steps and the comparison as a whole HTML page, for a file."""
    return set_page(_content(built))


def steps_table(built: BuildUp) -> Table:
    """Tabulate the steps, one row each, the numbers in full precision."""
    names = [field.name for field in fields(Step) if field.name != "fit"]
    return Table(
        {name: column_of([getattr(step, name) for step in built.steps]) for name in names},
        title=f"Building a model of {built.outcome}",
    )


def build_up_record(built: BuildUp) -> dict[str, Any]:
    """Lay out steps and comparison as plain Python values, None for what is not a number."""
    rows = built.rows
    record = {
        "schema": SCHEMA,
        "echelon": package_version(),
        "outcome": built.outcome,
        "alpha": built.alpha,
        "rows_read": rows.n_read,
        "rows_used": rows.n_used,
        "rows_dropped": [{"reason": reason, "count": n} for reason, n in rows.dropped],
        "steps": steps_table(built).rows(),
        "comparison": comparison_record(built.comparison),
    }
    return {name: plain(value) for name, value in record.items()}


def build_up_json(built: BuildUp) -> str:
    """Write `build_up_record` as JSON."""
    return json.dumps(build_up_record(built), ensure_ascii=False, allow_nan=False, indent=1)


def build_up_csv(built: BuildUp) -> str:
    """Write one row per step as CSV, in full precision."""
    table = steps_table(built)
    return csv_text(table.columns, table.rows())


def _title(built: BuildUp) -> str:
    steps = f"{len(built.steps)} step{'s' * (len(built.steps) != 1)}"
    return printable(f"Building a model of {built.outcome}: {steps}, {len(built.kept)} kept")


def _steps(built: BuildUp) -> tuple[Column, ...]:
    steps = built.steps
    numbered = {step.name: str(k) for k, step in enumerate(steps, 1)}
    return (
        Column("Step", tuple(f"{k} {printable(s.name)}" for k, s in enumerate(steps, 1)), "left"),
        Column("against", tuple(numbered.get(s.against, "") for s in steps)),
        Column("chi-square", _cells(built, numbers.statistics([s.statistic for s in steps]))),
        Column("df", _cells(built, [f"{s.df:g}" for s in steps])),
        Column("p", _cells(built, [p_value(s.p_value) for s in steps])),
        Column("by", tuple(s.method for s in steps), "left"),
        Column("", tuple("kept" if s.is_kept else "not kept" for s in steps), "left"),
    )


def _cells(built: BuildUp, texts: list[str]) -> tuple[str, ...]:
    """Cells of a test, empty where there is none."""
    pairs = zip(built.steps, texts, strict=True)
    return tuple(text if step.method else "" for step, text in pairs)


def _reasons(built: BuildUp) -> list[str]:
    return [printable(f"{k} {step.name}: {step.reason}") for k, step in enumerate(built.steps, 1)]


def _content(built: BuildUp) -> Summary:
    content = comparison_content(built.comparison)
    return Summary(
        title=_title(built),
        remarks=(*remarks(built.rows, "step"), content.title),
        formula="",
        equations=content.equations,
        sections=(Section(_steps(built), tuple(_reasons(built))), *content.sections),
        findings=content.findings,
    )
