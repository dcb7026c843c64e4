"""The table of a bundle as text that any program reads, exact to the last bit.

Room: publish/bundle/. Knows columns, not models.
Takes: `Shared` columns; or data.csv and dictionary.json.
Gives: the two files; or the columns again, equal to the last bit.
Source: RFC 4180 with plain line feeds; Python's repr is the shortest text of a double.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray
from echelon.frame.columns import Categorical
from echelon.publish.bundle.refusals import damaged
from echelon.publish.bundle.sharing import Shared, SharedColumn

DATA = "data.csv"
DICTIONARY = "dictionary.json"
CATEGORIES = "categories"
# Kind of a NumPy array -> what its values are called in the dictionary; any other is text.
_KINDS = {"f": "number", "i": "integer", "u": "integer", "M": "date", "m": "duration"}
_SPECIAL = re.compile(r'[",\r\n]')
# What reading two files of arbitrary bytes as a table can raise.
FAULTS = (
    ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError,
    ValueError, csv.Error,
)  # fmt: skip


def data_text(shared: Shared) -> str:
    """Write the table as CSV: a header, then a line per row; every number to its last bit."""
    rows = zip(*map(_cells, shared.columns.values()), strict=True)
    header = ",".join(map(_quoted, shared.columns))
    return "\n".join([header, *map(",".join, rows), ""])


def dictionary_text(shared: Shared, dropped: Mapping[str, int]) -> str:
    """Write what the columns are: role, type, categories in their order, rows it cost.

    Parameters
    ----------
    shared : the table.
    dropped : rows that were left out of the model for a missing value, by column.
    """
    entries = []
    for name, column in shared.columns.items():
        entry: dict[str, Any] = {"name": name, "role": shared.roles[name], **_type(column)}
        if name in shared.coded:
            entry["codes"] = "groups numbered in random order; the key is not in the bundle"
        entries.append(entry | {"rows_left_out_because_it_was_missing": dropped.get(name, 0)})
    return json.dumps({"rows": shared.n_rows, "columns": entries}, ensure_ascii=False, indent=1)


def read_data(folder: str | os.PathLike[str]) -> dict[str, SharedColumn]:
    """Read the table of a bundle that was unpacked.

    Parameters
    ----------
    folder : where data.csv and dictionary.json are.

    Returns
    -------
    Columns by name, which `echelon.fit` takes as data: numbers exactly as they were, categories
    in their order.

    Raises
    ------
    StorageError : the two files do not belong together.
    """
    place = Path(folder)
    try:
        return columns_of((place / DATA).read_bytes(), (place / DICTIONARY).read_bytes())
    except FAULTS as error:
        raise damaged(place, f"{DATA} and {DICTIONARY} that do not go together: {error}") from None


def columns_of(data: bytes, dictionary: bytes) -> dict[str, SharedColumn]:
    """Read the two files back; one of `FAULTS` where they do not go together."""
    described = json.loads(dictionary)
    entries, n_rows = described["columns"], int(described["rows"])
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    if header != [entry["name"] for entry in entries]:
        raise ValueError("the header names other columns")
    if len(rows) != n_rows or any(len(row) != len(header) for row in rows):
        raise ValueError(f"{len(rows):,} rows where {n_rows:,} of {len(header)} values belong")
    cells = zip(*rows, strict=True)
    return {entry["name"]: _column(entry, own) for entry, own in zip(entries, cells, strict=True)}


def _cells(column: SharedColumn) -> list[str]:
    if isinstance(column, Categorical):
        labels = list(map(_quoted, _texts(column.labels)))
        return [labels[code] for code in column.codes.tolist()]
    return _texts(column)


def _quoted(text: str) -> str:
    """Quote what a reader could take for something else; an empty text is no missing one."""
    if text and not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _texts(values: NDArray[Any]) -> list[str]:
    match values.dtype.kind:
        case "f":
            return [repr(value) for value in values.astype(np.float64).tolist()]
        case "m":
            return [str(value) for value in values.astype(np.int64).tolist()]
        case "M":
            return [str(text) for text in np.datetime_as_string(values).tolist()]
    return [str(value) for value in values.tolist()]


def _type(column: SharedColumn) -> dict[str, Any]:
    if not isinstance(column, Categorical):
        return _kind(column)
    labels = _texts(column.labels)
    entry = {"type": CATEGORIES, "categories": labels, "ordered": column.is_ordered}
    return entry | {"labels": _kind(column.labels)}


def _kind(values: NDArray[Any]) -> dict[str, Any]:
    kind = _KINDS.get(values.dtype.kind, "text")
    is_exact = kind in ("number", "text")
    return {"type": kind} if is_exact else {"type": kind, "dtype": values.dtype.name}


def _column(entry: Mapping[str, Any], cells: Sequence[str]) -> SharedColumn:
    if entry["type"] != CATEGORIES:
        return _values(entry, cells)
    texts = [str(text) for text in entry["categories"]]
    place = {text: code for code, text in enumerate(texts)}
    codes: CodeArray = np.fromiter((place[cell] for cell in cells), np.int32, len(cells))
    labels = _values(entry["labels"], texts)
    return Categorical(str(entry["name"]), codes, labels, bool(entry["ordered"]))


def _values(entry: Mapping[str, Any], cells: Sequence[str]) -> NDArray[Any]:
    match entry["type"]:
        case "number":
            return np.array([float(cell) for cell in cells], dtype=np.float64)
        case "integer":
            return np.array([int(cell) for cell in cells], dtype=_dtype(entry, "iu"))
        case "date":
            return np.array(cells, dtype=_dtype(entry, "M"))
        case "duration":
            return np.array([int(cell) for cell in cells]).astype(_dtype(entry, "m"))
        case "text":
            texts = np.empty(len(cells), dtype=object)
            texts[:] = cells
            return texts
    raise ValueError(f"a type {entry['type']!r:.20} that no table has")


def _dtype(entry: Mapping[str, Any], kinds: str) -> np.dtype[Any]:
    dtype = np.dtype(str(entry["dtype"]))
    if dtype.kind not in kinds:
        raise ValueError(f"a type {entry['dtype']!r:.20} that does not suit its column")
    return dtype
