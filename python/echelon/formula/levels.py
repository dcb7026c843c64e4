"""Turn level-1, level-2, level-3 equations into one mixed formula.

Room: formula/. Knows text, not data.
Takes: the text of level equations.
Gives: `levels`: the Formula of the combined model.
Source: Raudenbush & Bryk (2002), chapters 2 and 8: the combined model by substitution.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from echelon.errors import near_matches
from echelon.formula import level_refusals as refusals
from echelon.formula.expression import Call, Expression, Name, deparse, quote_name
from echelon.formula.level_equation import Equation, Summand
from echelon.formula.level_syntax import read_equations
from echelon.formula.parse import parse_formula
from echelon.formula.render import render
from echelon.formula.terms import Formula

_RESIDUAL = re.compile(
    r"(?:[reuvwεζ]|eps(?:ilon)?|zeta)(?:(?:_?[0-9]+)*_?[ijk]*|(?:_?[0-9]+)+_?[ijklmt]*)",
    re.IGNORECASE,
)
_FIXED = re.compile(r"[^\W\d_]+(?:_?[0-9]+)+_?[ijklmt]*")


@dataclass(frozen=True, slots=True)
class _Part:
    """A summand, understood: `kind` is 'residual', 'offset' or 'coefficient'."""

    kind: str
    name: str
    predictors: tuple[Expression, ...]
    summand: Summand


@dataclass(slots=True)
class _Model:
    """The equations by name, and what substitution has found so far."""

    equations: dict[str, Equation]
    units: dict[int, str]
    fixed: dict[tuple[str, ...], int] = field(default_factory=dict)  # predictors to their level
    random: dict[int, list[tuple[str, ...]]] = field(default_factory=dict)  # by level
    offsets: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    places: set[frozenset[str]] = field(default_factory=set)


def levels(text: str, *, groupings: Sequence[str] = ()) -> Formula:
    """Combine level equations into one mixed formula.

    Each level starts with `level 2 (school):`, the unit in brackets being the grouping factor;
    more equations of the level follow on lines of their own. `#` starts a comment. The notation
    of textbooks and of the HLM program is understood: Greek letters, subscripts, LaTeX,
    (x_ij - x-bar.j) for cwc(x), links and distributions; docs/how-to/level-equations.md.

    Names are free. What a symbol is follows from where it stands:

    1. The name left of a level-2 (or higher) equation is a coefficient of a lower level.
    2. In a product the coefficient is the factor that has an equation, else the first factor
       made of letters and digits, such as g11, gamma_11, b1; the other factors are predictors.
    3. A name that stands alone is a residual if it is r, e, u, v, w or zeta, with or without
       digits, as in r, u0, u_10 (and has no equation); else it is the intercept of its equation.
    4. A coefficient without an equation, or whose equation has no residual, does not vary.
    5. The units that the response carries, y_ij, are no part of any name: x_ij is the column x.

    `cwc(x)` and `gm(x)` find their grouping factor: in a level-1 equation the unit of level 2;
    in a higher equation `gm(x)` takes the unit of that level, `cwc(x)` that of the next. Units
    are nested: with levels 2 (child) and 3 (school), level 2 varies over school:child.

    Parameters
    ----------
    text : the equations.
    groupings : grouping factors from level 2 up, for text that does not name its units, such as
        the output of HLM, or Goldstein's beta_0ij, whose subscripts say the level.

    Returns
    -------
    The Formula; printing it gives the mixed formula, its `text`.

    Raises
    ------
    FormulaError : an equation cannot be read, or the equations do not fit together.

    Examples
    --------
    >>> levels('''
    ...     level 1 (student): mathach = b0 + b1*cwc(ses) + r
    ...     level 2 (school):  b0 = g00 + g01*sector + u0
    ...                        b1 = g10 + u1
    ... ''').text
    'mathach ~ cwc(ses, school) + sector + (1 + cwc(ses, school) | school)'
    """
    if not isinstance(text, str):
        raise refusals.not_text(text)
    names = (groupings,) if isinstance(groupings, str) else tuple(groupings)
    return _levels_cached(text, names)


@lru_cache(maxsize=128)
def _levels_cached(text: str, groupings: tuple[str, ...]) -> Formula:
    equations = read_equations(text, groupings)
    first = _level_one(equations)
    model = _Model(_by_name(equations), _units(equations))
    _substitute(model, first, (), 1)
    _check_used(model)
    mixed = _mixed_text(model, first)
    return parse_formula(render(parse_formula(mixed)))


def _level_one(equations: Sequence[Equation]) -> Equation:
    found = [equation for equation in equations if equation.level == 1]
    if len(found) != 1:
        raise refusals.level_one(equations, found)
    return found[0]


def _by_name(equations: Sequence[Equation]) -> dict[str, Equation]:
    named: dict[str, Equation] = {}
    for equation in equations:
        if equation.level > 1 and named.setdefault(equation.left, equation) is not equation:
            raise refusals.defined_twice(equation)
    return named


def _units(equations: Sequence[Equation]) -> dict[int, str]:
    units: dict[int, str] = {}
    for equation in equations:
        if equation.level > 1 and equation.unit is not None:
            known = units.setdefault(equation.level, equation.unit)
            if known != equation.unit:
                raise refusals.two_units(equation, known)
    for level in range(2, max(units, default=1)):
        if level not in units:
            raise refusals.missing_level(equations[-1], level)
    return {level: _inner(unit, units.get(level + 1)) for level, unit in units.items()}


def _inner(unit: str, outer: str | None) -> str:
    """Name a unit within the next: school:class is class in school; class stays class."""
    above = set() if outer is None else set(outer.split(":"))
    own = [part for part in unit.split(":") if part not in above]
    is_whole = len(own) == len(unit.split(":")) - len(above)
    return ":".join(own) if above and own and is_whole else unit


def _substitute(model: _Model, equation: Equation, outer: tuple[str, ...], reached: int) -> None:
    """Add what an equation gives when its left-hand side multiplies the `outer` predictors."""
    parts = [_understand(model, equation, summand) for summand in equation.summands]
    _check_single(equation, parts)
    for part in parts:
        if part.kind == "offset":
            model.offsets.append(_predictor_text(model, equation, part.predictors[0]))
            continue
        if part.kind == "residual":
            if equation.level > 1:
                _add_random(model, equation, outer, part.summand)
            continue
        own = tuple(_predictor_text(model, equation, node) for node in part.predictors)
        level = max(reached, equation.level) if own else reached
        _follow(model, equation, part, outer + own, level)


def _add_random(
    model: _Model, equation: Equation, outer: tuple[str, ...], summand: Summand
) -> None:
    effects = model.random.setdefault(equation.level, [])
    if frozenset(outer) in map(frozenset, effects):
        raise refusals.same_term(equation, deparse(summand.factors[0]), outer, summand.span)
    effects.append(outer)


def _follow(
    model: _Model, equation: Equation, part: _Part, predictors: tuple[str, ...], level: int
) -> None:
    """Go to the equation of a coefficient; without one the coefficient is fixed."""
    if part.name in model.used:
        raise refusals.used_twice(equation, part.name, part.summand.span)
    model.used.add(part.name)
    higher = model.equations.get(part.name)
    if higher is None:
        if frozenset(predictors) in model.places:
            raise refusals.same_term(equation, part.name, predictors, part.summand.span)
        model.places.add(frozenset(predictors))
        model.fixed[predictors] = level
    elif higher.level <= equation.level:
        raise refusals.wrong_level(equation, higher, part.summand.span)
    else:
        _substitute(model, higher, predictors, level)


def _understand(model: _Model, equation: Equation, summand: Summand) -> _Part:
    """Say which factor of a summand is the coefficient (rules 1 to 3 of `levels`)."""
    factors = summand.factors
    if len(factors) == 1:
        return _understand_single(model, equation, summand)
    place = _coefficient_place(model, factors)
    if place is None:
        raise refusals.no_coefficient(equation, summand, _is_residual(model, factors))
    named = factors[place]
    assert isinstance(named, Name)
    others = factors[:place] + factors[place + 1 :]
    return _Part("coefficient", named.name, others, summand)


def _understand_single(model: _Model, equation: Equation, summand: Summand) -> _Part:
    (node,) = summand.factors
    if isinstance(node, Call) and node.function == "offset" and equation.level == 1:
        return _Part("offset", "", node.arguments, summand)
    if not isinstance(node, Name):
        raise refusals.no_coefficient(equation, summand, False)
    if node.name in model.equations or not _RESIDUAL.fullmatch(node.name):
        if node.name not in model.equations and not _FIXED.fullmatch(node.name):
            raise refusals.no_coefficient(equation, summand, False)
        return _Part("coefficient", node.name, (), summand)
    return _Part("residual", node.name, (), summand)


def _coefficient_place(model: _Model, factors: Sequence[Expression]) -> int | None:
    names = [node.name if isinstance(node, Name) else "" for node in factors]
    for place, name in enumerate(names):
        if name in model.equations:
            return place
    for place, name in enumerate(names):
        if _FIXED.fullmatch(name) and not _RESIDUAL.fullmatch(name):
            return place
    return None


def _is_residual(model: _Model, factors: Sequence[Expression]) -> bool:
    return any(isinstance(node, Name) and _RESIDUAL.fullmatch(node.name) for node in factors)


def _check_single(equation: Equation, parts: Sequence[_Part]) -> None:
    """Allow one residual and one intercept in an equation."""
    residuals = [part for part in parts if part.kind == "residual"]
    intercepts = [part for part in parts if part.kind == "coefficient" and not part.predictors]
    for found, word in ((residuals, "residual"), (intercepts, "intercept")):
        if len(found) > 1:
            raise refusals.two_of_a_kind(equation, word, found[0].name, found[1].summand)


def _predictor_text(model: _Model, equation: Equation, node: Expression) -> str:
    """Write a predictor; `cwc(x)` and `gm(x)` get their grouping factor."""
    if isinstance(node, Call) and node.function in ("cwc", "gm") and len(node.arguments) == 1:
        level = equation.level
        if level == 1 or node.function == "cwc":
            level += 1
        if level not in model.units:
            raise refusals.no_group(equation, node, level)
        groups = tuple(Name(name) for name in _nested_units(model, level))
        node = Call(node.function, node.arguments + groups)
    return deparse(node, quoted=True)


def _nested_units(model: _Model, level: int) -> list[str]:
    """Name the units from the highest level down to this one."""
    return [model.units[above] for above in sorted(model.units, reverse=True) if above >= level]


def _check_used(model: _Model) -> None:
    for name, equation in model.equations.items():
        if name not in model.used:
            hint = near_matches(name, sorted(model.used - set(model.equations)))
            raise refusals.unused(equation, hint)
    for level, unit in model.units.items():
        if level not in model.random:
            equation = next(e for e in model.equations.values() if e.level == level)
            raise refusals.no_residual(equation, unit)


def _mixed_text(model: _Model, first: Equation) -> str:
    fixed = sorted(model.fixed.items(), key=lambda item: (len(item[0]), item[1]))
    pieces = ["1" if () in model.fixed else "0"]
    pieces += [":".join(predictors) for predictors, _ in fixed if predictors]
    pieces += [f"offset({offset})" for offset in model.offsets]
    above: tuple[tuple[str, ...], ...] = ()
    chain: list[str] = []
    for level in sorted(model.units, reverse=True):
        effects = tuple(model.random[level])
        if effects != above:
            chain = []
        nested = [quote_name(name) for name in _nested_units(model, level)]
        if chain:
            pieces.pop()
        chain.append(nested[-1] if chain else ":".join(nested))
        above = effects
        pieces.append(f"({_effects_text(effects)} | {'/'.join(chain)})")
    return f"{first.left} ~ {' + '.join(pieces)}"


def _effects_text(effects: Sequence[tuple[str, ...]]) -> str:
    ordered = [":".join(predictors) for predictors in effects if predictors]
    return " + ".join(["1" if () in effects else "0", *ordered])
