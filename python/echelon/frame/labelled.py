"""Files of SPSS, Stata and SAS: numbers with value labels.

Room: frame/. Knows values, not models.
Takes: the path of a .sav, .zsav, .dta, .sas7bdat or .xpt file.
Gives: a polars frame in which fully labelled columns are categories.
Source: docs/reference, files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echelon._optional import require

_READERS = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".dta": "read_dta",
    ".sas7bdat": "read_sas7bdat",
    ".xpt": "read_xport",
}


def read_labelled(place: Path) -> Any:
    """Read a file of SPSS, Stata or SAS.

    When every value that occurs has a label the column becomes categories (polars Enum) in the
    order of the codes. When only some have, it keeps its numbers and the labels are left out.
    Values declared missing and blank texts are null.

    Raises
    ------
    ValueError : the file cannot be parsed; `read` words the message.
    """
    library = require("pyreadstat", extra="spss-stata-sas", purpose="files of SPSS, Stata and SAS")
    reader = getattr(library, _READERS[place.suffix.lower()])
    try:
        frame, meta = reader(str(place), output_format="polars")
    except (library.ReadstatError, library.PyreadstatError) as error:
        raise ValueError(str(error)) from None
    labels: Mapping[str, Mapping[Any, str]] = meta.variable_value_labels
    return frame.with_columns(
        with_labels(column, labels.get(column.name, {})) for column in frame.get_columns()
    )


def with_labels(column: Any, labels: Mapping[Any, str]) -> Any:
    """Put labels for codes in a polars Series, if every code that occurs has one.

    Parameters
    ----------
    column : numbers or texts, as coded.
    labels : label by code. Codes that share a label are told apart by their code in brackets.

    Returns
    -------
    Series of type Enum in the order of the codes, or the column itself.
    """
    polars = require("polars")
    codes: list[Any]
    if column.dtype == polars.String:
        column = column.replace({"": None})
        codes = sorted(str(code) for code in labels)
    elif column.dtype.is_numeric():
        column = column.fill_nan(None) if column.dtype.is_float() else column
        codes = sorted(float(code) for code in labels if isinstance(code, (int, float)))
    else:
        return column
    present = column.drop_nulls().unique()
    coded = polars.Series(codes).cast(column.dtype, strict=False)
    if not codes or not len(present) or not present.is_in(coded.implode()).all():
        return column
    words = _distinct([(code, labels[code]) for code in codes])
    return column.replace_strict(coded, words, return_dtype=polars.Enum(words))


def _distinct(pairs: list[tuple[Any, str]]) -> list[str]:
    """Word each code, with the code itself where several share a label."""
    words = [label for _, label in pairs]
    return [
        label if words.count(label) == 1 else f"{label} ({_code_text(code)})"
        for code, label in pairs
    ]


def _code_text(code: Any) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)
