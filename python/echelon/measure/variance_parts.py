"""The parts that the variance of a response is made of, and how they move with the parameters.

Room: measure/. Adds nothing up: shares of them are the ICC, R-squared and the rest.
Takes: a `Fit`.
Gives: `VarianceParts`; `PartSlopes`, from which the delta method takes standard errors.
Source: docs/theory.md (22); Johnson (2014), Methods in Ecology and Evolution 5, 944-946.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import curvature
from echelon.fit import Fit
from echelon.measure.moments import fixed_spread, mean_inverse_weight, mean_squares


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

    `covariance` (k + 1, k + 1) is that of psi, from the observed information.
    """

    random: FloatArray
    residual: FloatArray
    covariance: FloatArray


def variance_parts(fit: Fit, purpose: str) -> VarianceParts:
    """Average the variance of each random term over the rows, and that of the residual.

    The variance of a term is the mean over rows of z' Sigma z = tr(Sigma mean(z z')).

    Parameters
    ----------
    fit : a fitted Gaussian model.
    purpose : the question, as the user called it, for the error if rows are needed.

    Raises
    ------
    NotEstimableError : a model with weights that was saved without its rows.
    """
    groupings, texts, positions, values = [], [], [], []
    blocks, sigma = fit.design.rows.blocks, fit.estimates.sigma
    for position, (block, moments) in enumerate(
        zip(blocks, mean_squares(fit, purpose), strict=True)
    ):
        factor = fit.estimates.Lambdas[position]
        with np.errstate(over="ignore"):  # a slope per 1e-160 units has an infinite variance
            Sigma = sigma**2 * (factor @ factor.T)
        for term in block.terms:
            own = slice(term.start, term.stop)
            groupings.append(block.grouping)
            texts.append(term.text)
            positions.append(position)
            values.append(float(np.vdot(Sigma[own, own], moments[own, own])))
    residual = sigma**2 * mean_inverse_weight(fit, purpose)
    return VarianceParts(
        tuple(groupings), tuple(texts), tuple(positions), np.array(values, dtype=float), residual
    )


def part_slopes(fit: Fit, purpose: str) -> PartSlopes:
    """Differentiate the parts by the covariance parameters. Costs 4 k evaluations, no row."""
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


def fixed_variance(fit: Fit, purpose: str) -> tuple[float, float]:
    """Variance of X beta over rows, and the delta-method variance of that variance.

    The second is that of beta'S beta, S the covariance of the columns of X, which counts as fixed.
    """
    spread = fixed_spread(fit, purpose)
    slope = 2 * spread.covariances
    return spread.variance, float(slope @ np.nan_to_num(fit.estimates.vcov) @ slope)
