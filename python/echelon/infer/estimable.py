"""What the test of a term is a test of: types 1, 2 and 3 as rows of L.

Room: infer/. Reads the recipe of the design and X'WX; no row of the data.
Takes: a `Fit` and the type of test.
Gives: for each term of the fixed part the rows of L, in the order of the coefficients.
Source: docs/theory.md (14); SAS/STAT, The Four Types of Estimable Functions; Goodnight (1978).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.design.contrasts import coding_matrix
from echelon.design.recipe import Categories, Part, PolyBasis, Recipe, SplineBasis, TermPlan
from echelon.fit import Fit
from echelon.formula.expression import Expression, deparse
from echelon.infer.null_space import relation

Numbers: TypeAlias = frozenset[tuple[Expression, int]]  # numeric columns of a product


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """One column of X as a product: numeric columns, and a code for each category of factors."""

    numbers: Numbers
    codes: dict[Expression, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """A term with its columns in X, its factors (categories) and its numeric parts."""

    label: str
    places: IndexArray
    factors: frozenset[Expression]
    numerics: frozenset[Expression]

    def is_within(self, other: _Term) -> bool:
        """Whether `other` contains it: the same numbers, and more factors."""
        return self.numerics == other.numerics and self.factors < other.factors


def term_rows(fit: Fit, kind: int) -> list[tuple[str, FloatArray]]:
    """Give the rows of L (m, p) that test each term.

    Type 1 tests a term after those before it, type 2 after all terms that do not contain it, type
    3 after all others, averaged over the factors of terms that contain it with equal weight: the
    rows are orthogonal to those of the terms that contain it, in the space of all category
    combinations, so that they do not depend on how categories are coded. A term contains another
    if it has the same numeric predictors and more factors.

    Parameters
    ----------
    fit : a fitted model.
    kind : 1, 2 or 3.

    Returns
    -------
    Label and rows of each term but the intercept; coefficients that were not estimated have no
    weight, so that with empty cells type 3 tests what is left, as SAS and lmerTest do.
    """
    terms = _terms(fit.design.recipe)
    tested = [term for term in terms if term.label]
    kept = fit.estimates.is_estimated
    if kind == 1:
        order = np.arange(len(kept))
        return [(term.label, _sequential(fit, order, term.places)) for term in tested]
    rows = _adjusted if kind == 2 else _balanced
    found = []
    for term in tested:
        above = [other.places for other in terms if term.is_within(other)]
        own, containing = term.places[kept[term.places]], np.concatenate([np.empty(0, int), *above])
        containing = containing[kept[containing]]
        if len(containing):
            found.append((term.label, rows(fit, own, containing)))
        else:
            found.append((term.label, np.eye(len(kept))[own]))
    return found


def _terms(recipe: Recipe) -> list[_Term]:
    terms, start = [], 0
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        expressions = [part.expression for part in plan.parts]
        factors = [e for e in expressions if isinstance(recipe.states.get(e), Categories)]
        terms.append(
            _Term(
                ":".join(map(deparse, expressions)),
                np.arange(start, start + size),
                frozenset(factors),
                frozenset(expressions) - frozenset(factors),
            )
        )
        start += size
    return terms


def _adjusted(fit: Fit, own: IndexArray, containing: IndexArray) -> FloatArray:
    """Type 2: sequential, with the term and then what contains it in the last places."""
    last = np.concatenate([own, containing])
    first = np.setdiff1d(np.arange(len(fit.estimates.beta)), last)
    return _sequential(fit, np.concatenate([first, last]), own)


def _sequential(fit: Fit, order: IndexArray, own: IndexArray) -> FloatArray:
    """Rows of the upper triangle of X'WX in this order, unit diagonal (Doolittle), for `own`.

    The intercept is first in any order, so that the centring of X'WX makes no difference.
    """
    p, kept = len(order), fit.estimates.is_estimated
    order = order[kept[order]]
    gram = np.asarray(fit.crossprod.to_state()["xx"]).reshape(p + 1, p + 1)[np.ix_(order, order)]
    size = np.sqrt(np.diagonal(gram))
    factor = np.linalg.cholesky(gram / np.outer(size, size)) * size[:, None]
    unit = (factor / np.diagonal(factor)).T
    rows = np.zeros((len(order), p))
    rows[:, order] = unit
    return rows[np.isin(order, own)]


def _balanced(fit: Fit, own: IndexArray, containing: IndexArray) -> FloatArray:
    """Type 3: take from each coefficient its part along the terms that contain it."""
    dummies = _dummies(fit)
    weights = np.linalg.lstsq(dummies[:, containing], dummies[:, own], rcond=None)[0]
    rows = np.zeros((len(own), len(fit.estimates.beta)))
    rows[np.arange(len(own)), own] = 1.0
    rows[:, containing] = -weights.T
    return rows


def _dummies(fit: Fit) -> FloatArray:
    """Write coefficients as combinations of the effects of all category combinations, (P, p).

    The overparametrised matrix with a 0/1 column for every combination of categories is X A:
    in each term's grid of cells, columns of X with the same numbers and no other factors make up
    the indicators. Column j of A' says what coefficient j is in terms of cell effects.
    """
    recipe = fit.design.recipe
    columns = list(_columns(recipe))
    sizes = {e: len(s.texts) for e, s in recipe.states.items() if isinstance(s, Categories)}
    by_numbers: dict[Numbers, list[int]] = {}
    for place, column in enumerate(columns):
        by_numbers.setdefault(column.numbers, []).append(place)
    pieces = []
    for term in _terms(recipe):
        factors = sorted(term.factors, key=deparse)
        for numbers in dict.fromkeys(columns[place].numbers for place in term.places):
            inside = [k for k in by_numbers[numbers] if columns[k].codes.keys() <= term.factors]
            grid = np.column_stack([_on_grid(columns[k], factors, sizes) for k in inside])
            piece = np.zeros((len(grid), len(columns)))
            piece[:, inside] = np.linalg.pinv(grid).T
            pieces.append(piece)
    return _of_estimated(fit, np.vstack(pieces))


def _of_estimated(fit: Fit, dummies: FloatArray) -> FloatArray:
    """Put the estimated columns in place of those that are combinations of them."""
    kept = fit.estimates.is_estimated
    if kept.all():
        return dummies
    dummies = dummies.copy()
    dummies[:, kept] += dummies[:, ~kept] @ relation(fit)
    dummies[:, ~kept] = 0.0
    return dummies


def term_width(plan: TermPlan, recipe: Recipe) -> int:
    """Count the columns of a term."""
    return math.prod(len(_choices(part, recipe)) for part in plan.parts)


def _columns(recipe: Recipe) -> Iterator[_Column]:
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        yield from _of_plan(plan, recipe, size)


def _of_plan(plan: TermPlan, recipe: Recipe, size: int) -> Iterator[_Column]:
    """Columns of a term, its first part varying fastest."""
    choices = [_choices(part, recipe) for part in plan.parts]
    for chosen in itertools.product(*reversed(choices)):
        numbers = frozenset(key for key, code in chosen if code is None)
        codes = {key[0]: code for key, code in chosen if code is not None}
        yield _Column(numbers, codes)


def _choices(part: Part, recipe: Recipe) -> list[tuple[tuple[Expression, int], FloatArray | None]]:
    """Columns of one part: their key, and the code of each category if it has categories."""
    state = recipe.states.get(part.expression)
    if isinstance(state, Categories):
        k = len(state.texts)
        coding = np.eye(k) if part.is_full else coding_matrix(state.coding, k, state.reference)
        return [((part.expression, j), code) for j, code in enumerate(coding.T)]
    width = 1
    if isinstance(state, PolyBasis):
        width = state.degree
    elif isinstance(state, SplineBasis):
        splines = len(state.knots) - state.degree - 1 - (not state.has_intercept)
        width = splines if state.projection is None else state.projection.shape[1]
    return [((part.expression, j), None) for j in range(width)]


def _on_grid(
    column: _Column, factors: list[Expression], sizes: dict[Expression, int]
) -> NDArray[np.float64]:
    """Values of a column's codes in all cells of a grid of factors."""
    values = np.ones(1)
    for factor in factors:
        values = np.outer(values, column.codes.get(factor, np.ones(sizes[factor]))).ravel()
    return values
