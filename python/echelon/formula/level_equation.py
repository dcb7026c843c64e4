"""The nouns of level equations: an equation and its summands.

Room: formula/. Knows text, not data.
Takes: what `level_syntax` reads.
Gives: `Equation`, `Summand`.
Source: Raudenbush & Bryk (2002), chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.errors import FormulaError
from echelon.formula.expression import Expression, Span
from echelon.formula.pointing import formula_error


@dataclass(frozen=True, slots=True)
class Summand:
    """A product on the right of an equation: a residual, a coefficient, or one times predictors."""

    factors: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation: `left` is the response (level 1) or the name of a coefficient."""

    level: int
    unit: str | None
    left: str
    summands: tuple[Summand, ...]
    text: str

    def error(
        self, what: str, span: Span, *, got: str, need: str, do: str, slug: str
    ) -> FormulaError:
        """Build a FormulaError that points into this equation."""
        return formula_error(what, self.text, span, got=got, need=need, do=do, slug=slug)
