"""The reference grid: combinations of categories and chosen numbers, as rows of X.

Room: infer/. Makes up rows and averages them; tests nothing.
Takes: a `Fit`, names of variables, values for numbers.
Gives: `ReferenceGrid`, and the rows L of its marginal means.
Source: docs/theory.md (23); Searle, Speed & Milliken (1980); emmeans, SPSS EMMEANS, SAS LSMEANS.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray
from echelon.design.contrasts import label_text
from echelon.design.profile import encode_grid, variable_name, variables_of
from echelon.design.recipe import CategoryProfile, NumberProfile, Profile, Recipe
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.options import read_at

MANY_NUMBERS = 20_000_000  # in the rows of the means, and in those of one term
WEIGHTS = ("equal", "proportional", "outer", "cells")


@dataclass(frozen=True, slots=True)
class Axis:
    """One variable of a grid and its values (k,): numbers in its unit, or codes of categories.

    `labels` (k,) are the values as printed.
    """

    name: str
    values: FloatArray | CodeArray
    labels: tuple[Any, ...]
    is_category: bool


@dataclass(frozen=True, slots=True)
class ReferenceGrid:
    """Combinations of the values of `shown` variables, each over all of the `averaged` ones.

    The first shown variable varies fastest. `held` pairs the other numbers with the value they
    are held at, their mean over the rows of the fit.
    """

    shown: tuple[Axis, ...]
    averaged: tuple[Axis, ...]
    held: tuple[tuple[str, float], ...]

    @property
    def n_cells(self) -> int:
        """Combinations of the shown variables (m)."""
        return math.prod(len(axis.values) for axis in self.shown)

    @property
    def n_averaged(self) -> int:
        """Combinations of the averaged variables."""
        return math.prod(len(axis.values) for axis in self.averaged)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Label the m combinations: a column per shown variable."""
        places = positions([len(axis.values) for axis in self.shown])
        columns = {}
        for axis, place in zip(self.shown, places, strict=True):
            kind = object if axis.is_category else np.float64
            columns[axis.name] = np.array(axis.labels, dtype=kind)[place]
        return columns


def reference_grid(
    fit: Fit, shown: Sequence[str], at: Mapping[str, Any] | None = None
) -> ReferenceGrid:
    """Lay out the grid over which means are taken.

    Categories of predictors that are not shown are averaged over, numbers are held at their mean
    over the rows of the fit. `cwc(x, g)`, `gm(x, g)` and `lag(x)` are variables of their own,
    because their values depend on other rows: a deviation from the group mean is held at 0, a
    group mean at the grand mean.

    Parameters
    ----------
    fit : a fitted model.
    shown : names of variables of the fixed part.
    at : values by name: of numbers, or a choice of categories; several values of a variable that
        is not shown are averaged over.

    Returns
    -------
    `ReferenceGrid`.

    Raises
    ------
    SpecError : a name is not in the fixed part, a category does not exist, or a number is shown
        without values.
    NotEstimableError : the fit was saved by an echelon that did not keep its variables.
    """
    recipe = fit.design.recipe
    profiles = {profile.name: profile for profile in recipe.profiles}
    _check_kept(recipe)
    chosen = read_at(at)
    for name in (*shown, *chosen):
        if name not in profiles:
            raise _unknown(fit, str(name), tuple(profiles), "at" if name in chosen else "specs")
    axes = {name: _axis(profiles[name], chosen, name in shown) for name in profiles}
    averaged = tuple(
        axis
        for name, axis in axes.items()
        if axis is not None and name not in shown and (len(axis.values) > 1 or axis.is_category)
    )
    varied = {*shown, *[axis.name for axis in averaged]}
    held = tuple(
        (name, profile.mean if (axis := axes[name]) is None else float(axis.values[0]))
        for name, profile in profiles.items()
        if isinstance(profile, NumberProfile) and name not in varied
    )
    inside = tuple([axis for name in shown if (axis := axes[name]) is not None])
    return ReferenceGrid(inside, averaged, held)


def marginal_rows(
    recipe: Recipe, grid: ReferenceGrid, weights: str = "equal"
) -> tuple[FloatArray, FloatArray]:
    """Average the rows of the grid over its averaged variables.

    Parameters
    ----------
    recipe : of the design.
    grid : of its variables.
    weights : of the averaged combinations: 'equal'; 'proportional' to their rows in the data;
        'outer', the product of the shares of each variable; 'cells', their rows within each
        shown combination. Rows count with their prior weights.

    Returns
    -------
    L (m, p), so that L beta are the means, and the offset (m,) that is added to them; NaN where
    a combination has no rows and weights are 'cells'.

    Raises
    ------
    SpecError : too many combinations.

    Notes
    -----
    Each term is averaged over its own variables only: the grid of all is never formed.
    """
    _check_size(grid.shown, max(sum(recipe.fixed_sizes), 1))
    totals = totals_of(recipe, grid, weights)
    L = np.empty((grid.n_cells, sum(recipe.fixed_sizes)))
    start = 0
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        term = replace(recipe, fixed=(plan,), fixed_sizes=(size,), offsets=(), channels=())
        rows = averaged_terms(term, grid, totals, weights)
        for column in rows:
            L[:, start] = column
            start += 1
    offset = np.zeros(grid.n_cells)
    for expression in recipe.offsets:
        part = replace(recipe, fixed=(), fixed_sizes=(), offsets=(expression,), channels=())
        offset += averaged_terms(part, grid, totals, weights)[0]
    return L, offset


def averaged_terms(
    part: Recipe, grid: ReferenceGrid, totals: FloatArray | None, weights: str
) -> list[FloatArray]:
    """Average the columns of one term, or of an offset, in each shown combination: (m,) each."""
    nodes = variables_of(
        tuple([p.expression for plan in part.fixed for p in plan.parts]) + part.offsets
    )
    names = {variable_name(node) for node in nodes}
    inside = [axis for axis in grid.shown if axis.name in names]
    over = [axis for axis in grid.averaged if axis.name in names]
    sizes = [len(axis.values) for axis in (*inside, *over)]
    _check_size([*inside, *over], max(sum(part.fixed_sizes), 1))
    places = positions(sizes)
    values: dict[str, Any] = {
        axis.name: axis.values[place] for axis, place in zip((*inside, *over), places, strict=True)
    }
    n_rows = math.prod(sizes)
    values |= {name: np.full(n_rows, value) for name, value in grid.held if name in names}
    rows = encode_grid(part, values)
    share = shares(grid, over, totals, weights)
    index = _places_within(grid, inside)
    found = []
    for column in rows.fixed_columns if rows.offset is None else (rows.offset,):
        table = np.broadcast_to(column, n_rows).reshape(share.shape[1], -1)
        whole = len(share) > 1
        found.append(
            np.einsum("mk,km->m", share, table[:, index]) if whole else (share[0] @ table)[index]
        )
    return found


def _places_within(grid: ReferenceGrid, inside: Sequence[Axis]) -> CodeArray:
    """Find each shown combination (m,) among those of some of the shown variables."""
    stride, index = 1, np.zeros(grid.n_cells, dtype=np.int64)
    by_name = dict(
        zip(
            [a.name for a in grid.shown],
            positions([len(a.values) for a in grid.shown]),
            strict=True,
        )
    )
    for axis in inside:
        index += stride * by_name[axis.name]
        stride *= len(axis.values)
    return index.astype(np.int32)


def positions(sizes: Sequence[int], start: int = 0, count: int | None = None) -> list[CodeArray]:
    """Count through combinations, the first variable fastest: the place of each in them."""
    if not sizes:
        return []
    place = np.arange(start, start + (math.prod(sizes) if count is None else count))
    return [part.astype(np.int32) for part in np.unravel_index(place, tuple(sizes), order="F")]


def shares(
    grid: ReferenceGrid, over: Sequence[Axis], totals: FloatArray | None, weights: str
) -> FloatArray:
    """Share of each combination of the variables `over`, (1 or m, k); rows add to one."""
    count = math.prod(len(axis.values) for axis in over)
    if totals is None or not over:
        return np.full((1, count), 1 / count)
    n_shown = len(grid.shown)
    names = [axis.name for axis in over]
    gone = [n_shown + i for i, axis in enumerate(grid.averaged) if axis.name not in names]
    if weights == "cells":
        own = totals.sum(axis=tuple(gone)).reshape((grid.n_cells, count), order="F")
        sums = own.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            return np.where(sums > 0, own / sums, np.nan)
    table = totals.sum(axis=(*range(n_shown), *gone))
    if weights == "outer":
        margins = [
            table.sum(axis=tuple([j for j in range(len(over)) if j != i])) for i in range(len(over))
        ]
        table = functools.reduce(np.multiply.outer, [margin / margin.sum() for margin in margins])
    flat = table.reshape((1, count), order="F")
    with np.errstate(invalid="ignore"):
        found: FloatArray = flat / flat.sum()
    return found


def totals_of(recipe: Recipe, grid: ReferenceGrid, weights: str) -> FloatArray | None:
    """Rows of the data in each combination, an axis per shown and averaged variable."""
    if weights == "equal":
        return None
    axes = (*grid.shown, *grid.averaged)
    if not any(axis.is_category for axis in grid.averaged):
        return None
    if recipe.cell_totals is None:
        raise _too_many_to_weigh(recipe)
    known = [p.name for p in recipe.profiles if isinstance(p, CategoryProfile)]
    by_name = {axis.name: axis for axis in axes}
    chosen = recipe.cell_totals[np.ix_(*[by_name[name].values for name in known])]
    order = [known.index(axis.name) for axis in axes if axis.is_category]
    shape = [len(axis.values) if axis.is_category else 1 for axis in axes]
    full = [len(axis.values) for axis in axes]
    return np.broadcast_to(np.transpose(chosen, order).reshape(shape), full)


def _axis(profile: Profile, chosen: Mapping[str, Any], is_shown: bool) -> Axis | None:
    """Give the values of a variable in the grid; None where a number is held at its mean."""
    name = profile.name
    if isinstance(profile, CategoryProfile):
        codes = np.arange(len(profile.texts), dtype=np.int32)
        if name in chosen:
            codes = _codes(profile, _listed(chosen[name]))
        labels = tuple([profile.texts[code] for code in codes])
        return Axis(name, codes, labels, is_category=True)
    if name in chosen:
        values = _numbers(name, _listed(chosen[name]))
    elif is_shown:
        if not profile.is_binary:
            raise _no_values(profile)
        values = np.array([profile.minimum, profile.maximum])
    else:
        return None
    return Axis(name, values, tuple(values.tolist()), is_category=False)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return [value]
    return list(value.tolist() if isinstance(value, np.ndarray) else value)


def _numbers(name: str, values: list[Any]) -> FloatArray:
    is_number = [isinstance(v, int | float | np.number) and np.isfinite(v) for v in values]
    if values and all(is_number) and len(set(values)) == len(values):
        return np.array(values, dtype=np.float64)
    raise SpecError(
        f"The values of '{name}' are not different numbers.",
        where=f"option at, variable '{name}'",
        got=offenders(values) or "no value",
        need="one finite number, or a list of different ones, in the unit of the column",
        do=f"write at={{'{name}': [0, 1]}}, with your values.",
        slug="at-number",
    )


def _codes(profile: CategoryProfile, values: list[Any]) -> CodeArray:
    texts = [
        text if (text := label_text(value)) in profile.texts else str(value) for value in values
    ]
    unknown = [text for text in texts if text not in profile.texts]
    if not unknown and texts and len(set(texts)) == len(texts):
        return np.array([profile.texts.index(text) for text in texts], dtype=np.int32)
    what = f"has no category {unknown[0]!r}" if unknown else "is given no category, or one twice"
    raise SpecError(
        f"'{profile.name}' {what}.",
        where=f"option at, variable '{profile.name}'",
        got=offenders(values) or "an empty list",
        need=f"some of the categories: {offenders(profile.texts)}",
        do=near_matches(unknown[0], profile.texts) if unknown else "name each category once.",
        slug="at-category",
    )


def _check_kept(recipe: Recipe) -> None:
    if recipe.profiles or not any(plan.parts for plan in recipe.fixed):
        return
    raise NotEstimableError(
        "This saved fit does not say over which values its predictors vary.",
        where="reference grid",
        got="a fit that was saved by an earlier version of echelon",
        need="means and categories of the predictors, which are saved since",
        do="fit the model again.",
        slug="fit-without-profiles",
    )


def _check_size(axes: Sequence[Axis], n_columns: int) -> None:
    """Refuse rows that do not fit into memory: of the means, or of one term."""
    n_rows = math.prod(len(axis.values) for axis in axes)
    if n_rows * n_columns <= MANY_NUMBERS:
        return
    counts = " x ".join(f"{len(axis.values):,} of '{axis.name}'" for axis in axes)
    raise SpecError(
        "The reference grid has too many combinations.",
        where="reference grid",
        got=f"{n_rows:,} combinations: {counts}",
        need=f"{MANY_NUMBERS // n_columns:,} at most, with {n_columns:,} coefficients",
        do="choose categories with at=, for those that are averaged over, too.",
        slug="grid-too-large",
    )


def _no_values(profile: NumberProfile) -> SpecError:
    low, middle, high = (profile.mean + step * profile.sd for step in (-1, 0, 1))
    return SpecError(
        f"'{profile.name}' is a number: means need to know at which of its values.",
        where=f"variable '{profile.name}'",
        got=f"numbers from {profile.minimum:.4g} to {profile.maximum:.4g}",
        need="values chosen with at=",
        do=f"write at={{'{profile.name}': [{low:.3g}, {middle:.3g}, {high:.3g}]}}"
        " (the mean and one SD to each side);\n"
        "slopes() gives the effect of a number.",
        slug="no-values-of-number",
    )


def _unknown(fit: Fit, name: str, known: tuple[str, ...], option: str) -> SpecError:
    inside = [other for other in known if f"({name}," in other]
    groupings = [block.grouping for block in fit.design.rows.blocks]
    do = near_matches(name, known) if known else "the mean of all has specs='1'."
    if inside:
        do = f"name it as it stands in the model: '{inside[0]}'."
    elif name in groupings:
        do = f"conditional_modes('{name}') and predict() are about single groups."
    return SpecError(
        f"The fixed part of the model has no variable '{name}'.",
        where=f"option {option}",
        got=f"'{name}'" + (", a grouping factor" if name in groupings and not inside else ""),
        need=f"a variable of the fixed part: {offenders(known)}"
        if known
        else "a model with predictors",
        do=do,
        slug="not-in-fixed-part",
    )


def _too_many_to_weigh(recipe: Recipe) -> SpecError:
    sizes = [len(p.texts) for p in recipe.profiles if isinstance(p, CategoryProfile)]
    return SpecError(
        "The combinations of categories are too many to have been counted.",
        where="option weights",
        got=" x ".join(f"{size:,}" for size in sizes) + " categories",
        need="100,000 combinations at most, for weights other than 'equal'",
        do="use weights='equal'.",
        slug="cells-not-counted",
    )
