"""The tidy result table: named columns of one length, each with its scale.

Room: the foundation; results of every room above leave echelon as a Table.
Takes: arrays or lists by name, a scale per column, a title.
Gives: `Table`, which any dataframe library can read.
Source: docs/reference, tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon.errors import EchelonError, near_matches, offenders
from echelon.typeset.cells import cells
from echelon.typeset.layout import Column, fold, panels
from echelon.typeset.markup import table_html

NO_UNIT = "no unit"
SHOWN_ROWS = 30
WIDTH = 88


class TableError(EchelonError, KeyError):
    """A result table has no such column, or not one such row."""

    __str__ = Exception.__str__  # KeyError would quote the message


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table:
    """A result: columns in order, one row per quantity.

    A value that does not exist (the correlation of a variance with itself) is NaN in an array
    and null or None wherever there is such a thing.

    Parameters
    ----------
    data : mapping of names to arrays or lists (n,). Lists of text become object arrays, lists of
        numbers float64, int64 or bool arrays; None among numbers is NaN.
    scales : text per column, its unit; columns not named have 'no unit'.
    title : one line, printed above.
    notes : sentences printed below: definitions, and what to distrust.

    Raises
    ------
    TableError : columns of different length, or a scale for a column that does not exist.

    Examples
    --------
    >>> table = Table({"term": ["(Intercept)", "ses"], "estimate": [12.7, 2.4]})
    >>> table.row(term="ses")["estimate"]
    2.4
    """

    data: Mapping[str, NDArray[Any]]
    scales: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        arrays = {name: _column(values) for name, values in self.data.items()}
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise _unequal(lengths)
        unknown = [name for name in self.scales if name not in arrays]
        if unknown:
            raise _no_column(unknown[0], tuple(arrays), "scales")
        object.__setattr__(self, "data", arrays)
        scales = {name: self.scales.get(name, NO_UNIT) for name in arrays}
        object.__setattr__(self, "scales", scales)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self.data)

    def rows(self) -> list[dict[str, Any]]:
        """List the rows as dicts of plain Python values, None where a value does not exist."""
        lists = self.to_dict()
        return [
            dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)
        ]

    def row(self, **conditions: Any) -> dict[str, Any]:
        """Find the one row whose columns have the values given, e.g. `row(term="ses")`.

        Parameters
        ----------
        conditions : value by name of column; all of them must hold.

        Returns
        -------
        dict of plain Python values by name of column.

        Raises
        ------
        TableError : no row, or several, or no such column.
        """
        is_match = np.ones(len(self), dtype=np.bool_)
        for name, value in conditions.items():
            is_match &= np.asarray(self[name] == value, dtype=np.bool_)
        places = np.flatnonzero(is_match)
        if len(places) != 1:
            raise self._not_one_row(conditions, len(places))
        return {name: _plain(array[places].tolist()[0]) for name, array in self.data.items()}

    def to_dict(self) -> dict[str, list[Any]]:
        """Give the columns as lists of plain Python values, None where a value does not exist."""
        return {name: [_plain(v) for v in array.tolist()] for name, array in self.data.items()}

    def to_polars(self) -> Any:
        """Make a polars DataFrame, null where a value does not exist."""
        polars = require("polars")
        plain = {
            name: array.tolist() if array.dtype == object else array
            for name, array in self.data.items()
        }
        columns = [polars.Series(name, v, nan_to_null=True) for name, v in plain.items()]
        return polars.DataFrame(columns)

    def to_pandas(self) -> Any:
        """Make a pandas DataFrame."""
        pandas = require("pandas", extra="pandas", purpose="to_pandas()")
        return pandas.DataFrame({name: array.copy() for name, array in self.data.items()})

    def to_arrow(self) -> Any:
        """Make an Arrow table, null where a value does not exist."""
        require("pyarrow", extra="pandas", purpose="to_arrow()")
        return self.to_polars().to_arrow()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_polars().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(next(iter(self.data.values()), ()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __contains__(self, name: object) -> bool:
        return name in self.data

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self.data:
            raise _no_column(name, self.columns, "table[...]")
        return self.data[name]

    # Without a __hash__ beside it, this makes a table unhashable: equal by value, like an array.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (
            self.columns == other.columns
            and self.scales == other.scales
            and (self.title, self.notes) == (other.title, other.notes)
            and all(_is_same(self[name], other[name]) for name in self.data)
        )

    def __repr__(self) -> str:
        more = len(self) - SHOWN_ROWS
        lines = fold(self.title, WIDTH) if self.title else []
        lines += panels(self._columns(), WIDTH)
        if more > 0:
            lines.append(f"... {more:,} more rows")
        for note in self.notes:
            lines += fold(note, WIDTH)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table_html(self.title, self._columns(), len(self) - SHOWN_ROWS, self.notes)

    def _columns(self) -> list[Column]:
        """Write the rows that are shown."""
        return cells({name: array[:SHOWN_ROWS] for name, array in self.data.items()})

    def _not_one_row(self, conditions: Mapping[str, Any], count: int) -> TableError:
        asked = ", ".join(f"{name}={value!r}" for name, value in conditions.items())
        name, value = next(iter(conditions.items()), (self.columns[0], ""))
        known = list(dict.fromkeys(str(v) for v in self[name].tolist()))
        return TableError(
            f"{'No row has' if not count else 'Several rows have'} {asked or 'no condition'}.",
            where=f"table.row({asked})",
            got=f"{count:,} rows; values of '{name}': {offenders(known)}",
            need="exactly one row",
            do="name more columns." if count else near_matches(str(value), known),
            slug="no-such-row",
        )


def _column(values: Any) -> NDArray[Any]:
    """Make a read-only array (n,): numbers as numbers, anything else as objects."""
    array = values.view() if isinstance(values, np.ndarray) else _of_list(list(values))
    if array.dtype.kind in "US":
        array = array.astype(object)
    array.flags.writeable = False
    return array


def _of_list(values: list[Any]) -> NDArray[Any]:
    kinds = {type(value) for value in values}
    if kinds <= {bool, np.bool_} and kinds:
        return np.array(values, dtype=np.bool_)
    if kinds and all(issubclass(k, (int, np.integer)) and k is not bool for k in kinds):
        return np.array(values, dtype=np.int64)
    numbers = {k for k in kinds if issubclass(k, (int, float, np.integer, np.floating))}
    if numbers and kinds <= numbers | {type(None)} and bool not in kinds:
        return np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _is_same(left: NDArray[Any], right: NDArray[Any]) -> bool:
    if left.dtype.kind == "f" and right.dtype.kind == "f":
        return bool(np.array_equal(left, right, equal_nan=True))
    return left.shape == right.shape and left.tolist() == right.tolist()


def _no_column(name: str, known: tuple[str, ...], where: str) -> TableError:
    return TableError(
        f"The table has no column '{name}'.",
        where=where,
        got=f"columns {', '.join(known)}",
        need="the name of a column",
        do=near_matches(str(name), known),
        slug="no-such-table-column",
    )


def _unequal(lengths: Mapping[str, int]) -> TableError:
    return TableError(
        "The columns of a table differ in length.",
        where="Table(...)",
        got=", ".join(f"'{name}' {length:,}" for name, length in lengths.items()),
        need="one value per row in every column",
        do="check how the columns were made.",
        slug="unequal-lengths",
    )
