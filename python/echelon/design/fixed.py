"""Terms to columns: R's contrast coding, order and names of columns.

Room: design/. Serves X and the columns of random terms alike.
Takes: terms of a formula and a scope.
Gives: `TermPlan`s (what the recipe keeps) and named columns (n,).
Source: Chambers & Hastie (1992), section 2.4.1; R's terms.formula and model.matrix.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from echelon._types import FloatArray
from echelon.design.contrasts import coding_matrix, contrast_labels
from echelon.design.functions import evaluate
from echelon.design.recipe import Part, TermPlan
from echelon.design.scope import Scope
from echelon.design.values import CategoryValue, NumericValue
from echelon.errors import DesignError, offenders
from echelon.formula.expression import Expression, deparse
from echelon.formula.terms import Term

INTERCEPT = "(Intercept)"


class Atom(NamedTuple):
    """One column with its name; equal keys are the same column, whatever the name."""

    key: frozenset[object]
    name: str
    array: FloatArray


def plan_terms(has_intercept: bool, terms: tuple[Term, ...], scope: Scope) -> tuple[TermPlan, ...]:
    """Decide how each factor of each term is coded.

    Parameters
    ----------
    has_intercept : whether a column of ones comes first.
    terms : expanded terms, in the order of the formula.
    scope : rows; says which expressions are categories.

    Returns
    -------
    One `TermPlan` per term, the intercept's first.
    """
    categorical = [
        factor
        for term in terms
        for factor in term.factors
        if type(evaluate(factor, scope)) is CategoryValue
    ]
    return _plan(has_intercept, terms, frozenset(categorical))


@lru_cache(maxsize=512)
def _plan(
    has_intercept: bool, terms: tuple[Term, ...], categorical: frozenset[Expression]
) -> tuple[TermPlan, ...]:
    """Apply R's rule: full dummy columns where the margin of a factor is not in the model.

    The margin of a factor in a term is the term without it. Contrasts suffice when the margin
    is empty or lies inside an earlier term. Without an intercept the first factor of the first
    term that has one gets full dummy columns.
    """
    plans = [TermPlan(())] if has_intercept else []
    earlier: list[frozenset[Expression]] = []
    wants_full = not has_intercept
    for term in terms:
        variables = frozenset(term.factors)
        parts = []
        for factor in term.factors:
            is_full = False
            if factor in categorical:
                margin = variables - {factor}
                is_full = bool(margin) and not any(margin <= other for other in earlier)
                is_full, wants_full = is_full or wants_full, False
            parts.append(Part(factor, is_full))
        plans.append(TermPlan(tuple(parts)))
        earlier.append(variables)
    return tuple(plans)


def term_columns(plan: TermPlan, scope: Scope) -> list[Atom]:
    """Make the columns of a term, in R's order: its first factor varies fastest.

    A column that has been made before in this scope is the same object again; numeric columns
    of the frame are not copied.
    """
    if plan.parts:
        return _products(plan, scope)
    return [Atom(frozenset(), INTERCEPT, scope.ones())]


def _products(plan: TermPlan, scope: Scope) -> list[Atom]:
    columns = _atoms(plan.parts[0], scope)
    for part in plan.parts[1:]:
        columns = [
            _product(left, right, scope) for right in _atoms(part, scope) for left in columns
        ]
    return columns


def _product(left: Atom, right: Atom, scope: Scope) -> Atom:
    key = left.key | right.key
    array = scope.arrays.get(key)
    if array is None:
        array = scope.arrays[key] = left.array * right.array
        array.flags.writeable = False
    return Atom(key, f"{left.name}:{right.name}", array)


def _atoms(part: Part, scope: Scope) -> list[Atom]:
    """Make the columns of one factor of a term."""
    value = evaluate(part.expression, scope)
    text = deparse(part.expression)
    if isinstance(value, NumericValue):
        return [
            Atom(frozenset(((part.expression, suffix),)), text + suffix, array)
            for suffix, array in zip(value.suffixes, value.columns, strict=True)
        ]
    if len(value.categories.texts) == len(value.codes) > 1 and scope.is_learning:
        raise _category_per_row(text, value)
    if part.is_full:
        return _indicators(part, value, text, scope, skip=-1)
    if len(value.categories.texts) < 2:
        raise _single_category(text, value)
    if value.categories.coding == "treatment":
        return _indicators(part, value, text, scope, skip=value.categories.reference)
    return _contrasts(part, value, text, scope)


def _indicators(part: Part, value: CategoryValue, text: str, scope: Scope, skip: int) -> list[Atom]:
    """Make a 0/1 column for each category but the one to skip."""
    atoms = []
    for code, label in enumerate(value.categories.texts):
        if code != skip:
            key = frozenset(((part.expression, code),))
            array = scope.arrays.get(key)
            if array is None:
                array = scope.arrays[key] = (value.codes == code).astype(np.float64)
                array.flags.writeable = False
            atoms.append(Atom(key, f"{text}[{label}]", array))
    return atoms


def _contrasts(part: Part, value: CategoryValue, text: str, scope: Scope) -> list[Atom]:
    categories = value.categories
    matrix = coding_matrix(categories.coding, len(categories.texts))
    atoms = []
    for label, weights in zip(contrast_labels(categories), matrix.T, strict=True):
        key = frozenset(((part.expression, label),))
        array = scope.arrays.get(key)
        if array is None:
            array = scope.arrays[key] = weights[value.codes]
            array.flags.writeable = False
        atoms.append(Atom(key, f"{text}[{label}]", array))
    return atoms


def _category_per_row(text: str, value: CategoryValue) -> DesignError:
    texts = value.categories.texts
    return DesignError(
        f"The predictor '{text}' has a category of its own in every row.",
        where=f"predictor '{text}'",
        got=f"{len(texts):,} categories in {len(texts):,} rows: {offenders(texts)}",
        need="categories with more than one row, to estimate an effect of each",
        do=f"take '{text}' out; if it holds numbers, convert the column to numbers first.",
        slug="category-per-row",
    )


def _single_category(text: str, value: CategoryValue) -> DesignError:
    return DesignError(
        f"The predictor '{text}' has a single category in the rows used.",
        where=f"predictor '{text}'",
        got=f"1 category: {value.categories.texts[0]!r}, {len(value.codes):,} rows",
        need="2 or more categories, to tell their effects from the intercept",
        do="remove the term, or check the filter applied to the data.",
        slug="one-category",
    )
