"""Put column names in the place of `.` in a formula.

Room: formula/. Knows the names of columns, not their values.
Takes: a Formula with `has_dot`, and the column names of the data.
Gives: `expand_dot`: a Formula without a dot.
Source: R: `.` is every column that the formula does not use otherwise as response or group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from echelon.errors import FormulaError
from echelon.formula.expression import variables
from echelon.formula.parse import parse_formula, parse_with_dot
from echelon.formula.pointing import formula_error
from echelon.formula.render import render
from echelon.formula.terms import Formula


def expand_dot(
    formula: Formula, column_names: Sequence[str], exclude: Iterable[str] = ()
) -> Formula:
    """Replace `.` by all columns that are not the response, a grouping factor or a weight.

    Parameters
    ----------
    formula : a formula, with or without a dot.
    column_names : the columns of the data, in their order.
    exclude : columns used outside the formula, such as prior weights.

    Returns
    -------
    The formula with its dot replaced, its text written anew; the same formula without a dot.

    Raises
    ------
    FormulaError : no column is left for the dot, or the terms it gives break another rule.

    Examples
    --------
    >>> expanded = expand_dot(parse_formula("y ~ . + (1 | g)"), ["y", "a", "b", "g"])
    >>> expanded.text
    'y ~ a + b + (1 | g)'
    """
    if not formula.has_dot:
        return formula
    return _expand(formula.text, tuple(column_names), frozenset(exclude))


@lru_cache(maxsize=64)
def _expand(text: str, column_names: tuple[str, ...], exclude: frozenset[str]) -> Formula:
    formula = parse_formula(text)
    used = _used_elsewhere(formula) | exclude
    names = [name for name in column_names if name not in used]
    if not names:
        raise _nothing_left(text, column_names)
    expanded = parse_with_dot(text, names)
    return parse_formula(render(replace(expanded, has_dot=False, dot_text="")))


def _used_elsewhere(formula: Formula) -> frozenset[str]:
    names: list[str] = []
    if formula.response is not None:
        names += [name for part in formula.response.expressions for name in variables(part)]
    for term in formula.random:
        names += term.grouping.variables
        names += [weight.name for weight in term.grouping.weights]
    return frozenset(names)


def _nothing_left(text: str, column_names: tuple[str, ...]) -> FormulaError:
    place = text.index(".", text.index("~"))
    return formula_error(
        "No column is left for '.'.",
        text,
        (place, place + 1),
        got=f"{len(column_names):,} columns, all used as response, grouping factor or weight",
        need="at least one other column",
        do="name the terms, or write 1 for a model with an intercept only.",
        slug="formula-dot",
    )
