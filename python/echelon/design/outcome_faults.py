"""What is wrong with a response for its family, in five lines, and whether counts are whole.

Room: design/. Words, and one tolerance.
Takes: the family, the text of the response, its values and the rows at fault.
Gives: `Fault`, which composes the errors, and pieces of advice.
Source: docs/errors.md; Smithson & Verkuilen (2006), Psychological Methods 11, 54-71 (squeezing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.values import number_text, row_numbers
from echelon.errors import MAX_OFFENDERS, DesignError
from echelon.families import Family
from echelon.frame.columns import ModelFrame

WHOLE = 1e-8  # how far from a whole number a count may be


@dataclass(frozen=True, slots=True)
class Fault:
    """A response and its rows: `values` (n,) of the expression `text`."""

    family: Family
    text: str
    values: FloatArray
    frame: ModelFrame

    def out_of_range(self, is_bad: NDArray[np.bool_], what: str, need: str, do: str) -> DesignError:
        """Compose the error of values that the family cannot have, in the rows `is_bad` (n,)."""
        return DesignError(
            what,
            where=self._where(is_bad),
            got=self._got(is_bad),
            need=f"{need}, for family = '{self.family.name}'",
            do=do,
            slug="response-out-of-range",
        )

    def not_whole(self, is_bad: NDArray[np.bool_], what: str, need: str, do: str) -> DesignError:
        """Compose the error of counts with decimals, in the rows `is_bad` (n,)."""
        return DesignError(
            what,
            where=self._where(is_bad),
            got=self._got(is_bad),
            need=f"{need}, for family = '{self.family.name}'",
            do=do,
            slug="response-not-whole",
        )

    def _where(self, is_bad: NDArray[np.bool_]) -> str:
        return f"response '{self.text}', {row_numbers(self.frame, is_bad)}"

    def _got(self, is_bad: NDArray[np.bool_]) -> str:
        shown = self.values[np.flatnonzero(is_bad)[:MAX_OFFENDERS]]
        more = int(is_bad.sum()) - len(shown)
        listed = ", ".join(number_text(value) for value in shown.tolist())
        return listed + (f" and {more:,} more" if more else "")


def has_fraction(y: FloatArray) -> NDArray[np.bool_]:
    """Mark the values (n,) that are no whole numbers."""
    is_fraction: NDArray[np.bool_] = np.abs(y - np.rint(y)) > WHOLE
    return is_fraction


def whole(y: FloatArray) -> FloatArray:
    """Take the rounding errors of counts (n,) away; the same object when there are none."""
    rounded = np.rint(y)
    if (rounded == y).all():
        y.flags.writeable = False
        return y
    rounded.flags.writeable = False
    return rounded


def boundary_advice(text: str, y: FloatArray) -> str:
    """Advise on a proportion (n,) that reaches 0 or 1, or passes them."""
    if y.min() < 0.0:
        return "check these rows; a proportion cannot be negative."
    if y.max() > 1.0:
        return f"write I({text} / 100) if they are percentages; check these rows otherwise."
    n = len(y)
    return (
        f'proportions of a known number are for family="binomial"; others may be squeezed:\n'
        f"I(({text} * {n - 1} + 0.5) / {n})."
    )
