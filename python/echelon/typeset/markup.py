"""A table as markup for notebooks: plain, so that the notebook's own style applies.

Room: typeset/. Sets cells in a page; decides no digits.
Takes: a title, columns of cells, notes.
Gives: HTML.
Source: HTML Living Standard, tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from echelon.typeset.layout import Column


def table_html(title: str, columns: Sequence[Column], n_more: int, notes: Sequence[str]) -> str:
    """Set columns as a table with a caption; `n_more` rows are not shown."""
    heads = "".join(_cell("th", column.heading, column) for column in columns)
    rows = [
        "<tr>"
        + "".join(_cell("td", cell, c) for cell, c in zip(row, columns, strict=True))
        + "</tr>"
        for row in zip(*(column.cells for column in columns), strict=True)
    ]
    caption = f"<caption>{escape(title)}</caption>\n" if title else ""
    below = ([f"... {n_more:,} more rows"] if n_more > 0 else []) + list(notes)
    paragraphs = "".join(f"\n<p>{escape(note)}</p>" for note in below)
    body = "\n".join(rows)
    return (
        f"<div>\n<table>\n{caption}<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>{paragraphs}\n</div>"
    )


def _cell(tag: str, text: str, column: Column) -> str:
    side = "left" if column.alignment == "left" else "right"
    return f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'
