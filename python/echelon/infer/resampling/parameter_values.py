"""The parameters of a fit as one vector, of one fit or of many replicates.

Room: infer/. Reads off; estimates nothing.
Takes: a `Fit`, `Replicates`, or a statistic of the user's.
Gives: names (m,) and values (m,) or (B, m).
Source: docs/reference, conf_int: the order of `infer.parameters`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import curvature, delta_variances
from echelon.engine.quantities import Coefficient, Correlation, StdDev
from echelon.engine.replicates import Replicates
from echelon.engine.theta import theta_map
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import coefficient_covariance
from echelon.infer.components.parameters import Parameter, parameters
from echelon.infer.components.variance_information import observed_information


def named_parameters(fit: Fit) -> tuple[tuple[str, ...], FloatArray]:
    """Names and estimates (m,): fixed effects, standard deviations, correlations, sigma."""
    known = parameters(fit)
    return tuple(p.name for p in known), np.array([p.estimate for p in known])


def values_of_replicates(fit: Fit, found: Replicates) -> FloatArray:
    """Read the same parameters off every replicate, (B, m)."""
    mapping = theta_map(fit.design.rows.blocks)
    n_fixed = found.beta.shape[1]
    values = np.full((len(found.sigma), len(parameters(fit))), np.nan)
    values[:, :n_fixed] = found.beta
    values[:, -1] = found.sigma
    places = [p for p in parameters(fit) if "|" in p.name and p.name[:3] in ("sd_", "cor")]
    good = np.flatnonzero(~found.is_failed)
    Lambdas = mapping.many_Lambdas(found.theta[good])
    Sigmas = [found.sigma[good, None, None] ** 2 * (L @ L.transpose(0, 2, 1)) for L in Lambdas]
    for column, parameter in enumerate(places, start=n_fixed):
        values[good, column] = _random_values(parameter, Sigmas)
    return values


def _random_values(parameter: Parameter, Sigmas: list[FloatArray]) -> FloatArray | float:
    """Read a standard deviation or a correlation off covariances (B, r, r)."""
    match parameter.quantity:
        case StdDev(block, row):
            return np.sqrt(Sigmas[block][:, row, row])
        case Correlation(block, row, other):
            Sigma = Sigmas[block]
            size = np.sqrt(Sigma[:, row, row] * Sigma[:, other, other])
            size[~(size > 0)] = np.nan
            return np.clip(Sigma[:, row, other] / size, -1, 1)
        case _:
            return np.nan


def parameter_errors(fit: Fit) -> FloatArray:
    """Find standard errors (m,) of the parameters, those of variances by the delta method."""
    curved = observed_information(fit) if fit.spec.is_generalized else curvature(fit)
    of_coefficients = np.diagonal(coefficient_covariance(fit))
    errors = []
    for parameter in parameters(fit):
        match parameter.quantity:
            case StdDev() if parameter.estimate == 0:  # an end of its space: no two-sided error
                errors.append(np.nan)
            case Coefficient(position):
                errors.append(float(np.sqrt(of_coefficients[position])))
            case StdDev() | Correlation():
                slope = _slope(parameter, curved.Sigma_slopes, fit)
                variance = delta_variances(slope[None], curved.covariance, curved.flat)[0]
                errors.append(math.sqrt(max(float(variance), 0.0)))
            case None:
                errors.append(np.nan)
            case _:
                errors.append(math.sqrt(max(float(curved.covariance[-1, -1]), 0.0)))
    return np.array(errors)


def _slope(parameter: Parameter, slopes: tuple[FloatArray, ...], fit: Fit) -> FloatArray:
    """Differentiate a standard deviation or a correlation by psi, (k + 1,)."""
    match parameter.quantity:
        case StdDev(block, row):
            half: FloatArray = slopes[block][:, row, row] / (2 * parameter.estimate)
            return half
        case Correlation(block, row, other):
            Lambda = fit.estimates.Lambdas[block]
            Sigma = fit.estimates.sigma**2 * (Lambda @ Lambda.T)
            size = np.sqrt(Sigma[row, row] * Sigma[other, other])
            relative = slopes[block][:, row, row] / Sigma[row, row]
            relative = relative + slopes[block][:, other, other] / Sigma[other, other]
            moved: FloatArray = slopes[block][:, row, other] / size
            moved -= 0.5 * parameter.estimate * relative
            return moved
        case _:
            return np.full(slopes[0].shape[0], np.nan)


def statistic_values(
    fit: Fit, statistic: Callable[[Fit], Any], names: tuple[str, ...] | None = None
) -> tuple[tuple[str, ...], FloatArray]:
    """Call the user's statistic; check that it gives numbers, and as many as before."""
    if not callable(statistic):
        raise _not_a_function(statistic)
    answer = statistic(fit)
    if isinstance(answer, Mapping):
        found, values = tuple(map(str, answer)), list(answer.values())
    else:
        flat = np.ravel(np.asarray(answer, dtype=object)).tolist()
        found = tuple(f"statistic {i}" for i in range(1, len(flat) + 1))
        found, values = ("statistic",) if len(flat) == 1 else found, flat
    try:
        numbers = np.array([float(value) for value in values])
    except (TypeError, ValueError):
        raise _not_numbers(answer) from None
    if names is not None and found != names:
        raise _not_the_same(found, names)
    return found, numbers


def _not_a_function(statistic: object) -> SpecError:
    return SpecError(
        "The statistic of a bootstrap is not a function.",
        where="bootstrap(), argument statistic",
        got=f"{statistic!r:.60}",
        need="a function of a fit that gives a number, several, or a mapping of names to numbers",
        do="write statistic=lambda fit: fit.sigma, for example.",
        slug="statistic-not-a-function",
    )


def _not_numbers(answer: object) -> SpecError:
    return SpecError(
        "The statistic of a bootstrap does not give numbers.",
        where="bootstrap(), argument statistic",
        got=f"{type(answer).__name__} {answer!r:.60}".replace("\n", " "),
        need="a number, several numbers, or a mapping of names to numbers",
        do="return float(...), for example.",
        slug="statistic-not-numbers",
    )


def _not_the_same(found: tuple[str, ...], names: tuple[str, ...]) -> SpecError:
    return SpecError(
        "The statistic of a bootstrap gives other quantities in a replicate than in the fit.",
        where="bootstrap(), argument statistic",
        got=", ".join(found[:5]) or "nothing",
        need=", ".join(names[:5]),
        do="return the same names, or as many numbers, for every fit.",
        slug="statistic-changes",
    )
