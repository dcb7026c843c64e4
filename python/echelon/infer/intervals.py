"""Confidence intervals of every parameter, by the method asked for.

Room: infer/. Dispatches; each method bounds in a file of its own.
Takes: a `Fit`, a method, names of parameters.
Gives: one table, the same rows whatever the method.
Source: docs/reference, conf_int.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.generalized_fits import coefficient_covariance, coefficient_values
from echelon.infer.components.parameters import Parameter, choose, on_request
from echelon.infer.components.parameters import parameters as all_parameters
from echelon.infer.components.profile import profile
from echelon.infer.components.variance_inference import variance_intervals
from echelon.infer.distributions.normal import normal_margin
from echelon.infer.resampling.bootstrap import bootstrap
from echelon.options import read_choice, read_conf_level
from echelon.simulate import Seed
from echelon.table import Table

COLUMNS = ("estimate", "conf_low", "conf_high")
WAYS = ("wald", "profile", "bootstrap")


def conf_int(
    fit: Fit,
    method: str = "wald",
    parameters: str | Sequence[str] | None = None,
    conf_level: float | None = None,
    *,
    n: int = 1_000,
    seed: Seed = None,
) -> Table:
    """Bound every parameter: fixed effects, standard deviations, correlations, sigma.

    "wald" is quick: t intervals of the fixed effects (df by the fit's df_method), and intervals of
    standard deviations and correlations that are symmetric on the log and Fisher scales. "profile"
    makes no normal approximation, and is to be preferred for variances and few groups; it is of
    the ML fit. "bootstrap" is the percentile interval of a parametric bootstrap (`bootstrap` has
    other kinds).

    Parameters
    ----------
    fit : a fitted model.
    method : "wald", "profile" or "bootstrap".
    parameters : names of rows, such as "ses" or ["sigma", "sd_(Intercept)|school"]; None: all.
    conf_level : in (0, 1); None for that of the fit.
    n, seed : replicates of the bootstrap, and its seed.

    Returns
    -------
    Table with columns parameter, estimate, conf_low, conf_high: fixed effects by name, then
    `sd_(Intercept)|school`, `cor_ses.(Intercept)|school`, `sigma`, in their units. A generalized
    model has, in the place of sigma, the coefficients of its other linear predictors (thresholds,
    `dispersion.(Intercept)`, `zero.x`), each on the scale of its predictor; its Wald intervals are
    normal. NaN where a parameter is not estimated, or where a Wald interval has no meaning: at a
    boundary.

    Raises
    ------
    SpecError : no such method, parameter or confidence level.
    NotEstimableError : a profile of a quasi-likelihood (PQL, MQL), which is no likelihood.

    Source
    ------
    Theory (14), (17), (19). lme4's `confint`: `wald_ci_95` and `profile_ci` of the cases.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> conf_int(fit, parameters="days").row(parameter="days")["conf_low"].__round__(3)
    7.206
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    way = read_choice("method", method, WAYS)
    if way == "bootstrap":
        return _bootstrap(fit, parameters, level, n, seed)
    return _wald(fit, parameters, level) if way == "wald" else _profile(fit, parameters, level)


def _wald(fit: Fit, names: str | Sequence[str] | None, level: float) -> Table:
    chosen = choose(all_parameters(fit), names, on_request(fit))
    coefficients = fixed_effects(replace(fit, spec=replace(fit.spec, conf_level=level)))
    found = {
        name: tuple(values)
        for name, *values in zip(
            coefficients["term"], *(coefficients[column] for column in COLUMNS), strict=True
        )
    }
    found |= _of_extra(fit, level)
    notes = coefficients.notes if any(one.name in found for one in chosen) else ()
    if any(one.name not in found for one in chosen):
        spreads = variance_intervals(fit, level)
        rows = zip(spreads["parameter"], *(spreads[column] for column in COLUMNS), strict=True)
        found |= {name: tuple(values) for name, *values in rows}
        notes += spreads.notes
    limits = np.array([found[one.name] for one in chosen]).reshape(-1, 3)
    return _table(chosen, limits, f"Wald intervals, {100 * level:.10g}%", notes)


def _of_extra(fit: Fit, level: float) -> dict[str, tuple[float, ...]]:
    """Bound the coefficients besides those of the mean by the normal distribution."""
    p = len(fit.design.fixed_names)
    estimate = coefficient_values(fit)[p:]
    variance = np.diagonal(coefficient_covariance(fit))[p:]
    margin = normal_margin(level) * np.sqrt(variance)
    limits = zip(
        estimate.tolist(), (estimate - margin).tolist(), (estimate + margin).tolist(), strict=True
    )
    return dict(zip(fit.design.extra_names, limits, strict=True))


def _table(
    chosen: Sequence[Parameter], limits: FloatArray, title: str, notes: tuple[str, ...]
) -> Table:
    return Table(
        {
            "parameter": np.array([one.name for one in chosen], dtype=object),
            **dict(zip(COLUMNS, limits.T, strict=True)),
        },
        title=title,
        notes=notes,
    )


def _profile(fit: Fit, names: str | Sequence[str] | None, level: float) -> Table:
    asked = [names] if isinstance(names, str) else names
    return profile(fit, asked, level).intervals()


def _bootstrap(
    fit: Fit, names: str | Sequence[str] | None, level: float, n: int, seed: Seed
) -> Table:
    chosen = choose(all_parameters(fit), names)
    found = bootstrap(fit, n, seed, conf_level=level).intervals()
    rows = {row["parameter"]: row for row in found.rows()}
    limits = [[rows[one.name][column] for column in COLUMNS] for one in chosen]
    array = np.array(limits, dtype=float).reshape(-1, 3)
    return _table(chosen, array, found.title, found.notes)
