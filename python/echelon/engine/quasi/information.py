"""How well the variances of a quasi-likelihood are known, from its last linear model.

Room: engine/quasi/. Differentiates the exact gradient once more, by differences of fourth order.
Takes: a `LinearFit`.
Gives: theta on the link scale, and the covariance of (log sigma, theta).
Source: docs/theory.md (13) and (27).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.engine.quasi.linear import LinearFit, mapping_at
from echelon.engine.theta import ThetaMap
from echelon.errors import EngineError

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
    units = scaling(linear.mapping) > 0
    lengths = STEP / linear.mapping.scale(linear.theta, linear.sizes)
    steps = np.append(STEP, np.where(units, lengths * linear.sigma, lengths))
    theta = absolute(linear.mapping, _inside(linear, lengths), linear.sigma)
    at = np.append(np.log(linear.sigma), theta)
    first, k = 0 if is_scale_free else 1, len(theta)
    hessian = np.zeros((k + 1, k + 1))
    covariance = np.zeros((k + 1, k + 1))
    try:
        for i in range(first, k + 1):
            for ahead, weight in STENCIL:
                moved = at.copy()
                moved[i] += ahead * steps[i]
                hessian[i] += weight / steps[i] * _gradient(linear, moved, units)
    except EngineError:  # the working response is beyond computing with: the series diverged
        covariance[first:, first:] = np.nan
        return covariance
    covariance[first:, first:] = _twice_inverse(0.5 * (hessian + hessian.T)[first:, first:])
    return covariance


def _inside(linear: LinearFit, steps: FloatArray) -> FloatArray:
    """Move theta inside by two steps where it has limits on both sides (correlations)."""
    low, high = linear.mapping.bounds()
    is_two_sided = np.isfinite(low) & np.isfinite(high)
    inside = np.clip(linear.theta, low + 2 * steps, high - 2 * steps)
    return np.where(is_two_sided, inside, linear.theta)


def _gradient(linear: LinearFit, at: FloatArray, units: NDArray[np.bool_]) -> FloatArray:
    """Differentiate the criterion by (log sigma, theta on the link scale), (1 + k,).

    Templates are relative to sigma: log sigma moves all of them by minus themselves, beside the
    scale of the whole.
    """
    sigma = float(np.exp(at[0]))
    mapping, workspace = mapping_at(linear.design, sigma), linear.workspace
    theta = np.where(units, at[1:] / sigma, at[1:])
    Lambdas = mapping.Lambdas(theta)
    workspace.hold(sigma=sigma)
    workspace.objective(Lambdas)
    numbers, by_block = workspace.solution(), workspace.gradient()
    own = 2.0 * (numbers["residual_n"] - numbers["pwrss"] / sigma**2)
    own -= sum(float(np.vdot(g, L)) for g, L in zip(by_block, Lambdas, strict=True))
    slopes = [float(np.vdot(d, by_block[b])) for b, d in mapping.directions(theta)]
    return np.append(own, np.where(units, np.array(slopes) / sigma, slopes))


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
