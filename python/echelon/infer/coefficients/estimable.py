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
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.design.contrasts import coding_matrix
from echelon.design.parts import Rows
from echelon.design.recipe import Categories, Part, PolyBasis, Recipe, SplineBasis, TermPlan
from echelon.engine.kernel import INTERCEPT, accumulate
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.formula.expression import Expression, deparse
from echelon.infer.coefficients.null_space import relation
from echelon.spec import ModelSpec

ZERO = 1e-9  # length or weight, relative, that is rounding error
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


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Estimable functions in the space of all P combinations of categories.

    `basis` (P, b) spans them, each column belonging to a `term` (b,); `coefficients` (P, p) are
    the coefficients of the model in that space.
    """

    basis: FloatArray
    term: IndexArray
    coefficients: FloatArray


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
    if fit.spec.is_generalized:
        return _of_generalized(fit, kind)
    terms = _terms(fit.design.recipe)
    return _balanced_rows(fit, terms) if kind == 3 else _ordered_rows(fit, terms, kind)


def _of_generalized(fit: Fit, kind: int) -> list[tuple[str, FloatArray]]:
    """Test terms of a generalized model: X'WX is the information of beta, as in car's Anova.

    A term of a multinomial model has coefficients in every equation, which are tested together.
    Ordered categories have thresholds in the place of an intercept.
    """
    n_equations = max(len(fit.design.fixed_names) // max(sum(_sizes(fit)), 1), 1)
    if kind != 3:
        return _ordered_rows(fit, _in_all_equations(fit, n_equations), kind)
    is_ordered = family_of(fit.spec.family).response == "ordered"
    single = _equation(fit, is_ordered)
    found = _balanced_rows(single, _terms(single.design.recipe))
    each = np.eye(n_equations)
    return [
        (label, np.asarray(np.kron(each, rows[:, is_ordered:]), dtype=np.float64))
        for label, rows in found
    ]


def _sizes(fit: Fit) -> tuple[int, ...]:
    """Columns of each term of one equation."""
    recipe = fit.design.recipe
    n = len(dict.fromkeys(recipe.fixed))
    return recipe.fixed_sizes[:n]


def _in_all_equations(fit: Fit, n_equations: int) -> list[_Term]:
    """List the terms with their places in every equation of a multinomial model."""
    recipe, sizes = fit.design.recipe, _sizes(fit)
    single = replace(recipe, fixed=recipe.fixed[: len(sizes)], fixed_sizes=sizes)
    starts = sum(sizes) * np.arange(n_equations)[:, None]
    return [replace(term, places=(starts + term.places).ravel()) for term in _terms(single)]


def _equation(fit: Fit, is_ordered: bool) -> Fit:
    """Make the linear model of one equation's columns; thresholds become an intercept."""
    design, sizes = design_with_rows(fit, "anova(type=3)"), _sizes(fit)
    kept = fit.estimates.is_estimated[: sum(sizes)]
    columns = design.rows.fixed_columns[: sum(sizes)]
    plans = design.recipe.fixed[: len(sizes)]
    if is_ordered:
        columns, plans = (np.ones(design.n_obs), *columns), (TermPlan(()), *plans)
        kept, sizes = np.r_[True, kept], (1, *sizes)
    names = (INTERCEPT, *design.fixed_names)[not is_ordered :][: len(kept)]
    linear = replace(
        design,
        rows=Rows(design.n_obs, columns, ()),
        y=np.zeros(design.n_obs),
        fixed_names=names,
        recipe=replace(design.recipe, fixed=plans, fixed_sizes=sizes),
        trials=None,
        categories=(),
        channels=(),
        extra_names=(),
    )
    estimates = replace(
        fit.estimates, beta=np.where(kept, 0.0, np.nan), is_estimated=kept, generalized=None
    )
    spec = ModelSpec(formula=fit.spec.formula)
    products = None if kept.all() else accumulate(linear)
    return replace(fit, spec=spec, design=linear, estimates=estimates, products=products)


def _ordered_rows(fit: Fit, terms: list[_Term], kind: int) -> list[tuple[str, FloatArray]]:
    """Types 1 and 2: each term after those before it, or after those that do not contain it."""
    kept = fit.estimates.is_estimated
    order = np.concatenate([np.empty(0, dtype=np.int64), *(term.places for term in terms)])
    found = []
    for term in (term for term in terms if term.label):
        above = [other.places for other in terms if term.is_within(other)]
        if kind == 1:
            rows = _sequential(fit, order, term.places)
        elif above:
            rows = _adjusted(fit, term.places, np.concatenate(above))
        else:
            rows = np.eye(len(kept))[term.places[kept[term.places]]]
        found.append((term.label, rows))
    return found


def _balanced_rows(fit: Fit, terms: list[_Term]) -> list[tuple[str, FloatArray]]:
    """Type 3: each term after all others, averaged over the factors of those that contain it."""
    tested = [k for k, term in enumerate(terms) if term.label]
    if not tested:
        return []
    cells = _cells(fit, terms)
    found = []
    for k in tested:
        above = [i for i, other in enumerate(terms) if terms[k].is_within(other)]
        found.append((terms[k].label, _balanced(fit, cells, k, above)))
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
    if fit.spec.is_generalized:
        information = _information(fit)
        gram = information[np.ix_(order, order)]
    else:
        products = np.asarray(fit.crossprod.to_state()["xx"])
        gram = products.reshape(p + 1, p + 1)[np.ix_(order, order)]
    size = np.sqrt(np.diagonal(gram))
    factor = np.linalg.cholesky(gram / np.outer(size, size)) * size[:, None]
    unit = (factor / np.diagonal(factor)).T
    rows = np.zeros((len(order), p))
    rows[:, order] = unit
    return rows[np.isin(order, own)]


def _information(fit: Fit) -> FloatArray:
    """Invert the covariance of beta (p, p); of one that is not known (NaN) nothing is tested."""
    inside = np.ix_(fit.estimates.is_estimated, fit.estimates.is_estimated)
    information = np.eye(len(fit.estimates.beta))
    if np.isfinite(fit.estimates.vcov[inside]).all():
        information[inside] = np.linalg.inv(fit.estimates.vcov[inside])
    return information


def _balanced(fit: Fit, cells: _Cells, own: int, above: list[int]) -> FloatArray:
    """Type 3: of the term's contrasts of cells, the part outside those of terms that contain it."""
    inside, outside = cells.basis[:, cells.term == own], cells.basis[:, np.isin(cells.term, above)]
    if outside.shape[1]:
        inside = inside - outside @ np.linalg.lstsq(outside, inside, rcond=None)[0]
    rows = np.zeros((inside.shape[1], len(fit.estimates.beta)))
    kept = fit.estimates.is_estimated
    rows[:, kept] = np.linalg.lstsq(cells.coefficients[:, kept], inside, rcond=None)[0].T
    return rows


def _cells(fit: Fit, terms: list[_Term]) -> _Cells:
    """Write coefficients as contrasts of cells: the columns of A' where X A are the cells.

    In each term's grid, the columns of X with the same numbers and no other factors make up its
    0/1 columns; factors that have all their dummies in X stand in for an intercept. The contrasts
    are those of treatment coding, first category as reference: the test of a term, its df and what
    is left of it with empty cells do not depend on the coding.
    """
    recipe = fit.design.recipe
    columns = list(_columns(recipe))
    sizes = {e: len(s.texts) for e, s in recipe.states.items() if isinstance(s, Categories)}
    by_numbers: dict[Numbers, list[int]] = {}
    for place, column in enumerate(columns):
        by_numbers.setdefault(column.numbers, []).append(place)
    full = {n: _full_factors(recipe, columns, places) for n, places in by_numbers.items()}
    pieces, owners, are_treatment = [], [], []
    for k, term in enumerate(terms):
        factors = sorted(term.factors, key=deparse)
        is_treatment = _is_treatment(recipe.fixed[k], factors, sizes)
        for numbers in dict.fromkeys(columns[place].numbers for place in term.places):
            grid = [*factors, *sorted(full[numbers] - term.factors, key=deparse)]
            inside = [j for j in by_numbers[numbers] if columns[j].codes.keys() <= set(grid)]
            values = np.column_stack([_on_grid(columns[j].codes, grid, sizes) for j in inside])
            n_cells = len(is_treatment)
            cells = np.kron(np.eye(n_cells), np.ones((len(values) // n_cells, 1)))
            solved = (np.linalg.pinv(values) @ cells).T
            piece = np.zeros((n_cells, len(columns)))
            piece[:, inside] = np.where(np.abs(solved) > ZERO, solved, 0.0)
            pieces.append(piece)
            owners.append(np.full(n_cells, k))
            are_treatment.append(is_treatment)
    made, owner = np.vstack(pieces), np.concatenate(owners)
    chosen = np.flatnonzero(np.concatenate(are_treatment))
    if fit.estimates.is_estimated.all():
        return _Cells(made @ np.linalg.inv(made[chosen]), owner[chosen], made)
    return _of_treatment(fit, made, owner, chosen)


def _full_factors(
    recipe: Recipe, columns: list[_Column], places: list[int]
) -> frozenset[Expression]:
    """Find the factors with a 0/1 column for every category, among some columns of X."""
    owner = np.repeat(np.arange(len(recipe.fixed)), recipe.fixed_sizes)
    plans = [recipe.fixed[k] for k in {int(owner[place]) for place in places}]
    full = {part.expression for plan in plans for part in plan.parts if part.is_full}
    return frozenset(full & {factor for place in places for factor in columns[place].codes})


def _of_treatment(fit: Fit, made: FloatArray, owner: IndexArray, chosen: IndexArray) -> _Cells:
    """Write all cells as combinations of the cells that treatment coding estimates."""
    kept, p = fit.estimates.is_estimated, len(fit.estimates.beta)
    coefficients = made.copy()
    coefficients[:, kept] += made[:, ~kept] @ relation(fit)
    coefficients[:, ~kept] = 0.0
    state = fit.crossprod.to_state()
    gram = np.asarray(state["xx"]).reshape(p + 1, p + 1)[:p, :p]
    back = np.eye(p)  # X = X_c back
    if state["intercept"] is not None:
        back[state["intercept"]] += np.asarray(state["centre"])[:p]
    root = np.linalg.cholesky(gram[np.ix_(kept, kept)]).T @ back[np.ix_(kept, kept)]
    cells = root @ coefficients[:, kept].T
    size = np.linalg.norm(np.abs(root) @ np.abs(made[:, kept].T), axis=0)
    size += np.linalg.norm(np.abs(root) @ np.abs(coefficients[:, kept].T), axis=0)
    cells[:, np.linalg.norm(cells, axis=0) <= ZERO * size] = 0.0  # no row has them
    independent = chosen[_independent(cells[:, chosen])]
    basis = np.linalg.lstsq(cells[:, independent], cells, rcond=None)[0].T
    basis = np.where(np.abs(basis) > ZERO, basis, 0.0)
    return _Cells(basis.astype(np.float64), owner[independent], coefficients)


def _independent(columns: FloatArray) -> list[int]:
    """Pick columns that are no combination of those to their left."""
    basis, picked = np.empty((len(columns), 0)), []
    for j, column in enumerate(columns.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = np.linalg.norm(rest)
        if length > ZERO * np.linalg.norm(column):
            picked.append(j)
            basis = np.column_stack([basis, rest / length])
    return picked


def _is_treatment(
    plan: TermPlan, factors: list[Expression], sizes: dict[Expression, int]
) -> NDArray[np.bool_]:
    """Say which cells of a term's grid have a column of their own under treatment coding."""
    full = {part.expression for part in plan.parts if part.is_full}
    codes = {f: np.r_[float(f in full), np.ones(sizes[f] - 1)] for f in factors}
    return _on_grid(codes, factors, sizes) > 0


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
    codes: dict[Expression, FloatArray], factors: list[Expression], sizes: dict[Expression, int]
) -> FloatArray:
    """Values of a product of codes in all cells of a grid of factors."""
    values = np.ones(1)
    for factor in factors:
        values = np.outer(values, codes.get(factor, np.ones(sizes[factor]))).ravel()
    return values
