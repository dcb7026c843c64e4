"""Predictions of generalized models: on the scale of the response, the link or the population.

Room: predict. Transforms linear predictors and their uncertainty; estimates nothing.
Takes: a `Fit`, a `Target` and what is wanted of it.
Gives: an array or a Table.
Source: docs/theory.md (24), (25) and (28); Wood (2017), section 6.10 (intervals on the link scale).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon import engine
from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import add_random, fixed_predictors
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.predict.confidence import Asked, Prediction, confidence_limits
from echelon.predict.new_response import response_limits
from echelon.predict.quantity import Quantity, as_columns, direction_of
from echelon.predict.target import Target, announce_not_estimable, no_categories
from echelon.predict.uncertainty import Uncertainty
from echelon.table import Table


def predict_generalized(
    fit: Fit, target: Target, kind: str, interval: str | None, conf_level: float
) -> FloatArray | Table:
    """Predict for the rows of a target, as `predict` says.

    Parameters
    ----------
    fit : a fitted generalized model.
    target : n rows, and the random effects that take part.
    kind : 'response', 'link', 'category' or 'population'.
    interval : None, 'confidence' or 'prediction', at `conf_level`.

    Returns
    -------
    As `predict`.

    Raises
    ------
    SpecError : the family has no such prediction.
    NotEstimableError : the average over the population does not exist.
    """
    asked = Asked(kind, interval, conf_level)
    observation = engine.observation_of(fit.design, fit.spec)
    has_categories = family_of(fit.spec.family).response in ("ordered", "nominal")
    _check(asked, fit.spec.family, has_categories)
    eta = _linear_predictors(fit, target)
    is_known = _estimable_rows(fit, target)
    if not is_known.all():
        announce_not_estimable(fit, target, is_known)
    quantity = Quantity(fit, target, observation, asked.kind)
    estimate = as_columns(quantity.values(eta)) if target.rows.n_obs else quantity.empty()
    estimate[~is_known] = np.nan
    labels = quantity.labels
    if asked.kind == "category":
        return _most_probable(target, estimate, fit.design.categories)
    if asked.interval is None:
        if labels is None:
            return target.spread(estimate[:, 0])
        columns = dict(zip(labels, target.spread(estimate).T, strict=True))
        return Table(columns, scales=quantity.scales(columns), title=quantity.title)
    if not target.rows.n_obs:
        found = Prediction(estimate, estimate, estimate, estimate)
    elif asked.interval == "prediction":
        found = _new_response(fit, target, observation, asked, eta, estimate)
    else:
        found = confidence_limits(fit, target, quantity, asked, eta, estimate)
    return _interval_table(target, found, labels, asked, quantity)


def _check(asked: Asked, family: str, has_categories: bool) -> None:
    if asked.kind == "category" and not has_categories:
        raise no_categories(family)
    if asked.interval is not None and asked.kind == "category":
        raise _no_interval("A category has no limits.", "option kind = 'category'", asked)
    if asked.interval == "prediction" and (has_categories or asked.kind == "link"):
        what = "A new response that is a category has no limits."
        if not has_categories:
            what = "A new response is not on the scale of the link."
        raise _no_interval(what, f"family = '{family}', kind = '{asked.kind}'", asked)


def _linear_predictors(fit: Fit, target: Target) -> FloatArray:
    """Evaluate the linear predictors (K, n), with the modes that take part."""
    found = fit.estimates.generalized
    assert found is not None
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
    eta = fixed_predictors(target.channels, coefficients, target.rows.n_obs)
    for position, block in zip(target.positions, target.rows.blocks, strict=True):
        add_random(eta, block, fit.estimates.modes[position])
    return eta


def _new_response(
    fit: Fit,
    target: Target,
    observation: Observation,
    asked: Asked,
    eta: FloatArray,
    at: FloatArray,
) -> Prediction:
    """Limits of a new response: quantiles of its distribution over the linear predictors."""
    others = [k for k, name in enumerate(observation.channels) if name in ("zero", "hurdle")]
    chosen = [0, *others]
    uncertainty = Uncertainty(fit, target)
    units = [direction_of(k, eta) for k in chosen]
    covariances = np.zeros((eta.shape[1], len(chosen), len(chosen)))
    for i, one in enumerate(units):
        covariances[:, i, i] = uncertainty.variances(one)
        for j, other in enumerate(units[:i]):
            both = uncertainty.variances(one + other)
            shared = 0.5 * (both - covariances[:, i, i] - covariances[:, j, j])
            covariances[:, i, j] = covariances[:, j, i] = shared
    rows = ResponseRows(np.zeros(eta.shape[1]), target.trials)
    response = family_of(fit.spec.family).response
    spread, low, high = response_limits(
        observation, response, rows, eta, covariances, asked.conf_level
    )
    gap = 0.0 * at[:, 0]
    return Prediction(at, *((part + gap)[:, None] for part in (spread, low, high)))


def _most_probable(target: Target, shares: FloatArray, categories: tuple[str, ...]) -> FloatArray:
    """Labels (n,) of the most probable categories, None in rows that lack a value."""
    labels = np.array([*categories, None], dtype=object)
    places = np.where(np.isnan(shares).any(axis=1), len(categories), shares.argmax(axis=1))
    if target.place is None:
        return np.asarray(labels[places])
    answer = np.full(target.n_answer, len(categories))
    answer[target.place] = places
    return np.asarray(labels[answer])


def _interval_table(
    target: Target,
    found: Prediction,
    labels: tuple[str, ...] | None,
    asked: Asked,
    quantity: Quantity,
) -> Table:
    columns = {
        "estimate": found.estimate,
        "std_error": found.std_error + 0.0 * found.estimate,
        "conf_low": found.conf_low + 0.0 * found.estimate,
        "conf_high": found.conf_high + 0.0 * found.estimate,
    }
    placed = {name: target.spread(values).ravel() for name, values in columns.items()}
    data: dict[str, NDArray[np.generic]] = {}
    if labels is not None:
        data["row"] = np.repeat(np.arange(1, target.n_answer + 1), len(labels))
        data["category"] = np.array(list(labels) * target.n_answer, dtype=object)
    title = f"Predictions with {100 * asked.conf_level:g}% {asked.interval} limits"
    return Table({**data, **placed}, scales=quantity.scales(placed), title=title)


def _estimable_rows(fit: Fit, target: Target) -> NDArray[np.bool_]:
    """Say of each row (n,) whether its columns that were not estimated are what they were.

    They are combinations of the others in the rows of the fit; where the rows are not at hand,
    a row is known if these columns are zero.
    """
    found = fit.estimates.generalized
    assert found is not None
    lost = np.isnan(np.concatenate([fit.estimates.beta, found.extra]))
    known = np.ones(target.rows.n_obs, dtype=bool)
    if not lost.any():
        return known
    for new, own in zip(target.channels, fit.design.channels, strict=True):
        is_lost = [bool(lost[column.coefficient]) for column in new.columns]
        if not any(is_lost):
            continue
        X, old = (np.column_stack([c.values for c in ch.columns]) for ch in (new, own))
        gone = np.array(is_lost)
        if not fit.has_rows:
            known &= ~X[:, gone].any(axis=1)
            continue
        relation = np.linalg.lstsq(old[:, ~gone], old[:, gone], rcond=None)[0]
        off = np.abs(X[:, gone] - X[:, ~gone] @ relation)
        size = np.abs(X[:, gone]) + np.abs(X[:, ~gone]) @ np.abs(relation)
        known &= (off <= 1e-6 * (size + old[:, gone].std(axis=0))).all(axis=1)
    return known


def _no_interval(what: str, where: str, asked: Asked) -> NotEstimableError:
    return NotEstimableError(
        what,
        where=f"predict(), {where}",
        got=f"interval = '{asked.interval}'",
        need="a number that varies",
        do="ask for interval='confidence' with kind='response': limits of the mean, or of each\n"
        "category's probability.",
        slug="no-such-interval",
    )
