"""Means averaged over the population of groups: the random effects integrated out.

Room: predict. Integrates; estimates nothing.
Takes: an observation model, linear predictors, and the covariance of their random parts.
Gives: `population_mean`, `random_covariances`.
Source: docs/theory.md (28); Zeger, Liang & Albert (1988); Trefethen & Weideman (2014).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError
from echelon.predict.target import new_share
from echelon.predict.uncertainty import along

REACH = 8.5  # standard deviations: beyond them is less than 1e-16 of a normal
STEP = 0.2  # of the trapezoid rule, over the larger of 1 and the standard deviation
POINTS = {2: 31, 3: 15}  # per dimension of a product rule, by dimensions
DRAWS = 4096  # quasi-random points for more dimensions
VALUES_AT_ONCE = 2_000_000
LINEAR_FAMILIES = ("binomial", "betabinomial", "beta", "gaussian", "student", "poisson",
                   "nbinom1", "nbinom2", "gamma", "inverse_gaussian", "tweedie")  # fmt: skip
OTHER_PARTS = {"zero", "hurdle"}


def population_mean(
    observation: Observation, rows: ResponseRows, eta: FloatArray, covariances: FloatArray
) -> FloatArray:
    """Average the mean of a response over normal random effects.

    A mean conditional on random effects at zero is that of a group in the middle; the mean of
    all groups is another, because a link bends: on the logit scale it is closer to a half. With
    the identity link eta, log exp(eta + v / 2), sqrt eta^2 + v and probit
    Phi(eta / sqrt(1 + v)) exactly; other means of one linear predictor by the trapezoid rule
    with an error below 1e-9 of their range, of two or three by Gauss-Hermite (31 and 15 points
    a dimension), of more by 4,096 quasi-random points (about 1e-4). Theory (28).

    Parameters
    ----------
    observation : the family with its link.
    rows : trials are read, if the family has them.
    eta : (K, n), linear predictors with random effects at zero.
    covariances : (n, A, A), of the random parts of the first A linear predictors.

    Returns
    -------
    (n,), response units; (n, J) probabilities of categories.

    Raises
    ------
    NotEstimableError : the inverse link, under which the average does not exist.
    """
    n_active = covariances.shape[1]
    exact = None if n_active != 1 else _exact(observation, eta[0], covariances[:, 0, 0])
    if exact is not None:
        return observation.mean(rows, np.vstack([exact[None], eta[1:]]))
    if n_active > 1:
        return _averaged(observation, rows, eta, covariances, *_nodes_of_many(n_active))
    largest = float(np.sqrt(covariances.max(initial=0.0)))
    return _averaged(observation, rows, eta, covariances, *_nodes_of_one(observation, largest))


def random_covariances(
    blocks: Sequence[RandomBlock], templates: Sequence[FloatArray], n_obs: int
) -> FloatArray:
    """Covariance of the random parts of a row's linear predictors, every group new: (n, A, A).

    Parameters
    ----------
    blocks : with `memberships` of code -1, as new groups have.
    templates : (r, r) Lambda of each block, link scale.
    n_obs : n.
    """
    n_active = 1 + max((c for block in blocks for c in block.channels), default=0)
    total = np.zeros((n_obs, n_active, n_active))
    for block, template in zip(blocks, templates, strict=True):
        share = new_share(block, None)
        units = np.eye(n_active)
        parts = [along(block, np.outer(unit, np.ones(n_obs))) @ template for unit in units]
        stacked = np.stack(parts, axis=1)
        total += share[:, None, None] * (stacked @ stacked.transpose(0, 2, 1))
    return total


def _exact(observation: Observation, eta: FloatArray, v: FloatArray) -> FloatArray | None:
    """Linear predictor (n,) whose mean is the average; None where there is no such form."""
    if observation.family == "lognormal":
        return eta + v / 2
    if observation.family not in LINEAR_FAMILIES or "hurdle" in observation.channels:
        return None
    if not v.any():
        return eta
    match observation.link:
        case "identity":
            return eta
        case "log":
            return eta + v / 2
        case "sqrt":
            return np.sqrt(eta**2 + v)
        case "probit":
            return eta / np.sqrt(1 + v)
        case "inverse":
            raise _no_average()
    return None


def _nodes_of_one(observation: Observation, std_dev: float) -> tuple[FloatArray, FloatArray]:
    """Nodes (M, 1) and weights (M,) of the trapezoid rule for a standard normal."""
    reach = REACH if observation.link not in ("log", "sqrt", "identity") else REACH + std_dev
    step = STEP / max(1.0, std_dev)
    half = int(np.ceil(reach / step))
    z = step * np.arange(-half, half + 1, dtype=np.float64)
    weights = np.exp(-0.5 * z**2)
    return z[:, None], np.asarray(weights / weights.sum())


def _nodes_of_many(n_active: int) -> tuple[FloatArray, FloatArray]:
    """Nodes (M, A) and weights (M,): a product rule, or quasi-random points."""
    points = POINTS.get(n_active)
    if points is None:
        normal = require("scipy.special").ndtri
        sobol = require("scipy.stats").qmc.Sobol(n_active, seed=1)
        draws = sobol.random(DRAWS)
        nodes: FloatArray = normal(np.clip(draws, 1e-12, 1 - 1e-12))
        return nodes, np.full(DRAWS, 1 / DRAWS)
    found = np.polynomial.hermite_e.hermegauss(points)
    z, w = (np.asarray(part, dtype=np.float64) for part in found)
    grid = np.meshgrid(*[z] * n_active, indexing="ij")
    products = np.meshgrid(*[w / w.sum()] * n_active, indexing="ij")
    weights = np.prod(np.stack(products), axis=0).ravel()
    return np.stack([g.ravel() for g in grid], axis=1), np.asarray(weights, dtype=np.float64)


def _averaged(
    observation: Observation,
    rows: ResponseRows,
    eta: FloatArray,
    covariances: FloatArray,
    z: FloatArray,
    weights: FloatArray,
) -> FloatArray:
    """Average the mean at eta + root z over nodes z (M, A), some rows at a time."""
    parts = []
    for own in _batches(eta.shape[1], len(z) * len(eta)):
        moved = np.repeat(eta[:, None, own], len(z), axis=1)
        roots = _roots(covariances[own])
        moved[: z.shape[1]] += np.einsum("nab,mb->amn", roots, z)
        trials = None if rows.trials is None else np.tile(rows.trials[own], len(z))
        flat = moved.reshape(len(eta), -1)
        means = observation.mean(ResponseRows(np.zeros(flat.shape[1]), trials), flat)
        shaped = means.reshape(len(z), -1, *means.shape[1:])
        parts.append(np.tensordot(weights, shaped, axes=1))
    return np.concatenate(parts) if parts else observation.mean(rows, eta)


def _roots(covariances: FloatArray) -> FloatArray:
    """Roots R (n, A, A) with R R' = V, of matrices that may be singular."""
    if covariances.shape[1] == 1:
        return np.sqrt(covariances)
    values, vectors = np.linalg.eigh(covariances)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])


def _batches(n: int, values_per_row: int) -> Iterator[slice]:
    size = max(VALUES_AT_ONCE // max(values_per_row, 1), 1)
    for first in range(0, n, size):
        yield slice(first, min(first + size, n))


def _no_average() -> NotEstimableError:
    return NotEstimableError(
        "With the inverse link the mean of the population does not exist.",
        where="predict(), option kind = 'population'",
        got="link = 'inverse' and normal random effects: 1 / (x'beta + z'b) has no average",
        need="a link whose mean is finite for every group",
        do="predict for a group in the middle with random='none', or fit with link='log'.",
        slug="no-population-mean",
    )
