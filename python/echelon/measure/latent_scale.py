"""The ICC of the logit behind a binary outcome, from the ICC of the outcome, without a fit.

Room: measure/. One question per file: what do an observed ICC and a prevalence say of the logit?
Takes: the observed ICC and the prevalence.
Gives: the latent ICC.
Source: moments of the logistic-normal distribution; docs/reference, summary, describe.
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray

LOGISTIC_VARIANCE = math.pi**2 / 3
_LARGEST_SD = 30.0
_BISECTIONS = 40
_NEWTON_STEPS = 50
_TOLERANCE = 1e-10
_Z = np.linspace(-8.0, 8.0, 641)
_WEIGHTS = np.exp(-0.5 * _Z**2) / np.exp(-0.5 * _Z**2).sum()


def latent_icc(observed_icc: float, prevalence: float) -> float:
    """Find the ICC of the logit that belongs to an ICC of the outcome at a prevalence.

    Groups have logits mu + b, b normal with variance v. The mu and v are sought at which the
    mean of the groups' probabilities is the prevalence p and their variance is ICC p (1 - p); the
    latent ICC is v / (v + pi^2 / 3). To first order v = ICC / (p (1 - p)). A fitted model uses more
    than these two moments and will differ.

    Parameters
    ----------
    observed_icc : in [0, 1]; NaN gives NaN.
    prevalence : p, in (0, 1).

    Returns
    -------
    Latent ICC in [0, 1].
    """
    if math.isnan(observed_icc) or observed_icc == 0:
        return observed_icc
    target = observed_icc * prevalence * (1 - prevalence)
    if _variance(_LARGEST_SD, prevalence) <= target:
        return 1.0
    low, high = 0.0, _LARGEST_SD
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _variance(middle, prevalence) < target:
            low = middle
        else:
            high = middle
    variance = ((low + high) / 2) ** 2
    return variance / (variance + LOGISTIC_VARIANCE)


def _variance(std_dev: float, prevalence: float) -> float:
    """Variance of the probabilities of groups whose logits have this standard deviation.

    The centre of the logits is found by Newton's method on the log of the mean probability, which
    is concave in the centre, so that no start can fail.
    """
    p = min(prevalence, 1 - prevalence)
    centre = math.log(p / (1 - p))
    for _ in range(_NEWTON_STEPS):
        each = _logistic(centre + std_dev * _Z)
        mean = float(_WEIGHTS @ each)
        slope = float(_WEIGHTS @ (each * (1 - each))) / mean
        step = math.log(p / mean) / slope
        centre += step
        if abs(step) < _TOLERANCE:
            break
    each = _logistic(centre + std_dev * _Z)
    return float(_WEIGHTS @ (each - p) ** 2)


def _logistic(eta: FloatArray) -> FloatArray:
    tail = np.exp(-np.abs(eta))
    p: FloatArray = np.where(eta > 0, 1.0, tail) / (1 + tail)
    return p
