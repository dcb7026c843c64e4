"""Tables in LaTeX: booktabs rules, points under points, long ones over several pages.

Room: publish/. Sets the strings of a section; formats no number.
Takes: a `Section` and its caption.
Gives: lines of LaTeX.
Source: booktabs and longtable manuals; APA Publication Manual, 7.8 to 7.21.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from echelon.publish.latex_text import escaped
from echelon.publish.rows import Row, is_long, is_text, rows_of, trails
from echelon.publish.table_styles import STYLES
from echelon.report.section import Section
from echelon.typeset.layout import Column

LONG = 34  # rows from which a table is broken over pages


def table_lines(section: Section, caption: str, style: str) -> Iterator[str]:
    """Set a section as a table.

    Parameters
    ----------
    section : columns of one length, and notes.
    caption : number and title, in LaTeX.
    style : 'apa', 'plain' or 'journal'.

    Yields
    ------
    Lines of LaTeX.
    """
    rows = rows_of(section)
    is_broken = len(rows) > LONG
    body = _body(section, rows, style)
    sides = "".join(map(_side, section.columns))
    size = r"\footnotesize" if STYLES[style].is_bold or is_broken else r"\small"
    notes = _notes(section.notes, style)
    if is_broken:
        yield f"{{{size}"
        yield rf"\begin{{longtable}}{{@{{}}{sides}@{{}}}}"
        yield rf"\multicolumn{{{len(section.columns)}}}{{@{{}}l}}{{\shortstack[l]{{{caption}}}}}\\"
        yield from body
        yield r"\end{longtable}"
        yield from notes
        yield "}"
        return
    yield r"\medskip\begin{minipage}{\linewidth}"
    yield caption + r"\\[3pt]"
    yield rf"{size}\begin{{fitted}}"
    yield rf"\begin{{tabular}}{{@{{}}{sides}@{{}}}}"
    yield from body
    yield r"\end{tabular}"
    yield r"\end{fitted}"
    yield from notes
    yield r"\end{minipage}\par\medskip"


def _side(column: Column) -> str:
    """Choose how a column is set; sentences and very long names are folded."""
    if is_long(column):
        return r">{\raggedright\arraybackslash}p{0.38\linewidth}"
    return "l" if is_text(column) else "r"


def _body(section: Section, rows: Sequence[Row], style: str) -> Iterator[str]:
    look = STYLES[style]
    heads = [escaped(column.heading) for column in section.columns]
    if look.outer:
        yield r"\toprule"
    yield " & ".join(rf"\textbf{{{h}}}" if look.is_bold and h else h for h in heads) + r" \\"
    yield r"\midrule"
    columns = [_cells(column, k, rows) for k, column in enumerate(section.columns[1:])]
    group = ""
    for place, row in enumerate(rows):
        if row.group != group:
            group = row.group
            yield rf"\textit{{{escaped(group)}}}{' &' * len(columns)} \\"
        label = rf"\hspace{{1em}}{escaped(row.label)}" if row.group else _guarded(row.label)
        yield " & ".join([label, *(cells[place] for cells in columns)]) + r" \\"
        if look.has_lines and place < len(rows) - 1:
            yield r"\addlinespace[1pt]"
    yield r"\bottomrule"


def _guarded(label: str) -> str:
    """Keep a label that starts like an option of the row before from being read as one."""
    return "{}" + escaped(label) if label.startswith(("[", "*")) else escaped(label)


def _cells(column: Column, place: int, rows: Sequence[Row]) -> list[str]:
    """Write a column, its numbers with invisible digits behind that align their points."""
    cells = [row.cells[place] for row in rows]
    if is_text(column):
        return [escaped(cell) for cell in cells]
    return [_number(cell, n) for cell, n in zip(cells, trails(cells), strict=True)]


def _number(cell: str, missing: int) -> str:
    text = escaped(cell)
    if not missing:
        return text
    digits = "0" * missing if "." in cell else "." + "0" * (missing - 1)
    return rf"{text}\hphantom{{{digits}}}"


def _notes(notes: Sequence[str], style: str) -> Iterator[str]:
    if notes:
        first = r"\textit{Note.} " if STYLES[style].is_apa else ""
        yield rf"\par\smallskip{{\footnotesize {first}{escaped(' '.join(notes))}}}"
