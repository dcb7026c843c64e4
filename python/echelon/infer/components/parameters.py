"""The parameters of a model as intervals name them, in the order of api: beta, sd, cor, sigma.

Room: infer/. Names; bounds nothing.
Takes: a `Fit`.
Gives: `Parameter` for each, and those that a user names.
Source: docs/reference, conf_int; names as lme4 prints them with the grouping factor behind a bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon.engine.quantities import (
    Coefficient,
    Correlation,
    Covariance,
    Quantity,
    Sigma,
    StdDev,
)
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.components.variances import has_covariances

SCALE = "response per unit of the predictor"  # of fixed and random effects
LINK_SCALE = "link per unit of the predictor"  # the same in a generalized model


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, its estimate, and what the engine holds to profile it.

    `quantity` is None where nothing can be held: a coefficient that is not estimated, or a
    correlation that is a function of several parameters. With `is_square` the parameter is the
    square of the quantity: a variance.
    """

    name: str
    estimate: float
    quantity: Quantity | None
    is_square: bool = False


def scale_of(fit: Fit) -> str:
    """Say in which units the fixed and random effects of a model are."""
    return LINK_SCALE if fit.spec.is_generalized else SCALE


def parameters(fit: Fit) -> list[Parameter]:
    """List fixed effects, then standard deviations and correlations by term, then sigma.

    A generalized model has no sigma, but the coefficients of its other linear predictors.
    """
    estimates = fit.estimates
    names = zip(fit.design.fixed_names, estimates.beta.tolist(), strict=True)
    found = [
        Parameter(name, value, None if math.isnan(value) else Coefficient(i))
        for i, (name, value) in enumerate(names)
    ]
    for number, (block, Lambda) in enumerate(
        zip(fit.design.rows.blocks, estimates.Lambdas, strict=True)
    ):
        covariance = estimates.sigma**2 * (Lambda @ Lambda.T)
        std_devs = np.sqrt(np.diagonal(covariance))
        for term in block.terms:
            inside = range(term.start, term.stop)
            group = f"|{block.grouping}"
            for a in inside:
                name = f"sd_{block.column_names[a]}{group}"
                found.append(Parameter(name, float(std_devs[a]), StdDev(number, a)))
            if not has_covariances(term.structure):
                continue
            for b in inside:
                for a in range(b + 1, term.stop):
                    name = f"cor_{block.column_names[a]}.{block.column_names[b]}{group}"
                    size = float(std_devs[a] * std_devs[b])
                    value = float(covariance[a, b]) / size if size > 0 else math.nan
                    is_own = term.structure.name != "toep" or a == b + 1
                    held = Correlation(number, a, b) if is_own and size > 0 else None
                    found.append(Parameter(name, min(max(value, -1.0), 1.0), held))
    return [*found, *_others(fit)]


def _others(fit: Fit) -> list[Parameter]:
    """Sigma; or thresholds, dispersion and the like, on the scale on which they are estimated."""
    generalized, p = fit.estimates.generalized, len(fit.design.fixed_names)
    if generalized is None:
        return [Parameter("sigma", fit.estimates.sigma, Sigma())]
    pairs = zip(fit.design.extra_names, generalized.extra.tolist(), strict=True)
    return [
        Parameter(name, value, None if math.isnan(value) else Coefficient(i))
        for i, (name, value) in enumerate(pairs, p)
    ]


def on_request(fit: Fit) -> list[Parameter]:
    """List variances and covariances, which say the same in other units: only for who asks."""
    sigma = fit.estimates.sigma
    found = []
    for parameter in parameters(fit):
        match parameter.quantity:
            case StdDev():
                name = parameter.name.replace("sd_", "var_", 1)
                found.append(Parameter(name, parameter.estimate**2, parameter.quantity, True))
            case Correlation(block, row, other):
                Lambda = fit.estimates.Lambdas[block]
                value = sigma**2 * float(Lambda[row] @ Lambda[other])
                terms = fit.design.rows.blocks[block].terms
                (own,) = (term for term in terms if term.start <= row < term.stop)
                is_free = own.structure.is_unrestricted
                is_free = is_free and not fit.spec.is_generalized
                held = Covariance(block, row, other) if is_free else None
                found.append(Parameter(parameter.name.replace("cor_", "cov_", 1), value, held))
            case _:
                pass
    if fit.spec.is_generalized:
        return found
    if fit.spec.is_generalized:
        return found
    return [*found, Parameter("var_residual", sigma**2, Sigma(), True)]


def choose(
    known: list[Parameter],
    names: str | Sequence[str] | None,
    others: Sequence[Parameter] = (),
) -> list[Parameter]:
    """Pick parameters by name, in the order asked for; None: all that are known.

    `others` can be named, too.
    """
    if names is None:
        return known
    by_name = {parameter.name: parameter for parameter in (*known, *others)}
    asked = [names] if isinstance(names, str) else list(names)
    for name in asked:
        if name not in by_name:
            raise SpecError(
                f"The model has no parameter '{name}'.",
                where="argument parameters",
                got=f"'{name}'",
                need=f"one of {offenders([parameter.name for parameter in known])}",
                do=near_matches(str(name), [parameter.name for parameter in known]),
                slug="unknown-parameter",
            )
    return [by_name[name] for name in asked]
