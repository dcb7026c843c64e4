"""Recognise a table: which library it comes from, and how to take a column out of it.

Room: frame/. Knows values, not models.
Takes: a pandas, polars, Arrow or other frame, or a mapping of arrays.
Gives: a `Source` of raw columns, and `column_names`.
Source: docs/reference, data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from echelon._optional import require
from echelon.errors import FrameError
from echelon.frame import raw
from echelon.frame.libraries import is_from
from echelon.frame.mapping_source import MappingSource
from echelon.frame.pandas_source import PandasSource
from echelon.frame.polars_source import PolarsSource
from echelon.frame.raw import RawColumn


class Source(Protocol):
    """A table from which columns can be taken by name; `words` says what it is."""

    words: str
    n_rows: int

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        ...

    def has(self, name: str) -> bool:
        """Say whether there is such a column."""
        ...

    def column(self, name: str) -> RawColumn:
        """Take one column, all rows."""
        ...


def open_source(data: Any, wanted: Sequence[str], words: str | None = None) -> Source:
    """Recognise a table; a lazy one is collected, with only the columns wanted.

    Parameters
    ----------
    data : the table.
    wanted : names of the columns that will be taken; names that do not exist are ignored here.
    words : what to call the table in messages; None for its type ('polars DataFrame').

    Raises
    ------
    FrameError : `data` is no table.
    """
    if is_from(data, "polars", "DataFrame"):
        return PolarsSource(data, words or "polars DataFrame")
    if is_from(data, "pandas", "DataFrame"):
        return PandasSource(data, words or "pandas DataFrame")
    if isinstance(data, Mapping):
        return MappingSource(data, wanted, words or "mapping of columns")
    if is_from(data, "polars", "LazyFrame"):
        return _from_lazy(data, wanted, words or "polars LazyFrame")
    if is_from(data, "pyarrow", "Table"):
        return _from_arrow(data, wanted, words or "Arrow Table")
    return _from_other(data, wanted, words)


def column_names(data: Any) -> tuple[str, ...]:
    """List the columns of a table in their order, without reading it.

    Parameters
    ----------
    data : any table that `build_frame` accepts.

    Returns
    -------
    tuple of names; labels that are not text are written as text.

    Raises
    ------
    FrameError : `data` is no table.
    """
    if is_from(data, "polars", "LazyFrame"):
        return tuple(data.collect_schema().names())
    if is_from(data, "pandas", "DataFrame"):
        return tuple(str(label) for label in data.columns)
    return tuple(open_source(data, ()).names)


def _from_lazy(data: Any, wanted: Sequence[str], words: str) -> Source:
    names = data.collect_schema().names()
    known = set(names)
    chosen = [name for name in wanted if name in known]
    return PolarsSource(data.select(chosen).collect(), words, names)


def _from_arrow(data: Any, wanted: Sequence[str], words: str) -> Source:
    """Make a polars frame over the same memory, with the order of categories kept."""
    names = [str(name) for name in data.column_names]
    doubled = next((name for name in wanted if names.count(name) > 1), None)
    if doubled is not None:
        raise raw.duplicated(doubled, names.count(doubled), words)
    chosen = [name for name in wanted if name in names]
    polars = require("polars")
    columns = {name: _arrow_column(polars, data.column(name)) for name in chosen}
    source = PolarsSource(polars.DataFrame(columns), words, names)
    source.n_rows = data.num_rows
    return source


def _arrow_column(polars: Any, column: Any) -> Any:
    """Keep the categories of a dictionary column, and their order, when they are texts."""
    dictionary_type = getattr(column.type, "value_type", None)
    if not hasattr(column.type, "ordered") or str(dictionary_type) not in (
        "string",
        "large_string",
    ):
        return polars.Series(column)
    unified = column.unify_dictionaries()
    if not unified.num_chunks:
        return polars.Series(column)
    categories = unified.chunk(0).dictionary.to_pylist()
    if None in categories or len(set(categories)) < len(categories):
        return polars.Series(column)
    return polars.Series(column.cast(dictionary_type)).cast(polars.Enum(categories))


def _from_other(data: Any, wanted: Sequence[str], words: str | None) -> Source:
    """Anything else that narwhals knows, or that speaks Arrow's C stream."""
    kind = type(data)
    name = words or f"{kind.__module__.partition('.')[0].lstrip('_')} {kind.__name__}"
    if data is None or isinstance(data, (str, bytes, os.PathLike, Sequence)):
        raise _not_a_table(data)
    if is_from(data, "pandas", "Series") or is_from(data, "polars", "Series"):
        raise _not_a_table(data)
    narwhals = require("narwhals")
    native = narwhals.to_native(data, pass_through=True)
    if native is not data:
        return open_source(native, wanted, words)
    polars = require("polars")
    try:
        frame = narwhals.from_native(data)
    except TypeError:
        if not hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__arrow_c_array__"):
            raise _not_a_table(data) from None
        return PolarsSource(polars.DataFrame(data), name)
    names = frame.collect_schema().names()
    known = set(names)
    chosen = [column for column in wanted if column in known]
    if not chosen:
        return PolarsSource(polars.DataFrame(), name, names)
    collected = frame.lazy().select(chosen).collect(backend="polars").to_native()
    return PolarsSource(collected, name, names)


def _not_a_table(data: Any) -> FrameError:
    if is_from(data, "pandas", "Series") or is_from(data, "polars", "Series"):
        do = "give the frame that the column comes from."
        got = f"a single column ({type(data).__module__.partition('.')[0]} Series)"
    elif data is None:
        do = "give the table after the formula: fit(formula, data)."
        got = "None"
    elif isinstance(data, (str, os.PathLike)):
        do = "read a file first: data = echelon.read(path)."
        got = f"{os.fspath(data)!r}, of type '{type(data).__name__}'"
    else:
        do = "make it a frame first, e.g. polars.DataFrame(data)."
        got = f"an object of type '{type(data).__name__}'"
    return FrameError(
        "The data are not a table.",
        where="argument data",
        got=got,
        need="a pandas, polars or Arrow table, or a dict of columns",
        do=do,
        slug="not-a-table",
    )
