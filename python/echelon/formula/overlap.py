"""Check that no random effect is in the model twice.

Room: formula/. Knows text, not data.
Takes: the random terms of one formula.
Gives: `check_random_terms`: nothing, or a FormulaError that names the effect in both.
Source: two variances of the same effect over the same groups are not identified.
"""

from __future__ import annotations

from collections.abc import Hashable

from echelon.errors import FormulaError
from echelon.formula.expression import Expression
from echelon.formula.pointing import formula_error
from echelon.formula.terms import Grouping, RandomTerm

_INTERCEPT: frozenset[Expression] = frozenset()


def check_random_terms(text: str, random: tuple[RandomTerm, ...]) -> None:
    """Raise FormulaError if an effect varies over the same grouping factor in two terms."""
    seen: dict[tuple[Hashable, frozenset[Expression]], RandomTerm] = {}
    for term in random:
        place = _grouping_key(term.grouping)
        for effect in _effects(term):
            first = seen.setdefault((place, effect), term)
            if first is not term:
                raise _twice(text, first, term, effect)


def _grouping_key(grouping: Grouping) -> Hashable:
    return (frozenset(grouping.factors), frozenset(grouping.members))


def _effects(term: RandomTerm) -> list[frozenset[Expression]]:
    effects = [frozenset(inner.factors) for inner in term.terms]
    return [_INTERCEPT, *effects] if term.intercept else effects


def _twice(
    text: str, first: RandomTerm, second: RandomTerm, effect: frozenset[Expression]
) -> FormulaError:
    group = second.grouping.label
    got = f"{first.text} and {second.text}"
    if set(_effects(first)) == set(_effects(second)):
        return formula_error(
            f"The same random term over '{group}' is given twice.",
            text,
            second.span,
            got=got,
            need="each random term once",
            do="take one of them out.",
            slug="random-term-twice",
        )
    label = _label(second, effect)
    return formula_error(
        f"{label} varies over '{group}' in two random terms.",
        text,
        second.span,
        got=got,
        need="each effect once per grouping factor; without 0 a bar adds the intercept",
        do="write 0 + first in one of them, or join both in one pair of brackets."
        if effect == _INTERCEPT
        else "take it out of one of them, or join both in one pair of brackets.",
        slug="random-term-overlap",
    )


def _label(term: RandomTerm, effect: frozenset[Expression]) -> str:
    if effect == _INTERCEPT:
        return "The intercept"
    label = next(inner.label for inner in term.terms if frozenset(inner.factors) == effect)
    return f"The slope of '{label}'"
