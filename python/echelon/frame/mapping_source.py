"""Columns out of a mapping of names to arrays or lists.

Room: frame/. Knows values, not models.
Takes: a dict, or any mapping, of arrays, lists or series.
Gives: `MappingSource`, whose `column(name)` is a `RawColumn`.
Source: docs/reference, data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from echelon.errors import FrameError
from echelon.frame import pandas_source, polars_source, raw
from echelon.frame.columns import Categorical
from echelon.frame.libraries import is_from
from echelon.frame.raw import RawColumn


class MappingSource:
    """A mapping of names to columns of one length."""

    def __init__(self, data: Mapping[str, Any], wanted: Sequence[str], words: str) -> None:
        self._data = {str(name): values for name, values in data.items()}
        self.words = words
        self.names = list(self._data)
        chosen = {name: self._data[name] for name in wanted if name in self._data}
        self.n_rows = _common_length(chosen, words)

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        return name in self._data

    def column(self, name: str) -> RawColumn:
        """Take one column; an array's dtype, or the objects of a list, decide what it is."""
        values = self._data[name]
        if isinstance(values, Categorical):
            return raw.from_codes(name, values.codes, values.labels, is_ordered=values.is_ordered)
        if is_from(values, "polars", "Series"):
            return polars_source.from_series(name, values)
        if is_from(values, "pandas", "Series"):
            return pandas_source.from_series(name, values)
        if isinstance(values, (list, tuple, range)):
            return raw.from_objects(name, list(values))
        return raw.from_array(name, np.asanyarray(values))


def _common_length(data: Mapping[str, Any], words: str) -> int:
    lengths: dict[str, int] = {}
    for name, values in data.items():
        if isinstance(values, Categorical):
            values = values.codes
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
            raise _not_a_column(str(name), values, words)
        lengths[str(name)] = len(values)
    if len(set(lengths.values())) > 1:
        raise _unequal(lengths, words)
    return next(iter(lengths.values()), 0)


def _not_a_column(name: str, values: Any, words: str) -> FrameError:
    return FrameError(
        f"Column '{name}' is a single value.",
        where=f"column '{name}' of {words}",
        got=f"{values!r} of type '{type(values).__name__}'",
        need="an array or a list with one value per row",
        do=f"repeat the value for each row, or leave '{name}' out.",
        slug="not-a-column",
    )


def _unequal(lengths: dict[str, int], words: str) -> FrameError:
    groups: dict[int, str] = {}
    for name, length in lengths.items():
        groups.setdefault(length, name)
    listed = ", ".join(f"'{name}' {length:,}" for length, name in list(groups.items())[:5])
    return FrameError(
        "The columns have different lengths.",
        where=words,
        got=f"{len(groups)} lengths: {listed}",
        need="one value per row in every column",
        do="check which column lost or gained rows.",
        slug="unequal-lengths",
    )
