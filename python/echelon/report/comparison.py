"""A comparison of models as a table for print: models as columns, or one row per model.

Room: report/. Words and sets what `building.compare` collected.
Takes: a `Comparison`.
Gives: text of a given width, HTML, JSON and CSV.
Source: docs/how-to, compare models; the layout of tables in Raudenbush & Bryk (2002).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from echelon.building.comparison import Comparison
from echelon.frame.columns import RowAccount
from echelon.report.comparison_lines import Block, blocks_of
from echelon.report.html import set_html, set_page
from echelon.report.record import csv_text, package_version, plain
from echelon.report.section import Section, Summary
from echelon.report.summary import MIN_WIDTH
from echelon.report.verdict import names_in_words
from echelon.typeset import numbers
from echelon.typeset.layout import (
    BRACKET,
    Column,
    align_decimals,
    display_width,
    fold,
    grid,
    pad,
    printable,
    shorten,
)

SCHEMA = "echelon.compare/1"
HEADING = 16  # widest name of a model above its column in text
GAP = 2
BESIDE = 4  # most models of a page that have their errors beside the estimates
TIE = "\N{NO-BREAK SPACE}"
LABEL = 34  # widest label of a row before it is folded


def comparison_text(comparison: Comparison, width: int = 88) -> str:
    """Set models side by side as text; columns that do not fit stand in a panel below.

    Parameters
    ----------
    comparison : what `building.compare` returned; its `layout` decides.
    width : columns of the terminal, at least 80.

    Returns
    -------
    Text without a final line break, in lines of at most `width`.
    """
    width = max(width, MIN_WIDTH)
    blocks = [
        [
            line
            for text in (_title(comparison), *remarks(comparison.fits[0].rows, "model"))
            for line in fold(text, width)
        ],
        [line.replace(TIE, " ") for line in grid(model_columns(comparison), width)],
        *(grid(panel, width, indent=0) for panel in _panels(comparison, width)),
        [part for note in comparison.notes for part in fold(printable(note), width)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def comparison_html(comparison: Comparison) -> str:
    """Set a comparison as an HTML fragment that carries its own style."""
    return set_html(comparison_content(comparison))


def comparison_page(comparison: Comparison) -> str:
    """Set a comparison as a whole HTML page, for a file."""
    return set_page(comparison_content(comparison))


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Lay out a comparison as plain Python values, None for what is not a number."""
    tests = [
        {
            "model": name,
            "against": test.against,
            "statistic": test.statistic,
            "df": test.df,
            "p_value": test.p_value,
            "mixture": test.mixture,
            "method": test.method,
            "reason": test.reason,
        }
        for name, test in zip(comparison.names[1:], comparison.tests, strict=True)
    ]
    record = {
        "schema": SCHEMA,
        "echelon": package_version(),
        "models": comparison.table.rows(),
        "coefficients": comparison.coefficients.rows(),
        "tests": tests,
        "notes": list(comparison.notes),
    }
    return {name: plain(value) for name, value in record.items()}


def comparison_json(comparison: Comparison) -> str:
    """Write `comparison_record` as JSON."""
    record = comparison_record(comparison)
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)


def comparison_csv(comparison: Comparison) -> str:
    """Write one row per model and number as CSV, in full precision."""
    table = comparison.coefficients
    return csv_text(table.columns, table.rows())


def _title(comparison: Comparison) -> str:
    fits = comparison.fits
    design = fits[0].design
    count = "1 model" if len(fits) == 1 else f"{len(fits)} models"
    title = f"{count} of {design.response_name}: {numbers.count(design.n_obs)} rows"
    groups = {b.grouping: b.n_groups for fit in fits for b in fit.design.rows.blocks}
    if groups:
        counts = [f"{numbers.count(n)} groups of {name}" for name, n in groups.items()]
        title += f" in {names_in_words(counts)}"
    return printable(f"{title} ({fits[0].source})" if fits[0].source else title)


def remarks(rows: RowAccount, each: str) -> list[str]:
    """Say which rows are in no model (or step), and why."""
    if not rows.dropped:
        return []
    why = names_in_words([f"{numbers.count(n)} {reason}" for reason, n in rows.dropped])
    out, read = numbers.count(rows.n_read - rows.n_used), numbers.count(rows.n_read)
    return [printable(f"{out} of {read} rows left out of every {each}: {why}.")]


def model_columns(comparison: Comparison) -> tuple[Column, ...]:
    """List the models: names, families where one is generalized, methods, formulas."""
    table = comparison.table
    return (
        Column("Model", tuple(map(printable, comparison.names)), "left"),
        *_families(comparison),
        Column("method", tuple(table["method"]), "left"),
        Column("formula", tuple(_tied(printable(text)) for text in table["formula"]), "left"),
    )


def _families(comparison: Comparison) -> tuple[Column, ...]:
    """Name family and link of each model, where one is generalized."""
    specs = [fit.spec for fit in comparison.fits]
    if not any(spec.is_generalized for spec in specs):
        return ()
    return (Column("family", tuple(f"{spec.family}, {spec.link}" for spec in specs), "left"),)


def _with_families(comparison: Comparison) -> list[str]:
    """Write the formula of each model, with its family where one is generalized."""
    formulas = list(comparison.table["formula"])
    for column in _families(comparison):
        formulas = [f"{a}  ({b})" for a, b in zip(formulas, column.cells, strict=True)]
    return formulas


def _tied(formula: str) -> str:
    """Keep brackets in one piece when a formula is folded."""
    return BRACKET.sub(lambda bracket: bracket[0].replace(" ", TIE), formula)


def comparison_content(comparison: Comparison) -> Summary:
    """Put together a page, where columns are as many as there are models."""
    blocks = blocks_of(comparison)
    names = comparison.names
    if comparison.layout == "rows":
        panels = [_rows(comparison, block) for block in blocks]
    else:
        panels = [_columns(names, blocks, range(len(names)), beside=len(names) <= BESIDE)]
    labels = [printable(name) for name in names]
    widest = max(map(display_width, labels))
    formulas = zip(labels, _with_families(comparison), strict=True)
    return Summary(
        title=_title(comparison),
        remarks=tuple(remarks(comparison.fits[0].rows, "model")),
        formula="",
        equations=tuple(f"{pad(n, widest, 'left')}  {printable(text)}" for n, text in formulas),
        sections=tuple(Section(panel) for panel in panels),
        findings=tuple(map(printable, comparison.notes)),
    )


def _panels(comparison: Comparison, width: int) -> list[tuple[Column, ...]]:
    """Tables that fit the width, as few as possible; errors beside estimates if all fit so."""
    blocks = blocks_of(comparison)
    if comparison.layout == "rows":
        return [part for block in blocks for part in _broken(_rows(comparison, block), width)]
    headings = [shorten(printable(name), HEADING) for name in comparison.names]
    places = range(len(headings))
    for beside in (True, False):
        whole = _columns(headings, blocks, places, beside=beside)
        if _width(whole) <= width or len(headings) == 1:
            return [whole]
    count = 2
    while count < len(places) and any(_width(p) > width for p in _split(headings, blocks, count)):
        count += 1
    return _split(headings, blocks, count)


def _split(
    headings: Sequence[str], blocks: Sequence[Block], count: int
) -> list[tuple[Column, ...]]:
    """Share the models among `count` panels, as evenly as can be; errors below estimates."""
    places, panels = range(len(headings)), []
    for left in range(count, 0, -1):
        size = -(-len(places) // left)
        panels.append(_columns(headings, blocks, places[:size], beside=False))
        places = places[size:]
    return panels


def _columns(
    headings: Sequence[str], blocks: Sequence[Block], places: Sequence[int], *, beside: bool
) -> tuple[Column, ...]:
    """One column of labels and one per model; errors beside their estimates or below."""
    labels: list[str] = []
    cells: list[list[str]] = [[] for _ in places]

    def add(label: str, row: Sequence[str]) -> None:
        labels.append(label)
        for column, cell in zip(cells, row, strict=True):
            column.append(cell)

    nothing = [""] * len(places)
    for block in blocks:
        lines = [line for line in block.lines if any(line.cells[k] for k in places)]
        if lines and labels:
            add("", nothing)
        if lines:
            add(block.heading, nothing)
        for line in lines:
            errors = [line.errors[k] for k in places] if line.errors else nothing
            row = [line.cells[k] for k in places]
            if beside:
                row = [f"{a} {b}".rstrip() for a, b in zip(row, errors, strict=True)]
            add(f"  {line.label}", row)
            if not beside and any(errors):
                add("", errors)
    models = (Column(headings[k], tuple(c)) for k, c in zip(places, cells, strict=True))
    return (Column("", tuple(labels), "left"), *models)


def _width(columns: Sequence[Column]) -> int:
    """Columns that a grid takes; a wide label may be folded."""
    label, *rest = columns
    total = min(max(map(display_width, (label.heading, *label.cells))), LABEL)
    for column in rest:
        cells = align_decimals(column.cells)
        total += max(map(display_width, (column.heading, *cells))) + GAP
    return total


def _rows(comparison: Comparison, block: Block) -> tuple[Column, ...]:
    """One row per model, one column per line of a block."""
    labels = tuple(f"  {printable(name)}" for name in comparison.names)
    names = Column(block.heading, labels, "left")
    columns = []
    for line in block.lines:
        errors = line.errors or ("",) * len(line.cells)
        cells = tuple(f"{a} {b}".rstrip() for a, b in zip(line.cells, errors, strict=True))
        columns.append(Column(line.label, cells))
    return (names, *columns)


def _broken(columns: tuple[Column, ...], width: int) -> list[tuple[Column, ...]]:
    """Break a wide table between columns; the names of the models stand in every part."""
    names, *rest = columns
    parts: list[tuple[Column, ...]] = []
    part: tuple[Column, ...] = (names,)
    for column in rest:
        heading = shorten(column.heading, LABEL)
        column = Column(heading, column.cells)
        if len(part) > 1 and _width((*part, column)) > width:
            parts.append(part)
            part = (names,)
        part = (*part, column)
    return [*parts, part]
