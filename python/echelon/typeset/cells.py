"""The columns of a result table as cells: how many digits each quantity deserves.

Room: typeset/. Chooses digits by the name and the kind of a column.
Takes: columns by name.
Gives: `Column`s ready for a grid.
Source: Wainer (1997), Visual revelations, on rounding; APA style for p values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.typeset import numbers
from echelon.typeset.layout import Column, printable

# Columns of one unit: they share decimals, row by row judged by their precision.
FAMILY = frozenset(
    ("estimate", "std_error", "conf_low", "conf_high", "bias", "baseline", "changed", "effect",
     "ols_estimate", "ols_std_error", "dfbeta", "icc", "share")
)  # fmt: skip
ERRORS = ("std_error", "ols_std_error")
DEGREES = frozenset(("df", "df_num", "df_den"))
STATISTICS = frozenset(("statistic", "t", "z", "f", "chi_square"))
CRITERIA = ("log_likelihood", "objective", "aic", "bic", "caic")
DIGITS = 3
FINE = 0.1  # below this precision one digit less: decimals are many enough


def cells(data: Mapping[str, NDArray[Any]]) -> list[Column]:
    """Write every column of a table as strings.

    Parameters
    ----------
    data : arrays (n,) by name: text, counts, truth values or numbers.

    Returns
    -------
    Columns in order, headed by their names; text on the left, numbers on the decimal point.
    """
    family = [name for name in data if name in FAMILY and data[name].dtype.kind == "f"]
    shared = _shared(data, family)
    return [
        Column(name, shared[name]) if name in shared else _column(name, values)
        for name, values in data.items()
    ]


def _shared(data: Mapping[str, NDArray[Any]], family: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns of one unit, with the digits that the precision of each row deserves."""
    precisions = _precisions(data, family)
    if precisions is None:
        return {}
    rows = list(zip(*(data[name].tolist() for name in family), strict=True))
    precisions = [
        p if math.isfinite(p) and p != 0 else max(map(_size, row), default=1.0) / 100
        for p, row in zip(precisions, rows, strict=True)
    ]
    is_fine = bool(precisions) and float(np.median(precisions)) < FINE
    written = numbers.number_rows(rows, precisions, DIGITS - is_fine)
    columns = zip(*written, strict=True) if written else [()] * len(family)
    return dict(zip(family, map(tuple, columns), strict=True))


def _precisions(data: Mapping[str, NDArray[Any]], family: Sequence[str]) -> list[float] | None:
    """Find what decides a row's digits: its standard error, its interval over four, or itself."""
    for name in ERRORS:
        if name in family:
            return list(data[name].tolist())
    if {"conf_low", "conf_high"} <= set(family):
        return list(((data["conf_high"] - data["conf_low"]) / 4).tolist())
    return list(data["estimate"].tolist()) if "estimate" in family else None


def _size(value: float) -> float:
    return abs(value) if math.isfinite(value) else 0.0


def _column(name: str, values: NDArray[Any]) -> Column:
    if values.dtype.kind == "b":
        return Column(name, tuple("yes" if v else "no" for v in values.tolist()), "left")
    if values.dtype.kind in "iu":
        return Column(name, tuple(map(numbers.count, values.tolist())), "right")
    if values.dtype.kind == "f":
        return Column(name, tuple(_numbers(name, values.tolist())))
    known = [v for v in values.tolist() if v is not None]
    if known and all(isinstance(v, int | float | np.number) for v in known):
        plain = [math.nan if v is None else float(v) for v in values.tolist()]
        return Column(name, tuple(_numbers(name, plain)))
    texts = (numbers.MISSING if v is None else printable(str(v)) for v in values.tolist())
    return Column(name, tuple(texts), "left")


def _numbers(name: str, values: list[float]) -> list[str]:
    if name.startswith("p_value"):
        return [numbers.p_value(v) for v in values]
    if name in DEGREES:
        return [_whole(v) or numbers.degrees(v) for v in values]
    if name in STATISTICS:
        return numbers.statistics(values)
    if name.startswith(CRITERIA):
        return [numbers.fixed(v, 2) for v in values]
    if all(_whole(v) for v in values if not math.isnan(v)):
        return [_whole(v) or numbers.MISSING for v in values]
    sizes = [abs(v) for v in values if 0 < abs(v) < numbers.LARGEST_FIXED]
    typical = float(np.median(sizes)) if sizes else 1.0
    rows = numbers.number_rows([(v,) for v in values], [typical] * len(values), DIGITS)
    return [row[0] for row in rows]


def _whole(value: float) -> str:
    """Write a whole number as a count; nothing for any other."""
    is_whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return numbers.count(int(value)) if is_whole else ""
