"""Parameters that the data hardly determine: flat directions, and families at their limits.

Room: engine/generalized/. Judges an information matrix; words nothing.
Takes: a `Design` with channels, a `ModelSpec` and `Estimates`.
Gives: `flat_direction`, `limit_reached`.
Source: docs/theory.md (25); style.md: thresholds have no unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import Channel, Design
from echelon.engine.estimates import Estimates
from echelon.engine.families import observation_of
from echelon.engine.generalized.centring import shifts
from echelon.engine.generalized.estimate import in_theta
from echelon.engine.generalized.workspace import GeneralizedWorkspace
from echelon.engine.theta import theta_map
from echelon.spec import ModelSpec

FLAT = 1e-8  # smallest eigenvalue of a correlation matrix that still counts as determined
SHARE = 0.3  # of the largest entry of a direction, from which a parameter is named
NEGLIGIBLE = 1e-4  # share of the variance (or of probability) that a limit's parameter adds


@dataclass(frozen=True, slots=True)
class Flatness:
    """The direction in which the criterion is flattest: names, and its eigenvalue (no unit)."""

    names: tuple[str, ...]
    eigenvalue: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A parameter of the family at its limit: its name, what it says, and the simpler model."""

    name: str
    fact: str
    simpler: str


def flat_direction(design: Design, spec: ModelSpec, estimates: Estimates) -> Flatness | None:
    """Find the direction of the parameters along which the criterion hardly changes.

    Parameters
    ----------
    design : n rows with channels.
    spec : the model, fitted by maximum likelihood.
    estimates : at the minimum.

    Returns
    -------
    `Flatness`, or None where the information matrix is positive definite.

    Notes
    -----
    The correlation matrix of the estimates is at hand. Where the information has no inverse it is
    computed again, at two evaluations of the criterion per parameter.
    """
    assert estimates.generalized is not None
    values = np.concatenate([estimates.beta, estimates.generalized.extra, estimates.theta])
    n_coefficients = len(values) - estimates.n_theta
    is_free = np.isfinite(values)
    is_free[n_coefficients:] &= values[n_coefficients:] != 0.0
    free = np.flatnonzero(is_free)
    if not len(free):
        return None
    covariance = estimates.generalized.joint_cov[np.ix_(free, free)]
    variances = covariance.diagonal()
    if np.isfinite(covariance).all() and (variances > 0).all():
        matrix = _correlations(covariance)
        # The other eigenvalues, of sum n at most, have a product of at most e: a cheap lower bound.
        if np.linalg.det(matrix) > math.e * FLAT or np.linalg.eigvalsh(matrix)[0] > FLAT:
            return None
        centred = _of_centred_columns(design, estimates.generalized.joint_cov)
        matrix = _correlations(centred[np.ix_(free, free)])
        eigenvalues = np.linalg.eigvalsh(matrix)
        if eigenvalues[0] > FLAT:
            return None
        # Along the longest axis of the covariance the criterion is flattest.
        direction = np.linalg.eigh(matrix)[1][:, -1]
        return Flatness(_names(design, free[_leading(direction)]), float(eigenvalues[0]))
    hessian = _hessian(design, spec, np.where(np.isfinite(values), values, 0.0), free)
    scale = np.sqrt(np.abs(np.diag(hessian)))
    scaled = hessian / np.outer(np.where(scale > 0, scale, 1.0), np.where(scale > 0, scale, 1.0))
    if not np.isfinite(scaled).all():
        is_bad = ~np.isfinite(np.diag(scaled))
        return Flatness(_names(design, free[is_bad] if is_bad.any() else free), math.nan)
    found, directions = np.linalg.eigh(scaled)
    return Flatness(_names(design, free[_leading(directions[:, 0])]), float(found[0]))


def _correlations(covariance: FloatArray) -> FloatArray:
    spread = np.sqrt(covariance.diagonal())
    matrix: FloatArray = covariance / np.outer(spread, spread)
    return matrix


def _of_centred_columns(design: Design, covariance: FloatArray) -> FloatArray:
    """Move constants to the means of the predictors: far from them they are no news."""
    turn = np.eye(len(covariance))
    for coefficient, targets in shifts(design):
        for constant, factor in targets:
            turn[constant, coefficient] += factor
    known = ~np.isnan(np.diag(covariance))
    moved = np.full_like(covariance, np.nan)
    inside = np.ix_(known, known)
    moved[inside] = turn[inside] @ covariance[inside] @ turn[inside].T
    return moved


def _leading(direction: FloatArray) -> NDArray[np.intp]:
    size = np.abs(direction)
    return np.flatnonzero(size >= SHARE * size.max())


def _hessian(
    design: Design, spec: ModelSpec, values: FloatArray, free: NDArray[np.intp]
) -> FloatArray:
    """Second derivatives of the criterion by the free parameters, at the estimates."""
    observation = observation_of(design, spec)
    points = spec.quadrature if isinstance(spec.quadrature, int) else 1
    workspace = GeneralizedWorkspace(
        design, observation.core_name, observation.link, points, spec.control.threads
    )
    mapping = theta_map(design.rows.blocks)
    index = mapping.index()
    call = None if index is not None else partial(in_theta, mapping)
    n = len(values) - mapping.n_theta
    workspace.objective(values[:n], mapping.Lambdas(values[n:]))
    return workspace.hessian(values, free.tolist(), index, call)


def _names(design: Design, places: NDArray[np.intp]) -> tuple[str, ...]:
    """Name parameters by their places among (beta, extra, theta), each once."""
    names = [*design.fixed_names, *design.extra_names]
    for block in design.rows.blocks:
        for term in block.terms:
            what = "variance" if term.size == 1 else "covariances"
            names += [f"{what} of {term.text}"] * term.structure.n_theta
    return tuple(dict.fromkeys(names[i] for i in places.tolist()))


def limit_reached(design: Design, spec: ModelSpec, estimates: Estimates) -> Limit | None:
    """Find a constant parameter of the family that has run to its limit.

    Parameters
    ----------
    design : n rows with channels.
    spec : the family.
    estimates : of a generalized model.

    Returns
    -------
    `Limit`, the first of them, or None.
    """
    assert estimates.generalized is not None
    coefficients = np.concatenate([estimates.beta, estimates.generalized.extra])
    names = (*design.fixed_names, *design.extra_names)
    for channel in design.channels[1:]:
        if len(channel.columns) != 1 or channel.offset is not None:
            continue
        column = channel.columns[0]
        eta = float(coefficients[column.coefficient] * column.factor * column.values[0])
        limit = _limit(design, spec, channel, eta, estimates)
        if limit is not None and (column.values == column.values[0]).all():
            return Limit(names[column.coefficient], *limit)
    return None


def _limit(
    design: Design, spec: ModelSpec, channel: Channel, eta: float, estimates: Estimates
) -> tuple[str, str] | None:
    """Judge a channel's constant linear predictor: what is at the limit, and what is simpler."""
    small = math.log(NEGLIGIBLE)
    family = spec.family
    match channel.name:
        case "zero" if eta < small:
            return "no zeros beyond those of the counts", "leave zero= out"
        case "df" if eta > -small:
            return "tails as those of a normal distribution", "family='gaussian'"
        case "power" if abs(eta) > -small:
            if eta < 0:
                return "the variance of Poisson counts, a power of 1", "family='poisson'"
            return "the variance of a gamma distribution, a power of 2", "family='gamma'"
        case "dispersion" if family == "nbinom1" and eta < small:
            return "no more spread than Poisson counts", "family='poisson'"
        case "dispersion" if family == "nbinom2" and _largest_mean(spec, estimates) < eta + small:
            return "no more spread than Poisson counts", "family='poisson'"
        case "dispersion" if family == "betabinomial":
            trials = 1.0 if design.trials is None else float(design.trials.max())
            if eta > math.log(max(trials - 1.0, NEGLIGIBLE)) - small:
                return "no more spread than binomial counts", "family='binomial'"
            if eta < small:
                return "all trials of a row alike", "one row per unit, and family='binomial'"
    return None


def _largest_mean(spec: ModelSpec, estimates: Estimates) -> float:
    """Log of the largest mean of the rows."""
    assert estimates.generalized is not None
    eta = float(np.nanmax(estimates.generalized.eta[0]))
    if spec.link == "log":
        return eta
    return math.log(max(eta * eta if spec.link == "sqrt" else eta, 1e-300))
