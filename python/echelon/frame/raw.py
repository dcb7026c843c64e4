"""One column as it came: values, which are missing, labels if there are any.

Room: frame/. Knows values, not models.
Takes: NumPy arrays and lists of Python objects that a source has taken out of a table.
Gives: `RawColumn`, and the functions that make one from an array or from objects.
Source: docs/reference, data.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray
from echelon.errors import FrameError, offenders
from echelon.frame.libraries import is_from
from echelon.frame.text import encode_texts

Values: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]

TRUTH_LABELS = np.array(["False", "True"], dtype=object)
_NUMBERS = (int, float, np.integer, np.floating, decimal.Decimal)
_TRUTHS = (bool, np.bool_)
_MOMENTS = (datetime.date, np.datetime64)  # datetime and pandas' Timestamp are dates, too
_SPANS = (datetime.timedelta, np.timedelta64)


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of a table, all rows, before rows are chosen.

    `values` (n,) are numbers, datetime64 or timedelta64; or, when `labels` (k,) is given, int32
    codes into it with -1 for missing. `missing` (n,) is None when nothing is missing.
    `is_finite` False says that some value is not finite and must be looked at.
    """

    name: str
    values: Values
    missing: Mask | None = None
    labels: Values | None = None
    is_ordered: bool = False
    is_finite: bool = True


def from_array(name: str, values: Values, missing: Mask | None = None) -> RawColumn:
    """Take a NumPy array of any usable type.

    Parameters
    ----------
    name : name of the column.
    values : (n,), numbers, truth values, texts, dates or objects.
    missing : (n,), True where a value is missing beyond NaN and NaT; None when nowhere.

    Raises
    ------
    FrameError : the array has two dimensions, or a type that is no number and no label.
    """
    if values.ndim != 1:
        raise _not_one_dimensional(name, values.shape)
    if is_from(values, "numpy.ma", "MaskedArray"):
        missing, values = np.ma.getmaskarray(values), np.ma.filled(values)
    kind = values.dtype.kind
    if kind == "f":
        return from_floats(name, values, missing)
    if kind in "iu":
        return RawColumn(name, values, any_missing(missing))
    if kind == "b":
        return from_truths(name, values, missing)
    if kind in "Mm":
        return from_moments(name, values, missing)
    if kind == "U":
        labels, codes = np.unique(values, return_inverse=True)
        return from_codes(name, codes.astype(np.int32), labels.astype(object), missing)
    if kind == "T":
        return from_objects(name, values.tolist(), missing)
    if kind == "O":
        return from_objects(name, values.tolist(), missing)
    raise unusable(name, _KIND_WORDS.get(kind, str(values.dtype)))


def from_floats(name: str, values: Values, missing: Mask | None = None) -> RawColumn:
    """Take floating-point numbers; NaN is missing.

    One pass over memory in the usual case: a finite sum proves every value finite.
    """
    if values.dtype != np.float64:
        values = values.astype(np.float64)
    missing = any_missing(missing)
    with np.errstate(all="ignore"):
        if missing is None and np.isfinite(np.add.reduce(values)):
            return RawColumn(name, values)
    absent = np.isnan(values)
    if missing is not None:
        absent |= missing
    return RawColumn(name, values, any_missing(absent), is_finite=False)


def from_truths(name: str, values: Values, missing: Mask | None = None) -> RawColumn:
    """Take truth values: categories 'False' and 'True'."""
    return from_codes(name, values.astype(np.int32), TRUTH_LABELS, missing)


def from_moments(name: str, values: Values, missing: Mask | None = None) -> RawColumn:
    """Take datetime64 or timedelta64; NaT is missing."""
    absent = np.isnat(values)
    if missing is not None:
        absent |= missing
    return RawColumn(name, values, any_missing(absent))


def from_codes(
    name: str,
    codes: CodeArray,
    labels: Values,
    missing: Mask | None = None,
    *,
    is_ordered: bool = False,
) -> RawColumn:
    """Take int32 codes (n,) into labels (k,); a negative code is missing."""
    absent = any_missing(codes < 0)
    extra = any_missing(missing)
    if extra is not None:
        codes = np.where(extra, np.int32(-1), codes)
        absent = extra if absent is None else absent | extra
    return RawColumn(name, codes, absent, labels, is_ordered)


def from_objects(name: str, values: Sequence[Any], missing: Mask | None = None) -> RawColumn:
    """Take Python objects of one type: texts, truth values, numbers, dates or durations.

    None, NaN and NaT are missing. Objects of several types have no common meaning as a variable
    and are an error, never a conversion.
    """
    types = set(map(type, values))
    if types == {str}:  # the usual case, at the speed of a set
        codes, labels = encode_texts(list(values))
        return RawColumn(name, codes, None, labels)
    if missing is None:
        absent = (value is None or _is_nan(value) for value in values)
        missing = np.fromiter(absent, np.bool_, len(values))
    present = [value for value, absent in zip(values, missing, strict=True) if not absent]
    missing = any_missing(missing)
    types = set(map(type, present))
    if not types:
        return RawColumn(
            name, np.full(len(values), np.nan), np.ones(len(values), np.bool_), is_finite=False
        )
    if all(issubclass(kind, str) for kind in types):
        codes, labels = encode_texts(present)
        return from_codes(name, _spread(codes, missing, -1), labels)
    if all(issubclass(kind, _TRUTHS) for kind in types):
        return from_truths(
            name, _spread(np.array(present, dtype=np.bool_), missing, False), missing
        )
    if all(issubclass(kind, _NUMBERS) and not issubclass(kind, bool) for kind in types):
        return _from_numbers(name, present, types, missing)
    if all(issubclass(kind, _MOMENTS) for kind in types):
        moments = np.array([_without_zone(value) for value in present], dtype="datetime64[us]")
        return from_moments(name, _spread(moments, missing, np.datetime64("NaT")))
    if all(issubclass(kind, _SPANS) for kind in types):
        spans = np.array(present, dtype="timedelta64[us]")
        return from_moments(name, _spread(spans, missing, np.timedelta64("NaT")))
    if len(types) > 1:
        raise _mixed(name, values, types)
    raise unusable(name, f"objects of type '{types.pop().__name__}'")


def any_missing(mask: Mask | None) -> Mask | None:
    """Give the mask back if it is True anywhere, else None."""
    return mask if mask is not None and mask.any() else None


def _from_numbers(
    name: str, present: list[Any], types: set[type], missing: Mask | None
) -> RawColumn:
    if all(issubclass(kind, (int, np.integer)) for kind in types):
        for dtype in (np.int64, np.uint64):
            try:
                integers = np.array(present, dtype=dtype)
            except OverflowError:
                continue
            return RawColumn(name, _spread(integers, missing, 0), missing)
        if len(set(map(float, present))) < len(set(present)):
            raise _too_long(name, present)
    floats = np.array([float(value) for value in present], dtype=np.float64)
    return from_floats(name, _spread(floats, missing, np.nan))


def _spread(present: Values, missing: Mask | None, filler: Any) -> Values:
    """Put the values that are present back in their rows, `filler` elsewhere."""
    if missing is None:
        return present
    spread = np.full(len(missing), filler, dtype=present.dtype)
    spread[~missing] = present
    return spread


def _is_nan(value: Any) -> bool:
    if isinstance(value, (str, bytes, np.ndarray, list, tuple, dict)):
        return False
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA has no truth value
        return True
    except ValueError:  # an array in a cell has too many
        return False


def _without_zone(value: Any) -> Any:
    """Give the moment in UTC without its zone, as NumPy wants it."""
    zone = getattr(value, "tzinfo", None)
    if zone is None:
        return value
    return value.astimezone(datetime.UTC).replace(tzinfo=None)


_KIND_WORDS = {"c": "complex numbers", "S": "bytes", "V": "records"}


def unusable(name: str, words: str) -> FrameError:
    """Word the error for a column whose type is no number, label, date or duration."""
    return FrameError(
        f"Column '{name}' holds {words}, which a model cannot use.",
        where=f"column '{name}'",
        got=words,
        need="numbers, truth values, texts, categories, dates or durations",
        do=f"turn '{name}' into one value of these types per row, or leave it out of the model.",
        slug="unusable-type",
    )


def _mixed(name: str, values: Sequence[Any], types: set[type]) -> FrameError:
    counts = dict.fromkeys(sorted(types, key=lambda kind: kind.__name__), 0)
    for value in values:
        if type(value) in counts:
            counts[type(value)] += 1
    parts = [f"{count:,} of type '{kind.__name__}'" for kind, count in counts.items()]
    shown = {kind: next(value for value in values if type(value) is kind) for kind in counts}
    return FrameError(
        f"Column '{name}' mixes values of different types.",
        where=f"column '{name}'",
        got=f"{', '.join(parts)} (such as {offenders(shown.values())})",
        need="one type of value in a column",
        do=f"convert '{name}' to numbers or to texts before fitting.",
        slug="mixed-types",
    )


def _too_long(name: str, present: list[Any]) -> FrameError:
    largest = max(present, key=abs)
    return FrameError(
        f"Column '{name}' holds whole numbers too long to be told apart.",
        where=f"column '{name}'",
        got=f"numbers such as {largest}",
        need="whole numbers of at most 64 bits, or numbers that differ in their first 15 digits",
        do=f"convert '{name}' to text, if it names groups; subtract a constant, if it measures.",
        slug="integers-too-long",
    )


def _not_one_dimensional(name: str, shape: tuple[int, ...]) -> FrameError:
    return FrameError(
        f"Column '{name}' has {len(shape)} dimensions.",
        where=f"column '{name}'",
        got=f"an array of shape {shape}",
        need="one value per row: shape (n,)",
        do=f"give each column of '{name}' a name of its own.",
        slug="not-one-dimensional",
    )


def duplicated(name: str, count: int, words: str) -> FrameError:
    """Word the error for a name that several columns have."""
    return FrameError(
        f"The data have {count} columns named '{name}'.",
        where=words,
        got=f"{count} columns '{name}'",
        need="one column of each name that the model uses",
        do=f"rename or drop all but one of the columns '{name}'.",
        slug="duplicate-columns",
    )
