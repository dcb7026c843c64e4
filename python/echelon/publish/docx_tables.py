"""Tables of a Word file: rules of a style, a header row that repeats, points under points.

Room: publish/. Sets the strings of a section; formats no number.
Takes: a python-docx document and a `Tabular`.
Gives: the table, added at its end.
Source: ISO/IEC 29500-1, 17.4 (tables): tblHeader, cantSplit, tblBorders, tblCaption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echelon._optional import require
from echelon.publish.document import Tabular
from echelon.publish.rows import Row, is_long, is_text, rows_of
from echelon.publish.table_styles import STYLES, TableStyle, padded
from echelon.typeset.layout import Column

EIGHTHS = 6  # eighths of a point in a pixel: the unit of borders
MOST_POINTS = 10.0
CROWDED = 7  # columns from which the type is smaller
WIDEST = 6.5  # inches of a line
PER_EM = 0.58  # widths of a letter in the size of its type
BESIDE, LEAST = 0.17, 0.8  # inches of a cell's margins, and of the least column of words
WHOLE = 24  # rows up to which a table stays on one page
FOLDED = 44  # letters of a line of running text


def add_table(page: Any, block: Tabular, style: str) -> None:
    """Add a table of a report to a Word document.

    Parameters
    ----------
    page : a python-docx document.
    block : the table.
    style : 'apa', 'plain' or 'journal'.
    """
    look = STYLES[style]
    label, *rest = block.section.columns
    rows = rows_of(block.section)
    columns = [_own(column, place, rows) for place, column in enumerate(rest)]
    groups = dict.fromkeys(row.group for row in rows if row.group)
    table = page.add_table(1 + len(rows) + len(groups), 1 + len(rest))
    size = MOST_POINTS if 1 + len(rest) < CROWDED else MOST_POINTS - 1
    labels = Column(label.heading, tuple(row.label for row in rows), "left")
    _place(table, [labels, *columns], size)
    heads = [column.heading for column in (label, *columns)]
    _fill(table.rows[0], heads, (label, *columns), size, is_bold=look.is_bold)
    _flag(table.rows[0], "w:tblHeader")
    place, group = 1, ""
    for k, row in enumerate(rows):
        if row.group != group:
            group = row.group
            _head(table.rows[place], group, size)
            place += 1
        cells = [row.label, *(column.cells[k] for column in columns)]
        _fill(table.rows[place], cells, (label, *columns), size)
        _flag(table.rows[place], "w:cantSplit")
        place += 1
    if len(rows) <= WHOLE:
        _keep_together(table)
    _rules(table, look)
    _describe(table, f"Table {block.number}: {block.title}")


def _head(row: Any, group: str, size: float) -> None:
    """Write the heading of a group of rows, on one page with the first of them."""
    for place, cell in enumerate(row.cells):
        _write(cell, "" if place else group, size, is_italic=True)
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _own(column: Column, place: int, rows: Sequence[Row]) -> Column:
    """Take a column's cells from the rows that are kept, padded to align their points."""
    cells = tuple(row.cells[place] for row in rows)
    own = Column(column.heading, cells, column.alignment)
    return Column(column.heading, padded(own), column.alignment)


def _fill(
    row: Any, texts: Sequence[str], columns: Sequence[Column], size: float, is_bold: bool = False
) -> None:
    align = require("docx.enum.text", extra="report", purpose="reports in Word").WD_ALIGN_PARAGRAPH
    for cell, text, column in zip(row.cells, texts, columns, strict=True):
        _write(cell, text, size, is_bold=is_bold)
        cell.paragraphs[0].alignment = align.LEFT if is_text(column) else align.RIGHT
        if not is_long(column):
            _no_wrap(cell, text)


def _write(
    cell: Any, text: str, size: float, *, is_bold: bool = False, is_italic: bool = False
) -> None:
    shared = require("docx.shared", extra="report", purpose="reports in Word")
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = shared.Pt(1)
    paragraph.paragraph_format.space_before = shared.Pt(1)
    paragraph.paragraph_format.line_spacing = 1.0
    run = paragraph.add_run(text)
    run.font.size = shared.Pt(size)
    run.bold, run.italic = is_bold or None, is_italic or None


def _no_wrap(cell: Any, text: str) -> None:
    """Keep a number or a short name on one line."""
    if len(text) <= 24:
        cell._tc.get_or_add_tcPr().append(_element("w:noWrap"))


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(_element(name))


def _place(table: Any, columns: Sequence[Column], size: float) -> None:
    """Give numbers the width that they need on one line; words share what is left of it."""
    inches = require("docx.shared", extra="report", purpose="reports in Word").Inches
    widths = [PER_EM * size / 72 * _letters(column) + BESIDE for column in columns]
    words = [k for k, column in enumerate(columns) if is_text(column)]
    wanted = sum(widths[k] for k in words)
    left = max(WIDEST - (sum(widths) - wanted), LEAST * len(words))
    for k in words:
        widths[k] *= min(1.0, left / wanted)
    share = min(1.0, WIDEST / sum(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = inches(width * share)
        for cell in column.cells:
            cell.width = inches(width * share)


def _letters(column: Column) -> int:
    """Count the letters of a column's longest line; heads of numbers fold between words."""
    heads = [column.heading] if is_text(column) else column.heading.split()
    return min(max(map(len, (*heads, *column.cells)), default=1), FOLDED)


def _keep_together(table: Any) -> None:
    for row in table.rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _rules(table: Any, look: TableStyle) -> None:
    """Draw rules above and below the table, and below its header row."""
    outer = {"w:val": "single", "w:sz": str(EIGHTHS * max(look.outer, 1)), "w:color": "000000"}
    inner = {"w:val": "single", "w:sz": str(EIGHTHS), "w:color": "000000"}
    faint = {"w:val": "single", "w:sz": "4", "w:color": "BFBFBF"}
    borders = _element("w:tblBorders")
    if look.outer:
        borders.append(_element("w:top", outer))
    borders.append(_element("w:bottom", outer))
    if look.has_lines:
        borders.append(_element("w:insideH", faint))
    _put(table._tbl.tblPr, borders, before=("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"))
    for cell in table.rows[0].cells:
        below = _element("w:tcBorders")
        below.append(_element("w:bottom", inner))
        _put(cell._tc.get_or_add_tcPr(), below, before=("w:shd", "w:noWrap"))


def _put(parent: Any, element: Any, before: Sequence[str]) -> None:
    """Insert an element where the standard has it: Word refuses files with another order."""
    ns = require("docx.oxml.ns", extra="report", purpose="reports in Word")
    later = {ns.qn(name) for name in before}
    place = next((k for k, child in enumerate(parent) if child.tag in later), len(parent))
    parent.insert(place, element)


def _describe(table: Any, text: str) -> None:
    """Name a table for readers who do not see it."""
    table._tbl.tblPr.append(_element("w:tblCaption", {"w:val": text}))


def _element(name: str, attributes: Mapping[str, str] | None = None) -> Any:
    """Make an element of WordprocessingML."""
    oxml = require("docx.oxml", extra="report", purpose="reports in Word")
    ns = require("docx.oxml.ns", extra="report", purpose="reports in Word")
    element = oxml.OxmlElement(name)
    for key, value in (attributes or {}).items():
        element.set(ns.qn(key), value)
    return element
