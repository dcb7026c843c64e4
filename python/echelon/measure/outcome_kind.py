"""What kind of outcome a column holds: two categories, counts, or numbers.

Room: measure/. One question per file: how should this outcome be described?
Takes: a column of a frame.
Gives: `Outcome`, values (n,) with what is particular to their kind: `Events`, `Tally`.
Source: docs/reference, describe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.errors import FrameError, offenders
from echelon.frame.columns import Categorical, Column

MANY_VALUES = 100


@dataclass(frozen=True, slots=True)
class Events:
    """A binary outcome: what counts as the event, and how often it and the other occur."""

    event: str
    other: str
    n_events: int
    n_other: int


@dataclass(frozen=True, slots=True)
class Tally:
    """An outcome of counts: mean, variance (n - 1), and how many are zero."""

    mean: float
    variance: float
    n_zero: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Values (n,) of an outcome; the event is 1. At most one of `events` and `tally` is given."""

    values: FloatArray
    events: Events | None = None
    tally: Tally | None = None


def outcome_of(column: Column) -> Outcome:
    """Recognise a binary outcome or counts; anything else is numbers.

    Binary: 0 and 1, truth values, or two categories, of which the second is the event, as in a
    model. Counts: whole numbers from zero on, zero among them, 3 to 100 different values. An
    outcome that does not vary is numbers.

    Parameters
    ----------
    column : the outcome.

    Returns
    -------
    Outcome.

    Raises
    ------
    FrameError : the column holds one category, or more than two.
    """
    if isinstance(column, Categorical):
        if len(column.labels) != 2:
            raise _categories(column)
        other, event = column.label_text
        return _binary(column.codes.astype(np.float64), event, other)
    values = column.values
    if values.min() != 0 or (values != np.rint(values)).any():
        return Outcome(values)
    distinct = np.unique(values)
    if len(distinct) == 2 and distinct[1] == 1:
        return _binary(values, "1", "0")
    if 2 < len(distinct) <= MANY_VALUES:
        n_zero = int((values == 0).sum())
        return Outcome(values, tally=Tally(float(values.mean()), float(values.var(ddof=1)), n_zero))
    return Outcome(values)


def _binary(values: FloatArray, event: str, other: str) -> Outcome:
    n_events = int(values.sum())
    return Outcome(values, events=Events(event, other, n_events, len(values) - n_events))


def _categories(column: Categorical) -> FrameError:
    n_labels = len(column.labels)
    one = n_labels == 1
    return FrameError(
        f"Outcome '{column.name}' holds {'one category' if one else 'more than two categories'}.",
        where=f"column '{column.name}', {len(column.codes):,} rows",
        got=f"{n_labels:,} categor{'y' if one else 'ies'}: {offenders(column.label_text)}",
        need="a numeric column, or one of two categories",
        do="check the filter applied to the data, or name another outcome"
        if one
        else "name another outcome, or recode this one as numbers or as two categories",
        slug="outcome-not-numeric",
    )
