"""How well the variances are known: the covariance of their estimates, two ways.

Room: infer/. Information on variances; bounds and tests nothing itself.
Takes: a `Fit`, or its `Moments`.
Gives: `VarianceInformation`, from the observed or the expected information.
Source: docs/theory.md (15) and (17); Searle, Casella & McCulloch (1992), sections 6.3 and 6.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import curvature
from echelon.engine.moments import Moments, moments
from echelon.engine.theta import theta_map
from echelon.errors import EngineError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_gaussian

UNKNOWN = 1e-12  # share of the largest information (with X known) that counts as none


@dataclass(frozen=True, slots=True)
class VarianceInformation:
    """The covariance of some variance parameters, and how Sigma and sigma^2 depend on them.

    `covariance` (m, m), without the directions `flat` (m, f) of which the data say nothing;
    `Sigma_slopes` holds d Sigma of each block, (m, r, r), in response units;
    `sigma2_slopes` (m,) is d sigma^2.
    """

    covariance: FloatArray
    flat: FloatArray
    Sigma_slopes: tuple[FloatArray, ...]
    sigma2_slopes: FloatArray


def observed_information(fit: Fit) -> VarianceInformation:
    """Invert the curvature of the (restricted) likelihood: Stata's, SPSS's and SAS's errors.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    `VarianceInformation` in (theta, sigma), of a generalized model in theta. What lies on a
    boundary of theta has slope 0.
    """
    if fit.estimates.generalized is not None:
        return _of_joint(fit, fit.estimates.generalized.joint_cov)
    found = curvature(fit)
    slopes = np.zeros(len(found.covariance))
    slopes[-1] = 2 * fit.estimates.sigma
    return VarianceInformation(found.covariance, found.flat, found.Sigma_slopes, slopes)


def _of_joint(fit: Fit, joint_cov: FloatArray) -> VarianceInformation:
    """Read theta's part off the covariance of all parameters; what is held has slope 0."""
    theta, mapping = fit.estimates.theta, theta_map(fit.design.rows.blocks)
    first = len(joint_cov) - len(theta)
    covariance = joint_cov[first:, first:]
    is_held = (theta == 0.0) & np.isnan(np.diagonal(covariance))
    covariance = np.where(np.logical_or.outer(is_held, is_held), 0.0, covariance)
    slopes = [np.zeros((len(theta), r, r)) for r in mapping.sizes]
    for i, (block, direction) in enumerate(mapping.directions(theta)):
        if not is_held[i]:
            moved = direction @ fit.estimates.Lambdas[block].T
            slopes[block][i] = moved + moved.T
    nothing = np.zeros((len(theta), 0))
    return VarianceInformation(covariance, nothing, tuple(slopes), np.zeros(len(theta)))


def expected_information(fit: Fit) -> VarianceInformation:
    """Invert the expected (Fisher) information: HLM's errors.

    Parameters
    ----------
    fit : a fitted Gaussian model.

    Returns
    -------
    `VarianceInformation` in (elements of the Sigma_k, sigma^2).

    Raises
    ------
    EngineError : crossed factors with too many groups.
    NotEstimableError : the model is generalized.
    """
    check_gaussian(
        fit,
        "The expected information of variances is defined for Gaussian models only.",
        "variance_intervals(information='expected')",
        "leave information out: the observed information has a meaning for every family.",
    )
    found = moments(fit)
    m = found.n_parameters
    slopes = [np.zeros((m, b.n_columns, b.n_columns)) for b in fit.design.rows.blocks]
    for i, (block, slope) in enumerate(found.slopes):
        slopes[block][i] = slope
    covariance, flat = expected_covariance(found, fit.spec.method == "REML")
    return VarianceInformation(covariance, flat, tuple(slopes), np.eye(m)[-1])


def expected_covariance(found: Moments, is_restricted: bool) -> tuple[FloatArray, FloatArray]:
    """Covariance (m, m) of phi from the expected information of the (restricted) likelihood.

    The information is half of tr(V^-1 V_i V^-1 V_j), and under REML half of
    tr(Pi V_i Pi V_j) = K_ij - 2 tr(Phi Q_ij) + tr(Phi P_i Phi P_j), Pi = V^-1 less the projection
    on X. Theory (15). Combinations of which the data say nothing get covariance 0; they come
    second, (m, f).
    """
    doubled, size = found.K, np.sqrt(np.abs(np.diagonal(found.K)))
    if is_restricted:
        root = relative_root(found.information)
        Phi = root @ root.T
        P = root.T @ found.P @ root
        flat = P.reshape(len(P), -1)
        doubled = doubled - 2 * np.einsum("ixjy,yx->ij", found.Q, Phi) + flat @ flat.T
    size = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(0.5 * (doubled + doubled.T) / np.outer(size, size))
    is_known = values > UNKNOWN * max(values[-1], 0.0)
    known, unknown = (vectors[:, which] / size[:, None] for which in (is_known, ~is_known))
    covariance: FloatArray = 2 * (known / values[is_known]) @ known.T
    return covariance, np.where(np.abs(unknown) * size[:, None] > 1e-6, unknown, 0.0)


def relative_root(information: FloatArray) -> FloatArray:
    """T (p, p) with T'information T = I, so that T T' is the covariance of the coefficients.

    Raises
    ------
    EngineError : the information is not positive definite to rounding.
    """
    own = np.diagonal(information)
    if not (own > 0).all():
        raise drowned("Kenward-Roger or expected information")
    size = np.sqrt(own)
    try:
        lower = np.linalg.cholesky(information / np.outer(size, size))
    except np.linalg.LinAlgError:
        raise drowned("Kenward-Roger or expected information") from None
    root: FloatArray = np.linalg.inv(lower).T / size[:, None]
    return root


def drowned(where: str) -> EngineError:
    """Say that sums over the rows, and what is taken from them, differ by rounding only."""
    return EngineError(
        "The fixed effects' information drowns in rounding.",
        where=where,
        got="X'V^-1X, computed from sums of products, that is not positive definite",
        need="a residual variance that is not vanishingly small beside the others",
        do="check for a response that the groups determine (nearly) exactly, or subtract\n"
        "from it what is known.",
        slug="information-lost",
    )
