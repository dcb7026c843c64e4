"""The parts that the variance of a response is made of, and how they move with the parameters.

Room: measure/. Adds nothing up: shares of them are the ICC, R-squared and the rest.
Takes: a `Fit`.
Gives: `VarianceParts`; `PartSlopes`, from which the delta method takes standard errors.
Source: docs/theory.md (22); Johnson (2014), Methods in Ecology and Evolution 5, 944-946.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echelon import measure
from echelon._types import FloatArray
from echelon.engine.curvature import curvature
from echelon.engine.theta import theta_map
from echelon.fit import Fit
from echelon.measure.moments import fixed_spread, in_channel, mean_inverse_weight, mean_squares

if TYPE_CHECKING:
    from echelon.measure.observation_variance import ObservationVariance


@dataclass(frozen=True, slots=True)
class VarianceParts:
    """Variances in response units^2, of the random terms (m,) and of the residual.

    `positions` (m,) says to which block a term belongs; `groupings` and `texts` name the terms.
    """

    groupings: tuple[str, ...]
    texts: tuple[str, ...]
    positions: tuple[int, ...]
    random: FloatArray
    residual: float

    @property
    def total(self) -> float:
        """What the fixed effects leave: all random terms and the residual."""
        return float(self.random.sum()) + self.residual


@dataclass(frozen=True, slots=True)
class PartSlopes:
    """Derivatives of the parts by psi = (theta, sigma): `random` (k + 1, m), `residual` (k + 1,).

    `covariance` (k + 1, k + 1) is that of psi, from the observed information. Of a generalized
    model psi = (beta, extra, theta), all that is estimated.
    """

    random: FloatArray
    residual: FloatArray
    covariance: FloatArray


def variance_parts(
    fit: Fit, purpose: str, at: ObservationVariance | None = None, channel: int = 0
) -> VarianceParts:
    """Average the variance of each random term over the rows, and that of the residual.

    The variance of a term is the mean over rows of z' Sigma z = tr(Sigma mean(z z')).

    Parameters
    ----------
    fit : a fitted model.
    purpose : the question, as the user called it, for the error if rows are needed.
    at : of a generalized model, the variance of a response; None for that of the default form.
    channel : of a generalized model, the linear predictor.

    Raises
    ------
    NotEstimableError : a model with weights that was saved without its rows.
    """
    groupings, texts, positions, values = [], [], [], []
    blocks, sigma = fit.design.rows.blocks, fit.estimates.sigma
    for position, (block, moments) in enumerate(
        zip(blocks, mean_squares(fit, purpose, channel), strict=True)
    ):
        factor = fit.estimates.Lambdas[position]
        with np.errstate(over="ignore"):  # a slope per 1e-160 units has an infinite variance
            Sigma = sigma**2 * (factor @ factor.T)
        is_in = in_channel(block, channel)
        for term in block.terms:
            own = slice(term.start, term.stop)
            if not is_in[own].any():
                continue
            groupings.append(block.grouping)
            texts.append(term.text)
            positions.append(position)
            values.append(float(np.vdot(Sigma[own, own], moments[own, own])))
    if fit.spec.is_generalized:
        residual = (at or _response(fit, purpose)).value
    else:
        residual = sigma**2 * mean_inverse_weight(fit, purpose)
    return VarianceParts(
        tuple(groupings), tuple(texts), tuple(positions), np.array(values, dtype=float), residual
    )


def part_slopes(
    fit: Fit, purpose: str, of: ObservationVariance | None = None, channel: int = 0
) -> PartSlopes:
    """Differentiate the parts by the covariance parameters. Costs 4 k evaluations, no row.

    Those of a generalized model cost nothing: its covariance is known from the estimation.
    """
    if fit.spec.is_generalized:
        of = of or _response(fit, purpose)
        return _generalized_slopes(fit, purpose, of, channel)
    at = curvature(fit)
    columns = []
    moments = mean_squares(fit, purpose)
    for block, slopes, moment in zip(fit.design.rows.blocks, at.Sigma_slopes, moments, strict=True):
        for term in block.terms:
            own = slice(term.start, term.stop)
            columns.append(np.einsum("kab,ab->k", slopes[:, own, own], moment[own, own]))
    k = len(at.covariance)
    residual = np.zeros(k)
    residual[-1] = 2 * fit.estimates.sigma * mean_inverse_weight(fit, purpose)
    random = np.column_stack(columns) if columns else np.empty((k, 0))
    return PartSlopes(random, residual, at.known_covariance)


def fixed_variance(fit: Fit, purpose: str, channel: int = 0) -> tuple[float, float]:
    """Variance of X beta over rows, and the delta-method variance of that variance.

    The second is that of beta'S beta, S the covariance of the columns of X, which counts as fixed.
    """
    spread = fixed_spread(fit, purpose, channel)
    slope = 2 * spread.covariances
    return spread.variance, float(slope @ np.nan_to_num(fit.estimates.vcov) @ slope)


def _response(fit: Fit, purpose: str) -> ObservationVariance:
    """Find the variance of a response; its observation model is loaded for who asks only."""
    return measure.observation_variance.observation_variance(fit, None, purpose)


def _generalized_slopes(
    fit: Fit, purpose: str, of: ObservationVariance, channel: int
) -> PartSlopes:
    """Differentiate by psi = (beta, extra, theta)."""
    generalized = fit.estimates.generalized
    assert generalized is not None
    n = len(of.slopes)
    moments = mean_squares(fit, purpose, channel)
    mapping = theta_map(fit.design.rows.blocks)
    Sigma_slopes = [(k, _symmetric(d @ fit.estimates.Lambdas[k].T))
                    for k, d in mapping.directions(fit.estimates.theta)]  # fmt: skip
    columns = []
    for number, block in enumerate(fit.design.rows.blocks):
        is_in = in_channel(block, channel)
        for term in block.terms:
            own = slice(term.start, term.stop)
            if not is_in[own].any():
                continue
            by_theta = [
                float(np.vdot(slope[own, own], moments[number][own, own])) if k == number else 0.0
                for k, slope in Sigma_slopes
            ]
            columns.append(np.concatenate([np.zeros(n), by_theta]))
    size = n + mapping.n_theta
    random = np.column_stack(columns) if columns else np.empty((size, 0))
    residual = np.concatenate([of.slopes, np.zeros(mapping.n_theta)])
    return PartSlopes(random, residual, known_where(generalized.joint_cov, random, residual))


def known_where(covariance: FloatArray, *slopes: FloatArray) -> FloatArray:
    """Put zero for NaN in the covariance of parameters that nothing moves with."""
    moves = [np.abs(np.atleast_2d(each.T)).sum(axis=0) > 0 for each in slopes]
    is_used = np.logical_or.reduce(moves)
    is_free = ~np.logical_and.outer(is_used, is_used)
    return np.where(is_free & np.isnan(covariance), 0.0, covariance)


def _symmetric(matrix: FloatArray) -> FloatArray:
    return matrix + matrix.T
