"""Slopes of a predictor, at chosen values of its moderators: simple slopes, and their tests.

Room: infer/. Differentiates the linear predictor; tests by `LinearInference`.
Takes: a `Fit`, the predictor, its moderators.
Gives: a Table of slopes; the rows L whose products with beta they are.
Source: docs/theory.md (23); Aiken & West (1991); Bauer & Curran (2005); emmeans::emtrends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.derivatives import row_derivatives
from echelon.design.profile import grid_scope, variable_name, variables_of
from echelon.design.recipe import NumberProfile, Recipe, TermPlan
from echelon.errors import NotEstimableError, offenders
from echelon.families import family_of
from echelon.fit import Fit
from echelon.formula.expression import Call, Expression, Name, deparse, variables
from echelon.infer.coefficients.inference import Counted
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.lines.group_moves import is_group_moving
from echelon.infer.lines.response_slopes import response_slopes
from echelon.infer.means.channel_rows import only_plan
from echelon.infer.means.contrasts import contrast_table
from echelon.infer.means.mean_notes import slope_said
from echelon.infer.means.mean_rows import MeanRows, df_sentence, judge
from echelon.infer.means.multiplicity import read_adjust
from echelon.infer.means.reference_grid import (
    Axis,
    ReferenceGrid,
    positions,
    reference_grid,
)
from echelon.infer.means.response_means import Asked, read_asked, scale_name
from echelon.infer.sandwich.chosen import inference_of
from echelon.options import read_at, read_conf_level
from echelon.table import Table

NOT_DETERMINED = (
    "No slope where the data do not determine it: its column is a combination of others."
)
OF_COMPARISONS = ("tukey", "dunnett", "dunnettx")  # slopes that are not compared: Sidak's instead


def slopes(
    fit: Fit,
    variable: str,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    *,
    compare: Any = None,
    within: str | Sequence[str] | None = None,
    adjust: str | None = None,
    move: str | None = None,
    df_method: str | None = None,
    robust: str | Counted | None = None,
    conf_level: float | None = None,
    scale: str = "link",
    target: str = "conditional",
    outcome: str | None = None,
    data: Any = None,
) -> Table:
    """Estimate the slope of a predictor, at chosen values of its moderators.

    The derivative of x'beta with respect to the column itself, in its own unit, whatever the
    formula makes of it: log(x), poly(x, 2), ns(x), scale(x). Categories that are not in `by` are
    averaged over with equal weights, other numbers held at their mean. Theory (23). The slope of
    a mean, probability or count of a generalized model is that on the response's scale, theory
    (28): at the values of the grid, or averaged over the rows of `data`.

    Parameters
    ----------
    fit : a fitted model.
    variable : a column of numbers, or a call such as 'gm(ses, school)' as it stands in the model.
    by : moderators: a slope for each category, and for a number at its mean and one standard
        deviation to each side (both values if it has two).
    at : values by name, of moderators, of the predictor itself, or of what is held.
    compare : differences between the slopes in place of the slopes: True or 'pairwise',
        'control', 'consecutive', and the other kinds of `contrasts`.
    within : moderators within whose values slopes are compared; None compares all with all.
    adjust : of p values and intervals for several tests: 'bonferroni', 'holm', 'bh', 'mvt' and
        others; None for none with slopes, and for what is usual for the kind of comparison.
    move : what moves where the formula has group means. 'member': one member of the group, so
        that gm(x, g) stays and cwc(x, g) moves: the within-group slope. 'group': all members, so
        that gm(x, g) moves and cwc(x, g) stays: the between-group slope. None: 'member', or
        'group' if x is in the model as a group mean only.
    df_method : how degrees of freedom are counted, as in `fit`.
    robust : a kind of cluster-robust errors, such as 'CR2', or what `robust_inference` gives.
    conf_level : of the intervals, in (0, 1); None for that of the fit.
    scale, target, outcome : of a generalized model, as in `marginal_means`.
    data : a table, such as the one that was fitted: the slope on the response's scale is then
        averaged over its rows, with moderators set to their values (average marginal effect).

    Returns
    -------
    Table with a column per moderator (else `term`; `contrast` with `compare`), then estimate,
    std_error, statistic, df, p_value, conf_low, conf_high, in response units per unit of
    `variable`.

    Raises
    ------
    SpecError : a name is not in the fixed part, or there is no such way to move.
    DesignError : the model uses the predictor as categories.

    Notes
    -----
    The derivative is exact, not a difference quotient. The slope of |x| at 0 is taken as 0; that
    of a step, I(x > 3), is 0; an offset is left out.

    Source
    ------
    emmeans 1.8.4.1, emtrends and its pairs: tests/unit/infer/test_slopes.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb"))
    >>> fit.slopes("ses", by="sector")["estimate"].round(2).tolist()
    [2.95, 1.64]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    names = _listed(by)
    grid = moderator_grid(fit, names, at)
    asked = read_asked(fit, scale, target, outcome, "equal", df_method, robust)
    if asked is None or _is_line(fit, asked):
        L = slope_rows(fit, grid, variable, move)
        inference, known = inference_of(fit, df_method, robust), np.ones(len(L), dtype=np.bool_)
        rows = MeanRows(grid, L, np.zeros(len(L)), known, (), inference, level, None, variable)
        said, unit = slope_notes(fit, grid, variable), _unit(fit, asked)
    else:
        with_group = is_group_moving(fit, variable, move)
        table = None if data is None else (data, read_at(at), with_group)
        whole = replace(grid, shown=(*grid.shown, *grid.averaged), averaged=())

        def of_plan(plan: TermPlan) -> FloatArray:
            term = replace(only_plan(fit.design.recipe, plan), fixed_sizes=(0,))
            return _of_term(term, whole if asked.is_response else grid, variable, with_group)

        found_rows = response_slopes(fit, grid, variable, of_plan, asked, level, table)
        rows, unit = found_rows.rows, _unit(fit, asked)
        said = (*slope_said(fit, asked), *found_rows.notes)
        said = (*said, *(grid_notes(grid) if data is None else ()))
    said = (*said, *spread_notes(fit, names, at))
    title = f"Slopes of {variable}" + (f" by {', '.join(names)}" if names else "")
    scales = slope_scales(variable, unit)
    if compare is not None and compare is not False:
        kind = "pairwise" if compare is True else compare
        found = contrast_table(rows, kind, by=[*_listed(within), *rows.by], adjust=adjust)
        return Table(found.data, scales, f"{title}, compared", (*found.notes, *said))
    columns, note = _judged(rows.inference, rows.L, adjust, level)
    labels = rows.grid.columns() or {"term": np.array([variable], dtype=object)}
    lost = (NOT_DETERMINED,) if np.isnan(columns["estimate"]).any() else ()
    notes = (*lost, *said, *note, df_sentence(rows.inference))
    return Table({**labels, **columns}, scales, title, notes)


def _is_line(fit: Fit, asked: Asked) -> bool:
    """Whether a slope is that of the one linear predictor of the mean."""
    is_mean = asked.outcome.channel == 0 and not asked.is_population
    return is_mean and not asked.is_response and not _is_nominal(fit)


def _is_nominal(fit: Fit) -> bool:
    return family_of(fit.spec.family).response == "nominal"


def _unit(fit: Fit, asked: Asked | None) -> str:
    if asked is None or asked.is_response:
        return "response"
    return scale_name(asked)


def _judged(
    inference: LinearInference, L: FloatArray, adjust: str | None, conf_level: float
) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """Estimate and test rows L (m, p), adjusted as one family; say how."""
    method = "none" if adjust is None else read_adjust(adjust)
    if method in OF_COMPARISONS:
        method = "sidak"
    found = judge(
        inference,
        L,
        offset=np.zeros(len(L)),
        is_known=np.ones(len(L), dtype=np.bool_),
        families=np.arange(len(L))[None, :],
        method=method,
        conf_level=conf_level,
        by=(),
    )
    return found.values, (found.note[0].upper() + found.note[1:],) if found.note else ()


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def slope_scales(variable: str, unit: str = "response") -> dict[str, str]:
    """Scale of the columns that have one."""
    text = f"{unit} per unit of {variable}"
    return dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), text)


def moderator_grid(
    fit: Fit, shown: Sequence[str], at: Mapping[str, Any] | None = None
) -> ReferenceGrid:
    """Lay out a grid in which a shown number has three values: mean -+ 1 sd, unless `at` has it."""
    chosen = read_at(at)
    for profile in _spread(fit, shown, chosen):
        chosen[profile.name] = [profile.mean + step * profile.sd for step in (-1, 0, 1)]
    return reference_grid(fit, shown, chosen)


def spread_notes(
    fit: Fit, shown: Sequence[str], at: Mapping[str, Any] | None = None
) -> tuple[str, ...]:
    """Say which numbers are shown at three values, and which these are."""
    names = ", ".join(profile.name for profile in _spread(fit, shown, at or {}))
    return (f"{names}: mean and one SD to each side, over the rows.",) if names else ()


def _spread(fit: Fit, shown: Sequence[str], at: Mapping[str, Any]) -> list[NumberProfile]:
    """List the shown numbers for which no values are chosen."""
    return [
        profile
        for profile in fit.design.recipe.profiles
        if isinstance(profile, NumberProfile)
        and profile.name in shown
        and profile.name not in at
        and not profile.is_binary
    ]


def slope_rows(fit: Fit, grid: ReferenceGrid, variable: str, move: str | None = None) -> FloatArray:
    """Differentiate the rows of a grid, averaged over its averaged variables.

    Parameters
    ----------
    fit : a fitted model.
    grid : m combinations.
    variable : whose slope is asked for.
    move : 'member', 'group' or None, see `slopes`.

    Returns
    -------
    (m, p), so that L beta are the slopes.
    """
    if _is_nominal(fit):
        raise _of_nominal(fit, variable)
    recipe = fit.design.recipe
    with_group = is_group_moving(fit, variable, move)
    L, start = np.zeros((grid.n_cells, sum(recipe.fixed_sizes))), 0
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        term = replace(recipe, fixed=(plan,), fixed_sizes=(size,), offsets=(), channels=())
        if _has(plan, variable):
            L[:, start : start + size] = _of_term(term, grid, variable, with_group)
        start += size
    return L


def slope_notes(fit: Fit, grid: ReferenceGrid, variable: str) -> tuple[str, ...]:
    """Say what was averaged over and held, of what the slope depends on."""
    parts = [p.expression for plan in _moving(fit, variable) for p in plan.parts]
    names = {variable_name(node) for node in variables_of(tuple(parts))}
    if all(_is_straight(node, variable) for node in parts):
        names.discard(variable)
    averaged = tuple([axis for axis in grid.averaged if axis.name in names])
    held = tuple([pair for pair in grid.held if pair[0] in names])
    return (*grid_notes(replace(grid, averaged=averaged, held=held)), *outcome_notes(fit))


def outcome_notes(fit: Fit) -> tuple[str, ...]:
    """Say on which scale the numbers are when the response is transformed, or has a link."""
    if fit.spec.is_generalized:
        return (f"On the {fit.spec.link} scale: differences of the linear predictor.",)
    response = fit.spec.formula.response
    if response is None or isinstance(response.expressions[0], Name):
        return ()
    return (f"On the scale of the response of the model, {fit.design.response_name}.",)


def _moving(fit: Fit, variable: str) -> list[TermPlan]:
    return [plan for plan in fit.design.recipe.fixed if _has(plan, variable)]


def _has(plan: TermPlan, variable: str) -> bool:
    """Whether a term holds the variable: a column by name, a call by its text."""
    return any(
        variable in variables(part.expression)
        or ("(" in variable and variable in deparse(part.expression))
        for part in plan.parts
    )


def _is_straight(node: Expression, variable: str) -> bool:
    """Whether a part is a straight line in the variable: the column, shifted or scaled."""
    if isinstance(node, Call) and node.function in ("center", "cgm", "scale"):
        return _is_straight(node.arguments[0], variable)
    return isinstance(node, Name) or deparse(node) == variable


def _of_term(term: Recipe, grid: ReferenceGrid, variable: str, with_group: bool) -> FloatArray:
    """Differentiate one term (m, size), averaged over its own variables."""
    expressions = tuple([part.expression for part in term.fixed[0].parts])
    names = {variable_name(node) for node in variables_of(expressions)}
    inside = [axis for axis in grid.shown if axis.name in names]
    over = [axis for axis in grid.averaged if axis.name in names]
    sizes = [len(axis.values) for axis in (*inside, *over)]
    n_rows = math.prod(sizes)
    values: dict[str, Any] = {
        axis.name: axis.values[place]
        for axis, place in zip((*inside, *over), positions(sizes), strict=True)
    }
    values |= {name: np.full(n_rows, value) for name, value in grid.held if name in names}
    rows = row_derivatives(term, grid_scope(term, values), variable, with_group=with_group)
    n_inside = math.prod(sizes[: len(inside)])
    means = rows.reshape(n_rows // n_inside, n_inside, -1).mean(axis=0)
    return np.asarray(means[_cells_of(grid, inside)])


def _cells_of(grid: ReferenceGrid, inside: Sequence[Axis]) -> IndexArray:
    """Find each shown combination (m,) among those of some of the shown variables."""
    places = positions([len(axis.values) for axis in grid.shown])
    by_name = dict(zip([axis.name for axis in grid.shown], places, strict=True))
    stride, cells = 1, np.zeros(grid.n_cells, dtype=np.int64)
    for axis in inside:
        cells += stride * by_name[axis.name]
        stride *= len(axis.values)
    return cells


def grid_notes(grid: ReferenceGrid) -> tuple[str, ...]:
    """Say what was averaged over and what was held."""
    notes = []
    averaged = [axis.name for axis in grid.averaged]
    if averaged:
        notes.append(f"Averaged over {', '.join(averaged)}, with equal weights.")
    held = [f"{name} = {value:.4g}" for name, value in grid.held]
    if held:
        notes.append(f"At {', '.join(held)}.")
    return tuple(notes)


def _of_nominal(fit: Fit, variable: str) -> NotEstimableError:
    first = offenders(fit.design.categories[:1])
    return NotEstimableError(
        f"'{variable}' has a slope for each category but {first}, not one.",
        where=f"slope of '{variable}', family = 'multinomial'",
        got=f"{len(fit.design.categories)} categories: {offenders(fit.design.categories)}",
        need="a model with one linear predictor of the response",
        do=f"slopes('{variable}') tabulates the slopes of all categories.",
        slug="slope-of-categories-of-response",
    )
