"""Say what level equations cannot hold.

Room: formula/. Knows text, not data.
Takes: the equation at fault, and what was found there.
Gives: the FormulaError to raise; no rule is decided here.
Source: docs/errors.md lists each message by its slug.
"""

from __future__ import annotations

from collections.abc import Sequence

from echelon.errors import FormulaError
from echelon.formula.expression import Call, Span, deparse
from echelon.formula.level_equation import Equation, Summand
from echelon.formula.pointing import formula_error


def not_text(value: object) -> FormulaError:
    """Refuse level equations that are not text."""
    return FormulaError(
        "The level equations are not text.",
        where="levels()",
        got=f"{value!r:.60} ({type(value).__name__})",
        need="text with lines such as: level 1 (student): y = b0 + b1*x + r",
        do="put the equations in quotes.",
        slug="formula-not-text",
    )


def level_one(equations: Sequence[Equation], found: Sequence[Equation]) -> FormulaError:
    """Refuse none or several level-1 equations."""
    shown = found[1] if found else equations[0]
    return formula_error(
        "Level 1 has more than one equation." if found else "There is no level-1 equation.",
        shown.text,
        (0, 0),
        got=f"{len(found)} equations at level 1, {len(equations) - len(found)} above",
        need="one equation at level 1, with the response on its left",
        do="move equations of coefficients to level 2."
        if found
        else "add a line such as: level 1: y = b0 + b1*x + r",
        slug="levels-response",
    )


def defined_twice(equation: Equation) -> FormulaError:
    """Refuse a second equation for a coefficient."""
    return equation.error(
        f"The coefficient '{equation.left}' has two equations.",
        (0, len(equation.left)),
        got=f"a second equation for '{equation.left}'",
        need="one equation for each coefficient",
        do="join both, or rename one.",
        slug="levels-coefficient",
    )


def two_units(equation: Equation, known: str) -> FormulaError:
    """Refuse two units for one level."""
    return equation.error(
        f"Level {equation.level} has two units.",
        (0, 0),
        got=f"'{known}' and '{equation.unit}'",
        need="one grouping factor for each level",
        do="correct one, or give it a level of its own.",
        slug="levels-header",
    )


def missing_level(equation: Equation, level: int) -> FormulaError:
    """Refuse a gap between levels."""
    return equation.error(
        f"Level {level} is missing.",
        (0, 0),
        got=f"an equation at level {equation.level}, none at level {level}",
        need="levels 1, 2, 3, ... without a gap",
        do=f"number the levels anew, or add level {level}.",
        slug="levels-header",
    )


def used_twice(equation: Equation, name: str, span: Span) -> FormulaError:
    """Refuse a coefficient that stands in two places."""
    return equation.error(
        f"The coefficient '{name}' stands in two places.",
        span,
        got=f"a second '{name}'",
        need="a name of its own for each coefficient: equal coefficients cannot be asked for",
        do="rename one of them.",
        slug="levels-coefficient",
    )


def same_term(equation: Equation, name: str, predictors: Sequence[str], span: Span) -> FormulaError:
    """Refuse two coefficients, or two residuals, of the same product of predictors."""
    term = ":".join(predictors) or "the intercept"
    return equation.error(
        f"The model has '{term}' twice." if predictors else "The model has two intercepts.",
        span,
        got=f"'{name}' as a second coefficient or residual of {term}",
        need="one coefficient and, for each level, one residual of each product of predictors",
        do=f"take out '{name}', or correct its predictors.",
        slug="levels-coefficient",
    )


def wrong_level(equation: Equation, higher: Equation, span: Span) -> FormulaError:
    """Refuse a coefficient whose equation is not above the place of its use."""
    return equation.error(
        f"The equation of '{higher.left}' is not above the equation that uses it.",
        span,
        got=f"used at level {equation.level}, defined at level {higher.level}",
        need="coefficients that are defined at a higher level",
        do=f"move the equation of '{higher.left}' to level {equation.level + 1}, or rename it.",
        slug="levels-coefficient",
    )


def no_coefficient(equation: Equation, summand: Summand, has_residual: bool) -> FormulaError:
    """Refuse a product without a coefficient."""
    text = "*".join(deparse(node) for node in summand.factors)
    if has_residual:
        return equation.error(
            f"'{text}' multiplies a residual.",
            summand.span,
            got=text,
            need="a residual alone; a slope varies through a residual in its own equation",
            do="write b1 = g10 + u1 at level 2, and b1*x at level 1.",
            slug="levels-coefficient",
        )
    return equation.error(
        f"'{text}' has no coefficient.",
        summand.span,
        got=text,
        need="a coefficient in each part: letters with digits, or a name with an equation",
        do=f"write g01*{text}, with a name of its own for g01.",
        slug="levels-coefficient",
    )


def two_of_a_kind(equation: Equation, word: str, first: str, second: Summand) -> FormulaError:
    """Refuse two residuals or two intercepts in an equation."""
    name = deparse(second.factors[0])
    return equation.error(
        f"The equation of '{equation.left}' has two {word}s.",
        second.span,
        got=f"'{first}' and '{name}'",
        need=f"at most one {word} in each equation",
        do="take one out."
        if word == "residual"
        else f"take one out, or multiply '{name}' with its predictor.",
        slug="levels-equation",
    )


def no_group(equation: Equation, call: Call, level: int) -> FormulaError:
    """Refuse cwc() or gm() when no level is left to take means over."""
    inner = deparse(call.arguments[0])
    return equation.error(
        f"{call.function}({inner}) finds no grouping factor.",
        call.span,
        got=f"an equation at level {equation.level}, and no level {level}",
        need=f"a unit at level {level}, or the grouping factor as second argument",
        do=f"write cgm({inner}) to centre at the grand mean, or add level {level}.",
        slug="centring-group",
    )


def unused(equation: Equation, hint: str) -> FormulaError:
    """Refuse an equation for a coefficient that no lower equation has."""
    return equation.error(
        f"No equation below level {equation.level} has the coefficient '{equation.left}'.",
        (0, len(equation.left)),
        got=f"an equation for '{equation.left}'",
        need="a coefficient of a lower level on the left-hand side",
        do=hint,
        slug="levels-coefficient",
    )


def no_residual(equation: Equation, unit: str) -> FormulaError:
    """Refuse a level at which nothing varies."""
    return equation.error(
        f"Nothing varies over '{unit}': level {equation.level} has no residual.",
        (len(equation.text), len(equation.text)),
        got=f"no residual in the equations of level {equation.level}",
        need="a residual such as u0 in at least one equation of each level above 1",
        do=f"add '+ u0', or drop level {equation.level} and write its predictors at level 1.",
        slug="levels-residual",
    )
