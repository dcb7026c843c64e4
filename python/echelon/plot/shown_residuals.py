"""The residuals of one level, and what a chart sets them against.

Room: plot/. Picks and names numbers of the rooms below; draws nothing.
Takes: a `Fit` with its rows; a level: 1 for the rows, or the name of a grouping factor.
Gives: residuals with their names, fitted values or predictors along the axis, titles.
Source: docs/reference, charts; Hilden-Minton (1995), residuals of every level of a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.generalized.linear_predictors import fixed_predictors
from echelon.engine.linear import fixed_part
from echelon.errors import SpecError, near_matches, offenders
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows, frame_of
from echelon.frame.columns import Categorical, Numeric
from echelon.plot.thinning import MOST_POINTS
from echelon.residuals import fitted_values, residuals

CATEGORIES = ("ordered", "nominal")
MOST_CATEGORIES = 30  # side by side on an axis


@dataclass(frozen=True, slots=True)
class Axis:
    """What residuals are set against: values (n,), a title, and labels where they are codes."""

    values: FloatArray
    title: str
    labels: tuple[str, ...] = ()


def block_of(fit: Fit, level: object, where: str, argument: str = "level") -> RandomBlock | None:
    """Find the grouping factor of a level; None for level 1.

    Parameters
    ----------
    fit : a fitted model.
    level : 1, or the name of a grouping factor.
    where : the call, for the message.
    argument : that the level was given in.

    Raises
    ------
    SpecError : the model has no such level.
    """
    if isinstance(level, int | np.integer) and not isinstance(level, bool) and level == 1:
        return None
    names = [block.grouping for block in fit.design.rows.blocks]
    if level in names:
        return fit.design.rows.blocks[names.index(str(level))]
    raise SpecError(
        f"The model has no residuals of level {level!r:.60}.",
        where=f"{where}, argument {argument}",
        got=f"{level!r:.80}",
        need=f"1 for the rows, or a grouping factor: {offenders(names)}"
        if names
        else "1 for the rows: the model has no random effects",
        do=near_matches(level, names) if isinstance(level, str) and names else "write level=1.",
        slug="residual-level",
    )


def row_residuals(fit: Fit, seed: int, purpose: str) -> tuple[FloatArray, str]:
    """Give the residuals of the rows on which a model can be judged, (n,), and their title.

    Gaussian: y - fitted given the modes, times the root of the weight. Others: randomized
    quantile residuals, standard normal if the model holds.

    Parameters
    ----------
    fit : a fitted model.
    seed : of the random places of quantile residuals.
    purpose : the chart, for the message of a fit without its rows.
    """
    design = design_with_rows(fit, purpose)
    if fit.spec.is_generalized:
        return residuals(fit, "quantile", seed=seed), "quantile residual (standard normal)"
    if design.weights is not None:
        return residuals(fit, "pearson"), f"residual of {design.response_name} × √weight"
    return residuals(fit, "response"), f"residual of {design.response_name}"


def fitted_axis(fit: Fit, block: RandomBlock | None) -> Axis:
    """Set residuals against what the model fits: of groups, what the fixed effects expect.

    Parameters
    ----------
    fit : a fitted model with its rows.
    block : the grouping factor, None for rows.

    Returns
    -------
    Axis: fitted values of the rows given the modes (of categories the first linear predictor);
    or the group means (J,) of the fixed part of the linear predictor.
    """
    design, name = fit.design, fit.design.response_name
    is_category = family_of(fit.spec.family).response in CATEGORIES
    generalized = fit.estimates.generalized
    if block is not None:
        if generalized is None:
            part, unit = fixed_part(design.rows, fit.estimates.beta), name
        else:
            known = np.nan_to_num(np.concatenate([fit.estimates.beta, generalized.extra]))
            part = fixed_predictors(design.channels, known, design.n_obs)[0]
            unit = f"linear predictor of {name}"
        return Axis(group_means(block, part), f"{unit} expected by the fixed effects, group mean")
    if is_category and generalized is not None:
        return Axis(generalized.eta[0], f"linear predictor of {name} ({design.channels[0].name})")
    is_share = family_of(fit.spec.family).response == "binary"
    return Axis(
        fitted_values(fit), f"fitted probability of {name}" if is_share else f"fitted {name}"
    )


def predictor_axis(fit: Fit, block: RandomBlock | None, name: str, where: str) -> Axis:
    """Set residuals against a column of the table: its values, or their means by group.

    Raises
    ------
    SpecError : there is no such column, or its categories cannot be put on an axis.
    NotEstimableError : the fit does not hold the table.
    """
    frame = frame_of(fit, where)
    known = {**frame.groupings, **frame.columns}
    if name not in known:
        raise SpecError(
            f"There is no column '{name}' among those of the model.",
            where=f"{where}, argument against",
            got=f"{name!r:.80}",
            need=f"'fitted', or one of {offenders(known)}",
            do=near_matches(str(name), ["fitted", *known]),
            slug="residual-against",
        )
    column = known[name]
    if isinstance(column, Numeric):
        if block is None:
            return Axis(column.values, name)
        return Axis(group_means(block, column.values), f"{name}, group mean")
    return _category_axis(column, block, where)


def _category_axis(column: Categorical, block: RandomBlock | None, where: str) -> Axis:
    labels = column.label_text
    codes = column.codes.astype(float)
    is_one_each = block is None
    if block is not None:
        spread = group_means(block, codes**2) - group_means(block, codes) ** 2
        codes = group_means(block, codes)
        is_one_each = bool((np.abs(spread) < 1e-6).all())
    if is_one_each and len(labels) <= MOST_CATEGORIES:
        return Axis(codes, column.name, labels)
    if is_one_each:
        got, do = f"{len(labels):,} categories", "see residual_spread(), or qq() of the groups."
    else:
        got, do = "rows of one group in several categories", "write level=1 for this column."
    raise SpecError(
        f"Residuals cannot be set against the categories of '{column.name}'.",
        where=f"{where}, argument against",
        got=got,
        need=f"at most {MOST_CATEGORIES} categories, one per row or group",
        do=do,
        slug="residual-against",
    )


def group_means(block: RandomBlock, values: FloatArray) -> FloatArray:
    """Average values of rows (n,) by group, (J,), with the weights of a multiple membership."""
    total, count = np.zeros(block.n_groups), np.zeros(block.n_groups)
    for member in block.memberships:
        weights = np.ones(len(values)) if member.weights is None else member.weights
        total += np.bincount(member.codes, weights * values, block.n_groups)
        count += np.bincount(member.codes, weights, block.n_groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count


def group_modes(fit: Fit, block: RandomBlock) -> Iterator[tuple[str, FloatArray]]:
    """Give the conditional modes of a factor term by term: the name and (J,) values."""
    names = [each.grouping for each in fit.design.rows.blocks]
    modes = fit.estimates.modes[names.index(block.grouping)]
    for place, term in enumerate(block.column_names):
        yield term, np.asarray(modes[:, place])


def names_of(fit: Fit, block: RandomBlock | None) -> NDArray[np.object_] | None:
    """Name groups, or rows with their groups; None where there are more rows than points."""
    if block is not None:
        return np.array([f"{block.grouping} {label}" for label in block.labels], dtype=object)
    n, kept = fit.design.n_obs, fit.rows.kept
    if n > MOST_POINTS:
        return None
    places = np.arange(n) if kept is None else kept
    return np.array([row_name(fit, row, int(places[row])) for row in range(n)], dtype=object)


def row_name(fit: Fit, row: int, place: int) -> str:
    """Name a row by its place in the table, from 0, and by its groups."""
    groups = [
        f"{block.grouping} {block.labels[block.memberships[0].codes[row]]}"
        for block in fit.design.rows.blocks
    ]
    return ", ".join([f"row {place}", *groups])
