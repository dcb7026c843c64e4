"""The rows of a table as every page sets them: groups of rows, and numbers under their points.

Room: publish/. Sorts strings; formats no number.
Takes: a `Section`.
Gives: `Row`s with a label and cells, and how far a number ends before the widest of its column.
Source: docs/reference, reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from echelon.report.section import Section
from echelon.typeset.layout import Column

LONG = 36  # letters of a cell from which its column is set as running text


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its label, its other cells, and the heading of the rows it is among."""

    label: str
    cells: tuple[str, ...]
    group: str = ""


def rows_of(section: Section) -> tuple[Row, ...]:
    """List the rows of a section; a row of a label alone heads those indented below it.

    Parameters
    ----------
    section : columns of one length, the first of them labels.

    Returns
    -------
    Rows in order, blank ones left out.
    """
    label, *rest = section.columns
    has_groups = any(cell.startswith("  ") for cell in label.cells)
    found: list[Row] = []
    group = ""
    cells = (
        zip(*(column.cells for column in rest), strict=True) if rest else [()] * len(label.cells)
    )
    for text, row in zip(label.cells, cells, strict=True):
        is_empty = not any(row)
        if has_groups and is_empty and text and not text.startswith(" "):
            group = text
        elif text or not is_empty:
            found.append(Row(text.strip(), tuple(row), group))
    return tuple(found)


def is_text(column: Column) -> bool:
    """Tell a column of words from one of numbers."""
    return column.alignment == "left"


def is_long(column: Column) -> bool:
    """Tell a column of sentences or very long names, which is folded."""
    return is_text(column) and max(map(len, column.cells), default=0) > LONG


def trails(cells: Sequence[str]) -> list[int]:
    """Count the characters that each cell lacks after its decimal point, to the longest.

    A cell without a point lacks the point, too. Cells with exponents, which end where they end,
    lack none.
    """
    lengths = [_after_point(cell) for cell in cells]
    longest = max((n for n, cell in zip(lengths, cells, strict=True) if "e" not in cell), default=0)
    return [
        0 if "e" in cell or not cell else longest - n
        for n, cell in zip(lengths, cells, strict=True)
    ]


def _after_point(cell: str) -> int:
    head, point, tail = cell.partition(".")
    if point:
        return len(point + tail)
    return 1 if head.endswith("%") else 0
