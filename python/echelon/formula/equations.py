"""Take a model apart into the equations of its levels.

Room: formula/. Knows text and the level at which each variable varies, not data.
Takes: a Formula, and for each variable the grouping factor within which it is constant.
Gives: `equations_of`: `Line`s of symbols and variables, for `equation_text` to write.
Source: Raudenbush & Bryk (2002): the level equations are the combined model, undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from echelon.formula.expression import Call, Expression, deparse, variables
from echelon.formula.terms import Formula, Grouping, Term

MAX_LEVELS = 4
# Letters of the coefficients, and of the residuals, from level 1 up, by number of levels.
_COEFFICIENTS = {1: "b", 2: "bg", 3: "pbg", 4: "apbg"}
_RESIDUALS = {1: "e", 2: "eu", 3: "eru", 4: "ervu"}
_CROSSED = "uvwstzqh"
_UNITS = "ijkl"
_NONE: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Symbol:
    """A coefficient or a residual: letter, index digits, and unit letters or group name."""

    letter: str
    index: str
    units: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A column or a function of columns, with the letters of the units over which it varies."""

    text: str
    units: str = ""
    function: str = ""


Product: TypeAlias = tuple[Symbol | Variable, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One equation: `level` is 0 for a model written as one equation."""

    level: int
    unit: str
    left: Symbol | Variable
    right: tuple[Product, ...]


@dataclass(slots=True)
class _Node:
    """The equation of one coefficient, while it grows: parts by the predictors of its level."""

    children: dict[tuple[Expression, ...], _Node] = field(default_factory=dict)
    residuals: list[tuple[Expression, ...]] = field(default_factory=list)
    is_fixed: bool = False

    def is_constant(self) -> bool:
        """Tell a coefficient that is the same number in all groups: it needs no equation."""
        if self.residuals or any(self.children) or len(self.children) > 1:
            return False
        return all(child.is_constant() for child in self.children.values())


def equations_of(
    formula: Formula,
    term_levels: Mapping[str, str | None],
    *,
    order: Sequence[str] | None = None,
    link: str = "identity",
    mean: str = "",
) -> tuple[Line, ...]:
    """Write a model as equations, one per level when its grouping factors are nested.

    Parameters
    ----------
    formula : a formula without a dot.
    term_levels : by variable, or by the text of a function of variables such as 'log(w)', the
        grouping factor within which it is constant; None, or absent: it varies at level 1.
    order : grouping factors from the innermost to the outermost, when the data show that they
        are nested; None: nesting is read from the formula (`a/b`).
    link : the link; with another than 'identity' the equation is for the linked mean.
    mean : what is linked, where that is not E[response]; then there is no residual.

    Returns
    -------
    Equations from level 1 up; a single one, of level 0, if the factors are crossed.
    """
    chain = _chain(formula) if order is None else tuple(order)
    if chain is None or len(chain) >= MAX_LEVELS:
        return (_single(formula, link, mean),)
    return _Nested(formula, term_levels, chain, link, mean).lines()


def _chain(formula: Formula) -> tuple[str, ...] | None:
    """Order nested grouping factors from the inside out; None if they are not nested."""
    groupings: dict[object, Grouping] = {}
    for term in formula.random:
        groupings.setdefault(_identity(term.grouping), term.grouping)
    inside_out = sorted(groupings.values(), key=lambda grouping: -len(grouping.factors))
    for inner, outer in pairwise(inside_out):
        if not set(outer.factors) < set(inner.factors):
            return None
    if any(grouping.members for grouping in inside_out):
        return None
    return tuple(grouping.label for grouping in inside_out)


def _identity(grouping: Grouping) -> object:
    """Identify a grouping factor: `a:b` and `b:a` are the same."""
    return frozenset(grouping.factors), grouping.members


class _Nested:
    """The equations of a nested model; level 1 is `tree`, its children those of level 2."""

    def __init__(
        self,
        formula: Formula,
        term_levels: Mapping[str, str | None],
        chain: tuple[str, ...],
        link: str,
        mean: str,
    ) -> None:
        self.formula = formula
        self.chain = chain
        self.left = _response(formula, _UNITS[: len(chain) + 1], link, mean)
        self.has_residual = link == "identity" and not mean
        self.height = len(chain) + 1
        self.levels = {label: place + 2 for place, label in enumerate(chain)}
        known = {
            _identity(term.grouping): self.levels[term.grouping.label]
            for term in formula.random
            if term.grouping.label in self.levels
        }
        for random in formula.random:
            self.levels.setdefault(random.grouping.label, known[_identity(random.grouping)])
        self.term_levels = term_levels
        self.tree = _Node()
        if formula.intercept:
            self._add_fixed(_NONE)
        for term in formula.fixed:
            self._add_fixed(term.factors)
        for random in formula.random:
            level = self.levels[random.grouping.label]
            effects = [_NONE] if random.intercept else []
            for effect in effects + [term.factors for term in random.terms]:
                self._add_random(effect, level)

    def _level(self, node: Expression) -> int:
        """Find the level at which an expression varies: as given, or from its variables."""
        text = deparse(node)
        if text in self.term_levels:
            return self.levels.get(self.term_levels[text] or "", 1)
        if isinstance(node, Call) and node.function == "gm":
            names = [name for group in node.arguments[1:] for name in variables(group)]
            for label in (":".join(names), names[-1] if names else ""):
                if label in self.levels:
                    return self.levels[label]
        inner = node.arguments[0] if isinstance(node, Call) and node.function == "cwc" else node
        found = [self.levels.get(self.term_levels.get(v) or "", 1) for v in variables(inner)]
        return min(found, default=1)

    def _at(self, factors: Sequence[Expression], level: int) -> tuple[Expression, ...]:
        return tuple(factor for factor in factors if self._level(factor) == level)

    def _add_fixed(self, factors: Sequence[Expression]) -> None:
        node = self.tree
        for level in range(1, self.height + 1):
            node = node.children.setdefault(self._at(factors, level), _Node())
        node.is_fixed = True

    def _add_random(self, factors: Sequence[Expression], grouping_level: int) -> None:
        node = self.tree
        for level in range(1, grouping_level):
            node = node.children.setdefault(self._at(factors, level), _Node())
        left = [factor for factor in factors if self._level(factor) >= grouping_level]
        node.residuals.append(tuple(left))

    def lines(self) -> tuple[Line, ...]:
        """Write the tree, level by level."""
        found = [self._line(self.tree, 1, self.left, ())]
        front: list[tuple[_Node, tuple[int, ...]]] = [(self.tree, ())]
        for level in range(2, self.height + 1):
            below, front = front, []
            for node, path in below:
                front += [(child, (*path, number)) for number, child in _numbered(node)]
            for node, path in front:
                if not node.is_constant():
                    symbol = self._coefficient(level - 1, path, node)
                    found.append(self._line(node, level, symbol, path))
        return tuple(found)

    def _units(self, level: int) -> str:
        return _UNITS[level - 1 : self.height]

    def _coefficient(self, level: int, path: tuple[int, ...], node: _Node) -> Symbol:
        letter = _COEFFICIENTS[self.height][level - 1]
        return Symbol(letter, _index(path), "" if node.is_constant() else self._units(level + 1))

    def _line(
        self, node: _Node, level: int, left: Symbol | Variable, path: tuple[int, ...]
    ) -> Line:
        right: list[Product] = []
        for (number, child), factors in zip(_numbered(node), _ordered(node), strict=True):
            if level < self.height or child.is_fixed:
                coefficient = self._coefficient(level, (*path, number), child)
                right.append((coefficient, *self._variables(factors)))
        if level == 1:
            right += [(_offset(node, self._units(1)),) for node in self.formula.offsets]
            if self.has_residual:
                right.append((Symbol("e", "", self._units(1)),))
        letter = _RESIDUALS[self.height][level - 1]
        for place, factors in enumerate(node.residuals):
            index = _index(path) + (f".{place}" if factors else "")
            right.append((Symbol(letter, index, self._units(level)), *self._variables(factors)))
        unit = self.chain[level - 2] if level > 1 else ""
        return Line(level, unit, left, tuple(right))

    def _variables(self, factors: Sequence[Expression]) -> tuple[Variable, ...]:
        return tuple(
            Variable(deparse(factor, quoted=True), self._units(self._level(factor)))
            for factor in factors
        )


def _ordered(node: _Node) -> list[tuple[Expression, ...]]:
    """Order the parts of an equation: the intercept first, then as they came."""
    return sorted(node.children, key=lambda factors: bool(factors))


def _numbered(node: _Node) -> list[tuple[int, _Node]]:
    """Give each part of an equation its number; 0 is kept for the intercept."""
    ordered = _ordered(node)
    first = 0 if ordered and not ordered[0] else 1
    return [(first + place, node.children[factors]) for place, factors in enumerate(ordered)]


def _index(path: Sequence[int]) -> str:
    return ("," if max(path, default=0) > 9 else "").join(map(str, path))


def _response(formula: Formula, units: str, link: str, mean: str) -> Variable:
    text = "y" if formula.response is None else formula.response.text
    if link == "identity":
        return Variable(mean or text, units)
    return Variable(mean or f"E[{text}]", units, link)


def _offset(node: Expression, units: str) -> Variable:
    return Variable(deparse(node, quoted=True), units)


def _single(formula: Formula, link: str, mean: str) -> Line:
    """Write a crossed model as one equation, with a letter for each grouping factor."""
    right: list[Product] = []
    if formula.intercept:
        right.append((Symbol("b", "0"),))
    for place, term in enumerate(formula.fixed, start=1):
        right.append((Symbol("b", str(place)), *_plain(term)))
    right += [(_offset(node, ""),) for node in formula.offsets]
    labels = list(dict.fromkeys(term.grouping.label for term in formula.random))
    for label, letter in zip(labels, _letters(len(labels)), strict=True):
        right += _crossed_effects(formula, label, letter)
    if link == "identity" and not mean:
        right.append((Symbol("e", ""),))
    return Line(0, "", _response(formula, "", link, mean), tuple(right))


def _crossed_effects(formula: Formula, label: str, letter: str) -> list[Product]:
    effects: list[tuple[Variable, ...]] = []
    for random in formula.random:
        if random.grouping.label == label:
            effects += [()] if random.intercept else []
            effects += [_plain(term) for term in random.terms]
    effects.sort(key=lambda effect: bool(effect))
    first = 0 if effects and not effects[0] else 1
    return [
        (Symbol(letter, str(place), group=label), *effect)
        for place, effect in enumerate(effects, start=first)
    ]


def _plain(term: Term) -> tuple[Variable, ...]:
    return tuple(Variable(deparse(factor, quoted=True)) for factor in term.factors)


def _letters(count: int) -> list[str]:
    return [_CROSSED[place] if place < len(_CROSSED) else "u" for place in range(count)]
