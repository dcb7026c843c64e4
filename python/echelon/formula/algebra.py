"""The algebra of terms: what +, -, :, *, /, %in% and ^ do to sets of terms.

Room: formula/. Knows text, not data.
Takes: sets of terms; a term is a sorted tuple of variable numbers.
Gives: the sets after each operator, and their sizes before the work is done.
Source: Wilkinson & Rogers (1973), as R's `terms` has it.
"""

from __future__ import annotations

from itertools import chain
from math import comb
from typing import TypeAlias

from echelon.formula.expression import Expression, Span
from echelon.formula.terms import Term

Key: TypeAlias = tuple[int, ...]
TermSet: TypeAlias = dict[Key, Span]  # in order of appearance


class Side:
    """The terms of one right-hand side while it is parsed: variables, intercept, sign.

    Variables are numbered in order of appearance, which orders the names within an
    interaction, as in R: after `a + b`, `b:a` is written 'a:b'.
    """

    __slots__ = ("intercept", "is_random", "numbers", "sign", "variables")

    def __init__(self, *, is_random: bool) -> None:
        self.is_random = is_random
        self.intercept = True
        self.sign = 1
        self.variables: list[Expression] = []
        self.numbers: dict[Expression, int] = {}

    def single(self, node: Expression) -> TermSet:
        """Make the set that holds one variable."""
        number = self.numbers.setdefault(node, len(self.variables))
        if number == len(self.variables):
            self.variables.append(node)
        return {(number,): node.span}

    def terms(self, found: TermSet) -> tuple[Term, ...]:
        """Order terms by order of interaction, then by appearance."""
        ordered = sorted(found.items(), key=lambda item: len(item[0]))
        variables = self.variables
        return tuple(
            Term(tuple([variables[number] for number in key]), span) for key, span in ordered
        )

    def label(self, key: Key) -> Term:
        """Make the term of a key."""
        return Term(tuple(self.variables[number] for number in key))


def _union(left: Key, right: Key) -> Key:
    return left if left == right else tuple(sorted({*left, *right}))


def _cover(left: Span, right: Span) -> Span:
    return (min(left[0], right[0]), max(left[1], right[1]))


def interact(left: TermSet, right: TermSet) -> TermSet:
    """Do `a:b`: each term of the left with each of the right."""
    result: TermSet = {}
    for one, one_span in left.items():
        for other, other_span in right.items():
            result.setdefault(_union(one, other), _cover(one_span, other_span))
    return result


def cross(left: TermSet, right: TermSet) -> TermSet:
    """Do `a*b`: both, and their interactions."""
    result = dict(left)
    for extra in (right, interact(left, right)):
        for key, span in extra.items():
            result.setdefault(key, span)
    return result


def nest(left: TermSet, right: TermSet) -> TermSet:
    """Do `a/b`: the left, and the right within all variables of the left together."""
    result = dict(left)
    for key, span in within(right, left).items():
        result.setdefault(key, span)
    return result


def within(left: TermSet, right: TermSet) -> TermSet:
    """Do `a %in% b`: each term of the left with all variables of the right together."""
    everything = tuple(sorted(set(chain.from_iterable(right))))
    result: TermSet = {}
    for key, span in left.items():
        result.setdefault(_union(everything, key), span)
    return result


def power(base: TermSet, degree: int) -> TermSet:
    """Do `(a + b)^2`: a sum crossed with itself to a degree, each term once."""
    result = base
    for _ in range(min(degree, len(base)) - 1):
        grown: TermSet = {}
        for one, span in result.items():
            for other in base:
                grown.setdefault(_union(one, other), span)
        if len(grown) == len(result):
            break
        result = grown
    return result


def size(operator: str, left: TermSet, right: TermSet) -> int:
    """Bound the number of terms that an operator gives."""
    match operator:
        case ":":
            return len(left) * len(right)
        case "*":
            return len(left) + len(right) + len(left) * len(right)
        case "/":
            return len(left) + len(right)
    return len(left)


def power_size(base: TermSet, degree: int) -> int:
    """Count the terms of a power of a sum of single variables (others: an upper bound)."""
    count = len(base)
    return sum(comb(count, order) for order in range(1, min(degree, count) + 1))


def order(left: TermSet, right: TermSet) -> int:
    """Bound the number of variables in an interaction of both."""
    return max(map(len, left)) + max(map(len, right))
