"""Open a table by the name of a data set or by its path.

Room: datasets/. Knows the sets that come with echelon.
Takes: what a user types where a table is asked for.
Gives: a polars frame; or, for a fit, its columns and what to call them.
Source: docs/reference, files.
"""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from echelon.datasets.catalogue import names
from echelon.datasets.load import load, load_columns
from echelon.errors import FrameError, near_matches
from echelon.frame.read import read

if TYPE_CHECKING:
    import polars

WIDTH = 79  # of the lists in a message, which is 88 wide


def open_table(path_or_name: str | os.PathLike[str]) -> polars.DataFrame:
    """Read a file, or load the data set of that name when there is no such file.

    Parameters
    ----------
    path_or_name : path of a table, as for `read`, or name of a data set, as for `load`.

    Returns
    -------
    polars.DataFrame, one row per observation.

    Raises
    ------
    FrameError : neither a file nor a data set, or the file cannot be read.

    Examples
    --------
    >>> from echelon.datasets.opening import open_table
    >>> open_table("sleep").shape
    (180, 3)
    """
    name = _set_name(path_or_name)
    return load(name) if name else read(path_or_name)


def open_source(data: Any) -> tuple[Any, str | None]:
    """Open what a fit was given: a path, the name of a data set, or a table as it is.

    Parameters
    ----------
    data : path or name, as for `open_table`, or a table.

    Returns
    -------
    The table, and what to call it: 'hsb', 'students.csv', or None for the table's own type.

    Raises
    ------
    FrameError : as for `open_table`.
    """
    if not isinstance(data, str | os.PathLike):
        return data, None
    name = _set_name(data)
    return (load_columns(name), name) if name else (read(data), Path(data).name)


def _set_name(path_or_name: str | os.PathLike[str]) -> str | None:
    """Say which data set is meant; None for a file, which comes first."""
    place, text = Path(path_or_name), os.fspath(path_or_name)
    if place.exists() or place.name != text or place.suffix:
        return None
    if text in (*names(), "insteval"):
        return text
    raise FrameError(
        f"There is no file and no data set '{text}'.",
        where=f"the folder {Path.cwd()}",
        got=repr(text),
        need=f"the path of a file, or one of\n{fill(', '.join(names()), WIDTH)}",
        do=near_matches(text, names()),
        slug="no-such-table",
    )
