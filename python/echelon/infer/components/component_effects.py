"""Coefficients besides those of the mean: thresholds, zeros, dispersion, scale and the like.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit`.
Gives: tables of all of them and of the thresholds, and the dispersion on its own scale.
Source: docs/theory.md (24), (25), (29); glmmTMB (dispersion), ordinal (thresholds, scale).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.thresholds import threshold_pattern
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.distributions import distributions
from echelon.table import Table

LINK = "link"
BOUNDS = ("estimate", "std_error", "conf_low", "conf_high")
ZERO_PARTS = ("zero", "hurdle")
TESTED = (*ZERO_PARTS, "nominal", "scale")  # zero would mean: no effect, or even odds
SCALE_FREE = "No test of thresholds, nor of a constant: zero is no hypothesis about them."


def component_effects(fit: Fit) -> Table:
    """Estimate and test each coefficient besides those of the mean.

    Thresholds and nominal effects of ordered categories; the part of zeros or the hurdle; the
    dispersion, scale, power and degrees of freedom of the family. All on the scale of their
    linear predictor: the logit of a zero, the log of a dispersion or a scale. A parameter that is
    the same in every row is also given on its own scale, a constant zero part as a probability.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Table with columns component ("threshold", "nominal", "scale", "zero", "hurdle", "dispersion",
    "power" or "df"), term, estimate, std_error, statistic, df, p_value, conf_low, conf_high,
    natural: z tests and intervals on the link scale, and in `natural` the parameter itself where
    it is constant, NaN elsewhere. statistic and p_value are NaN where zero is no hypothesis:
    thresholds, and the constants of dispersion, power and df. No rows for a family that has
    nothing besides its mean.

    Source
    ------
    Theory (24) and (29). glmmTMB 1.1.5 and ordinal 2022.11, all cases under tests/reference.
    """
    components = components_of(fit)
    p, extra = len(fit.design.fixed_names), _extra(fit)
    estimate = np.array([extra[i] for i, *_ in components], dtype=float)
    std_error = _std_errors(fit, [p + i for i, *_ in components])
    names = [name for _, name, _ in components]
    terms = [term for *_, term in components]
    is_tested = np.array(
        [n in TESTED or (n == "dispersion" and t != "(Intercept)") for _, n, t in components], bool
    )
    rows = _tested(estimate, std_error, is_tested, fit.spec.conf_level)
    natural = [_natural(fit, name, value) for name, value in zip(names, estimate, strict=True)]
    return Table(
        {
            "component": np.array(names, dtype=object),
            "term": np.array(terms, dtype=object),
            **rows,
            "natural": np.array(natural, dtype=float),
        },
        scales=dict.fromkeys(BOUNDS, LINK) | {"natural": "of the parameter itself"},
        title="Other components",
        notes=() if is_tested.all() else (SCALE_FREE,),
    )


def components_of(fit: Fit) -> list[tuple[int, str, str]]:
    """List further coefficients: place among them, component, and term without its prefix."""
    names, p = fit.design.extra_names, len(fit.design.fixed_names)
    places = {
        column.coefficient - p: channel.name
        for channel in fit.design.channels
        for column in channel.columns
        if column.coefficient >= p and not channel.name.startswith("threshold")
    }
    found = []
    n_thresholds = _n_threshold_parameters(fit)
    for i, name in enumerate(names):
        component = places.get(i) or ("threshold" if i < n_thresholds else "nominal")
        found.append((i, component, name.removeprefix(f"{component}.")))
    return found


def thresholds(fit: Fit) -> Table:
    """Estimate each threshold between neighbouring categories.

    Where `thresholds=` has made them functions of fewer parameters, they are written out here;
    with nominal effects they are those of rows where the predictors of `nominal` are zero.

    Parameters
    ----------
    fit : a fitted model of an ordered family.

    Returns
    -------
    Table with columns term ("low|middle"), estimate, std_error, conf_low, conf_high, on the scale
    of the link, one row per pair of neighbouring categories.

    Raises
    ------
    NotEstimableError : the family has no thresholds.

    Source
    ------
    Theory (29); ordinal 2022.11, every ordinal case under tests/reference.
    """
    if family_of(fit.spec.family).response != "ordered":
        raise _no_thresholds(fit)
    names, _ = threshold_pattern("flexible", fit.design.categories)
    parameters, pattern = threshold_pattern(fit.spec.thresholds, fit.design.categories)
    p, k = len(fit.design.fixed_names), len(parameters)
    estimate = pattern @ _extra(fit)[:k]
    std_error = np.sqrt(np.diagonal(pattern @ _covariance(fit, range(p, p + k)) @ pattern.T))
    margin = distributions.t_quantile(fit.spec.conf_level, np.inf) * std_error
    return Table(
        {
            "term": np.array(names, dtype=object),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - margin,
            "conf_high": estimate + margin,
        },
        scales=dict.fromkeys(BOUNDS, LINK),
        title="Thresholds",
    )


def dispersion(fit: Fit) -> float:
    """Give the residual standard deviation, or what the family has in its place.

    Gaussian: the residual standard deviation. Others the parameter of the dispersion on its own
    scale, as glmmTMB's sigma(): theta of nbinom2 (Var = mu + mu^2 / theta), phi of nbinom1
    (Var = mu (1 + phi)), beta (Var = mu (1 - mu) / (1 + phi)), betabinomial and tweedie, sigma of
    gamma (Var = mu^2 sigma^2), inverse_gaussian, student and lognormal. With a formula of the
    dispersion: where all its predictors are zero. 1 for families without one.
    """
    names = fit.design.extra_names
    if "dispersion.(Intercept)" not in names:
        return fit.estimates.sigma
    return _exp(_extra(fit)[names.index("dispersion.(Intercept)")])


def is_constant(fit: Fit, component: str) -> bool:
    """Whether a parameter of the family is the same in every row."""
    return component in ("power", "df") or (
        component == "dispersion" and fit.spec.dispersion is None
    )


def _n_threshold_parameters(fit: Fit) -> int:
    if family_of(fit.spec.family).response != "ordered":
        return 0
    return len(threshold_pattern(fit.spec.thresholds, fit.design.categories)[0])


def _extra(fit: Fit) -> FloatArray:
    generalized = fit.estimates.generalized
    return np.empty(0) if generalized is None else generalized.extra


def _covariance(fit: Fit, places: Sequence[int]) -> FloatArray:
    generalized = fit.estimates.generalized
    assert generalized is not None
    covariance: FloatArray = generalized.joint_cov[np.ix_(places, places)]
    return covariance


def _std_errors(fit: Fit, places: Sequence[int]) -> FloatArray:
    return np.sqrt(np.diagonal(_covariance(fit, places))) if places else np.empty(0)


def _tested(
    estimate: FloatArray, std_error: FloatArray, is_tested: NDArray[np.bool_], conf_level: float
) -> dict[str, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(is_tested, estimate / std_error, np.nan)
    margin = distributions.t_quantile(conf_level, np.inf) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "statistic": statistic,
        "df": np.where(is_tested, np.inf, np.nan),
        "p_value": distributions.t_p_value(statistic, np.full(len(statistic), np.inf)),
        "conf_low": estimate - margin,
        "conf_high": estimate + margin,
    }


def _natural(fit: Fit, component: str, value: float) -> float:
    """Undo the scale of a constant parameter; NaN for coefficients of predictors."""
    part = fit.spec.parts.get(component)
    is_bare = part is not None and not (part.fixed or part.random or part.offsets)
    if component in ZERO_PARTS and is_bare:
        return 1.0 / (1.0 + _exp(-value))
    return natural_value(component, value) if is_constant(fit, component) else math.nan


def natural_value(component: str, value: float) -> float:
    """Undo the scale on which a dispersion, a power or degrees of freedom were estimated."""
    if component == "power":
        return 1.0 + 1.0 / (1.0 + _exp(-value))
    return _exp(value)


def _exp(value: float) -> float:
    """E to a power, infinite where it is beyond what a number can hold."""
    with np.errstate(over="ignore"):
        return float(np.exp(value))


def _no_thresholds(fit: Fit) -> NotEstimableError:
    return NotEstimableError(
        f"The family '{fit.spec.family}' has no thresholds.",
        where="thresholds",
        got=f"a response of family '{fit.spec.family}'",
        need="ordered categories: family = 'cumulative', 'adjacent' or 'continuation'",
        do="read fixed_effects, and component_effects for what this family has besides.",
        slug="no-thresholds",
    )
