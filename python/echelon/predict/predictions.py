"""Predictions for the rows of a fit or for new rows, with their uncertainty.

Room: predict. Adds up what the fit says; estimates nothing.
Takes: a `Fit` and a table of new rows.
Gives: an array of predictions, or a Table with standard errors and limits.
Source: docs/theory.md (1), (9); Henderson (1975); McCulloch & Searle (2001), chapter 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.aliasing import is_estimable
from echelon.engine.linear import fixed_part, random_part
from echelon.engine.workspace import combination_variances
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.options import read_choice, read_conf_level
from echelon.predict.target import (
    Target,
    announce_not_estimable,
    new_share,
    new_target,
    no_categories,
    own_target,
    read_random,
)
from echelon.table import Table

SCALE = "response"
INTERVALS = ("confidence", "prediction")
KINDS = ("response", "link", "category", "population")
NEW_GROUPS = ("population", "error")


def predict(
    fit: Fit,
    new_data: Any = None,
    random: str | Sequence[str] = "all",
    interval: str | None = None,
    new_groups: str = "population",
    *,
    kind: str = "response",
    conf_level: float | None = None,
) -> FloatArray | Table:
    """Predict the mean of a row, or a new response in it, for known and new groups.

    The linear predictor is x'beta + offset + z'b, with b the conditional modes of the grouping
    factors in `random`; a group that the fit has not seen has b = 0, the middle of its
    population. For a Gaussian model this is the mean, and the interval is estimate -+ z standard
    errors, z the normal quantile, given theta and sigma: with few groups it is somewhat too
    narrow. Theory (9). For other models the mean is that of the response at this linear
    predictor: a probability, an expected count, zeros and all.

    Parameters
    ----------
    fit : a fitted model.
    new_data : a table with the predictors, offsets and grouping factors, no response needed; None
        for the rows of the fit. Group labels are needed of the factors in `random` only.
    random : 'all' grouping factors, 'none', or a list of their names.
    interval : None, 'confidence' or 'prediction'.
        'confidence' is about the mean of the row, with the b of `random`: it has the uncertainty
        of beta, of the modes, and between the two; for a new group the variance of its b. With
        random='none' it is about a group with b = 0. Generalized models: limits on the scale of
        the link, or the logit of a probability or the log of a mean that has several linear
        predictors (delta method), transformed, with the uncertainty of theta, too; `std_error` is
        on the scale of the estimate.
        'prediction' is about one new response: it adds the variance of a response, and that
        between groups of every factor not in `random`, whose group is taken as new. Generalized
        models: quantiles of the distribution of a response, averaged over the normal
        distribution of its linear predictor, dispersion taken as known; whole numbers for counts,
        proportions of the row's trials for binomial families.
    new_groups : 'population' predicts for groups that the fit has not seen, 'error' refuses them.
    kind : what is predicted.
        'response' : the mean, in response units; the probability of a success; the probability
        of each category (a column each).
        'link' : the linear predictor; of ordered categories the location, of nominal ones one
        for each category but the first.
        'category' : the label of the most probable category.
        'population' : the mean averaged over the random effects of all groups, what a survey of
        the population would find, while random='none' is the mean of a group with b = 0: for
        probabilities it is closer to a half, for means with a log link larger. `random` is left
        out or 'none'. Limits include the uncertainty of theta. Theory (28).
    conf_level : of the interval, in (0, 1); None for that of the fit.

    Returns
    -------
    Array (n,) without an interval; with one, a Table with columns estimate, std_error, conf_low,
    conf_high. `std_error` is that of what the interval is about, so that it includes sigma in a
    prediction. Probabilities of categories: a Table with a column per category; with an interval
    a row per row and category, with columns row and category in front. A row of `new_data` that
    lacks a needed value keeps its place and is NaN.

    Raises
    ------
    SpecError : an option does not exist, or names no grouping factor of the model, or the family
        has no such prediction.
    FrameError : `new_data` lacks a column, or it cannot be used.
    DesignError : a category that the fit has not seen; a new group when new_groups='error'.
    NotEstimableError : rows are needed, and the fit was saved without them; limits of a category.

    Warns
    -----
    RowsDroppedWarning : rows of `new_data` lack a value and are NaN.
    RankWarning : rows depend on coefficients that the data do not determine, and are NaN.

    Notes
    -----
    Costs p + r operations a row without an interval, one factorisation more with one. The
    variance of a weighted Gaussian model's new response needs the column of weights in
    `new_data`, that of a binomial one its trials. Prior weights of generalized models count rows
    and do not change the distribution of a response.

    Source
    ------
    Checked against lme4: cases lmm_sleep_slope_reml, lmm_orthodont_slope_reml and
    lmm_penicillin_crossed_reml; intervals against the dense twin and by simulation. Generalized
    models against lme4, glmmTMB and ordinal.

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
    limits = None if interval is None else read_choice("interval", interval, INTERVALS)
    wanted = read_choice("kind", kind, KINDS)
    refuses = read_choice("new_groups", new_groups, NEW_GROUPS) == "error"
    looked_up = read_random(fit, random)
    if wanted == "population":
        looked_up = _nobody(random)
    is_averaged = wanted == "population" and fit.spec.is_generalized
    with_others = limits == "prediction" or is_averaged
    if new_data is None:
        target = own_target(fit, looked_up, with_others)
    else:
        target = new_target(fit, new_data, looked_up, limits, refuses, with_others)
    if fit.spec.is_generalized:
        room = require("echelon.predict.generalized")
        answer: FloatArray | Table = room.predict_generalized(fit, target, wanted, limits, level)
        return answer
    return _gaussian(fit, target, wanted, limits, level)


def _nobody(random: str | Sequence[str]) -> tuple[int, ...]:
    """Refuse modes of some groups in an average over all groups."""
    if isinstance(random, str):
        return ()
    raise SpecError(
        "An average over all groups has no place for the modes of some.",
        where="predict(), options kind and random",
        got=f"kind = 'population' with random = {list(random)!r:.60}",
        need="random='none', or random left out",
        do="write kind='response' to predict for these groups.",
        slug="population-of-groups",
    )


def _gaussian(
    fit: Fit, target: Target, wanted: str, kind: str | None, level: float
) -> FloatArray | Table:
    """Predict of a Gaussian model: mean, link and average over the groups are the same."""
    if wanted == "category":
        raise no_categories(fit.spec.family)
    estimate = _estimate(fit, target)
    if kind is None:
        return target.spread(estimate)
    std_error = np.sqrt(_variance(fit, target, kind))
    margin = require("statistics").NormalDist().inv_cdf((1 + level) / 2) * std_error
    columns = {
        "estimate": estimate,
        "std_error": std_error + 0.0 * estimate,  # not estimable: neither is its error
        "conf_low": estimate - margin,
        "conf_high": estimate + margin,
    }
    return Table(
        {name: target.spread(values) for name, values in columns.items()},
        scales=dict.fromkeys(columns, SCALE),
        title=f"Predictions with {100 * level:g}% {kind} limits",
    )


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
            announce_not_estimable(fit, target, is_known)
            estimate[~is_known] = np.nan
    return estimate


def _variance(fit: Fit, target: Target, kind: str) -> FloatArray:
    """Variance (n,) of what is predicted, minus the estimate. Theory (9)."""
    rows, sigma = target.rows, fit.estimates.sigma
    if not rows.n_obs:
        return np.empty(0)
    columns = rows.fixed_columns
    fixed = np.column_stack(columns) if columns else np.empty((rows.n_obs, 0))
    parts = []
    total = np.zeros(rows.n_obs)
    for position, block in zip(target.positions, rows.blocks, strict=True):
        own = np.column_stack(block.columns)
        for member in block.memberships:
            if (member.codes >= 0).any():
                weighted = own if member.weights is None else own * member.weights[:, None]
                parts.append((position, member.codes, weighted))
        spread = np.square(own @ (sigma * fit.estimates.Lambdas[position])).sum(axis=1)
        total += new_share(block, target.coinciding.get(position)) * spread
    total += combination_variances(fit, fixed, parts)
    if kind == "prediction":
        total += sigma**2 / (1.0 if target.weights is None else target.weights)
    return total
