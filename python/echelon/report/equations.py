"""The model of a fit as equations: by level, combined, with its distributions.

Room: report/. Puts the page together; the writers set it.
Takes: a `Fit`.
Gives: `equations`: `Equations`, whose text is Unicode, plain letters, LaTeX or MathML.
Source: Raudenbush & Bryk (2002), chapters 2, 4, 8 and 10, for the layout.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from echelon.errors import SpecError, near_matches
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.formula.equations import Line, Product, Symbol, Variable
from echelon.formula.expression import deparse
from echelon.report.equation_latex import set_latex
from echelon.report.equation_mathml import set_mathml
from echelon.report.equation_model import Predictor, predictor_of
from echelon.report.equation_nodes import Node, Number, Page, Row, Statement, Total
from echelon.report.equation_outcome import (
    linked_left,
    outcome_remarks,
    outcome_statements,
    part_statements,
)
from echelon.report.equation_randoms import random_statements, structure_remarks
from echelon.report.equation_words import set_words
from echelon.typeset import numbers

FORMS = ("levels", "mixed", "both")
NOTATIONS = ("unicode", "text", "latex", "mathml")
LARGEST_DIGITS = 10
Write = Callable[[float], Number]


@dataclass(frozen=True)
class Equations:
    """The equations of a fit. `text` is in the notation asked for; printing gives it."""

    text: str
    notation: str
    page: Page = field(repr=False)

    def __str__(self) -> str:
        """Give the text."""
        return self.text

    def __repr__(self) -> str:
        """Show the text, as printing does."""
        return self.text

    def _repr_mathml_(self) -> str:
        return set_mathml(self.page)

    def _repr_html_(self) -> str:
        return set_mathml(self.page)

    def _repr_latex_(self) -> str:
        return f"$$\n{set_latex(self.page)}\n$$"


def equations(
    fit: Fit,
    form: str = "both",
    notation: str = "unicode",
    *,
    estimates: bool = False,
    digits: int = 2,
) -> Equations:
    """Write the model of a fit as equations, with the distribution of every random term.

    One coefficient per column of the design, so that the equations go with the table of fixed
    effects: a factor of three categories has two. Nested grouping factors are written level by
    level, each predictor in the equation of the level at which it varies; crossed factors and
    multiple memberships in one equation, where a letter in brackets names the factor.

    Parameters
    ----------
    fit : a fitted model.
    form : "levels", "mixed" (the combined equation) or "both".
    notation : "unicode", "text" (plain letters), "latex" or "mathml".
    estimates : whether numbers stand in the place of coefficients, variances and covariances.
    digits : of a number: decimals, and significant digits of a number below one.

    Returns
    -------
    `Equations`; `str()` gives the text, a notebook shows it as mathematics.

    Raises
    ------
    SpecError : an option is none of these.
    NotEstimableError : the fit was saved without its rows, which say at which level predictors
        vary.

    Notes
    -----
    O(n) per predictor and grouping factor.

    Source
    ------
    Raudenbush & Bryk (2002), chapters 2, 4, 8 and 10.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> print(fit.equations("mixed", "text", estimates=True, digits=1))
    reaction_ij = 251.4 + 10.5 days_ij + u0_j + u1_j days_ij + e_ij
    <BLANKLINE>
    (u0_j, u1_j)' ~ N(0, [[612.1, 9.6], [9.6, 35.1]])
    e_ij ~ N(0, 654.9)
    """
    _check("form", form, FORMS)
    _check("notation", notation, NOTATIONS)
    if type(digits) is not int or not 0 <= digits <= LARGEST_DIGITS:
        raise _bad_digits(digits)
    design_with_rows(fit, "equations()")
    page = _page(fit, form, _writer(digits) if estimates else None)
    if notation == "latex":
        text = set_latex(page)
    elif notation == "mathml":
        text = set_mathml(page)
    else:
        text = set_words(page, notation == "unicode")
    return Equations(text, notation, page)


def _check(option: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SpecError(
            f"The {option} of equations is not known.",
            where=f"option {option}",
            got=f"{value!r:.60}",
            need=f"one of {', '.join(map(repr, allowed))}",
            do=near_matches(str(value), allowed),
            slug="equations-option",
        )


def _bad_digits(digits: object) -> SpecError:
    return SpecError(
        "The digits of equations are not a small whole number.",
        where="option digits",
        got=f"{digits!r:.60}",
        need=f"a whole number from 0 to {LARGEST_DIGITS}",
        do="write digits=2, or another number.",
        slug="equations-option",
    )


def _writer(digits: int) -> Write:
    """Write numbers with `digits` decimals, and at least as many significant digits."""

    def write(value: float) -> Number:
        if not math.isfinite(value) or value == 0:
            return Number(numbers.fixed(value, digits))
        decimals = digits
        if abs(value) < 1 and digits:
            decimals = max(digits, digits - 1 - numbers.exponent(value, digits))
        if decimals > digits + 4 or abs(value) >= numbers.LARGEST_FIXED:
            return Number(numbers.scientific(value, max(digits, 1)))
        return Number(numbers.fixed(value, decimals))

    return write


def _page(fit: Fit, form: str, write: Write | None) -> Page:
    effects: dict[tuple[str, str], Symbol] = {}
    levels: list[list[Statement]] = []
    mixed: list[Statement] = []
    remarks: list[str] = []
    units = ""
    for category, label in _categories(fit, write):
        predictor = predictor_of(fit, category)
        units = predictor.lines[0].left.units
        values = predictor.values if write is not None else {}
        marked = _Marked(label, values, write)
        own, combined = _statements(fit, predictor, marked, units)
        levels, mixed = [*levels, own], [*mixed, combined]
        effects |= {key: marked.symbol(symbol) for key, symbol in predictor.effects.items()}
        remarks += marked.remarks()
    is_single = all(len(own) == 1 for own in levels)
    shown = [] if form == "mixed" and not is_single else levels
    shown = shown if form == "levels" or is_single else [*shown, mixed]
    if _is_generic(fit, write):
        effects = _each_category(fit, effects)
    parts = list(part_statements(fit, units, write, effects))
    laws = [*outcome_statements(fit, units, write)] if fit.spec.is_generalized else []
    spread = list(random_statements(fit, effects, write))
    spread += [] if fit.spec.is_generalized else list(outcome_statements(fit, units, write))
    blocks = tuple(map(tuple, [laws, *shown, parts, spread]))
    structures = structure_remarks(fit, write is not None)
    remarks = [*outcome_remarks(fit), *structures, *_memberships(fit), *remarks]
    return Page(tuple(block for block in blocks if block), tuple(remarks))


def _is_generic(fit: Fit, write: Write | None) -> bool:
    return family_of(fit.spec.family).response == "nominal" and write is None


def _categories(fit: Fit, write: Write | None) -> Iterator[tuple[int, str]]:
    """List the linear predictors of the mean; those of a multinomial have a label."""
    if family_of(fit.spec.family).response != "nominal":
        yield 0, ""
    elif write is None:
        yield 0, "c"
    else:
        yield from enumerate(fit.design.categories[1:])


def _each_category(
    fit: Fit, effects: Mapping[tuple[str, str], Symbol]
) -> dict[tuple[str, str], Symbol]:
    """Give the effects of every category the symbols that were found for the first."""
    first, *others = fit.design.categories[1:]
    found: dict[tuple[str, str], Symbol] = {}
    for (grouping, name), symbol in effects.items():
        for category in (first, *others):
            own = f"{category}.{name.removeprefix(f'{first}.')}"
            group = symbol.group.removesuffix("c") + category
            found[grouping, own] = Symbol(symbol.letter, symbol.index, symbol.units, group)
    return found


class _Marked:
    """Writes products: estimates in the place of coefficients, categories beside symbols."""

    def __init__(self, label: str, values: Mapping[Symbol, float], write: Write | None) -> None:
        self.label = label
        self.values = values
        self.write = write
        self.left_out: list[str] = []

    def symbol(self, symbol: Symbol) -> Symbol:
        """Put the category beside a symbol."""
        if not self.label:
            return symbol
        group = f"{symbol.group}, {self.label}" if symbol.group else self.label
        return Symbol(symbol.letter, symbol.index, symbol.units, group)

    def total(self, products: tuple[Product, ...]) -> Total:
        """Write a sum; a coefficient that was not estimated is left out."""
        return Total(tuple(part for p in products for part in self._product(p)))

    def _product(self, product: Product) -> Iterator[Node]:
        nodes: list[Node] = []
        for part in product:
            if isinstance(part, Variable):
                nodes.append(part)
            elif self.write is not None and part in self.values:
                value = self.values[part]
                if math.isnan(value):
                    names = [v.text for v in product if isinstance(v, Variable)]
                    self.left_out.append(":".join(names) or "(Intercept)")
                    return
                nodes.append(self.write(value))
            else:
                nodes.append(self.symbol(part))
        yield nodes[0] if len(nodes) == 1 else Row(tuple(nodes))

    def remarks(self) -> list[str]:
        """Name what was left out."""
        names = dict.fromkeys(self.left_out)
        return [f"Not estimated and left out: {', '.join(names)}."] if names else []


def _statements(
    fit: Fit, predictor: Predictor, marked: _Marked, units: str
) -> tuple[list[Statement], Statement]:
    """Write the lines of the levels, and the combined line."""
    category = "c" if marked.label == "c" and marked.write is None else repr(marked.label)
    left = linked_left(fit, units, category)
    found: list[Statement] = []
    for line in predictor.lines:
        own = left if line.level <= 1 else _left(line, marked)
        found.append(Statement(own, "=", marked.total(line.right), _head(line)))
    return found, Statement(left, "=", marked.total(predictor.mixed.right))


def _left(line: Line, marked: _Marked) -> Node:
    return marked.symbol(line.left) if isinstance(line.left, Symbol) else line.left


def _head(line: Line) -> str:
    if line.level == 0:
        return ""
    return f"Level {line.level} ({line.unit}):" if line.unit else f"Level {line.level}:"


def _memberships(fit: Fit) -> Iterator[str]:
    """Say what the effect of a multiple membership is."""
    seen: set[str] = set()
    for random in fit.spec.formula.random:
        grouping = random.grouping
        if grouping.members and grouping.label not in seen:
            seen.add(grouping.label)
            members = ", ".join(member.name for member in grouping.members)
            weights = ", ".join(map(deparse, grouping.weights)) or "equal weights"
            yield f"An effect of {grouping.label} is the mean over {members}, weighted: {weights}."
