"""What the rows of a fit say about each raw variable of the fixed part, and rows made up from it.

Room: design/. Describes variables and encodes made-up rows; weighs and tests nothing.
Takes: the plans of X and a scope; later the `Recipe` and a value per variable.
Gives: profiles for the recipe, and `Rows` of a reference grid.
Source: Searle, Speed & Milliken (1980); Lenth, emmeans (the reference grid).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.channels import channels_of, offsets_of, plans_of
from echelon.design.contrasts import label_texts
from echelon.design.fixed import term_columns
from echelon.design.functions import evaluate, number
from echelon.design.parts import Channel, Rows
from echelon.design.recipe import CategoryProfile, NumberProfile, Profile, Recipe, TermPlan
from echelon.design.scope import Scope
from echelon.design.values import CategoryValue, NumericValue
from echelon.formula.expression import Call, Expression, Name, Operation, Sequence, deparse
from echelon.frame.columns import Categorical, Column, ModelFrame, Numeric, RowAccount

OF_OTHER_ROWS = ("cwc", "gm", "lag")  # values that a row does not have by itself
MANY_CELLS = 100_000
ZERO = 1e-14  # share of the largest value


def describe_variables(
    plans: tuple[TermPlan, ...],
    offsets: tuple[Expression, ...],
    weights: FloatArray | None,
    scope: Scope,
) -> tuple[tuple[Profile, ...], FloatArray | None]:
    """Describe every variable that linear predictors are made of, over the rows of the fit.

    Parameters
    ----------
    plans : of the fixed part, and of the other linear predictors of a generalized model.
    offsets : expressions added to the linear predictor.
    weights : (n,) prior weights, or None.
    scope : the rows, with all expressions of `plans` evaluated.

    Returns
    -------
    Profiles in order of appearance, and the totals (k_1, ..., k_f) of the combinations of
    categories; None where no variable has categories or there are more than 100,000.
    """
    expressions = tuple([part.expression for plan in plans for part in plan.parts]) + offsets
    codes: list[CodeArray] = []
    profiles = [_profile(node, weights, codes, scope) for node in variables_of(expressions)]
    shape = [len(p.labels) for p in profiles if isinstance(p, CategoryProfile)]
    if not shape or math.prod(shape) > MANY_CELLS:
        return tuple(profiles), None
    place = codes[0] if len(codes) == 1 else np.ravel_multi_index(tuple(codes), shape)
    totals = np.bincount(place, weights, math.prod(shape)).astype(np.float64).reshape(shape)
    totals.flags.writeable = False
    return tuple(profiles), totals


@lru_cache(maxsize=512)
def variables_of(expressions: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """List the variables of expressions, each once.

    They are columns, columns used as a factor, and calls that depend on other rows. A column
    that is a factor in one place is one everywhere.
    """
    found: dict[str, Expression] = {}
    for expression in expressions:
        for node in _variables_in(expression):
            name = variable_name(node)
            if name not in found or _is_factor(node):
                found[name] = node
    return tuple(found.values())


def variable_name(node: Expression) -> str:
    """Name a variable: `factor(x)` is x, `cwc(x, g)` is itself."""
    if _is_factor(node):
        assert isinstance(node, Call)
        return deparse(node.arguments[0])
    return deparse(node)


def encode_grid(recipe: Recipe, values: Mapping[str, FloatArray | CodeArray]) -> Rows:
    """Encode made-up rows for the fixed part, as the rows of the fit were.

    Parameters
    ----------
    recipe : of the design that was fitted.
    values : (m,) per variable of its terms and offsets, by name: numbers in their unit, or codes
        into the labels of a predictor with categories.

    Returns
    -------
    `Rows`: p columns (m,), no blocks, the offset.

    Raises
    ------
    DesignError : a value outside the domain of a function.
    """
    scope = grid_scope(recipe, values)
    n_rows = scope.frame.n_obs
    arrays = tuple([atom.array for plan in recipe.fixed for atom in term_columns(plan, scope)])
    if not recipe.offsets:
        return Rows(n_rows, arrays, ())
    offset = np.sum([number(node, scope) for node in recipe.offsets], axis=0)
    return Rows(n_rows, arrays, (), offset)


def encode_grid_channels(
    recipe: Recipe, values: Mapping[str, FloatArray | CodeArray]
) -> tuple[Channel, ...]:
    """Encode made-up rows for every linear predictor; arguments as of `encode_grid`."""
    return channels_of(recipe.channels, grid_scope(recipe, values))


def grid_scope(recipe: Recipe, values: Mapping[str, FloatArray | CodeArray]) -> Scope:
    """Make the scope in which made-up rows are evaluated; arguments as of `encode_grid`."""
    n_rows = len(next(iter(values.values()))) if values else 1
    columns = grid_columns(recipe, values)
    frame = ModelFrame(columns, {}, RowAccount(n_rows, n_rows), "reference grid")
    scope = Scope(frame, False, dict(recipe.states))
    plans = (*recipe.fixed, *plans_of(recipe.channels))
    expressions = tuple([part.expression for plan in plans for part in plan.parts])
    for node in variables_of(expressions + recipe.offsets + offsets_of(recipe.channels)):
        if isinstance(node, Call) and node.function in OF_OTHER_ROWS:
            scope.values[node] = NumericValue((np.array(values[deparse(node)], dtype=float),))
    return scope


def grid_columns(recipe: Recipe, values: Mapping[str, FloatArray | CodeArray]) -> dict[str, Column]:
    """Make columns of a frame from the values of variables; arguments as of `encode_grid`."""
    known = [profile for profile in recipe.profiles if profile.name in values]
    return {profile.name: _column(profile, values[profile.name]) for profile in known}


def _variables_in(node: Expression) -> Iterator[Expression]:
    match node:
        case Name():
            yield node
        case Call(function) if function in OF_OTHER_ROWS or _is_factor(node):
            yield node
        case Call(_, children) | Sequence(children) | Operation(_, children):
            for child in children:
                yield from _variables_in(child)


def _is_factor(node: Expression) -> bool:
    return isinstance(node, Call) and node.function in ("factor", "ordered")


def _profile(
    node: Expression, weights: FloatArray | None, codes: list[CodeArray], scope: Scope
) -> Profile:
    """Describe one variable; the codes (n,) of categories are put aside in `codes`."""
    name = variable_name(node)
    column: Column | CategoryValue | None = None
    if isinstance(node, Name):
        column = scope.column(node.name)
    elif _is_factor(node):
        value = evaluate(node, scope)
        assert isinstance(value, CategoryValue)
        column = value
    if column is None or isinstance(column, Numeric):
        is_deviation = isinstance(node, Call) and node.function == "cwc"
        return _number_profile(name, number(node, scope), 0.0 if is_deviation else None)
    codes.append(column.codes)
    labels = column.labels if isinstance(column, Categorical) else column.categories.labels
    texts = label_texts(labels) if isinstance(column, Categorical) else column.categories.texts
    totals = np.bincount(column.codes, weights, len(labels)).astype(np.float64)
    totals.flags.writeable = False
    return CategoryProfile(name, labels, texts, totals)


def _number_profile(name: str, x: FloatArray, mean: float | None) -> NumberProfile:
    low = float(np.minimum.reduce(x, initial=np.inf))
    high = float(np.maximum.reduce(x, initial=-np.inf))
    if mean is None:
        average = float(np.add.reduce(x)) / len(x) if len(x) else np.nan
        mean = min(max(average, low), high)  # rounding must not leave the range
        if abs(mean) < ZERO * max(-low, high):  # a column that was centred before
            mean = 0.0
    away = x - mean
    sd = math.sqrt(float(np.einsum("i,i->", away, away)) / max(len(x) - 1, 1))
    # Most columns show more than two values at once.
    is_binary = low < high and all(value in (low, high) for value in x[:8].tolist())
    is_binary = is_binary and bool(((x == low) | (x == high)).all())
    return NumberProfile(name, mean, sd, low, high, is_binary)


def _column(profile: Profile, values: FloatArray | CodeArray) -> Column:
    if isinstance(profile, NumberProfile):
        return Numeric(profile.name, np.asarray(values, dtype=np.float64))
    codes = np.asarray(values, dtype=np.int32)
    if profile.labels.dtype.kind in "iuf":  # may also be used as a number elsewhere
        return Numeric(profile.name, profile.labels[codes].astype(np.float64))
    return Categorical(profile.name, codes, profile.labels)
