"""Limits of a mean: made where it is closest to normal, and transformed.

Room: predict. The delta method, on the scale of the link, of a logit or a logarithm.
Takes: a `Quantity` with its linear predictors.
Gives: `Asked`, `Prediction` and `confidence_limits`.
Source: docs/theory.md (25) and (28); Wood (2017), section 6.10 (intervals on the link scale).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, slope
from echelon.engine.theta import theta_map
from echelon.fit import Fit
from echelon.predict.quantity import Quantity, as_columns, direction_of, from_log, unchanged
from echelon.predict.target import Target
from echelon.predict.uncertainty import Uncertainty

STEP = 1e-5  # of central differences, over the larger of 1 and the argument


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: `kind`, `interval` (None, 'confidence', 'prediction'), its level."""

    kind: str
    interval: str | None
    conf_level: float

    @property
    def z(self) -> float:
        """Standard errors on either side of an estimate."""
        return float(require("statistics").NormalDist().inv_cdf((1 + self.conf_level) / 2))


@dataclass(frozen=True, slots=True)
class Prediction:
    """Values of n rows, (n, Q): estimates, standard errors and limits, on the scale asked for."""

    estimate: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def confidence_limits(
    fit: Fit, target: Target, quantity: Quantity, asked: Asked, eta: FloatArray, at: FloatArray
) -> Prediction:
    """Limits of the quantity: on the link scale, or that of a logit or log, then transformed."""
    uncertainty = Uncertainty(fit, target, with_new_groups=asked.kind != "population")
    n_channels = len(eta)
    if asked.kind == "link":
        chosen = range(at.shape[1])
        each = [uncertainty.variances(direction_of(k, eta)) for k in chosen]
        error = np.sqrt(np.stack(each, axis=1))
        return Prediction(at, error, at - asked.z * error, at + asked.z * error)
    if asked.kind == "response" and quantity.has_own_link:
        return _through_link(
            quantity, asked, eta[0], uncertainty.variances(direction_of(0, eta)), at
        )
    forward, back = quantity.scale()
    middle = forward(at)
    slopes = np.stack([_slopes(quantity, forward, eta, k) for k in range(n_channels)])
    variances = [
        uncertainty.variances(np.ascontiguousarray(slopes[:, :, q])) for q in range(at.shape[1])
    ]
    total = np.stack(variances, axis=1)
    if asked.kind == "population":
        total = total + _variance_by_theta(fit, target, quantity, forward, eta, slopes)
    root = np.sqrt(np.maximum(total, 0.0))
    low, high = back(middle - asked.z * root), back(middle + asked.z * root)
    return Prediction(at, root * _back_slope(back, middle, at), low, high)


def _through_link(
    quantity: Quantity, asked: Asked, eta: FloatArray, variance: FloatArray, at: FloatArray
) -> Prediction:
    """Transform the limits of a linear predictor by the inverse link."""
    link, root = quantity.observation.link, np.sqrt(variance)
    low, high = eta - asked.z * root, eta + asked.z * root
    ends = np.sort(np.stack([inverse(link, low), inverse(link, high)]), axis=0)
    crosses = (low < 0) & (high > 0)
    if link == "sqrt":
        ends[0, crosses] = 0.0
    if link == "inverse":
        ends[1, crosses] = np.inf
        ends[0, crosses] = -np.inf if quantity.is_real else 1 / high[crosses]
        beyond = (high <= 0) & (not quantity.is_real)
        ends[:, beyond] = np.nan
    if link == "identity" and not quantity.is_real:
        ends = np.maximum(ends, 0.0)
    error = np.abs(slope(link, eta)) * root + 0.0 * at[:, 0]
    low, high = ends + 0.0 * at[:, 0]
    return Prediction(at, error[:, None], low[:, None], high[:, None])


def _slopes(
    quantity: Quantity, forward: Callable[[FloatArray], FloatArray], eta: FloatArray, k: int
) -> FloatArray:
    """Differentiate the transformed quantity by the k-th linear predictor, (n, Q)."""
    step = np.zeros_like(eta)
    step[k] = STEP * np.maximum(1.0, np.abs(eta[k]))
    up, down = (forward(as_columns(quantity.values(eta + s))) for s in (step, -step))
    return np.asarray((up - down) / (2 * step[k][:, None]))


def _variance_by_theta(
    fit: Fit,
    target: Target,
    quantity: Quantity,
    forward: Callable[[FloatArray], FloatArray],
    eta: FloatArray,
    slopes: FloatArray,
) -> FloatArray:
    """Add to the variance (n, Q) of an average what the uncertainty of theta adds to it."""
    found, theta = fit.estimates.generalized, fit.estimates.theta
    assert found is not None
    mapping, n = theta_map(fit.design.rows.blocks), len(found.joint_cov) - len(theta)
    joint = np.nan_to_num(found.joint_cov)  # on a boundary theta is held
    by_theta = []
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = STEP * max(1.0, abs(theta[i]))
        ends = [quantity.averaged(eta, mapping.Lambdas(theta + s)) for s in (step, -step)]
        up, down = (forward(as_columns(end)) for end in ends)
        by_theta.append((up - down) / (2 * step[i]))
    if not by_theta:
        return np.zeros(slopes.shape[1:])
    of_theta = np.stack(by_theta)
    added = np.einsum("inq,ij,jnq->nq", of_theta, joint[n:, n:], of_theta)
    for slope_of, channel in zip(slopes, target.channels, strict=True):
        for column in channel.columns:
            part = slope_of * (column.factor * column.values)[:, None]
            added += 2 * part * np.einsum("i,inq->nq", joint[column.coefficient, n:], of_theta)
    return np.asarray(added)


def _back_slope(back: Callable[..., FloatArray], middle: FloatArray, at: FloatArray) -> FloatArray:
    """Differentiate the quantity by its transform."""
    if back is unchanged:
        return np.ones_like(at)
    return at if back is from_log else slope("logit", middle)
