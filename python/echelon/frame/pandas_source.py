"""Columns out of a pandas frame, without a copy where that is possible.

Room: frame/. Knows values, not models.
Takes: a pandas DataFrame.
Gives: `PandasSource`, whose `column(name)` is a `RawColumn`.
Source: docs/reference, data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._optional import require
from echelon.frame import polars_source, raw
from echelon.frame.raw import RawColumn, Values
from echelon.frame.text import FEW


class PandasSource:
    """A pandas DataFrame, column by column; the index is not a column."""

    def __init__(self, frame: Any, words: str) -> None:
        self._frame = frame
        self.words = words
        self.n_rows = len(frame)

    @property
    def names(self) -> list[str]:
        """Names of the columns; labels that are no text are written as text."""
        return [str(label) for label in self._frame.columns]

    @property
    def index_names(self) -> list[str]:
        """Names of the levels of the index."""
        return [str(name) for name in self._frame.index.names if name is not None]

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self._frame.columns or name in self.names

    def column(self, name: str) -> RawColumn:
        """Take one column; its dtype decides what it is."""
        columns = self._frame.columns
        label = name if name in columns else columns[self.names.index(name)]
        series = self._frame[label]
        if series.ndim == 2:
            raise raw.duplicated(name, series.shape[1], self.words)
        return from_series(name, series)


def from_series(name: str, series: Any) -> RawColumn:
    """Take a pandas Series of any usable type.

    Raises
    ------
    FrameError : the values are of mixed types, or no number, label, date or duration.
    """
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        if dtype.kind == "O":
            return _objects(name, series)
        return raw.from_array(name, series.to_numpy())
    if hasattr(dtype, "categories") and hasattr(dtype, "ordered"):
        return _categories(name, series)
    if dtype.kind == "f":
        return raw.from_floats(name, series.to_numpy(dtype=np.float64, na_value=np.nan))
    if dtype.kind in "iub":
        return raw.from_array(name, _filled(series), series.isna().to_numpy())
    if dtype.kind == "M":
        return raw.from_moments(name, _moments(series))
    if dtype.kind == "m":
        return raw.from_moments(name, series.to_numpy(dtype="timedelta64[us]"))
    if getattr(dtype, "storage", "") == "pyarrow" and len(series) > FEW:
        return polars_source.from_series(name, require("polars").Series(name, series))
    return _objects(name, series)


def _categories(name: str, series: Any) -> RawColumn:
    values = series.array  # `series.cat` would make a Series of each part
    codes = values.codes.astype(np.int32)
    labels = values.categories.to_numpy()
    if labels.dtype.kind not in "iufM":
        labels = np.array(
            [label if isinstance(label, str) else str(label) for label in labels], object
        )
    return raw.from_codes(name, codes, labels, is_ordered=bool(values.ordered))


def _filled(series: Any) -> Values:
    """Whole numbers or truth values, with zero where missing."""
    if series.dtype.kind == "b":
        truths: Values = series.to_numpy(dtype=np.bool_, na_value=False)
        return truths
    target = np.uint64 if series.dtype.kind == "u" else np.int64
    integers: Values = series.to_numpy(dtype=target, na_value=0)
    return integers


def _moments(series: Any) -> Values:
    """Moments in UTC, without their zone."""
    if getattr(series.dt, "tz", None) is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    moments: Values = series.to_numpy(dtype="datetime64[us]")
    return moments


def _objects(name: str, series: Any) -> RawColumn:
    values = series.to_numpy(dtype=object).tolist()
    if set(map(type, values)) == {str}:
        return raw.from_objects(name, values)
    return raw.from_objects(name, values, series.isna().to_numpy(dtype=np.bool_))
