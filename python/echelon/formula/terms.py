"""The nouns of a parsed formula.

Room: formula/. Knows text, not data.
Takes: syntax trees from `parse`.
Gives: `Formula`, with its response, fixed terms, random terms and offsets, all immutable.
Source: the formula section of docs/reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from echelon._types import Structure
from echelon.formula.expression import NO_SPAN, Expression, Name, Span, deparse, variables


@dataclass(frozen=True, slots=True)
class Term:
    """An interaction of one or more expressions; the label joins them with ':'.

    The intercept is not a Term: `Formula.intercept` and `RandomTerm.intercept` say whether it
    is there. Two terms with the same expressions in another order are the same term for the
    expansion (the first one written is kept).
    """

    factors: tuple[Expression, ...]
    span: Span = field(default=NO_SPAN, compare=False)

    @property
    def label(self) -> str:
        """Canonical text, e.g. 'ses:sector'."""
        return ":".join(deparse(factor) for factor in self.factors)


@dataclass(frozen=True, slots=True)
class Grouping:
    """What stands right of the bar: one factor, an interaction, or a multiple membership.

    `factors` has one expression for `| school`, two for `| school:class` (a Name each, or
    `factor(x)`). For `| mm(t1, t2, weights=(w1, w2))` `factors` is empty, `members` holds the
    names of the membership columns and `weights` those of their weights (empty: equal weights).
    """

    factors: tuple[Expression, ...]
    members: tuple[Name, ...] = ()
    weights: tuple[Name, ...] = ()
    span: Span = field(default=NO_SPAN, compare=False)

    @property
    def label(self) -> str:
        """Canonical name of the grouping factor, e.g. 'school', 'school:class', 'mm(t1, t2)'."""
        if self.members:
            return f"mm({', '.join(member.name for member in self.members)})"
        return ":".join(deparse(factor) for factor in self.factors)

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns used as group labels (the weights are numeric columns and not listed)."""
        names = [name for factor in self.factors for name in variables(factor)]
        return tuple(dict.fromkeys(names + [member.name for member in self.members]))


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """One bracket with a bar: which columns vary over which grouping factor, and how.

    `(1 + x | a/b)` becomes two RandomTerms, for `a` and for `a:b`; `(x || g)` has structure
    'diag', a plain bar 'us'.
    """

    intercept: bool
    terms: tuple[Term, ...]
    grouping: Grouping
    structure: Structure = "us"
    text: str = field(default="", compare=False)
    span: Span = field(default=NO_SPAN, compare=False)
    nested_in: tuple[str, ...] = ()  # written `a/b`: the b term remembers ('a',)


@dataclass(frozen=True, slots=True)
class Response:
    """Left of the tilde: one expression, `successes / trials`, or `cbind(successes, failures)`."""

    kind: Literal["single", "proportion", "pair"]
    expressions: tuple[Expression, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula; equal formulas describe the same model.

    `fixed` is fully expanded and in R's order (by order of interaction, then as written).
    `has_dot` is True until `expand_dot` has put the column names in its place; until then
    `dot_text` is the right-hand side as written, with one blank between tokens.
    """

    text: str = field(compare=False)
    response: Response | None
    intercept: bool
    fixed: tuple[Term, ...]
    random: tuple[RandomTerm, ...]
    offsets: tuple[Expression, ...] = ()
    has_dot: bool = False
    dot_text: str = ""

    def __str__(self) -> str:
        """Give the formula as text, so that it can be printed."""
        return self.text
