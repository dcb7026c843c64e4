"""One standard deviation of the outcome: the unit in which effects of checks are compared.

Room: check/. Measures; judges nothing.
Takes: a `Fit` with its rows.
Gives: `OutcomeScale`: the size of the unit on the scale of the coefficients, and what it is.
Source: Chinn (2000), Statistics in Medicine 19, 3127-3131 (logits); McKelvey & Zavoina (1975).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from echelon.families import FAMILIES
from echelon.fit import Fit

Kind: TypeAlias = Literal["response", "latent", "log", "linear predictor"]
# Variance of the latent variable's error, by link.
LATENT = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6, "loglog": np.pi**2 / 6}


@dataclass(frozen=True, slots=True)
class OutcomeScale:
    """A unit: `size` in units of the linear predictor, and `kind`, what has this size.

    'response': the standard deviation of the response; 'latent': that of the latent variable
    behind categories; 'log': one unit of the log of the mean, so that 0.1 is a change by a tenth;
    'linear predictor': the standard deviation of the fitted linear predictor.
    """

    size: float
    kind: Kind


def outcome_scale(fit: Fit) -> OutcomeScale:
    """Give the unit in which effects on the outcome of a fit are large or small."""
    if fit.spec.link == "identity":
        y = np.log(fit.design.y) if fit.spec.family == "lognormal" else fit.design.y
        return OutcomeScale(_or_one(float(np.std(y))), "response")
    if fit.spec.link == "log":
        return OutcomeScale(1.0, "log")
    generalized = fit.estimates.generalized
    spread = 0.0 if generalized is None else float(np.var(generalized.eta[0]))
    is_category = FAMILIES[fit.spec.family].response in ("binary", "ordered")
    if is_category and fit.spec.link in LATENT:
        return OutcomeScale(float(np.sqrt(spread + LATENT[fit.spec.link])), "latent")
    return OutcomeScale(_or_one(float(np.sqrt(spread))), "linear predictor")


def _or_one(size: float) -> float:
    return size if size > 0 else 1.0
