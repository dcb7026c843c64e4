"""Standard errors and intervals of shares and correlations by the delta method.

Room: measure/. Knows numbers and their slopes, no model.
Takes: values, their slopes by some parameters, the covariance of these.
Gives: standard errors, and limits on the logit or the arc tangent scale.
Source: docs/theory.md (22); Stata's `estat icc`, manual entry [ME] mixed postestimation.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray
from echelon.infer.distributions.normal import normal_margin

NAN = math.nan


def ratio_slopes(
    part: float, total: float, by_part: FloatArray, by_total: FloatArray
) -> FloatArray:
    """Differentiate part / total, given the slopes (k,) of both."""
    return (by_part - part / total * by_total) / total if total > 0 else np.full(len(by_part), NAN)


def std_error(slopes: FloatArray, covariance: FloatArray, extra: float = 0.0) -> float:
    """Root of slopes' covariance slopes + extra; NaN where it is zero: at a boundary."""
    variance = float(slopes @ covariance @ slopes) + extra
    return math.sqrt(variance) if variance > 0 else NAN


def share_limits(value: float, error: float, conf_level: float) -> tuple[float, float]:
    """Limits of a share in (0, 1), symmetric on the logit scale; NaN at 0 and 1."""
    if not (0 < value < 1 and error > 0):
        return NAN, NAN
    centre = math.log(value / (1 - value))
    margin = normal_margin(conf_level) * error / (value * (1 - value))
    return _expit(centre - margin), _expit(centre + margin)


def correlation_limits(value: float, error: float, conf_level: float) -> tuple[float, float]:
    """Limits of a correlation in (-1, 1), symmetric on Fisher's scale (atanh)."""
    if not (-1 < value < 1 and error > 0):
        return NAN, NAN
    margin = normal_margin(conf_level) * error / (1 - value * value)
    return math.tanh(math.atanh(value) - margin), math.tanh(math.atanh(value) + margin)


def _expit(x: float) -> float:
    """Turn a logit into a share, without overflow."""
    return 0.5 * (1 + math.tanh(0.5 * x))
