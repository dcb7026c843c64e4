"""A document as a Word file: real headings, real tables, charts with alternative texts.

Room: publish/. Sets blocks; words nothing.
Takes: a `Document`.
Gives: the bytes of a .docx file.
Source: ISO/IEC 29500 (Office Open XML) through python-docx; APA Publication Manual, 2.18 to 2.24.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from echelon import plot
from echelon._optional import require
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
from echelon.publish.docx_equations import add_equations
from echelon.publish.docx_tables import add_table
from echelon.publish.table_styles import STYLES

VERDICTS = {"act": "Act on this", "look": "Look at this", "fine": "Fine"}
TEXT_WIDTH = 6.5  # inches between margins of one inch on a letter page
CODE = 9.5  # points of letters of one width
HANGING = 0.3  # inches by which the works cited are indented
PER_INCH = 96.0  # units of a chart in an inch
SCALE = 3.0  # pixels per unit of a chart: 288 per inch in print
FONT, MONO = "Times New Roman", "Courier New"


def docx(document: Document) -> Rendering:
    """Set a document as a Word file.

    Parameters
    ----------
    document : what to say.

    Returns
    -------
    `Rendering` without files beside it: charts are inside, as PNG.

    Raises
    ------
    MissingDependencyError : python-docx is not installed.
    """
    page = _blank(document.title)
    page.add_heading(document.title, 0)
    if document.subtitle:
        page.add_paragraph(document.subtitle, "Subtitle")
    for block in document.blocks:
        _add(page, block, document.style)
    content = io.BytesIO()
    page.save(content)
    return Rendering(content.getvalue())


def _blank(title: str) -> Any:
    """Open an empty document in the type of a manuscript: black, one inch of margin."""
    library = require("docx", extra="report", purpose="reports in Word")
    shared, ns = require("docx.shared"), require("docx.oxml.ns")
    page = library.Document()
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(page.sections[0], side, shared.Inches(1))
    sizes = {"Normal": 11, "Title": 20, "Subtitle": 11, "Caption": 11}
    sizes |= {"Heading 1": 14, "Heading 2": 12, "List Bullet": 11}
    for name, size in sizes.items():
        style = page.styles[name]
        style.font.name, style.font.size = FONT, shared.Pt(size)
        style.font.color.rgb = shared.RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for place in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(ns.qn(place), None)
    page.styles["Caption"].font.bold = None
    frame = page.styles["Title"].element.find(f".//{ns.qn('w:pBdr')}")
    if frame is not None:  # the blue line below the title of the library's own template
        frame.getparent().remove(frame)
    now = datetime.now(UTC).replace(tzinfo=None)
    properties = page.core_properties
    properties.title, properties.author, properties.comments = title[:255], "", ""
    properties.created = properties.modified = now
    return page


def _add(page: Any, block: Block, style: str) -> None:
    match block:
        case Heading():
            page.add_heading(block.text, block.level - 1)
        case Paragraph():
            _paragraph(page, block)
        case Equations():
            if block.office:
                add_equations(page, block.office)
            else:
                _lines(page, block.text, _fitting(block.text))
        case Code():
            _lines(page, block.text)
        case Tabular():
            _caption(page, "Table", block.number, block.title, style)
            add_table(page, block, style)
            _notes(page, block.section.notes, style)
        case Figure():
            _figure(page, block, style)
        case Findings():
            page.add_heading(f"{VERDICTS[block.verdict]} ({len(block.items)})", 2)
            for item in block.items:
                _remark(page, item)
        case Listing():
            _listing(page, block)


def _paragraph(page: Any, block: Paragraph) -> None:
    paragraph = page.add_paragraph()
    if block.is_warning:
        paragraph.paragraph_format.left_indent = require("docx.shared").Inches(0.25)
    paragraph.add_run(block.text)


def _fitting(text: str) -> float:
    """Choose the size, in points, at which the longest line still fits."""
    longest = max(map(len, text.splitlines()), default=1)
    return min(CODE, max(6.0, TEXT_WIDTH * 72 / (0.6 * longest)))


def _lines(page: Any, text: str, size: float = CODE) -> None:
    """Set lines as they are, in letters of one width; long ones fold between words."""
    shared = require("docx.shared")
    paragraph = page.add_paragraph()
    paragraph.paragraph_format.left_indent = shared.Inches(0 if size < 8 else 0.25)
    for place, line in enumerate(text.splitlines()):
        run = paragraph.add_run(line)
        run.font.name, run.font.size = MONO, shared.Pt(size)
        if place < len(text.splitlines()) - 1:
            run.add_break()


def _caption(page: Any, kind: str, number: int, title: str, style: str) -> None:
    """Set number and title above, together with what they are of."""
    look, label = STYLES[style], f"{kind} {number}"
    paragraph = page.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = require("docx.shared").Pt(14)
    run = paragraph.add_run(label if look.is_apa else f"{label}{'.' if look.is_bold else ':'} ")
    run.bold = True
    if look.is_apa:
        run.add_break()
    paragraph.add_run(title).italic = look.is_apa or None


def _notes(page: Any, notes: Sequence[str], style: str) -> None:
    shared = require("docx.shared")
    paragraph = page.add_paragraph()
    if not notes:
        paragraph.paragraph_format.space_after = shared.Pt(0)
        return
    if STYLES[style].is_apa:
        paragraph.add_run("Note. ").italic = True
    paragraph.add_run(" ".join(notes))
    for run in paragraph.runs:
        run.font.size = shared.Pt(9)


def _figure(page: Any, block: Figure, style: str) -> None:
    _caption(page, "Figure", block.number, block.title, style)
    png = plot.chart.rendered(block.chart, Path("chart.png"), SCALE)
    width = min(TEXT_WIDTH, _pixels(png) / (SCALE * PER_INCH))
    paragraph = page.add_paragraph()
    run = paragraph.add_run()
    picture = run.add_picture(io.BytesIO(png), width=require("docx.shared").Inches(width))
    picture._inline.docPr.set("descr", block.alternative)
    picture._inline.docPr.set("title", f"Figure {block.number}: {block.title}")
    _notes(page, block.notes, style)


def _pixels(png: bytes) -> int:
    """Read the width of a PNG from its header."""
    return int(struct.unpack(">I", png[16:20])[0])


def _remark(page: Any, item: Remark) -> None:
    """Set a finding; one that is fine in short."""
    if item.verdict == "fine":
        _fine(page, item)
        return
    paragraph = page.add_paragraph()
    paragraph.add_run(f"{item.title}. ").bold = True
    texts = [text for text in (item.sentence, item.meaning, item.advice) if text]
    paragraph.add_run(" ".join(texts))
    if item.code:
        _lines(page, item.code)
    if item.basis:
        run = page.add_paragraph().add_run(item.basis)
        run.font.size, run.italic = require("docx.shared").Pt(9), True


def _fine(page: Any, item: Remark) -> None:
    points = require("docx.shared").Pt
    paragraph = page.add_paragraph()
    paragraph.paragraph_format.space_after = points(4)
    paragraph.add_run(f"{item.title}. ").bold = True
    paragraph.add_run(f"{item.sentence} ")
    paragraph.add_run(item.basis).italic = True
    for run in paragraph.runs:
        run.font.size = points(9.5)


def _listing(page: Any, block: Listing) -> None:
    """Set entries with bullets, works cited with hanging indents."""
    inches = require("docx.shared").Inches
    for text in block.items:
        paragraph = page.add_paragraph(text, None if block.is_hanging else "List Bullet")
        if block.is_hanging:
            paragraph.paragraph_format.left_indent = inches(HANGING)
            paragraph.paragraph_format.first_line_indent = inches(-HANGING)
