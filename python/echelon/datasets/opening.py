"""Open a table by the name of a data set or by its path.

Room: datasets/. Knows the sets that come with echelon.
Takes: what a user types where a table is asked for.
Gives: a polars frame.
Source: docs/reference, files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from echelon.datasets.catalogue import names
from echelon.datasets.load import load
from echelon.errors import FrameError, near_matches
from echelon.frame.read import read

if TYPE_CHECKING:
    import polars


def open_table(path_or_name: str) -> polars.DataFrame:
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
    place = Path(path_or_name)
    if not place.exists() and place.name == path_or_name and not place.suffix:
        if path_or_name in (*names(), "insteval"):
            return load(path_or_name)
        raise FrameError(
            f"There is no file and no data set '{path_or_name}'.",
            where=f"the folder {Path.cwd()}",
            got=repr(path_or_name),
            need=f"the path of a file, or one of\n{', '.join(names())}",
            do=near_matches(path_or_name, names()),
            slug="no-such-table",
        )
    return read(place)
