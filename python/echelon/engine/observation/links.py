"""Links: the mean of a linear predictor and back, and both logarithms of a probability.

Room: engine/observation. The twin of the core's tails.rs, from scipy instead of series.
Takes: the name of a link, linear predictors of any shape.
Gives: `inverse`, `slope`, `link_of`, `log_mean`, `log_below`, `log_above`, `log_between`,
`latent_variance`.
Source: docs/theory.md (24); McCullagh & Nelder (1989), 4.3.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.precise import log1mexp, softplus, special

PROBABILITY_LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")
MEAN_LINKS = ("identity", "log", "inverse", "sqrt")
SMALLEST_ROOT = 1e-100  # keeps the logarithm of a mean finite, in the core as here
LATENT_VARIANCES = {
    "logit": np.pi**2 / 3,
    "probit": 1.0,
    "cloglog": np.pi**2 / 6,
    "loglog": np.pi**2 / 6,
}
_LOG_ROOT_2PI = 0.9189385332046727


def inverse(link: str, eta: FloatArray) -> FloatArray:
    """Mean at a linear predictor, any shape; probabilities for the links of one.

    Examples
    --------
    >>> inverse("logit", np.array([0.0, 2.0])).round(3).tolist()
    [0.5, 0.881]
    """
    eta = np.asarray(eta, dtype=float)
    with np.errstate(all="ignore"):
        match link:
            case "identity":
                return eta
            case "log":
                return np.exp(eta)
            case "inverse":
                return 1 / eta
            case "sqrt":
                return eta * eta
            case _:
                return np.exp(log_below(link, eta))


def slope(link: str, eta: FloatArray) -> FloatArray:
    """Give the derivative of the mean by the linear predictor, any shape."""
    eta = np.asarray(eta, dtype=float)
    with np.errstate(all="ignore"):
        match link:
            case "identity":
                return np.ones_like(eta)
            case "log":
                return np.exp(eta)
            case "inverse":
                return -1 / eta**2
            case "sqrt":
                return 2 * eta
            case "logit":
                return np.exp(-softplus(-eta) - softplus(eta))
            case "probit":
                return np.exp(-0.5 * eta**2 - _LOG_ROOT_2PI)
            case "cloglog":
                return np.exp(eta - np.exp(eta))
            case "loglog":
                return np.exp(-eta - np.exp(-eta))
            case "cauchit":
                return 1 / (np.pi * (1 + eta**2))
    raise KeyError(link)


def link_of(link: str, mean: FloatArray) -> FloatArray:
    """Linear predictor at a mean, any shape: the inverse of `inverse`."""
    mean = np.asarray(mean, dtype=float)
    with np.errstate(all="ignore"):
        match link:
            case "identity":
                return mean
            case "log":
                return np.log(mean)
            case "inverse":
                return 1 / mean
            case "sqrt":
                return np.sqrt(mean)
            case "logit":
                return np.asarray(special().logit(mean))
            case "probit":
                return np.asarray(special().ndtri(mean))
            case "cloglog":
                return np.log(-np.log1p(-mean))
            case "loglog":
                return -np.log(-np.log(mean))
            case "cauchit":
                return -1 / np.tan(np.pi * mean)
    raise KeyError(link)


def log_mean(link: str, eta: FloatArray) -> FloatArray:
    """Logarithm of the mean, any shape; NaN where the mean is not positive."""
    with np.errstate(all="ignore"):
        match link:
            case "identity":
                return np.log(np.where(eta > 0, eta, np.nan))
            case "log":
                return np.asarray(eta, dtype=float)
            case "inverse":
                return -np.log(np.where(eta > 0, eta, np.nan))
            case "sqrt":
                return 2 * np.log(np.maximum(np.abs(eta), SMALLEST_ROOT))
            case _:
                return log_below(link, eta)


def log_below(link: str, eta: FloatArray) -> FloatArray:
    """Give log F(eta) of a link of a probability, any shape; precise far out on both sides."""
    eta = np.asarray(eta, dtype=float)
    with np.errstate(all="ignore"):
        match link:
            case "logit":
                return -softplus(-eta)
            case "probit":
                return np.asarray(special().log_ndtr(eta))
            case "cloglog":
                return _log_extreme(eta)
            case "loglog":
                return -np.exp(-eta)
            case "cauchit":
                return _log_cauchy(eta)
    raise KeyError(link)


def log_above(link: str, eta: FloatArray) -> FloatArray:
    """log(1 - F(eta)), any shape."""
    eta = np.asarray(eta, dtype=float)
    with np.errstate(all="ignore"):
        match link:
            case "cloglog":
                return -np.exp(eta)
            case "loglog":
                return _log_extreme(-eta)
            case _:
                return log_below(link, -eta)


def log_between(link: str, low: FloatArray, high: FloatArray) -> FloatArray:
    """log(F(high) - F(low)), any shape; -infinity where high is not above low."""
    with np.errstate(all="ignore"):
        gap = high - low
        match link:
            case "logit":
                found = log_below(link, high) + log_above(link, low) + log1mexp(gap)
            case "cloglog":
                found = -np.exp(low) + log1mexp(-np.exp(high) * np.expm1(-gap))
            case "loglog":
                found = -np.exp(-high) + log1mexp(-np.exp(-low) * np.expm1(-gap))
            case _:
                # Symmetric: work in the tail where probabilities are small.
                turned = low + high > 0
                low, high = np.where(turned, -high, low), np.where(turned, -low, high)
                top = log_below(link, high)
                found = top + log1mexp(top - log_below(link, low))
    return np.where(gap > 0, found, -np.inf)


def latent_variance(link: str) -> float:
    """Variance of the distribution behind a link: pi^2 / 3, 1, pi^2 / 6; a Cauchy has none.

    Raises
    ------
    KeyError : the link is no link of a probability, or has no variance (cauchit).
    """
    return LATENT_VARIANCES[link]


def _log_extreme(x: FloatArray) -> FloatArray:
    """log(1 - exp(-e^x))."""
    return np.where(x < -36.0, x, log1mexp(np.exp(x)))


def _log_cauchy(x: FloatArray) -> FloatArray:
    """log(1/2 + atan(x) / pi): the small one of F and 1 - F from atan(1 / |x|)."""
    tail = np.arctan2(1.0, np.abs(x)) / np.pi
    return np.where(x > 0, np.log1p(-tail), np.log(tail))
