"""From a raw column to what a model uses: a number or a category per row.

Room: frame/. Knows values, not models.
Takes: a `RawColumn` and the rows that are kept.
Gives: `Numeric`, `Categorical`, read-only; every label used, every value finite.
Source: docs/reference, data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray, IndexArray
from echelon.errors import FrameError, offenders
from echelon.frame.columns import Categorical, Column, Numeric
from echelon.frame.raw import RawColumn, Values

TABLE_ROOM = 4  # integers whose range is below this many times n are encoded by a table
LARGEST = np.iinfo(np.int64).max
EXACT = 2.0**53  # from here on floating point skips whole numbers
DAY = np.timedelta64(1, "D")
EPOCH = np.datetime64("1970-01-01")
FIRST_LABELS = 20
FEWEST_NUMBERS = 5  # fewer labels, such as '1.5' and '2.5', may well be doses or grades
_NUMERIC_SHARE = 0.5  # a text column looks numeric when more than half of its rows do


def as_column(raw: RawColumn, kept: IndexArray | None) -> Column:
    """Make the predictor, response, weight or offset of the rows kept (None: every row).

    Numbers become float64, dates days since 1970-01-01, durations days, labels categories.

    Raises
    ------
    FrameError : a value is infinite.
    """
    values = raw.values if kept is None else raw.values[kept]
    if raw.labels is not None:
        return _categorical(raw, values)
    if values.dtype.kind in "Mm":
        return Numeric(raw.name, read_only(_days(values)))
    numbers = np.ascontiguousarray(values, dtype=np.float64)
    if not raw.is_finite:
        _refuse_infinite(raw.name, numbers, kept)
    return Numeric(raw.name, read_only(numbers))


def as_grouping(raw: RawColumn, kept: IndexArray | None) -> Categorical:
    """Make the group codes of the rows kept (None: every row).

    Labels keep the type of the column: whole floating-point numbers become integers, dates stay
    dates. Numbers and texts are in ascending order, categories in their own.

    Raises
    ------
    FrameError : a group label is infinite, or too large for floating point to tell it from
        others.
    """
    values = raw.values if kept is None else raw.values[kept]
    if raw.labels is not None:
        return _categorical(raw, values)
    if values.dtype.kind == "f":
        if not raw.is_finite:
            _refuse_infinite(raw.name, values, kept)
        if np.abs(values).max(initial=0.0) >= EXACT:
            raise _inexact_labels(raw.name, values)
        values = _whole(values)
    if values.dtype.kind in "iu":
        codes, labels = encode_integers(values)
    else:
        labels, inverse = np.unique(values, return_inverse=True)
        codes = inverse.astype(np.int32)
    return Categorical(raw.name, read_only(codes), read_only(labels))


def encode_integers(values: Values) -> tuple[CodeArray, NDArray[Any]]:
    """Encode integers: codes (n,) int32 and the distinct values (k,), ascending.

    A table over the range when it is small, O(n); a sort otherwise. Values that are already the
    int32 codes 0 to k - 1 are given back as they are.
    """
    low, high = int(values.min()), int(values.max())
    span = high - low + 1
    if span > TABLE_ROOM * max(len(values), 1_000) or high > LARGEST:
        labels, inverse = np.unique(values, return_inverse=True)
        return inverse.astype(np.int32), labels
    shifted = values if low == 0 else values.astype(np.int64, copy=False) - low
    is_used = np.zeros(span, dtype=np.bool_)
    is_used[shifted] = True
    if is_used.all():
        return shifted.astype(np.int32, copy=False), np.arange(low, high + 1)
    places = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return places[shifted], np.flatnonzero(is_used) + low


def looks_numeric(column: Categorical) -> bool:
    """Say whether a text column is mostly numbers, as after a stray label or a decimal comma.

    For the message that says that numbers are needed; `not_numbers` gives the culprits.
    """
    counts = np.bincount(column.codes, minlength=len(column.labels))
    numeric = sum(
        int(count)
        for label, count in zip(column.labels, counts, strict=True)
        if isinstance(label, str) and _is_number(label)
    )
    return numeric > _NUMERIC_SHARE * len(column.codes)


def looks_measured(column: Categorical) -> bool:
    """Say whether the labels of a text column are mostly numbers with decimals: no categories.

    Looks at the first labels, and at all of them only when those are.
    """
    if column.labels.dtype != object or len(column.labels) < FEWEST_NUMBERS:
        return False
    return all(
        2 * sum(map(_is_decimal, labels)) > len(labels)
        for labels in (column.labels[:FIRST_LABELS].tolist(), column.labels.tolist())
    )


def not_numbers(column: Categorical) -> list[str]:
    """List the labels of a text column that do not read as numbers."""
    return [str(label) for label in column.labels if not _is_number(str(label))]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Give a contiguous view of the array that cannot be written to; no copy if it can be."""
    view = np.ascontiguousarray(array)
    if view.flags.writeable:
        view = view.view()
        view.flags.writeable = False
    return view


def _categorical(raw: RawColumn, codes: CodeArray) -> Categorical:
    """Drop the labels that no kept row uses."""
    labels = raw.labels
    assert labels is not None  # the caller has looked
    is_used = np.bincount(codes, minlength=len(labels)) > 0
    if not is_used.all():
        places = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
        codes, labels = places[codes], labels[is_used]
    codes = codes.astype(np.int32, copy=False)
    return Categorical(raw.name, read_only(codes), read_only(labels), raw.is_ordered)


def _days(values: Values) -> FloatArray:
    """Turn moments or durations into days, as floating point."""
    spans = values - EPOCH if values.dtype.kind == "M" else values
    days: FloatArray = spans / DAY
    return days


def _whole(values: Values) -> Values:
    """Turn floating-point labels into integers when all of them are whole."""
    if (np.rint(values) == values).all():
        return values.astype(np.int64)
    return values


def _is_decimal(label: object) -> bool:
    return isinstance(label, str) and ("." in label or "," in label) and _is_number(label)


def _is_number(text: str) -> bool:
    """Say whether a text reads as a number, with a decimal point or a decimal comma."""
    try:
        float(text.strip().replace(",", ".", 1))
    except ValueError:
        return False
    return True


def _inexact_labels(name: str, values: Values) -> FrameError:
    large = np.unique(values[np.abs(values) >= EXACT])
    return FrameError(
        f"The group labels '{name}' are numbers too long for their type.",
        where=f"column '{name}'",
        got=f"floating-point labels such as {large.tolist()[0]:.17g}",
        need=f"labels below 2^53 = {int(EXACT):,}, where floating point is exact",
        do=f"read '{name}' as text or as whole numbers, so that no two groups become one.",
        slug="inexact-labels",
    )


def _refuse_infinite(name: str, values: Values, kept: IndexArray | None) -> None:
    places = np.flatnonzero(np.isinf(values))
    if not len(places):
        return
    rows = (places if kept is None else kept[places]) + 1
    word = "row" if len(rows) == 1 else "rows"
    raise FrameError(
        f"Column '{name}' has infinite values.",
        where=f"column '{name}', {word} {offenders(rows[:5].tolist(), len(rows))}",
        got=f"infinite values: {len(rows):,}, the first {float(values[places[0]])!r}",
        need="finite numbers",
        do=f"make them missing, or correct how '{name}' was computed (a division by zero?).",
        slug="infinite-values",
    )
