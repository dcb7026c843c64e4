"""Text on a grid of characters: widths, folding, columns aligned on the decimal point.

Room: typeset/. Knows characters, not models.
Takes: strings and a width in columns of a terminal.
Gives: lines never wider than that.
Source: Unicode Standard Annex 11 for the width of East Asian characters.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

Alignment: TypeAlias = Literal["left", "right", "decimal"]

BRACKET = re.compile(r"\([^()]*\)")  # the innermost ones: a formula is not folded inside

MAX_FOLDS = 4
MIN_TEXT = 8
MIN_FOLDED = 20  # a text is folded this far before columns go below
_BREAK_AFTER = (" ", ":,+*/")  # the first that stands past a third of the line is taken


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a grid: its heading, its cells and how they are aligned."""

    heading: str
    cells: tuple[str, ...]
    alignment: Alignment = "decimal"


def display_width(text: str) -> int:
    """Columns a text takes in a terminal: two for wide characters, none for combining marks."""
    return len(text) if text.isascii() else sum(_character_width(c) for c in text)


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """Escape line breaks, tabs and control characters, so that a name stays on its line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shorten(text: str, width: int) -> str:
    """Cut the middle out of a text wider than `width`: 'a_very_…_name'."""
    if display_width(text) <= width:
        return text
    head = _prefix(text, width // 2)
    tail = _prefix(text[::-1], width - 1 - display_width(head))[::-1]
    return f"{head}…{tail}"


def _prefix(text: str, width: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:position]
    return text


def fold(text: str, width: int, hang: int = 2, *, is_name: bool = False) -> list[str]:
    """Break a text into lines of at most `width`, after a space or an operator if it can.

    Lines after the first are indented by `hang`; a name of a coefficient is broken between the
    factors of an interaction rather than inside one.
    """
    lines: list[str] = []
    rest, indent = text, ""
    while display_width(rest) > width - len(indent):
        room = _prefix(rest, max(width - len(indent), 1)) or rest[0]
        is_whole = rest[len(room)] == " "
        cut = len(room) if is_whole else (is_name and _between_factors(room)) or _cut(room)
        lines.append(indent + rest[:cut].rstrip())
        rest, indent = rest[cut:].lstrip(), " " * hang
    return [*lines, indent + rest] if rest or not lines else lines


def _cut(room: str) -> int:
    for marks in _BREAK_AFTER:
        cut = max(room.rfind(mark) for mark in marks) + 1
        if cut > len(room) // 3:
            return cut
    return len(room)


def _between_factors(room: str) -> int:
    """Find the end of the last colon outside brackets; 0 if it leaves too short a line."""
    cut = BRACKET.sub(lambda bracket: "_" * len(bracket[0]), room).rfind(":") + 1
    return cut if cut > len(room) // 3 else 0


def pad(text: str, width: int, alignment: Alignment) -> str:
    """Fill a text with spaces up to `width`, on the left unless aligned left."""
    space = " " * (width - display_width(text))
    return text + space if alignment == "left" else space + text


def align_decimals(cells: Sequence[str]) -> list[str]:
    """Pad numbers so that their decimal points stand under each other, all equally wide.

    Numbers with an exponent end at the right edge instead: their point means something else.
    """
    split = [_around_point(cell) for cell in cells if "e" not in cell]
    left = max((len(head) for head, _ in split), default=0)
    right = max((len(tail) for _, tail in split), default=0)
    total = max(left + right, *(len(cell) for cell in cells), 0)
    return [_placed(cell, total, right) for cell in cells]


def _placed(cell: str, total: int, right: int) -> str:
    if "e" in cell:
        return cell.rjust(total)
    head, tail = _around_point(cell)
    return head.rjust(total - right) + tail.ljust(right)


def _around_point(cell: str) -> tuple[str, str]:
    head, point, tail = cell.partition(".")
    if not point and cell.endswith("%"):
        return cell[:-1], "%"
    return head, point + tail


def grid(columns: Sequence[Column], width: int, gap: int = 2, indent: int = 2) -> list[str]:
    """Set columns side by side, the headings above, in lines of at most `width`.

    Cells of left-aligned columns are folded where the line is too short for them, the numbers
    standing on the last line of their row; a cell of more than four lines is cut in the middle.
    """
    columns = [_aligned(column) for column in columns]
    widths = _widths(columns, width - indent - gap * (len(columns) - 1), indent)
    head_widths = [widths[0] + indent, *widths[1:]]
    lines = _row([c.heading for c in columns], columns, head_widths, gap, 0)
    for cells in zip(*(c.cells for c in columns), strict=True):
        lines += _row(cells, columns, widths, gap, indent)
    return lines


def natural_width(columns: Sequence[Column], gap: int = 2, indent: int = 2) -> int:
    """Width of a grid in which no cell is folded."""
    widths = _widths([_aligned(column) for column in columns], sys.maxsize, indent)
    return indent + sum(widths) + gap * (len(columns) - 1)


def panels(columns: Sequence[Column], width: int) -> list[str]:
    """Set columns side by side; what does not fit goes below, the first column repeated."""
    if not columns:
        return []
    first, rest = columns[0], list(columns[1:])
    lines: list[str] = []
    while rest or not lines:
        count = len(rest)
        while count > 1 and _least_width([first, *rest[:count]]) > width:
            count -= 1
        lines += [""] * bool(lines) + grid([first, *rest[:count]], width, indent=0)
        rest = rest[count:]
    return lines


def _least_width(columns: Sequence[Column], gap: int = 2) -> int:
    """Width of a grid with its texts folded as far as they stay readable."""
    total = gap * (len(columns) - 1)
    for column in columns:
        own = max(map(display_width, (column.heading, *column.cells)), default=0)
        total += min(own, MIN_FOLDED) if column.alignment == "left" else own
    return total


def _aligned(column: Column) -> Column:
    if column.alignment != "decimal":
        return column
    return Column(column.heading, tuple(align_decimals(column.cells)), "right")


def _widths(columns: Sequence[Column], available: int, indent: int) -> list[int]:
    widths = [max(map(display_width, (c.heading, *c.cells))) for c in columns]
    first = columns[0]
    widths[0] = max(map(display_width, (first.heading[indent:], *first.cells)))
    texts = [i for i, column in enumerate(columns) if column.alignment == "left"]
    while sum(widths) > available and any(widths[i] > MIN_TEXT for i in texts):
        widths[max(texts, key=lambda i: widths[i])] -= 1
    return widths


def _row(
    cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], gap: int, indent: int
) -> list[str]:
    alignments = [column.alignment for column in columns]
    folded = [_folded(*each) for each in zip(cells, widths, alignments, strict=True)]
    height = max(map(len, folded))
    # Numbers stand beside the end of a name, and the beginning of a sentence.
    is_text = any(map(_is_sentence, cells))
    lines = []
    for k in range(height):
        parts = []
        for texts, w, alignment in zip(folded, widths, alignments, strict=True):
            at = k if alignment == "left" or is_text else k - height + len(texts)
            parts.append(pad(texts[at] if 0 <= at < len(texts) else "", w, alignment))
        lines.append((" " * indent + (" " * gap).join(parts)).rstrip())
    return lines


def _folded(cell: str, width: int, alignment: Alignment) -> list[str]:
    """Fold a text; a name that takes too many lines is cut, a sentence never."""
    if alignment != "left" or display_width(cell) <= width:
        return [cell]
    is_name = " " not in BRACKET.sub("", cell)
    lines = fold(cell, width, is_name=is_name)
    return lines if len(lines) <= MAX_FOLDS or _is_sentence(cell) else [shorten(cell, width)]


def _is_sentence(cell: str) -> bool:
    return cell.endswith(".") and " " in cell
