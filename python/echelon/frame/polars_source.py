"""Columns out of a polars frame, without a copy where that is possible.

Room: frame/. Knows values, not models.
Takes: a polars DataFrame.
Gives: `PolarsSource`, whose `column(name)` is a `RawColumn`.
Source: docs/reference, data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from echelon._optional import require
from echelon.frame import raw
from echelon.frame.raw import Mask, RawColumn
from echelon.frame.text import FEW, encode_series


class PolarsSource:
    """A polars DataFrame, column by column."""

    def __init__(self, frame: Any, words: str, names: list[str] | None = None) -> None:
        self._frame = frame
        self.words = words
        self.names: list[str] = frame.columns if names is None else names
        self._known = frozenset(self.names)
        self.n_rows: int = frame.height

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self._known

    def column(self, name: str) -> RawColumn:
        """Take one column; polars' own types decide what it is."""
        return from_series(name, self._frame.get_column(name))


def from_series(name: str, series: Any) -> RawColumn:
    """Take a polars Series of any usable type.

    Raises
    ------
    FrameError : a list, a struct, an object or binary data per row.
    """
    dtype = series.dtype
    reader = _READERS.get(type(dtype).__name__)
    if reader is None:
        raise raw.unusable(name, f"values of type {dtype}")
    return reader(name, series)


def _missing(series: Any) -> Mask | None:
    mask: Mask | None = series.is_null().to_numpy() if series.null_count() else None
    return mask


def _floats(name: str, series: Any) -> RawColumn:
    return raw.from_floats(name, series.to_numpy())  # nulls arrive as NaN


def _integers(name: str, series: Any) -> RawColumn:
    missing = _missing(series)
    if missing is not None:
        series = series.fill_null(0)
    return RawColumn(name, series.to_numpy(), missing)


def _wide(name: str, series: Any) -> RawColumn:
    return _floats(name, series.cast(require("polars").Float64))


def _truths(name: str, series: Any) -> RawColumn:
    missing = _missing(series)
    if missing is not None:
        series = series.fill_null(value=False)
    return raw.from_truths(name, series.to_numpy(), missing)


def _moments(name: str, series: Any) -> RawColumn:
    return raw.from_moments(name, series.to_numpy())  # zones: polars counts in UTC


def _clock(name: str, series: Any) -> RawColumn:
    return _moments(name, series.cast(require("polars").Duration("us")))


def _texts(name: str, series: Any) -> RawColumn:
    missing = _missing(series)
    codes, labels = encode_series(series if missing is None else series.drop_nulls())
    if missing is None:
        return RawColumn(name, codes, None, labels)
    spread = np.full(len(series), -1, dtype=np.int32)
    spread[~missing] = codes
    return RawColumn(name, spread, missing, labels)


def _categories(name: str, series: Any) -> RawColumn:
    """Sort by text: a Categorical's codes depend on what the process read before."""
    return _texts(name, series.cast(require("polars").String))


def _enumeration(name: str, series: Any) -> RawColumn:
    categories = series.dtype.categories.to_list()
    labels = np.array(categories, dtype=object)
    missing = _missing(series)
    if max(len(series), len(categories)) <= FEW:  # a dictionary is quicker than a query
        place = dict(zip([*categories, None], [*range(len(categories)), -1], strict=True))
        codes = np.fromiter(map(place.__getitem__, series.to_list()), np.int32, len(series))
        return RawColumn(name, codes, missing, labels)
    physical = series.to_physical()
    if missing is not None:
        physical = physical.fill_null(0)
    codes = physical.to_numpy().astype(np.int32)
    if missing is not None:
        codes[missing] = -1
    return RawColumn(name, codes, missing, labels)


def _nothing(name: str, series: Any) -> RawColumn:
    n = len(series)
    return RawColumn(name, np.full(n, np.nan), np.ones(n, dtype=np.bool_), is_finite=False)


_READERS: dict[str, Callable[[str, Any], RawColumn]] = {
    "Float64": _floats,
    "Float32": _floats,
    **{f"{sign}Int{bits}": _integers for sign in ("", "U") for bits in (8, 16, 32, 64)},
    "Int128": _wide,
    "UInt128": _wide,
    "Decimal": _wide,
    "Boolean": _truths,
    "String": _texts,
    "Categorical": _categories,
    "Enum": _enumeration,
    "Date": _moments,
    "Datetime": _moments,
    "Duration": _moments,
    "Time": _clock,
    "Null": _nothing,
}
