"""Read a predictor minus its mean, as textbooks write centring: (SES_ij - SES-bar.j).

Room: formula/. Knows text, not data.
Takes: an equation as written, and in plain letters.
Gives: `centred_differences`: the plain text with cwc(x) or cgm(x) in the place of the difference.
Source: Raudenbush & Bryk (2002), chapter 2: a dot stands for the units that a mean is taken over.
"""

from __future__ import annotations

import re

from echelon.errors import FormulaError
from echelon.formula.level_notation import UNIT_LETTERS, Units, plain, without_units
from echelon.formula.pointing import formula_error

_NAME = r"[^\W\d_](?:[^\W_]|_(?![ijklmt.]))*"
_MARK = rf"(?:_?[{UNIT_LETTERS}]+)?"
_MEAN_MARK = rf"(?P<over>\s*_?\.\.(?:\.)?|\s*_?\.?[{UNIT_LETTERS}]+\.?|)"
_BARRED = re.compile(
    rf"\(\s*(?P<name>{_NAME}?){_MARK}\s*-\s*"
    rf"(?:(?P=name)(?:[-_ ]?bar|[\u0304\u0305])|bar\s*\{{?\s*(?P=name)\s*\}}?|"
    rf"mean\s*[(\[]\s*(?P=name)\s*[)\]])"
    rf"{_MEAN_MARK}\s*\)"
)
_GROUP_MEAN = re.compile(rf"(?<![\w-])(?P<name>{_NAME}?)-bar\s*_?\.?[{UNIT_LETTERS}]+\.?(?!\w)")


def centred_differences(shown: str, text: str, units: Units) -> str:
    """Put cwc(x) for x - x-bar.j, cgm(x) for x - x-bar.., and gm(x) for x-bar.j alone.

    Parameters
    ----------
    shown : the equation as written.
    text : the same in plain letters, without subscripts; of the same length.
    units : letters of the units.

    Returns
    -------
    `text`, of the same length.

    Raises
    ------
    FormulaError : the mean has no subscript, so that it may be either.
    """
    for match in _BARRED.finditer(plain(shown)):
        over = match["over"].strip().strip("_")
        if not over:
            raise _unclear(shown, match["name"], match.start())
        name = without_units(match["name"], units).strip()
        call = f"{'cgm' if '..' in over else 'cwc'}({name})"
        text = text[: match.start()] + call.ljust(len(match[0])) + text[match.end() :]
    for match in _GROUP_MEAN.finditer(text):
        call = f"gm({match['name']})".ljust(len(match[0]))
        text = text[: match.start()] + call + text[match.end() :]
    return text


def _unclear(shown: str, name: str, at: int) -> FormulaError:
    return formula_error(
        f"It is not clear which mean of '{name}' is subtracted.",
        shown,
        (at, at + 1),
        got=f"a mean of '{name}' without a subscript",
        need=f"the mean of the group, {name}-bar.j, or of all rows, {name}-bar..",
        do=f"write cwc({name}) for the group mean, or cgm({name}) for the grand mean.",
        slug="centring-group",
    )
