"""A document as one HTML file that asks the network for nothing.

Room: publish/. Sets blocks; words nothing.
Takes: a `Document`.
Gives: a page with its style, tables and charts inside, readable light, dark, narrow and printed.
Source: HTML Living Standard; WCAG 2.2, 1.1.1 (alternatives) and 1.3.1 (headers of tables).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

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
from echelon.publish.page_style import PAGE
from echelon.publish.table_styles import INK, RULE, STYLES, great_table

VERDICTS = {"act": "Act on this", "look": "Look at this", "fine": "Fine"}

_STYLE = re.compile(r"<style>\n(.*?)</style>", re.DOTALL)
_TABLE = re.compile(r"<table.*</table>", re.DOTALL)
_PLACES = re.compile(r' (?:id|headers|aria-labelledby|data-quarto-[a-z]+)="[^"]*"')
_SPANS = re.compile(r' (?:row|col)span="1"')
_OWN_ID = re.compile(r'(id="|url\(["\']?#|href="#)(?=[A-Za-z])')


def html(document: Document) -> Rendering:
    """Set a document as a self-contained page.

    Parameters
    ----------
    document : what to say.

    Returns
    -------
    `Rendering` without files beside it: style, tables, equations and charts are in the page.
    """
    title = escape(document.title)
    parts = [f"<h1>{title}</h1>"]
    if document.subtitle:
        parts.append(f'<p class="subtitle">{escape(document.subtitle)}</p>')
    parts += [_block(block, document.style) for block in document.blocks]
    body = "\n".join(parts)
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>\n{PAGE}{_table_css(document)}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return Rendering(page.encode())


def _table_css(document: Document) -> str:
    """Take the style of the tables from great_tables, once for all of them, in page colours."""
    first = next((b for b in document.blocks if isinstance(b, Tabular)), None)
    if first is None:
        return ""
    drawn = great_table(first.section, document.style, "").as_raw_html()
    found = _STYLE.search(drawn)
    name = re.match(r'<div id="(\w+)"', drawn)
    if found is None or name is None:
        return ""
    css = found[1].replace(f"#{name[1]} ", ".grid ").replace(INK, "inherit")
    lines = [line.strip() for line in css.replace(RULE, "var(--rule)").splitlines()]
    kept = [line for line in lines if line.startswith(".grid .gt_")]
    return "\n".join([*kept, ".grid .gt_table{margin:0}", ""])


def _block(block: Block, style: str) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph():
            kind = ' class="warning" role="note"' if block.is_warning else ""
            return f"<p{kind}>{escape(block.text)}</p>"
        case Equations():
            return _equations(block)
        case Tabular():
            return _table(block, style)
        case Figure():
            return _figure(block, style)
        case Findings():
            return _findings(block)
        case Listing():
            items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
            kind = "listing works" if block.is_hanging else "listing"
            return f'<ul class="{kind}">{items}</ul>'
        case Code():
            return _code(block.text)


def _equations(block: Equations) -> str:
    if block.mathml:
        return f'<div class="equations">{block.mathml}</div>'
    return f'<pre class="equations">{escape(block.text)}</pre>'


def _code(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def _caption(kind: str, number: int, title: str, style: str) -> str:
    label, words = f"{kind} {number}", escape(title)
    if STYLES[style].is_apa:
        return f'<b class="number">{label}</b><i class="name">{words}</i>'
    return f"<b>{label}{'.' if STYLES[style].is_bold else ':'}</b> {words}"


def _table(block: Tabular, style: str) -> str:
    """Set a table; number and title are its caption, notes its foot."""
    drawn = great_table(block.section, style, "").as_raw_html()
    found = _TABLE.search(drawn)
    table = _SPANS.sub("", _PLACES.sub("", found[0] if found else ""))
    caption = f"<caption>{_caption('Table', block.number, block.title, style)}</caption>"
    start, _, rest = table.partition(">")
    name = escape(f"Table {block.number}: {block.title}")
    # A wide table is scrolled in its own box, which keyboards must reach.
    return (
        f'<div class="grid" role="region" tabindex="0" aria-label="{name}">'
        f"{start}>\n{caption}{rest}</div>"
    )


def _figure(block: Figure, style: str) -> str:
    svg = plot.chart.rendered(block.chart, Path("chart.svg")).decode()
    notes = escape(" ".join(block.notes))
    first = "<em>Note.</em> " if STYLES[style].is_apa else ""
    below = f'<p class="notes">{first}{notes}</p>' if notes else ""
    return (
        f"<figure>\n<figcaption>{_caption('Figure', block.number, block.title, style)}"
        f'</figcaption>\n<div class="chart" role="img" aria-label="{escape(block.alternative)}">'
        f"{_own_places(svg, block.number)}</div>{below}\n</figure>"
    )


def _own_places(svg: str, number: int) -> str:
    """Prefix the ids of a chart, which would otherwise clip one chart as another."""
    start = svg.find("<svg")
    return _OWN_ID.sub(rf"\g<1>figure{number}-", svg[start:])


def _findings(block: Findings) -> str:
    head = f"{VERDICTS[block.verdict]} ({len(block.items)})"
    if block.verdict == "fine":
        return f"<h3>{head}</h3>\n{_fine(block.items)}"
    return f"<h3>{head}</h3>\n" + "\n".join(map(_remark, block.items))


def _remark(item: Remark) -> str:
    lines = [item.sentence, item.meaning, item.advice]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    code = _code(item.code) if item.code else ""
    basis = f'<p class="notes">{escape(item.basis)}</p>' if item.basis else ""
    return (
        f'<section class="remark {item.verdict}"><h4>{escape(item.title)}</h4>'
        f"{paragraphs}{code}{basis}</section>"
    )


def _fine(items: Sequence[Remark]) -> str:
    rows = "".join(
        f"<li><b>{escape(item.title)}.</b> {escape(item.sentence)} "
        f'<span class="notes">{escape(item.basis)}</span></li>'
        for item in items
    )
    return f'<ul class="fine">{rows}</ul>'
