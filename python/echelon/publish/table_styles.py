"""Tables of a paper through great_tables: APA, plain and journal style.

Room: publish/. Sets the strings of the printed summary; formats no number.
Takes: a `Table`, or a section of a summary.
Gives: a great_tables `GT`, ready for its own exports; the looks of each style for other pages.
Source: APA Publication Manual (7th ed.), 7.8 to 7.21, tables; great_tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from echelon._optional import require
from echelon.options import read_choice
from echelon.publish.rows import Row, is_text, rows_of, trails
from echelon.report.section import Section
from echelon.table import Table
from echelon.typeset.cells import cells
from echelon.typeset.layout import Column

INK, RULE = "#222222", "#888888"  # replaced by the page's own colours in HTML
POINT, DIGIT = "\N{PUNCTUATION SPACE}", "\N{FIGURE SPACE}"


@dataclass(frozen=True, slots=True)
class TableStyle:
    """How tables look: width of the outer and inner rules in pixels, size of the type in points.

    `is_apa` puts number and title on lines of their own, and 'Note.' before the notes; `has_lines`
    draws a line below every row; `is_bold` sets headings bold.
    """

    outer: int
    inner: int
    size: float
    is_apa: bool
    has_lines: bool
    is_bold: bool


STYLES: Mapping[str, TableStyle] = {
    "apa": TableStyle(1, 1, 11, is_apa=True, has_lines=False, is_bold=False),
    "plain": TableStyle(0, 1, 11, is_apa=False, has_lines=True, is_bold=False),
    "journal": TableStyle(2, 1, 9.5, is_apa=False, has_lines=False, is_bold=True),
}


def great_table(content: Table | Section, style: str = "apa", title: str | None = None) -> Any:
    """Set a table in the style of a paper.

    Parameters
    ----------
    content : a result table, such as `fit.fixed_effects`; or a section of a summary.
    style : "apa" (rules above and below only), "plain" (a line below each row) or "journal"
        (small type, bold headings, heavy outer rules).
    title : above the table; None for the table's own, '' for none.

    Returns
    -------
    great_tables.GT: `as_raw_html()`, `as_latex()` and every function of great_tables apply. Its
    numbers are the strings of the printed summary, with spaces behind them that put the decimal
    points of a column under each other.

    Raises
    ------
    SpecError : no such style.
    MissingDependencyError : great_tables is not installed.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> "10.467" in great_table(fit.fixed_effects, "apa").as_raw_html()
    True
    """
    look = STYLES[read_choice("style", style, tuple(STYLES))]
    section, own = _section(content)
    gt = require("great_tables", extra="report", purpose="tables in styles")
    label, *rest = section.columns
    rows = rows_of(section)
    names = [f"c{k}" for k in range(len(rest))]
    table = gt.GT(_frame(rows, rest), rowname_col="label", groupname_col=_grouping(rows))
    table = table.cols_label(
        **{name: gt.html(escape(c.heading)) for name, c in zip(names, rest, strict=True)}
    )
    words = [name for name, c in zip(names, rest, strict=True) if is_text(c)]
    figures = [name for name in names if name not in words]
    table = table.tab_stubhead(gt.html(escape(label.heading)))
    table = table.cols_align("left", words) if words else table
    table = table.cols_align("right", figures) if figures else table
    heading = own if title is None else title
    table = table.tab_header(title=gt.html(escape(heading))) if heading else table
    for place, note in enumerate(section.notes):
        first = "<em>Note.</em> " if look.is_apa and not place else ""
        table = table.tab_source_note(gt.html(first + escape(note)))
    return table.tab_options(**_options(look))


def padded(column: Column) -> tuple[str, ...]:
    """Fill numbers with spaces as wide as digits, so that right-aligned points stand aligned."""
    if is_text(column):
        return column.cells
    return tuple(
        cell + (POINT + DIGIT * (n - 1) if n and "." not in cell else DIGIT * n)
        for cell, n in zip(column.cells, trails(column.cells), strict=True)
    )


def _section(content: Table | Section) -> tuple[Section, str]:
    """Write a result table as a section; its title stands apart."""
    if isinstance(content, Section):
        return content, ""
    return Section(tuple(cells(content.data)), content.notes), content.title


def _frame(rows: Sequence[Row], rest: Sequence[Column]) -> Any:
    """Put the strings into the data frame that great_tables reads."""
    columns: dict[str, Any] = {"label": [row.label for row in rows]}
    columns["group"] = [row.group for row in rows]
    for place, column in enumerate(rest):
        own = Column(column.heading, tuple(row.cells[place] for row in rows), column.alignment)
        columns[f"c{place}"] = list(padded(own))
    if not _grouping(rows):
        del columns["group"]
    return Table(columns).to_polars()


def _grouping(rows: Sequence[Row]) -> str | None:
    return "group" if any(row.group for row in rows) else None


def _options(look: TableStyle) -> dict[str, Any]:
    """Word a style in the options of great_tables: rules across, none down."""
    outer, inner = f"{look.outer}px", f"{look.inner}px"
    lines = "solid" if look.has_lines else "none"
    return {
        "table_background_color": "transparent",
        "table_font_color": INK,
        "table_font_size": f"{look.size}pt",
        "table_border_top_style": "none",
        "table_border_bottom_style": "none",
        "heading_align": "left",
        "heading_title_font_size": "100%",
        "heading_border_bottom_style": "none",
        "column_labels_border_top_style": "solid" if look.outer else "none",
        "column_labels_border_top_width": outer,
        "column_labels_border_top_color": RULE,
        "column_labels_border_bottom_style": "solid",
        "column_labels_border_bottom_width": inner,
        "column_labels_border_bottom_color": RULE,
        "column_labels_font_weight": "bold" if look.is_bold else "normal",
        "table_body_border_top_style": "none",
        "table_body_border_bottom_style": "solid",
        "table_body_border_bottom_width": outer if look.outer else inner,
        "table_body_border_bottom_color": RULE,
        "table_body_hlines_style": lines,
        "table_body_hlines_color": RULE,
        "stub_border_style": "none",
        "row_group_font_weight": "bold" if look.is_bold else "normal",
        "row_group_border_top_style": "none",
        "row_group_border_bottom_style": "none",
        "data_row_padding": "3px",
        "source_notes_font_size": "90%",
        "quarto_disable_processing": True,
    }
