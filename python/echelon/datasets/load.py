"""Load a data set with its types and the order of its categories.

Room: datasets/. Knows the sets that come with echelon.
Takes: the name of a set, or the path of a table.
Gives: a polars frame, or plain arrays when nobody is to see them.
Source: datasets/README.md.
"""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon.datasets.catalogue import ColumnDescription, Description, describe
from echelon.errors import FrameError
from echelon.frame.columns import Categorical

if TYPE_CHECKING:
    import polars

FOLDER = Path(__file__).with_name("data")


def load(name: str, path: str | os.PathLike[str] | None = None) -> polars.DataFrame:
    """Load a data set as a polars frame.

    Categories have the order of the catalogue, the reference first; labels of groups are
    categories, too, in ascending order. `describe(name)` says what the columns mean.

    Parameters
    ----------
    name : name of the set, as in `names()`.
    path : file to read the values from, comma-separated; only for a set that echelon describes
        but may not pass on ('insteval'). None: the file that comes with echelon.

    Returns
    -------
    polars.DataFrame, one row per observation.

    Raises
    ------
    FrameError : there is no such set, it is not part of echelon and no path was given, or the
        file lacks a column.

    Examples
    --------
    >>> from echelon import datasets
    >>> datasets.load("dyestuff").shape
    (30, 2)
    """
    description = describe(name)
    frame: polars.DataFrame = _typed(_content(description, path), description)
    return frame


def load_columns(name: str) -> dict[str, NDArray[Any] | Categorical]:
    """Load a bundled data set as plain columns, without waiting for polars.

    The models fitted to them are those of `load(name)`; `fit` uses them when it is given a name.

    Parameters
    ----------
    name : name of the set, as in `names()`.

    Returns
    -------
    Column by name: numbers (n,), texts (n,) to be sorted, or categories in their order.

    Raises
    ------
    FrameError : there is no such set, or it is not part of echelon.
    """
    description = describe(name)
    header, _, body = _content(description, None).decode().partition("\n")
    kinds = {"number": "f8", "integer": "i8"}
    described = {column.name: column for column in description.columns}
    types = [(name, kinds.get(described[name].kind, "U32")) for name in header.split(",")]
    values = np.loadtxt(io.StringIO(body), types, delimiter=",", comments=None)
    return {name: _plain(values[name], column) for name, column in described.items()}


def _plain(values: NDArray[Any], column: ColumnDescription) -> NDArray[Any] | Categorical:
    if not column.categories:
        return np.ascontiguousarray(values)
    codes = np.zeros(len(values), dtype=np.int32)
    for code, category in enumerate(column.categories):
        codes[values == category] = code
    return Categorical(column.name, codes, np.array(column.categories, dtype=object))


def _content(description: Description, path: str | os.PathLike[str] | None) -> bytes:
    """Read the bytes of the file that comes with echelon, or of the user's copy."""
    if path is not None:
        content = Path(path).read_bytes()
    elif description.is_bundled:
        content = (FOLDER / f"{description.name}.csv.gz").read_bytes()
    else:
        raise _not_bundled(description)
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _typed(content: bytes, description: Description) -> Any:
    pl = require("polars")
    kinds = {"number": pl.Float64, "integer": pl.Int64}
    schema = {column.name: kinds.get(column.kind, pl.String) for column in description.columns}
    frame = pl.read_csv(io.BytesIO(content), schema_overrides=schema)
    absent = [column.name for column in description.columns if column.name not in frame.columns]
    if absent:
        raise _lacks_columns(description, absent, frame.columns)
    casts = []
    for column in description.columns:
        if column.categories:
            casts.append(pl.col(column.name).cast(pl.Enum(column.categories)))
        elif column.kind == "label":
            labels = frame.get_column(column.name).unique().sort()
            casts.append(pl.col(column.name).cast(pl.Enum(labels)))
    ordered = frame.select(column.name for column in description.columns)
    return ordered.with_columns(casts)


def _not_bundled(description: Description) -> FrameError:
    return FrameError(
        f"The data set '{description.name}' is not part of echelon.",
        where=f'echelon.datasets.load("{description.name}")',
        got="no path",
        need="a path to a copy of your own, because the terms of these data are not clear",
        do=f'{description.obtain}\nthen load("{description.name}", path="{description.name}.csv").',
        slug="dataset-not-bundled",
    )


def _lacks_columns(description: Description, absent: list[str], found: list[str]) -> FrameError:
    return FrameError(
        f"The file is not the data set '{description.name}': column '{absent[0]}' is not there.",
        where=f'echelon.datasets.load("{description.name}", path=...)',
        got=f"columns {', '.join(found[:8])}",
        need=f"columns {', '.join(column.name for column in description.columns)}",
        do=description.obtain or f'load("{description.name}") without a path.',
        slug="dataset-columns",
    )
