"""Labels that differ in blanks or capitals only: often one category, written in two ways.

Room: design/. Gives advice; changes nothing.
Takes: a column of labels.
Gives: the warning that shows them.
Source: docs/errors.md.
"""

from __future__ import annotations

import warnings

from echelon.errors import LabelsWarning, compose
from echelon.frame.columns import Categorical

MOST_LABELS = 20_000  # labels in such numbers were made by a program
MOST_SHOWN = 3


def warn_of_spellings(column: Categorical) -> None:
    """Look for labels that are equal but for blanks and capitals.

    Warns
    -----
    LabelsWarning : there are some; each counts as a group or category of its own.
    """
    labels = column.labels
    if labels.dtype != object or len(labels) > MOST_LABELS:
        return
    texts = labels.tolist()
    if set(map(type, texts)) != {str} or _all_differ(texts):
        return
    spellings: dict[str, list[str]] = {}
    for text in texts:
        spellings.setdefault("".join(text.split()).casefold(), []).append(text)
    if len(spellings) == len(labels):
        return
    several = [found for found in spellings.values() if len(found) > 1]
    shown = "; ".join(", ".join(map(repr, found[:5])) for found in several[:MOST_SHOWN])
    more = len(several) - MOST_SHOWN
    message = compose(
        f"Some labels of '{column.name}' differ in blanks or capitals only.",
        where=f"column '{column.name}'",
        got=shown + (f" and {more:,} more like these" if more > 0 else ""),
        need="one spelling for each category or group; these count as different",
        do="correct the labels in the data, if they mean the same.",
        slug="spellings",
    )
    warnings.warn(message, LabelsWarning, stacklevel=2)


def _all_differ(texts: list[str]) -> bool:
    """Say quickly that all differ without blanks and capitals; False leaves it open."""
    parts = "".join("\0".join(texts).split()).casefold().split("\0")
    return len(set(parts)) == len(parts) == len(texts)
