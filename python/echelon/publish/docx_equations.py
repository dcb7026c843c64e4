"""Equations of a Word file: Office Math, its relations under each other by tabulators.

Room: publish/. Sets lines; words nothing.
Takes: a python-docx document and lines of `OfficeLine`.
Gives: paragraphs, added at its end.
Source: ISO/IEC 29500-1, 17.3 (tabulators) and 22.1 (Office Math).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from echelon._optional import require
from echelon.report.equation_omml import OfficeLine

PER_LETTER = 0.075  # inches of a letter of a head or a left side
BESIDE = 0.15  # inches after it
FARTHEST = 3.4  # inches: where a sum begins at the latest


def add_equations(page: Any, blocks: Sequence[Sequence[OfficeLine]]) -> None:
    """Add equations to a Word document, one paragraph per line.

    Parameters
    ----------
    page : a python-docx document.
    blocks : lines, block by block; relations of a block stand under each other.
    """
    for block in blocks:
        heads = [line.head for line in block if line.left or line.right]
        start = _place(max(map(len, heads), default=0), 0.0)
        middle = _place(max(line.n_left for line in block), start)
        for k, line in enumerate(block):
            _add(page, line, (start, middle), is_last=k == len(block) - 1)


def _place(n_letters: int, start: float) -> float:
    return min(start + PER_LETTER * n_letters + BESIDE, FARTHEST) if n_letters else start


def _add(page: Any, line: OfficeLine, places: tuple[float, float], *, is_last: bool) -> None:
    """Set head, left side and right side, each from its tabulator on."""
    shared = require("docx.shared", extra="report", purpose="reports in Word")
    paragraph = page.add_paragraph()
    look = paragraph.paragraph_format
    look.space_after = shared.Pt(10 if is_last else 2)
    look.keep_with_next = not is_last
    for place in dict.fromkeys(places):
        if place:
            look.tab_stops.add_tab_stop(shared.Inches(place))
    paragraph.add_run(line.head)
    start, middle = places
    if line.left or line.right:
        paragraph.add_run("\t" * bool(start))
    _math(paragraph, line.left)
    if line.right:
        paragraph.add_run("\t" * (middle > start))
        _math(paragraph, line.right)


def _math(paragraph: Any, text: str) -> None:
    if text:
        oxml = require("docx.oxml", extra="report", purpose="reports in Word")
        paragraph._p.append(oxml.parse_xml(text))
