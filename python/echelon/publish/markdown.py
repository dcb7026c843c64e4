"""A document as Markdown, its charts as SVG files beside it.

Room: publish/. Sets blocks; words nothing.
Takes: a `Document`, and the name of the folder of its charts.
Gives: text in CommonMark with the tables of GitHub.
Source: CommonMark 0.31; GitHub Flavored Markdown, tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from echelon import plot
from echelon.publish.document import (
    Block,
    Code,
    Document,
    Equations,
    Figure,
    Findings,
    Heading,
    Listing,
    Paragraph,
    Remark,
    Rendering,
    Tabular,
)
from echelon.publish.rows import is_text, rows_of
from echelon.publish.table_styles import STYLES

VERDICTS = {"act": "Act on this", "look": "Look at this", "fine": "Fine"}

# What Markdown reads as its own: always, before a tag, an entity or a link, and at a line's start.
_MARKS = re.compile(r"[\\`*_|~$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[:])")
_STARTS = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([-+>.)]|#{1,6}|=+)(?=\s|$)")


def markdown(document: Document, folder: str) -> Rendering:
    """Set a document as Markdown.

    Parameters
    ----------
    document : what to say.
    folder : where its charts will lie, relative to the text.

    Returns
    -------
    `Rendering`, with one SVG file per chart.
    """
    files: dict[str, bytes] = {}
    parts = [f"# {escaped(document.title)}"]
    if document.subtitle:
        parts.append(escaped(document.subtitle))
    for block in document.blocks:
        if isinstance(block, Figure):
            name = f"figure-{block.number}.svg"
            files[name] = plot.chart.rendered(block.chart, Path(name))
            parts += _figure(block, f"{folder}/{name}", document.style)
        else:
            parts += _block(block, document.style)
    return Rendering(("\n\n".join(parts) + "\n").encode(), files)


def escaped(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return _STARTS.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", text))


def _block(block: Block, style: str) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {escaped(block.text)}"
        case Paragraph():
            yield f"> {escaped(block.text)}" if block.is_warning else escaped(block.text)
        case Equations() | Code():
            yield _fenced(block.text)
        case Tabular():
            yield from _table(block, style)
        case Findings():
            yield f"### {VERDICTS[block.verdict]} ({len(block.items)})"
            yield from (part for item in block.items for part in _remark(item))
        case Listing():
            yield "\n".join(f"- {escaped(item)}" for item in block.items)
        case _:
            return


def _fenced(text: str, language: str = "text") -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}{language}\n{text}\n{fence}"


def _caption(kind: str, number: int, title: str, style: str) -> str:
    if STYLES[style].is_apa:
        return f"**{kind} {number}**  \n*{escaped(title)}*"
    return f"**{kind} {number}{'.' if STYLES[style].is_bold else ':'}** {escaped(title)}"


def _table(block: Tabular, style: str) -> Iterator[str]:
    label, *rest = block.section.columns
    yield _caption("Table", block.number, block.title, style)
    lines = [_line([label.heading, *(column.heading for column in rest)])]
    sides = [":--", *(":--" if is_text(column) else "--:" for column in rest)]
    lines.append(f"| {' | '.join(sides)} |")
    group = ""
    for row in rows_of(block.section):
        if row.group != group:
            group = row.group
            lines.append(f"| *{escaped(group)}* |{' |' * len(rest)}")
        lines.append(_line([row.label, *row.cells]))
    yield "\n".join(lines)
    yield from _notes(block.section.notes, style)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def _notes(notes: tuple[str, ...], style: str) -> Iterator[str]:
    if notes:
        first = "*Note.* " if STYLES[style].is_apa else ""
        yield first + escaped(" ".join(notes))


def _figure(block: Figure, path: str, style: str) -> Iterator[str]:
    yield _caption("Figure", block.number, block.title, style)
    yield f"![{escaped(block.alternative)}]({quote(path)})"
    yield from _notes(block.notes, style)


def _remark(item: Remark) -> Iterator[str]:
    """Set a finding; one that is fine in short."""
    if item.verdict == "fine":
        basis = f" *{escaped(item.basis)}*" if item.basis else ""
        yield f"**{escaped(item.title)}.** {escaped(item.sentence)}{basis}"
        return
    sentences = " ".join(
        escaped(text) for text in (item.sentence, item.meaning, item.advice) if text
    )
    yield f"**{escaped(item.title)}.** {sentences}"
    if item.code:
        yield _fenced(item.code, "python")
    if item.basis:
        yield f"*{escaped(item.basis)}*"
