"""One row of the table of variance explained.

Room: measure/. A noun.
Takes: a measure, what it is about, its value and what it says.
Gives: `Explained`.
Source: docs/theory.md (22).
"""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """A measure of variance explained: whose, of which part, the share, and a sentence on it."""

    measure: str
    part: str
    value: float
    meaning: str


def share(part: float, total: float) -> float:
    """Divide; NaN where there is nothing to share."""
    return part / total if total > 0 else float("nan")
