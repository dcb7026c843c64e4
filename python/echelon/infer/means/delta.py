"""The delta method: quantities of a generalized model, and how they move with every parameter.

Room: infer/. Differentiates by differences of fourth order; words nothing.
Takes: `ChannelRows`, an `Outcome`, and a generalized `Fit`.
Gives: `Parameters`, `Sensitivity`, `sensitivity`, and `as_inference`: made ready for tests.
Source: docs/theory.md (28); Oehlert (1992), The American Statistician 46, 27-29.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.theta import theta_map
from echelon.fit import Fit
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.coefficients.null_space import null_space
from echelon.infer.means.channel_rows import ChannelRows
from echelon.infer.means.integration import CLOSED, closed_average, population_average
from echelon.infer.means.outcomes import Outcome

STEP = 1e-3  # of a linear predictor, or relative to a covariance parameter
STENCIL = ((-2.0, 1.0), (-1.0, -8.0), (1.0, 8.0), (2.0, -1.0))  # twelfths of the step


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """All that a generalized model estimates, at its estimates.

    `coefficients` (p + m,) with 0 for those not estimated (`is_estimated`); `theta` (k,);
    `covariance` (p + m + k, p + m + k) with 0 for what is held: a theta of zero.
    """

    coefficients: FloatArray
    is_estimated: NDArray[np.bool_]
    theta: FloatArray
    covariance: FloatArray


def parameters_of(fit: Fit) -> Parameters:
    """Collect the parameters of a generalized fit."""
    generalized = fit.estimates.generalized
    assert generalized is not None
    shown = np.concatenate([fit.estimates.beta, generalized.extra])
    is_estimated = np.isfinite(shown)
    theta = fit.estimates.theta
    covariance = np.array(generalized.joint_cov)
    held = np.concatenate([~is_estimated, theta == 0.0])
    covariance[held] = 0.0
    covariance[:, held] = 0.0
    return Parameters(np.where(is_estimated, shown, 0.0), is_estimated, theta, covariance)


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """Values (T, N) and their derivatives by the coefficients and theta, (T, N, p + m + k)."""

    values: FloatArray
    gradient: FloatArray


class Quantity:
    """A quantity of rows as a function of the parameters, at zero random effects or averaged."""

    def __init__(self, fit: Fit, outcome: Outcome, is_population: bool) -> None:
        self._outcome = outcome
        self._map = theta_map(fit.design.rows.blocks)
        self._is_population = is_population and bool(fit.design.rows.blocks)
        self._link = outcome.link.link
        self.parameters = parameters_of(fit)

    def values(self, rows: ChannelRows, eta: FloatArray, theta: FloatArray) -> FloatArray:
        """Evaluate at linear predictors (K, N) and covariance parameters, (T, N)."""
        if not self._is_population:
            return self._outcome.values(eta)
        W = rows.covariance(self._map.Lambdas(theta))
        channel = self._outcome.channel
        if channel is None:
            return population_average(self._outcome.values, eta, W)
        if channel >= rows.n_active:
            return self._outcome.values(eta)
        if self._link in CLOSED:
            return closed_average(self._link, eta[channel], W[:, channel, channel])[None, :]
        own = W[:, channel, channel][:, None, None]
        inverse = self._outcome.link.inverse
        return population_average(lambda e: np.asarray(inverse(e)), eta[channel][None, :], own)

    def sensitivity(self, rows: ChannelRows) -> Sensitivity:
        """Evaluate, and differentiate by every parameter."""
        own = self.parameters
        eta = rows.eta(own.coefficients)
        values = self.values(rows, eta, own.theta)
        n = len(own.coefficients)
        gradient = np.zeros((*values.shape, n + len(own.theta)))
        for k in range(len(eta)):
            if not rows.L[k].any() or self._outcome.channel not in (None, k):
                continue
            size = STEP * np.minimum(np.abs(eta[k]), 1.0) if self._link == "inverse" else STEP
            step = np.zeros_like(eta)
            step[k] = size

            def along_eta(t: float, step: FloatArray = step) -> FloatArray:
                return self.values(rows, eta + t * step, own.theta)

            slope = differentiated(along_eta) / size
            gradient[:, :, :n] += slope[:, :, None] * rows.L[k]
        if self._is_population:
            for i in np.flatnonzero(np.diagonal(own.covariance)[n:]):
                width = STEP * max(abs(float(own.theta[i])), 0.1)
                unit = np.zeros_like(own.theta)
                unit[i] = width

                def along_theta(t: float, unit: FloatArray = unit) -> FloatArray:
                    return self.values(rows, eta, own.theta + t * unit)

                gradient[:, :, n + i] = differentiated(along_theta) / width
        return Sensitivity(values, gradient)

    def slope(self, rows: ChannelRows, by: ChannelRows) -> Sensitivity:
        """Differentiate along a change of the rows, and that by every parameter."""
        own = self.parameters
        size = float(np.abs(by.eta(own.coefficients)).max(initial=0.0))
        spread = [float(np.abs(Z).max(initial=0.0)) for Z in by.Z]
        h = STEP / max(size, *spread, 1e-300) if max([size, *spread]) > 0 else 1.0
        parts = [(self.sensitivity(rows.moved(by, t * h)), weight) for t, weight in STENCIL]
        values = sum(weight * part.values for part, weight in parts) / (12.0 * h)
        gradient = sum(weight * part.gradient for part, weight in parts) / (12.0 * h)
        return Sensitivity(np.asarray(values), np.asarray(gradient))


def differentiated(function: Callable[[float], FloatArray]) -> FloatArray:
    """Differentiate at 0 by the difference of fourth order with steps of 1."""
    total = sum(weight * function(t) for t, weight in STENCIL)
    return np.asarray(total) / 12.0


def full_inference(fit: Fit) -> LinearInference:
    """Prepare tests of combinations of all coefficients, those of the mean and the others."""
    own = parameters_of(fit)
    n, p = len(own.coefficients), len(fit.design.fixed_names)
    lost = np.eye(n)[:, p:][:, ~own.is_estimated[p:]]
    null = np.hstack([np.pad(null_space(fit), ((0, n - p), (0, 0))), lost])
    names = (*fit.design.fixed_names, *fit.design.extra_names)
    coefficients = np.where(own.is_estimated, own.coefficients, np.nan)
    vcov = own.covariance[:n, :n]
    return LinearInference(
        names, coefficients, vcov, own.is_estimated, null, Constant(np.inf), "normal"
    )


def as_inference(
    names: Sequence[str], values: FloatArray, covariance: FloatArray
) -> LinearInference:
    """Make values (m,) with their covariance (m, m) into what tests take: L is the identity.

    A value that is NaN cannot be estimated, nor can any combination with it.
    """
    is_known = np.isfinite(values)
    null = np.eye(len(values))[:, ~is_known]
    return LinearInference(
        tuple(names), values, covariance, is_known, null, Constant(np.inf), "normal"
    )
