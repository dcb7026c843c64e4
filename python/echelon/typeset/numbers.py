"""Numbers to text: how many digits, fixed or scientific, and the same on every machine.

Room: typeset/. The only place that formats a number.
Takes: floats, and the precision (a standard error, or the number itself) that decides the digits.
Gives: strings; columns of strings that share their decimals.
Source: Python's own formatting, which rounds correctly everywhere (David Gay's algorithm).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

MISSING = "-"
MAX_DECIMALS = 5
LARGEST_FIXED = 1e6


def count(number: int) -> str:
    """Write a count with thousands separators, e.g. '7,185'."""
    return f"{number:,}"


def fixed(value: float, decimals: int) -> str:
    """Write a number with a fixed number of decimals; never '-0.00', '-' for not-a-number."""
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else f"{value}"
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def scientific(value: float, decimals: int = 3) -> str:
    """Write a number with an exponent, e.g. '1.235e-07'; zero and not-a-number as `fixed`."""
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    return f"{value:.{decimals}e}"


def percent(share: float) -> str:
    """Write a share as a percentage with one decimal, e.g. '11.5%', '<0.1%' for a trace."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return MISSING if math.isnan(share) else fixed(100 * share, 1) + "%"


def significant(value: float, digits: int = 3) -> str:
    """Write one number alone with `digits` significant digits; an exponent where it is shorter."""
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    power = exponent(value, digits)
    if -MAX_DECIMALS < power < 7:
        return fixed(value, max(0, digits - 1 - power))
    return scientific(value, digits - 1)


def exponent(value: float, digits: int) -> int:
    """Power of ten of a number once rounded to `digits` significant digits."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def decimals_for(precisions: Iterable[float], digits: int = 2) -> int:
    """Choose decimals so that the smallest precision shows its significant digits.

    Parameters
    ----------
    precisions : standard errors, or the numbers themselves; zeros and not-a-numbers say nothing.
    digits : significant digits of the smallest precision where it is below one; one more above.

    Returns
    -------
    Decimals, from 0 to 5: 0.0123 needs 3, 0.22 needs 2, 6.8 needs 2, 35 needs 1, 120 none.
    """
    known = [abs(p) for p in precisions if math.isfinite(p) and p != 0]
    if not known:
        return 2
    power = exponent(min(known), digits)
    needed = digits - 1 - power if power < 0 else digits - power
    return min(max(needed, 0), MAX_DECIMALS)


def number_rows(
    rows: Sequence[Sequence[float]], precisions: Sequence[float], digits: int = 2
) -> list[list[str]]:
    """Format rows of numbers that share their decimals, each row judged by its precision.

    A row too small or too large for fixed decimals (precision under about 1e-4, or a value of a
    million and more) is written with exponents, and leaves the decimals of the others alone.

    Parameters
    ----------
    rows : numbers in one unit (an estimate, its standard error, its bounds), row by row.
    precisions : one per row: what decides the digits.
    digits : see `decimals_for`.

    Returns
    -------
    Strings, in the shape of `rows`.
    """
    is_plain = [_is_plain(row, p, digits) for row, p in zip(rows, precisions, strict=True)]
    judged = [p for p, plain in zip(precisions, is_plain, strict=True) if plain]
    decimals = decimals_for(judged, digits)
    return [
        [fixed(value, decimals) if plain else scientific(value) for value in row]
        for row, plain in zip(rows, is_plain, strict=True)
    ]


def _is_plain(row: Sequence[float], precision: float, digits: int) -> bool:
    largest = max((abs(value) for value in row if math.isfinite(value)), default=0.0)
    if largest >= LARGEST_FIXED:
        return False
    if not math.isfinite(precision) or precision == 0:
        return True
    return digits - 1 - exponent(abs(precision), digits) <= MAX_DECIMALS


def statistics(values: Sequence[float]) -> list[str]:
    """Format test statistics: two decimals, an exponent from a hundred thousand on."""
    return [fixed(v, 2) if not abs(v) >= 1e5 else scientific(v) for v in values]


def p_value(p: float) -> str:
    """Write a p value with three decimals, '<0.001' below, '-' for not-a-number."""
    return "<0.001" if p < 0.001 else fixed(p, 3)


def degrees(df: float) -> str:
    """Write degrees of freedom: one decimal below a thousand, e.g. '17.0', '6838'."""
    return fixed(df, 1 if df < 999.95 else 0)


def percent_label(level: float) -> str:
    """Write a confidence level as a heading, e.g. '95%', '99.9%'."""
    return f"{100 * level:.6g}%"


def half(value: float) -> str:
    """Write a median of counts: a whole number, or one decimal, e.g. '47', '47.5'."""
    return count(int(value)) if value == int(value) else f"{value:,.1f}"


def rounded_count(value: float) -> str:
    """Write a number that stands for a count, rounded, e.g. '1,212'; '-' for not-a-number."""
    return count(round(value)) if math.isfinite(value) else MISSING
