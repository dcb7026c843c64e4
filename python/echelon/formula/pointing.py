"""Point at a character of a formula, and word what is wrong there.

Room: formula/. Knows text, not data.
Takes: the text, a span of characters, and the facts of the failure.
Gives: `formula_error`, whose `where:` shows the formula with a `^` under the character.
Source: the error template of docs/decisions; see `echelon.errors.compose`.
"""

from __future__ import annotations

import unicodedata

from echelon.errors import FormulaError
from echelon.formula.expression import Span

WIDTH = 73  # characters of formula shown; with the label in front a line stays within 88


def formula_error(
    what: str, text: str, span: Span, *, got: str, need: str, do: str, slug: str
) -> FormulaError:
    """Build a FormulaError that points at the first character of `span`."""
    return FormulaError(what, where=pointed(text, span[0]), got=got, need=need, do=do, slug=slug)


def pointed(text: str, at: int) -> str:
    """Show the formula on one line and, on the next, a `^` under character `at`.

    A formula too long for one line is cut on both sides, with `...` where it was cut; line
    breaks and tabs are shown as blanks, so that the mark stands where it should.
    """
    if not text.strip():
        return "(no text)"
    at = min(max(at, 0), len(text))
    first = 0 if len(text) <= WIDTH else max(0, min(at - WIDTH // 2, len(text) - WIDTH))
    shown = "".join(character if character.isprintable() else " " for character in text)
    head, tail = shown[first:at], shown[at : first + WIDTH]
    left = "..." if first else ""
    right = "..." if first + WIDTH < len(text) else ""
    return f"{left}{head}{tail}{right}\n{' ' * (len(left) + _columns(head))}^"


def _columns(text: str) -> int:
    """Count the columns a text takes in a terminal: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_column_width(character) for character in text)


def _column_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
