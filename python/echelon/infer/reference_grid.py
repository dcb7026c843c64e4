"""The reference grid: combinations of categories and chosen numbers, as rows of X.

Room: infer/. Makes up rows and averages them; tests nothing.
Takes: a `Fit`, names of variables, values for numbers.
Gives: `ReferenceGrid`, and the rows L of its marginal means.
Source: docs/theory.md (23); Searle, Speed & Milliken (1980); emmeans, SPSS EMMEANS, SAS LSMEANS.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import CodeArray, FloatArray
from echelon.design.contrasts import label_text
from echelon.design.profile import encode_grid
from echelon.design.recipe import CategoryProfile, NumberProfile, Profile, Recipe
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit

MANY_ROWS = 2_000_000  # of the whole grid
MANY_NUMBERS = 2**22  # encoded at once
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
    SpecError : a name is not in the fixed part, a category does not exist, a number is shown
        without values, or the grid is too large.
    NotEstimableError : the fit was saved by an echelon that did not keep its variables.
    """
    recipe = fit.design.recipe
    profiles = {profile.name: profile for profile in recipe.profiles}
    _check_kept(recipe)
    chosen = dict(at or {})
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
    grid = ReferenceGrid(
        tuple([axis for name in shown if (axis := axes[name]) is not None]), averaged, held
    )
    _check_size(grid)
    return grid


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

    Notes
    -----
    Memory is that of L and a fixed chunk of the grid, whatever the size of the grid.
    """
    m, n_averaged = grid.n_cells, grid.n_averaged
    shares = _shares(recipe, grid, weights)
    shown = positions([len(axis.values) for axis in grid.shown])
    p = sum(recipe.fixed_sizes)
    L, offset = np.zeros((m, p)), np.zeros(m)
    step = max(MANY_NUMBERS // max(m * p, 1), 1)
    for start in range(0, n_averaged, step):
        count = min(step, n_averaged - start)
        places = positions([len(axis.values) for axis in grid.averaged], start, count)
        values: dict[str, Any] = {name: np.full(m * count, value) for name, value in grid.held}
        for axis, place in zip(grid.shown, shown, strict=True):
            values[axis.name] = np.tile(axis.values[place], count)
        for axis, place in zip(grid.averaged, places, strict=True):
            values[axis.name] = np.repeat(axis.values[place], m)
        rows = encode_grid(recipe, values)
        part = shares[:, start : start + count]
        for j, column in enumerate(rows.fixed_columns):
            L[:, j] += _weighted(column, part, count, m)
        if rows.offset is not None:
            offset += _weighted(rows.offset, part, count, m)
    return L, offset


def positions(sizes: Sequence[int], start: int = 0, count: int | None = None) -> list[CodeArray]:
    """Count through combinations, the first variable fastest: its place in each, (count,)."""
    if not sizes:
        return []
    if not sizes:
        return []
    place = np.arange(start, start + (math.prod(sizes) if count is None else count))
    return [part.astype(np.int32) for part in np.unravel_index(place, tuple(sizes), order="F")]


def _weighted(column: FloatArray, shares: FloatArray, count: int, m: int) -> FloatArray:
    """Average a column (count * m,) with shares (m or 1, count)."""
    if len(column) != count * m:  # one row stands for all: no variables
        column = np.broadcast_to(column, count * m)
    total: FloatArray = np.einsum(
        "cm,mc->m", column.reshape(count, m), np.broadcast_to(shares, (m, count))
    )
    return total


def _shares(recipe: Recipe, grid: ReferenceGrid, weights: str) -> FloatArray:
    """Share of each averaged combination, (1 or m, averaged); rows add to one."""
    n_averaged = grid.n_averaged
    equal = np.full((1, n_averaged), 1 / n_averaged)
    has_categories = any(axis.is_category for axis in grid.averaged)
    if weights == "equal" or not has_categories:
        return equal
    totals = _totals(recipe, grid)
    if weights == "cells":
        sums = totals.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            return np.where(sums > 0, totals / sums, np.nan)
    over_shown = totals.sum(axis=0)
    sizes = [len(axis.values) for axis in grid.averaged]
    if weights == "outer":
        table = over_shown.reshape(sizes, order="F")
        over_shown = np.ones(1)
        for i in reversed(range(len(sizes))):
            margin = table.sum(axis=tuple([j for j in range(len(sizes)) if j != i]))
            over_shown = np.multiply.outer(over_shown, margin / margin.sum()).ravel()
    shares: FloatArray = (over_shown / over_shown.sum())[None, :]
    return shares


def _totals(recipe: Recipe, grid: ReferenceGrid) -> FloatArray:
    """Add up the rows of the data in each shown x averaged combination of categories."""
    if recipe.cell_totals is None:
        raise _too_many_to_weigh(recipe)
    known = [p.name for p in recipe.profiles if isinstance(p, CategoryProfile)]
    axes = (*grid.shown, *grid.averaged)
    by_name = {axis.name: axis for axis in axes}
    chosen = recipe.cell_totals[np.ix_(*[by_name[name].values for name in known])]
    order = [known.index(axis.name) for axis in axes if axis.is_category]
    chosen = np.transpose(chosen, order)
    shape = [len(axis.values) if axis.is_category else 1 for axis in axes]
    full = [len(axis.values) for axis in axes]
    spread = np.broadcast_to(chosen.reshape(shape), full)
    totals: FloatArray = spread.reshape((grid.n_cells, grid.n_averaged), order="F")
    return totals


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


def _check_size(grid: ReferenceGrid) -> None:
    n_rows = grid.n_cells * grid.n_averaged
    if n_rows <= MANY_ROWS:
        return
    axes = (*grid.shown, *grid.averaged)
    counts = " x ".join(f"{len(axis.values):,} of '{axis.name}'" for axis in axes)
    raise SpecError(
        "The reference grid has too many combinations.",
        where="reference grid",
        got=f"{n_rows:,} combinations: {counts}",
        need=f"{MANY_ROWS:,} at most",
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
