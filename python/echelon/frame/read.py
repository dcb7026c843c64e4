"""Read a file into a table.

Room: frame/. Knows values, not models.
Takes: a path.
Gives: `read`, a polars frame; `column_names` of any table.
Source: docs/reference, files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon._optional import require
from echelon.errors import FrameError, near_matches
from echelon.frame.delimited import read_delimited
from echelon.frame.labelled import read_labelled
from echelon.frame.source import column_names

if TYPE_CHECKING:
    import polars

__all__ = ["column_names", "read"]

COMPRESSED = (".gz", ".zst")
KNOWN = ".csv .tsv .txt .parquet .arrow .feather .xlsx .sav .dta .sas7bdat .xpt"


def read(path: str | os.PathLike[str]) -> polars.DataFrame:
    """Read a table from a file; the extension says what it is.

    Parameters
    ----------
    path : CSV, TSV or TXT (also with .gz or .zst), Parquet (also a folder of it), Arrow IPC or
        Feather, Excel (the first sheet), SPSS (.sav, .zsav), Stata (.dta), SAS (.sas7bdat, .xpt).

    Returns
    -------
    polars.DataFrame. In delimited text an empty cell, NA, N/A, NaN, null and a lone '.' are
    missing; 'N', 'none' and 'None' are labels. In SPSS, Stata and SAS files value labels become
    categories in the order of their codes when every value that occurs has one; when only some
    have (the ends of a scale), the column keeps its numbers. Values that the file declares
    missing, and blank texts, are null.

    Raises
    ------
    FrameError : no such file, an extension that is not known, a file that cannot be parsed or
        has no rows, or two columns of one name.

    Examples
    --------
    >>> from echelon.frame.read import read
    >>> read("no-such-folder/students.csv")
    Traceback (most recent call last):
        ...
    echelon.errors.FrameError: There is no file 'students.csv'.
      where: no-such-folder/students.csv
      got:   no folder 'no-such-folder'
      need:  the path of an existing file
      do:    check the path; relative paths start at the current folder.
      see:   errors#no-such-file
    """
    place = Path(path).expanduser()
    if not place.exists():
        raise _no_such_file(place)
    reader = _parquet_folder if place.is_dir() else _reader(place)
    try:
        frame: polars.DataFrame = reader(place)
    except FrameError:
        raise
    except _parse_errors() as error:
        raise _not_parseable(place, error) from None
    if frame.height == 0:
        raise _empty(place, frame.width)
    return frame


def _reader(place: Path) -> Callable[[Path], Any]:
    suffixes = [suffix.lower() for suffix in place.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
        if suffixes and suffixes[-1] not in (".csv", ".tsv", ".txt", ".tab"):
            suffixes = []
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in _READERS:
        raise _unknown_type(place)
    return _READERS[suffix]


def _parse_errors() -> tuple[type[Exception], ...]:
    """Exceptions by which the libraries that read files say that they cannot."""
    kinds = [require("polars").exceptions.PolarsError, OSError, ValueError, EOFError]
    return tuple(kinds)


def _parquet(place: Path) -> Any:
    return require("polars").read_parquet(place)


def _parquet_folder(place: Path) -> Any:
    if not any(any(place.glob(pattern)) for pattern in ("*.parquet", "*=*/")):
        raise FrameError(
            f"The folder '{place.name}' holds no Parquet files.",
            where=str(place),
            got="a folder without a file that ends in .parquet",
            need="a file, or a folder of Parquet files with the same columns",
            do="give the path of the file itself.",
            slug="folder-without-parquet",
        )
    return require("polars").read_parquet(place / "**" / "*.parquet")


def _arrow(place: Path) -> Any:
    return require("polars").read_ipc(place)


def _excel(place: Path) -> Any:
    fastexcel = require("fastexcel", extra="excel", purpose="reading Excel files")
    try:
        frame = require("polars").read_excel(place)
    except fastexcel.FastExcelError as error:
        raise ValueError(str(error)) from None
    return frame


_READERS: dict[str, Callable[[Path], Any]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), read_delimited),
    **dict.fromkeys((".parquet", ".pq"), _parquet),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), _arrow),
    **dict.fromkeys((".xlsx", ".xls", ".xlsb", ".ods"), _excel),
    **dict.fromkeys((".sav", ".zsav", ".dta", ".sas7bdat", ".xpt"), read_labelled),
}


def _no_such_file(place: Path) -> FrameError:
    folder = place.parent
    if folder.is_dir():
        neighbours = sorted(entry.name for entry in folder.iterdir())
        got = f"{len(neighbours):,} other entries in the folder"
        do = near_matches(place.name, neighbours)
    else:
        got = f"no folder '{folder}'"
        do = "check the path; relative paths start at the current folder."
    return FrameError(
        f"There is no file '{place.name}'.",
        where=str(place),
        got=got,
        need="the path of an existing file",
        do=do,
        slug="no-such-file",
    )


def _unknown_type(place: Path) -> FrameError:
    suffix = place.suffix
    return FrameError(
        f"The type of the file '{place.name}' is not known.",
        where=str(place),
        got=f"extension '{suffix}'" if suffix else "no extension",
        need=f"one of {KNOWN}",
        do="save the table in one of these types, or read it yourself and pass the frame.",
        slug="unknown-file-type",
    )


def _not_parseable(place: Path, error: Exception) -> FrameError:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return FrameError(
        f"The file '{place.name}' cannot be read as what its extension says.",
        where=str(place),
        got=first or type(error).__name__,
        need=f"a complete, valid '{place.suffix}' file" if place.suffix else "valid files",
        do="save it again in the program that wrote it, or correct the extension.",
        slug="file-not-readable",
    )


def _empty(place: Path, n_columns: int) -> FrameError:
    return FrameError(
        f"The file '{place.name}' has no rows.",
        where=str(place),
        got=f"{n_columns:,} columns, 0 rows",
        need="a header and at least one row",
        do="check that the export was complete.",
        slug="file-empty",
    )
