"""Slopes of a generalized model: of a linear predictor, or of a mean on the response's scale.

Room: infer/. Lays out rows and their derivatives; tests by pseudo-coefficients.
Takes: a generalized `Fit`, the predictor, a grid of its moderators, perhaps a table of rows.
Gives: `SlopeRows`: what a table of slopes and their comparisons are made of.
Source: docs/theory.md (28); Williams (2012), Stata Journal 12, 308-331 (marginal effects).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.build import encode_channels, encode_rows, new_scope
from echelon.design.derivatives import row_derivatives
from echelon.design.new_rows import read_new_rows
from echelon.design.profile import grid_columns, variable_name, variables_of
from echelon.design.recipe import Recipe, TermPlan
from echelon.design.values import NumericValue
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.formula.expression import Call, deparse
from echelon.frame.columns import ModelFrame
from echelon.infer.means.channel_rows import (
    ChannelRows,
    encoded_rows,
    grid_rows,
    only_plan,
    rows_of,
)
from echelon.infer.means.delta import Quantity, Sensitivity, as_inference, full_inference
from echelon.infer.means.mean_rows import MeanRows
from echelon.infer.means.reference_grid import Axis, ReferenceGrid, positions
from echelon.infer.means.response_means import Asked, linear_rows, of_known, refuse_robust

CHUNK = 2048  # rows whose derivatives by all parameters are formed at once
OfPlan = Callable[[TermPlan], FloatArray]
AT_GRID = "Slopes at the values of the grid; data=... gives the average over the rows of a table."
OVER_ROWS = "Average over {n:,} rows of the slope of each (average marginal effect)."


@dataclass(frozen=True, slots=True, eq=False)
class SlopeRows:
    """Slopes as rows that can be tested, and what to say of them."""

    rows: MeanRows
    notes: tuple[str, ...]


def response_slopes(
    fit: Fit,
    grid: ReferenceGrid,
    variable: str,
    of_plan: OfPlan,
    asked: Asked,
    conf_level: float,
    table: tuple[Any, Mapping[str, Any], bool] | None,
) -> SlopeRows:
    """Differentiate a quantity of the outcome by a predictor, for each cell of a grid.

    Parameters
    ----------
    fit : a generalized fit.
    grid : of the moderators.
    variable : whose slope is asked for.
    of_plan : derivatives (cells of the whole grid, columns) of one term.
    asked : scale, quantity, and over whom.
    conf_level : of the intervals.
    table : rows to average over, the values `at`, and whether all members of a group move; None
        for the cells of the grid alone.

    Returns
    -------
    `SlopeRows`; a quantity with several values has an axis more, for categories.

    Raises
    ------
    SpecError : a population-averaged slope of a linear predictor: there is none.
    """
    if not asked.is_response:
        if asked.is_population or not asked.is_link:
            raise _no_slope(asked)
        by = _grid_derivatives(fit, grid, of_plan, averaged=True)
        L, _, inference = linear_rows(fit, by, asked, full_inference(fit))
        return SlopeRows(_as_rows(fit, grid, asked, L, inference, conf_level, variable), ())
    refuse_robust(asked)
    quantity = Quantity(fit, asked.outcome, asked.is_population)
    with np.errstate(all="ignore"):
        if table is None:
            found, note = _at_grid(fit, grid, quantity, of_plan), AT_GRID
        else:
            found, n_rows = _over_rows(fit, grid, quantity, variable, table)
            note = OVER_ROWS.format(n=n_rows)
    values = found.values.ravel()
    gradient = found.gradient.reshape(len(values), -1)
    covariance = gradient @ quantity.parameters.covariance @ gradient.T
    inference = as_inference([str(i) for i in range(len(values))], values, covariance)
    L = np.eye(len(values))
    rows = _as_rows(fit, grid, asked, L, inference, conf_level, variable)
    return SlopeRows(rows, (note,))


def _as_rows(
    fit: Fit,
    grid: ReferenceGrid,
    asked: Asked,
    L: FloatArray,
    inference: Any,
    conf_level: float,
    variable: str,
) -> MeanRows:
    shown = grid.shown
    by: tuple[str, ...] = ()
    if asked.outcome.axis:
        codes = np.arange(len(asked.outcome.axis), dtype=np.int32)
        axis = Axis(fit.design.response_name, codes, asked.outcome.axis, is_category=True)
        shown, by = (*shown, axis), (axis.name,)
    known = np.ones(len(L), dtype=np.bool_)
    whole = replace(grid, shown=shown)
    return MeanRows(whole, L, np.zeros(len(L)), known, by, inference, conf_level, None, variable)


def _grid_derivatives(
    fit: Fit, grid: ReferenceGrid, of_plan: OfPlan, averaged: bool = False
) -> ChannelRows:
    """Differentiate every linear predictor and random column on a grid."""
    names = {profile.name for profile in fit.design.recipe.profiles}

    def known(plan: TermPlan) -> FloatArray | None:
        nodes = variables_of(tuple([part.expression for part in plan.parts]))
        return of_plan(plan) if {variable_name(node) for node in nodes} <= names else None

    return _derivatives(fit, grid.n_cells, known, with_random=not averaged)


def _derivatives(
    fit: Fit, n_rows: int, of_plan: Callable[[TermPlan], FloatArray | None], with_random: bool
) -> ChannelRows:
    """Put derivatives of terms (n, columns) where their coefficients are."""
    recipe, design = fit.design.recipe, fit.design
    size = len(design.fixed_names) + len(design.extra_names)
    L = np.zeros((len(recipe.channels), n_rows, size))
    done: dict[TermPlan, FloatArray | None] = {}
    for k, channel in enumerate(recipe.channels):
        for piece in channel.pieces:
            place = piece.first
            for plan in piece.plans:
                if plan not in done:
                    done[plan] = of_plan(plan)
                columns = done[plan]
                assert columns is not None
                for column in columns.T:
                    L[k, :, place] += piece.factor * column
                    place += piece.step
    Z, entered = [], []
    for own, block in zip(recipe.blocks, design.rows.blocks, strict=True):
        columns_of: list[FloatArray] = []
        for term in own.terms if with_random else ():
            for _ in term.sections:
                for plan in term.plans:
                    found = of_plan(plan)
                    still = np.zeros((n_rows, 1))
                    columns_of += list((still if found is None else found).T)
        shape = (n_rows, block.n_columns)
        Z.append(np.column_stack(columns_of) if with_random else np.zeros(shape))
        entered.append(block.channels or (0,) * block.n_columns)
    return ChannelRows(L, np.zeros(L.shape[:2]), tuple(Z), tuple(entered))


def _at_grid(fit: Fit, grid: ReferenceGrid, quantity: Quantity, of_plan: OfPlan) -> Sensitivity:
    """Average slopes over the averaged variables with equal weights."""
    whole = ReferenceGrid((*grid.shown, *grid.averaged), (), grid.held)
    by = _grid_derivatives(fit, whole, of_plan)
    found = quantity.slope(grid_rows(fit, whole), by)
    known = of_known(quantity, by, full_inference(fit))
    values = np.where(np.isnan(known.values), np.nan, found.values)
    shape = len(values), -1, grid.n_cells
    gradient = found.gradient.reshape(*shape, found.gradient.shape[-1])
    return Sensitivity(values.reshape(shape).mean(axis=1), gradient.mean(axis=1))


def _over_rows(
    fit: Fit,
    grid: ReferenceGrid,
    quantity: Quantity,
    variable: str,
    table: tuple[Any, Mapping[str, Any], bool],
) -> tuple[Sensitivity, int]:
    """Average the slopes of the rows of a table, with the moderators set to each cell."""
    data, at, with_group = table
    recipe = fit.design.recipe
    every = tuple(range(len(recipe.blocks)))
    new = read_new_rows(recipe, data, (), every, formula=fit.spec.formula)
    over = [axis for axis in grid.averaged if axis.name in at]
    held = [(name, value) for name, value in grid.held if name in at]
    axes = [*grid.shown, *over]
    places = positions([len(axis.values) for axis in axes])
    n_sets = math.prod(len(axis.values) for axis in axes)
    means = []
    for i in range(n_sets):
        values = {a.name: a.values[p[i]] for a, p in zip(axes, places, strict=True)}
        means.append(
            _mean_slope(fit, new.frame, quantity, variable, {**values, **dict(held)}, with_group)
        )
    shape = len(means[0].values), -1, grid.n_cells
    stacked = np.stack([one.values for one in means], axis=1)
    slopes = np.stack([one.gradient for one in means], axis=1)
    return Sensitivity(
        stacked.reshape(shape).mean(axis=1), slopes.reshape(*shape, slopes.shape[-1]).mean(axis=1)
    ), new.frame.n_obs


def _mean_slope(
    fit: Fit,
    frame: ModelFrame,
    quantity: Quantity,
    variable: str,
    values: Mapping[str, Any],
    with_group: bool,
) -> Sensitivity:
    """Average the slopes of all rows after setting some variables, (T,) and (T, parameters)."""
    recipe, design = fit.design.recipe, fit.design
    n = frame.n_obs
    filled = {name: np.full(n, value) for name, value in values.items()}
    frame = replace(frame, columns={**frame.columns, **grid_columns(recipe, filled)})
    scope = new_scope(recipe, frame)
    for node in variables_of(_expressions(recipe)):
        if isinstance(node, Call) and deparse(node) in filled:
            scope.values[node] = NumericValue((filled[deparse(node)].astype(float),))
    blocks = encode_rows(replace(recipe, fixed=()), frame, scope).blocks
    channels = encode_channels(recipe, frame, scope)

    def of_plan(plan: TermPlan) -> FloatArray:
        return row_derivatives(only_plan(recipe, plan), scope, variable, with_group=with_group)

    moving = _derivatives(fit, n, of_plan, with_random=True)
    size = len(design.fixed_names) + len(design.extra_names)
    totals: list[Sensitivity] = []
    for start in range(0, n, CHUNK):
        part = slice(start, min(start + CHUNK, n))
        some, cut = rows_of(channels, blocks, part)
        own = encoded_rows(some, cut, size, part.stop - start)
        by = ChannelRows(
            moving.L[:, part], moving.offset[:, part], tuple([Z[part] for Z in moving.Z]),
            moving.entered,
        )  # fmt: skip
        found = quantity.slope(own, by)
        totals.append(Sensitivity(found.values.sum(axis=1), found.gradient.sum(axis=1)))
    return Sensitivity(
        np.sum([one.values for one in totals], axis=0) / n,
        np.sum([one.gradient for one in totals], axis=0) / n,
    )


def _expressions(recipe: Recipe) -> tuple[Any, ...]:
    plans = [plan for c in recipe.channels for piece in c.pieces for plan in piece.plans]
    plans += [plan for block in recipe.blocks for term in block.terms for plan in term.plans]
    return tuple([part.expression for plan in plans for part in plan.parts])


def _no_slope(asked: Asked) -> SpecError:
    what = "population-averaged" if asked.is_population else f"{asked.outcome.name!r}"
    return SpecError(
        "On the scale of the link slopes are those of a linear predictor.",
        where="slopes(), options scale, target and outcome",
        got=f"scale = 'link' for slopes of {what} means"
        if asked.is_population
        else f"scale = 'link' for {what}, which is no linear predictor",
        need="scale = 'response', or target = 'conditional' and a linear predictor",
        do="write scale='response'.",
        slug="slope-of-no-line",
    )
