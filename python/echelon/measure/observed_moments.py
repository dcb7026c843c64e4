"""Moments of responses over their random effects: what a correlation as observed is made of.

Room: measure/. Integrates; correlates nothing.
Takes: a `Fit` of a generalized model with its rows.
Gives: `ObservedModel`, to be evaluated at any parameters; `Moments`.
Source: Browne et al. (2005), method B by quadrature; Nakagawa, Johnson & Schielzeth (2017),
    supplement, exact forms of the log link; docs/theory.md (30).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from echelon import engine
from echelon._types import FloatArray, IndexArray
from echelon.design.parts import Channel, Design
from echelon.engine.generalized.linear_predictors import fixed_predictors
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.engine.theta import ThetaMap, theta_map
from echelon.fit import Fit
from echelon.measure.random_spread import row_variances

ROWS = 500  # evenly spaced in the order of their linear predictors, where there are more
NOTHING = 1e-20  # variance on the scale of the link that is rounding
FINE = np.linspace(-8.0, 8.0, 121)
COARSE = np.linspace(-7.5, 7.5, 51)


@dataclass(frozen=True, slots=True)
class Moments:
    """Averages over rows: `shared` variances between groups, the `total` variance of a response.

    `between_rows` is the variance of the population means of the rows. Response squared.
    """

    shared: tuple[float, ...]
    total: float
    between_rows: float


@dataclass(frozen=True, slots=True)
class ObservedModel:
    """Some rows of a model, with the parameters (p + m,) and (k,) as estimated.

    `errors` (p + m + k,) are standard errors, NaN where unknown. `is_centre`: one row, the mean.
    """

    observation: Observation
    design: Design
    channels: tuple[Channel, ...]
    rows: IndexArray
    mapping: ThetaMap
    coefficients: FloatArray
    theta: FloatArray
    errors: FloatArray
    is_centre: bool

    @property
    def is_exact(self) -> bool:
        """Whether the moments have a closed form."""
        observation = self.observation
        return observation.link == "log" and _powers(observation, np.zeros((3, 1))) is not None

    def values(
        self, coefficients: FloatArray, theta: FloatArray, sets: Sequence[Sequence[int]]
    ) -> Moments:
        """Evaluate the moments, for each set of shared factors, at some parameters."""
        Sigmas = [L @ L.T for L in self.mapping.Lambdas(theta)]
        eta = fixed_predictors(self.channels, coefficients, len(self.rows))
        variances = row_variances(self.design, Sigmas, self.rows)
        if self.is_centre:
            eta = eta.mean(axis=1, keepdims=True)
            variances = variances.mean(axis=1, keepdims=True)
        shared = [variances[list(own)].sum(axis=0) for own in sets]
        total = variances.sum(axis=0)
        with np.errstate(all="ignore"):  # what no number holds is infinite or NaN, and said so
            if self.is_exact:
                return _exact(self.observation, eta, shared, total)
            return _integrated(self.observation, eta, shared, total)


def observed_model(fit: Fit, n_rows: int | None = None) -> ObservedModel:
    """Choose rows of a fit: at most `n_rows` (None: 500), evenly spaced; 0 for the mean row."""
    design, generalized = fit.design, fit.estimates.generalized
    assert generalized is not None
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, generalized.extra]))
    rows = _chosen(design, coefficients, n_rows or ROWS)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diagonal(generalized.joint_cov))
    return ObservedModel(
        engine.observation_of(design, fit.spec),
        design,
        tuple(_of_rows(channel, rows) for channel in design.channels),
        rows,
        theta_map(design.rows.blocks),
        coefficients,
        fit.estimates.theta,
        errors,
        n_rows == 0,
    )


def _chosen(design: Design, coefficients: FloatArray, limit: int) -> IndexArray:
    n = design.n_obs
    if n <= limit:
        return np.arange(n)
    eta = fixed_predictors(design.channels[:1], coefficients, n)[0]
    places = np.floor((np.arange(limit) + 0.5) * n / limit).astype(np.int64)
    return np.argsort(eta, kind="stable")[places]


def _of_rows(channel: Channel, rows: IndexArray) -> Channel:
    return replace(
        channel,
        columns=tuple(replace(own, values=own.values[rows]) for own in channel.columns),
        offset=None if channel.offset is None else channel.offset[rows],
    )


def _powers(
    observation: Observation, eta: FloatArray
) -> list[tuple[FloatArray, FloatArray]] | None:
    """Write var(y | b) of a log link as a sum of c mu^k: pairs (k, c); None if it is none."""
    if len(observation.channels) > 1 and observation.channels[1] != "dispersion":
        return None
    with np.errstate(over="ignore"):
        size = np.exp(eta[1]) if len(eta) > 1 else np.ones(eta.shape[1])
    one = np.ones_like(size)
    match observation.family:
        case "poisson":
            return [(one, one)]
        case "nbinom1":
            return [(one, 1 + size)]
        case "nbinom2":
            return [(one, one), (2 * one, 1 / size)]
        case "gamma":
            return [(2 * one, size**2)]
        case "inverse_gaussian":
            return [(3 * one, size**2)]
        case "tweedie":
            return [(1 + 1 / (1 + np.exp(-eta[2])), size)]
    return None


def _exact(
    observation: Observation, eta: FloatArray, shared: list[FloatArray], total: FloatArray
) -> Moments:
    """Log link: E exp(k (eta + b)) = exp(k eta + k^2 v / 2)."""
    powers = _powers(observation, eta)
    assert powers is not None
    mean = np.exp(eta[0] + total / 2)
    within = np.zeros_like(mean)
    for k, c in powers:
        within += c * np.exp(k * eta[0] + k**2 * total / 2)
    between = tuple(float(np.mean(mean**2 * np.expm1(v))) for v in shared)
    whole = float(np.mean(mean**2 * np.expm1(total) + within))
    return Moments(between, whole, float(np.var(mean)))


def _integrated(
    observation: Observation, eta: FloatArray, shared: list[FloatArray], total: FloatArray
) -> Moments:
    """Any link: trapezoid sums over the effects shared, and inside over the others."""
    mean, variance = _at(observation, eta, np.sqrt(total)[:, None] * FINE)
    weights = _weights(FINE)
    centre = mean @ weights
    whole = (mean - centre[:, None]) ** 2 @ weights + variance @ weights
    between = tuple(
        float(np.mean((_given(observation, eta, v, total - v) - centre[:, None]) ** 2 @ own))
        if v.max(initial=0.0) > NOTHING
        else 0.0
        for v in shared
        for own in [_weights(FINE if (total - v <= 0).all() else COARSE)]
    )
    return Moments(between, float(np.mean(whole)), float(np.var(centre)))


def _given(
    observation: Observation, eta: FloatArray, shared: FloatArray, others: FloatArray
) -> FloatArray:
    """E(y | the effects shared) at the nodes of these, (m, nodes)."""
    if (others <= 0).all():
        return _at(observation, eta, np.sqrt(shared)[:, None] * FINE)[0]
    steps = np.sqrt(shared)[:, None] * COARSE
    inner = np.sqrt(np.maximum(others, 0.0))
    weights = _weights(COARSE)
    found = np.zeros(steps.shape)
    for node, weight in zip(COARSE.tolist(), weights.tolist(), strict=True):
        found += weight * _at(observation, eta, steps + (node * inner)[:, None])[0]
    return found


def _at(
    observation: Observation, eta: FloatArray, steps: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a response at the first predictor plus steps (m, nodes)."""
    shape = steps.shape
    every = np.repeat(eta, shape[1], axis=1)
    every[0] += steps.ravel()
    rows = ResponseRows(np.zeros(steps.size))
    with np.errstate(all="ignore"):
        mean = observation.mean(rows, every).reshape(shape)
        variance = observation.variance(rows, every).reshape(shape)
    return mean, variance


def _weights(nodes: FloatArray) -> FloatArray:
    density = np.exp(-0.5 * nodes**2)
    found: FloatArray = density / density.sum()
    return found
