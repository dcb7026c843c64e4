"""How well the variances of a quasi-likelihood are known, from its last linear model.

Room: engine/. Differentiates the exact gradient once more, by differences of fourth order.
Takes: a `LinearFit`.
Gives: theta on the link scale, and the covariance of (log sigma, theta).
Source: docs/theory.md (13) and (27).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.quasi_linear import LinearFit
from echelon.engine.theta import ThetaMap

STEP = 1e-3  # relative to the size of theta's effect on a row
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
FLAT = 1e-8  # share of the largest curvature, on the correlation scale, that counts as none


def scaling(mapping: ThetaMap) -> FloatArray:
    """Flag theta (k,): 1 where it multiplies Lambda and has sigma's unit, 0 for a correlation."""
    parts = [
        [
            float(place.structure.index is not None or name.startswith("sd"))
            for name in place.structure.theta_names
        ]
        for place in mapping.places
    ]
    return np.array([flag for part in parts for flag in part], dtype=float)


def absolute(mapping: ThetaMap, theta: FloatArray, sigma: float) -> FloatArray:
    """Theta (k,) of the covariances themselves, from theta relative to sigma."""
    return np.where(scaling(mapping) > 0, theta * sigma, theta)


def variance_covariance(linear: LinearFit, is_scale_free: bool) -> FloatArray:
    """Covariance (1 + k, 1 + k) of (log sigma, theta on the link scale).

    Inverse of the observed information of the last linear model, fixed effects profiled out. The
    first row is zero where sigma is held; NaN where the data say nothing.
    """
    k, sigma = len(linear.theta), linear.sigma
    hessian = np.zeros((k + 1, k + 1))
    hessian[1:, 1:] = _hessian(linear)
    across = _across(linear)
    hessian[0, 1:] = hessian[1:, 0] = across
    hessian[0, 0] = 4.0 * linear.residual_n / sigma**2
    multiplies = scaling(linear.mapping)
    jacobian = np.diag(np.concatenate([[sigma], np.where(multiplies > 0, 1.0 / sigma, 1.0)]))
    jacobian[1:, 0] = -multiplies * linear.theta
    moved = jacobian.T @ hessian @ jacobian
    if is_scale_free:
        return _twice_inverse(moved)
    covariance = np.zeros((k + 1, k + 1))
    covariance[1:, 1:] = _twice_inverse(moved[1:, 1:])
    return covariance


def _steps(linear: LinearFit) -> FloatArray:
    return STEP / linear.mapping.scale(linear.theta, linear.sizes)


def _inside(linear: LinearFit, steps: FloatArray) -> FloatArray:
    """Move theta inside by two steps where it has limits on both sides (correlations)."""
    low, high = linear.mapping.bounds()
    is_two_sided = np.isfinite(low) & np.isfinite(high)
    inside = np.clip(linear.theta, low + 2 * steps, high - 2 * steps)
    return np.where(is_two_sided, inside, linear.theta)


def _gradient(linear: LinearFit, theta: FloatArray, sigma: float) -> FloatArray:
    """Differentiate the criterion by theta, sigma held."""
    workspace, mapping = linear.workspace, linear.mapping
    workspace.hold(sigma=sigma)
    workspace.objective(mapping.Lambdas(theta))
    by_block = workspace.gradient()
    return np.array([float(np.vdot(d, by_block[b])) for b, d in mapping.directions(theta)])


def _hessian(linear: LinearFit) -> FloatArray:
    steps = _steps(linear)
    theta = _inside(linear, steps)
    rows = [
        sum(
            weight / step * _gradient(linear, theta + ahead * step * unit, linear.sigma)
            for ahead, weight in STENCIL
        )
        for step, unit in zip(steps, np.eye(len(steps)), strict=True)
    ]
    k = len(steps)
    hessian: FloatArray = np.array(rows).reshape(k, k)
    return 0.5 * (hessian + hessian.T)


def _across(linear: LinearFit) -> FloatArray:
    """Differentiate the gradient by sigma, (k,)."""
    theta, step = _inside(linear, _steps(linear)), STEP * linear.sigma
    total = np.zeros(len(theta))
    for ahead, weight in STENCIL:
        total += weight / step * _gradient(linear, theta, linear.sigma + ahead * step)
    return total


def _twice_inverse(hessian: FloatArray) -> FloatArray:
    """2 H^-1 on the correlation scale; NaN for parameters along which H is flat or falls."""
    if not len(hessian):
        return hessian
    own = np.diagonal(hessian)
    size = np.sqrt(np.where(own > 0, own, 1.0))
    values, vectors = np.linalg.eigh(hessian / np.outer(size, size))
    is_curved = values > FLAT * max(values[-1], 0.0)
    known = vectors[:, is_curved] / size[:, None]
    covariance = 2.0 * (known / values[is_curved]) @ known.T
    is_lost = (np.abs(vectors[:, ~is_curved]) > 1e-6).any(axis=1)
    return np.where(np.logical_or.outer(is_lost, is_lost), np.nan, covariance)
