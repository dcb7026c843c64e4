"""Find the levels of equations from their subscripts, where no heading says them.

Room: formula/. Knows text, not data.
Takes: equations without a level, such as Goldstein's `beta_0ij = beta_0 + u_0j + e_0ij`.
Gives: `number_levels`: the same equations, one per level; `without_constant`.
Source: Goldstein (2011), chapter 2: a coefficient carries the subscripts of what it varies over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from echelon.formula.expression import Expression, Name
from echelon.formula.level_equation import Equation, Summand
from echelon.formula.level_notation import Units, is_coefficient

_CONSTANTS = ("cons", "const", "x0", "x_0")
_RESIDUAL = re.compile(r"(?:[reuvwεζ]|eps(?:ilon)?|zeta)(?:_?[0-9]+)*_?([ijklmt]*)", re.IGNORECASE)
_ENDING = re.compile(r"[0-9]_?([ijklmt]*)$")


def without_constant(factors: Sequence[Expression]) -> list[Expression]:
    """Leave out the column of ones that MLwiN writes beside an intercept: beta_0ij x_0."""
    names = [node.name for node in factors if isinstance(node, Name)]
    if len(names) == 2 == len(factors) and is_coefficient(names[0]):
        is_intercept = re.search(r"[a-zβγπδ]_?0+_?[ijk]*$", names[0], re.IGNORECASE)
        if is_intercept and names[1].lower() in _CONSTANTS:
            return list(factors[:1])
    return list(factors)


def number_levels(
    equations: Sequence[Equation], units: Units, groupings: Sequence[str]
) -> tuple[Equation, ...]:
    """Give a level to equations that have none; the first is the response's.

    Parameters
    ----------
    equations : as read; level 0 where no heading stood before them.
    units : letters of the units, from the response.
    groupings : the units from level 2 up.

    Returns
    -------
    Equations with levels. One whose residuals vary over several units becomes one per level.
    """
    found: list[Equation] = []
    for place, equation in enumerate(equations):
        if equation.level:
            found.append(equation)
        elif place == 0:
            found.append(replace(equation, level=1))
        else:
            found += _numbered(equation, units, groupings)
    return tuple(found)


def _numbered(equation: Equation, units: Units, groupings: Sequence[str]) -> list[Equation]:
    height = len(groupings) + 1
    own = _level(_ending(equation.left), units, height)
    residuals: dict[int, Summand] = {}
    others: list[Summand] = []
    for summand in equation.summands:
        letters = _residual_letters(summand)
        level = None if letters is None else _level(letters, units, height, own)
        if level is None or level in residuals:
            others.append(summand)
        else:
            residuals[level] = summand
    residuals.pop(1, None)
    levels = sorted(residuals) or [max(own, 2)]
    return _chain(equation, levels, residuals, others, groupings)


def _chain(
    equation: Equation,
    levels: Sequence[int],
    residuals: dict[int, Summand],
    others: Sequence[Summand],
    groupings: Sequence[str],
) -> list[Equation]:
    """Write one equation per level; each but the last leads to the next."""
    found: list[Equation] = []
    left = equation.left
    for place, level in enumerate(levels):
        own = [residuals[level]] if level in residuals else []
        unit = groupings[level - 2] if level - 2 < len(groupings) else None
        if place + 1 < len(levels):
            following = f"{equation.left} at level {levels[place + 1]}"
            span = own[0].span
            summands = (Summand((Name(following, span),), span), *own)
            found.append(replace(equation, level=level, unit=unit, left=left, summands=summands))
            left = following
        else:
            summands = (*others, *own)
            found.append(replace(equation, level=level, unit=unit, left=left, summands=summands))
    return found


def _ending(name: str) -> str:
    found = _ENDING.search(name)
    return "" if found is None else found[1]


def _residual_letters(summand: Summand) -> str | None:
    node = summand.factors[0]
    if len(summand.factors) > 1 or not isinstance(node, Name):
        return None
    found = _RESIDUAL.fullmatch(node.name)
    return None if found is None else found[1]


def _level(letters: str, units: Units, height: int, default: int = 2) -> int:
    """Count the level from the subscripts left: all of them is level 1, one is the highest."""
    if not letters or not units.letters:
        return max(default, 2)
    return min(max(len(units.letters) - len(letters) + 1, 1), height)
