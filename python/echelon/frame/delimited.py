"""Delimited text: separator, decimal mark and missing values.

Room: frame/. Knows values, not models.
Takes: the path of a CSV, TSV or TXT file, possibly compressed.
Gives: a polars frame.
Source: docs/reference, files.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from echelon._optional import require
from echelon.errors import FrameError, offenders

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", ".")
SEPARATORS = ",;\t|"
SAMPLE_LINES = 100
_TABS = (".tsv", ".tab")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")  # how a file in UTF-16 starts
_UNREADABLE = "\ufffd"  # what polars writes in a header for bytes that are no UTF-8
_DECIMAL_COMMA = re.compile(r"(?:^|;)\s*-?\d+,\d+\s*(?:;|$)", re.MULTILINE)


def read_delimited(place: Path) -> Any:
    """Read delimited text; types are inferred from all rows, never from the first ones only.

    The separator is the most frequent of comma, semicolon, tab and bar in the first line (a tab
    for .tsv and .tab). Between semicolons a comma is the decimal mark when numbers show one.

    Raises
    ------
    FrameError : the text is not UTF-8, the file is empty, or two columns have one name.
    """
    polars = require("polars")
    with place.open("rb") as file:
        if file.read(2) in _WIDE_MARKS:
            raise _not_utf8(place)
    try:
        lines = _sample(place)
        suffixes = [suffix.lower() for suffix in place.suffixes]
        separator = "\t" if set(_TABS) & set(suffixes) else _separator(lines[0])
        _check_header(place, _header(lines, separator))
        frame = polars.read_csv(
            place,
            separator=separator,
            decimal_comma=separator == ";" and _DECIMAL_COMMA.search("".join(lines)) is not None,
            null_values=list(MISSING),
            infer_schema_length=None,
            try_parse_dates=True,
        )
    except polars.exceptions.NoDataError:
        raise _no_content(place) from None
    except polars.exceptions.ComputeError as error:
        if "utf-8" in str(error):
            raise _not_utf8(place) from None
        raise
    return frame.with_columns(_with_infinities(column) for column in frame.get_columns())


def _sample(place: Path) -> list[str]:
    """Take the first lines as they are; polars sees through the compression."""
    polars = require("polars")
    first = polars.read_csv(
        place,
        has_header=False,
        separator="\x01",
        quote_char=None,
        n_rows=SAMPLE_LINES,
        infer_schema=False,
        truncate_ragged_lines=True,
    )
    return [f"{line or ''}\n" for line in first.to_series(0).to_list()]


def _separator(line: str) -> str:
    return max(SEPARATORS, key=line.count)


def _header(lines: list[str], separator: str) -> list[str]:
    try:
        return next(csv.reader(lines, delimiter=separator))
    except csv.Error as error:  # a lone carriage return, or a name beyond all measure
        raise ValueError(f"line 1: {str(error).partition(' - ')[0]}") from None


def _check_header(place: Path, names: list[str]) -> None:
    if any(_UNREADABLE in name for name in names):
        raise _not_utf8(place)
    doubled = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if doubled:
        raise FrameError(
            f"The file '{place.name}' has several columns named '{doubled[0]}'.",
            where=f"{place}, line 1",
            got=f"more than one column each of {offenders(doubled)}",
            need="a name of its own for every column",
            do="rename the columns in the header.",
            slug="duplicate-columns",
        )


def _with_infinities(column: Any) -> Any:
    """Make a column of texts one of numbers when only 'Inf' keeps it from being one."""
    polars = require("polars")
    if column.dtype != polars.String or not column.str.contains(r"(?i)^[+-]?inf").any():
        return column
    numbers = column.cast(polars.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column


def _not_utf8(place: Path) -> FrameError:
    return FrameError(
        f"The file '{place.name}' is not in UTF-8.",
        where=str(place),
        got="bytes of another encoding (Latin-1, UTF-16?)",
        need="text in UTF-8",
        do="save it as 'CSV UTF-8', or run iconv -f latin1 -t utf-8 in.csv > out.csv",
        slug="file-encoding",
    )


def _no_content(place: Path) -> FrameError:
    return FrameError(
        f"The file '{place.name}' is empty.",
        where=str(place),
        got="0 lines",
        need="a header and at least one row",
        do="check that the export was complete.",
        slug="file-empty",
    )
