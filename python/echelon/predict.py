"""Predictions for the rows of a fit or for new rows, with their uncertainty.

Room: predict. Adds up what the fit says; estimates nothing.
Takes: a `Fit` and a table of new rows.
Gives: an array of predictions, or a Table with standard errors and limits.
Source: docs/theory.md (1), (9); Henderson (1975); McCulloch & Searle (2001), chapter 13.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon._types import FloatArray, IndexArray
from echelon.design.new_rows import NewRows, coinciding_weights, member_weights, read_new_rows
from echelon.design.parts import Membership, RandomBlock, Rows
from echelon.engine.aliasing import is_estimable
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.workspace import combination_variances
from echelon.errors import (
    DesignError,
    RankWarning,
    RowsDroppedWarning,
    SpecError,
    compose,
    near_matches,
    offenders,
)
from echelon.fit import Fit, design_with_rows
from echelon.options import read_choice, read_conf_level
from echelon.table import Table

SCALE = "response"
INTERVALS = ("confidence", "prediction")
NEW_GROUPS = ("population", "error")


@dataclass(frozen=True, slots=True)
class Target:
    """What is predicted: n rows, and the blocks that take part, at `positions` in the fit.

    `place` (n,) are the rows of the answer, which has `n_answer`; `coinciding` has, by position,
    the products of weights of memberships in the same unseen group.
    """

    rows: Rows
    positions: tuple[int, ...]
    weights: FloatArray | None
    place: IndexArray | None
    n_answer: int
    coinciding: dict[int, FloatArray]


def predict(
    fit: Fit,
    new_data: Any = None,
    random: str | Sequence[str] = "all",
    interval: str | None = None,
    new_groups: str = "population",
    *,
    conf_level: float | None = None,
) -> FloatArray | Table:
    """Predict the mean of a row, or a new response in it, for known and new groups.

    The estimate is x'beta + offset + z'b, with b the conditional modes of the grouping factors in
    `random`; a group that the fit has not seen has b = 0, the mean of its population. The
    interval is estimate -+ z standard errors, z the normal quantile, given theta and sigma: with
    few groups it is somewhat too narrow. Theory (9).

    Parameters
    ----------
    fit : a fitted model.
    new_data : a table with the predictors, offsets and grouping factors, no response needed; None
        for the rows of the fit. Group labels are needed of the factors in `random` only.
    random : 'all' grouping factors, 'none', or a list of their names.
    interval : None, 'confidence' or 'prediction'.
        'confidence' is about the mean of the row, x'beta + z'b with the b of `random`: it has the
        uncertainty of beta, of the modes, and between the two; for a new group the variance of
        its b. With random='none' it is about x'beta, the mean of the population.
        'prediction' is about one new response: it adds sigma^2 / weight, and the variance
        between groups of every factor that is not in `random`, whose group is taken as new.
    new_groups : 'population' predicts for groups that the fit has not seen, 'error' refuses them.
    conf_level : of the interval, in (0, 1); None for that of the fit.

    Returns
    -------
    Array (n,) in response units without an interval; with one, a Table with columns estimate,
    std_error, conf_low, conf_high. `std_error` is that of what the interval is about, so that it
    includes sigma in a prediction. A row of `new_data` that lacks a needed value keeps its place
    and is NaN.

    Raises
    ------
    SpecError : an option does not exist, or names no grouping factor of the model.
    FrameError : `new_data` lacks a column, or it cannot be used.
    DesignError : a category that the fit has not seen; a new group when new_groups='error'.
    NotEstimableError : no `new_data`, and the fit was saved without its rows.

    Warns
    -----
    RowsDroppedWarning : rows of `new_data` lack a value and are NaN.
    RankWarning : rows depend on coefficients that the data do not determine, and are NaN.

    Notes
    -----
    Costs p + r operations a row without an interval, one factorisation more with one. The
    variance of a weighted model's new response needs the column of weights in `new_data`.

    Source
    ------
    Checked against lme4: cases lmm_sleep_slope_reml, lmm_orthodont_slope_reml and
    lmm_penicillin_crossed_reml; intervals against the dense twin and by simulation.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> rows = {"days": [5, 5], "subject": ["335", "a newcomer"]}
    >>> fit.predict(rows).round(1).tolist()
    [249.6, 303.7]
    >>> fit.predict(rows, interval="prediction")["std_error"].round(1).tolist()
    [26.8, 48.3]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    kind = None if interval is None else read_choice("interval", interval, INTERVALS)
    refuses = read_choice("new_groups", new_groups, NEW_GROUPS) == "error"
    looked_up = _positions(fit, random)
    if new_data is None:
        target = _own_target(fit, looked_up, kind)
    else:
        target = _new_target(fit, new_data, looked_up, kind, refuses)
    estimate = _estimate(fit, target)
    if kind is None:
        return _spread(estimate, target)
    std_error = np.sqrt(_variance(fit, target, kind))
    margin = require("statistics").NormalDist().inv_cdf((1 + level) / 2) * std_error
    columns = {
        "estimate": estimate,
        "std_error": std_error + 0.0 * estimate,  # not estimable: neither is its error
        "conf_low": estimate - margin,
        "conf_high": estimate + margin,
    }
    return Table(
        {name: _spread(values, target) for name, values in columns.items()},
        scales=dict.fromkeys(columns, SCALE),
        title=f"Predictions with {100 * level:g} % {kind} limits",
    )


def _positions(fit: Fit, random: str | Sequence[str]) -> tuple[int, ...]:
    """Read `random`: the places of the grouping factors whose modes take part."""
    names = [block.grouping for block in fit.design.rows.blocks]
    if isinstance(random, str):
        if random.casefold() == "all":
            return tuple(range(len(names)))
        if random.casefold() == "none":
            return ()
        raise _no_such_random(random, names)
    asked = list(random)
    for name in asked:
        if name not in names:
            raise _no_such_grouping(name, names)
    return tuple(i for i, name in enumerate(names) if name in asked)


def _own_target(fit: Fit, looked_up: tuple[int, ...], kind: str | None) -> Target:
    design = design_with_rows(fit, "predict() without new_data")
    everything = tuple(range(len(design.rows.blocks)))
    positions = everything if kind == "prediction" else looked_up
    blocks = tuple(
        design.rows.blocks[i] if i in looked_up else _of_new_groups(design.rows.blocks[i])
        for i in positions
    )
    rows = replace(design.rows, blocks=blocks)
    return Target(rows, positions, design.weights, None, design.n_obs, {})


def _of_new_groups(block: RandomBlock) -> RandomBlock:
    memberships = tuple(
        Membership(np.full(len(member.codes), -1, np.int32), member.weights)
        for member in block.memberships
    )
    return replace(block, memberships=memberships)


def _new_target(
    fit: Fit, new_data: Any, looked_up: tuple[int, ...], kind: str | None, refuses: bool
) -> Target:
    recipe = fit.design.recipe
    is_new_response = kind == "prediction"
    everything = range(len(recipe.blocks))
    new = read_new_rows(
        recipe,
        new_data,
        looked_up,
        [i for i in everything if i not in looked_up] if is_new_response else [],
        fit.spec.weights if is_new_response else None,
        fit.spec.formula,
    )
    _announce_missing(new)
    coinciding = {}
    for position, block in zip(new.positions, new.rows.blocks, strict=True):
        own = recipe.blocks[position]
        if position in looked_up:
            if refuses:
                _refuse_unseen(block, new.unseen(own, block))
            if own.grouping.members and kind is not None:
                coinciding[position] = coinciding_weights(new, own, block)
    account = new.account
    return Target(new.rows, new.positions, new.weights, account.kept, account.n_read, coinciding)


def _estimate(fit: Fit, target: Target) -> FloatArray:
    """Evaluate x'beta + offset + z'b, (n,); NaN where the data do not determine x'beta."""
    rows = target.rows
    if not rows.n_obs:
        return np.empty(0)
    estimate = fixed_part(rows, fit.estimates.beta)
    if rows.blocks:
        modes = [fit.estimates.modes[i] for i in target.positions]
        estimate += random_part(rows.blocks, modes, rows.n_obs)
    if not fit.estimates.is_estimated.all():
        is_known = is_estimable(fit, rows)
        if not is_known.all():
            _announce_not_estimable(fit, target, is_known)
            estimate[~is_known] = np.nan
    return estimate


def _variance(fit: Fit, target: Target, kind: str) -> FloatArray:
    """Variance (n,) of what is predicted, minus the estimate. Theory (9)."""
    rows, sigma = target.rows, fit.estimates.sigma
    if not rows.n_obs:
        return np.empty(0)
    X = np.column_stack(rows.fixed_columns) if rows.fixed_columns else np.empty((rows.n_obs, 0))
    parts = []
    total = np.zeros(rows.n_obs)
    for position, block in zip(target.positions, rows.blocks, strict=True):
        Z = np.column_stack(block.columns)
        for member in block.memberships:
            if (member.codes >= 0).any():
                weighted = Z if member.weights is None else Z * member.weights[:, None]
                parts.append((position, member.codes, weighted))
        spread = np.square(Z @ (sigma * fit.estimates.Lambdas[position])).sum(axis=1)
        total += _new_share(block, target.coinciding.get(position)) * spread
    total += combination_variances(fit, X, parts)
    if kind == "prediction":
        total += sigma**2 / (1.0 if target.weights is None else target.weights)
    return total


def _new_share(block: RandomBlock, coinciding: FloatArray | None) -> FloatArray:
    """Squared weights (n,) of the unseen groups of a row: 0 or 1 but in multiple memberships."""
    share = np.zeros(len(block.memberships[0].codes))
    for member in block.memberships:
        share += np.where(member.codes < 0, member_weights(member) ** 2, 0.0)
    return share if coinciding is None else share + 2.0 * coinciding


def _spread(values: FloatArray, target: Target) -> FloatArray:
    """Put values back in the rows of the table; NaN in the rows that were left out."""
    if target.place is None:
        return values
    answer = np.full(target.n_answer, np.nan)
    answer[target.place] = values
    return answer


def _announce_missing(new: NewRows) -> None:
    account = new.account
    missing = account.n_read - account.n_used
    if not missing:
        return
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in account.dropped)
    message = compose(
        "Some rows of new_data lack a value and are predicted as NaN.",
        where="predict(), argument new_data",
        got=f"{missing:,} of {account.n_read:,} rows" + (f" ({reasons})" if reasons else ""),
        need="a value for every predictor, offset and grouping factor that takes part",
        do="fill the values in, or ask for random='none' where group labels are missing.",
        slug="predictions-missing",
    )
    warnings.warn(message, RowsDroppedWarning, stacklevel=5)


def _announce_not_estimable(fit: Fit, target: Target, is_known: NDArray[np.bool_]) -> None:
    places = np.flatnonzero(~is_known)
    rows = (places if target.place is None else target.place[places]) + 1
    names = [
        name
        for name, is_estimated in zip(
            fit.design.fixed_names, fit.estimates.is_estimated.tolist(), strict=True
        )
        if not is_estimated
    ]
    message = compose(
        "Some rows cannot be predicted: they need coefficients that were not estimated.",
        where=f"coefficients {offenders(names)}",
        got=f"rows {offenders(rows[:5].tolist(), len(rows))}",
        need="rows in which the predictors keep the relation that they have in the data fitted",
        do="leave these predictors out of the model, or predict for rows like those fitted.",
        slug="prediction-not-estimable",
    )
    warnings.warn(message, RankWarning, stacklevel=5)


def _refuse_unseen(block: RandomBlock, unseen: list[str]) -> None:
    if not unseen:
        return
    word = "a group" if len(unseen) == 1 else f"{len(unseen):,} groups"
    raise DesignError(
        f"The new rows have {word} of '{block.grouping}' that the fit has not seen.",
        where="predict(), option new_groups='error'",
        got=offenders(unseen),
        need=f"groups among the {block.n_groups:,} of the fit",
        do="correct the labels, or write new_groups='population' for their population.",
        slug="unseen-group",
    )


def _no_such_random(random: str, names: list[str]) -> SpecError:
    is_name = random in names
    return SpecError(
        f"The option random cannot be '{random}'.",
        where="predict(), option random",
        got=repr(random),
        need="'all', 'none', or a list of grouping factors",
        do=f"write random=['{random}']." if is_name else near_matches(random, ["all", "none"]),
        slug="unknown-random",
    )


def _no_such_grouping(name: object, names: list[str]) -> SpecError:
    return SpecError(
        f"Grouping factor {name!r} is not in the model.",
        where="predict(), option random",
        got=repr(name),
        need=f"names among {offenders(names)}" if names else "none: the model has no random terms",
        do=near_matches(str(name), names) if names else "leave random out.",
        slug="unknown-grouping",
    )
