"""The values of expressions: numbers or categories, one per row.

Room: design/. Passive nouns between functions and fixed, and the faults they share.
Takes: arrays of a model frame.
Gives: `NumericValue`, `CategoryValue`, `Value`, and the wording of faults in rows.
Source: docs/reference, formula functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray
from echelon.design.recipe import Categories
from echelon.errors import MAX_OFFENDERS, DesignError
from echelon.frame.columns import ModelFrame


@dataclass(frozen=True, slots=True)
class NumericValue:
    """One or more numeric columns (n,): `suffixes` are '' or '[1]', '[2]', ..."""

    columns: tuple[FloatArray, ...]
    suffixes: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class CategoryValue:
    """Codes (n,) into `categories`."""

    codes: CodeArray
    categories: Categories


Value: TypeAlias = NumericValue | CategoryValue


def row_numbers(frame: ModelFrame, is_bad: NDArray[np.bool_]) -> str:
    """List the first offending rows as the user counts them, from 1, in the table read."""
    positions = np.flatnonzero(is_bad)
    kept = frame.rows.kept
    shown = positions[:MAX_OFFENDERS]
    rows = (shown if kept is None else kept[shown]) + 1
    head = ", ".join(f"{row:,}" for row in rows.tolist())
    more = len(positions) - len(shown)
    word = "row" if len(positions) == 1 else "rows"
    return f"{word} {head}" + (f" and {more:,} more" if more else "")


def number_text(value: float) -> str:
    """Word a number for a message, with six significant digits at most."""
    return f"{value:.6g}"


def row_fault(
    frame: ModelFrame,
    is_bad: NDArray[np.bool_],
    values: FloatArray,
    text: str,
    what: str,
    need: str,
    do: str,
) -> DesignError:
    """Compose the error of a value outside the domain of a function.

    `is_bad` (n,) marks the rows, `values` (n,) are shown for the first of them.
    """
    shown = values[np.flatnonzero(is_bad)[:MAX_OFFENDERS]]
    listed = ", ".join(number_text(value) for value in shown.tolist())
    count = int(is_bad.sum())
    more = f" and {count - MAX_OFFENDERS:,} more" if count > MAX_OFFENDERS else ""
    return DesignError(
        what,
        where=f"{text}, {row_numbers(frame, is_bad)}",
        got=listed + more,
        need=need,
        do=do,
        slug="outside-domain",
    )
