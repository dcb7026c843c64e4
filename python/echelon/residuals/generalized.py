"""Residuals of generalized models.

Room: residuals. Subtracts, or places a response in its distribution; estimates nothing.
Takes: a generalized `Fit` with its rows.
Gives: arrays (n,), in the order of the rows used.
Source: docs/theory.md (24) and (28); McCullagh & Nelder (1989), 2.4; Dunn & Smyth (1996).
"""

from __future__ import annotations

import numpy as np

from echelon import engine
from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.observation.links import slope
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.predict import predict
from echelon.residuals.deviance import DEVIANCES, unit_deviance

CATEGORIES = ("ordered", "nominal")
DISTRIBUTED = ("quantile",)  # what categories have


def generalized_residuals(fit: Fit, kind: str, generator: np.random.Generator) -> FloatArray:
    """Give the residuals of a generalized model, as `residuals` says.

    Parameters
    ----------
    fit : a generalized model with its rows.
    kind : one of `KINDS` but 'simulated'.
    generator : of the random places of quantile residuals.

    Returns
    -------
    (n,).

    Raises
    ------
    NotEstimableError : the family has no such residuals.
    """
    observation, design = engine.observation_of(fit.design, fit.spec), fit.design
    assert fit.estimates.generalized is not None
    eta = fit.estimates.generalized.eta
    rows = ResponseRows(design.y, design.trials)
    if kind == "quantile":
        return quantile_residuals(observation, rows, eta, generator)
    _check(fit, observation, kind)
    y = design.y if design.trials is None else design.y / design.trials
    if kind == "marginal":
        averaged = predict(fit, random="none", kind="population")
        assert isinstance(averaged, np.ndarray)
        return y - averaged
    mean = observation.mean(rows, eta)
    if kind == "response":
        return y - mean
    root = 1.0 if design.weights is None else np.sqrt(design.weights)
    with np.errstate(all="ignore"):
        if kind == "working":
            return np.asarray((y - mean) / slope(observation.link, eta[0]))
        if kind == "deviance":
            size = np.sqrt(np.maximum(unit_deviance(observation, rows, mean, eta), 0.0))
            return np.asarray(np.sign(y - mean) * size * root)
        return np.asarray((y - mean) / np.sqrt(observation.variance(rows, eta)) * root)


def quantile_residuals(
    observation: Observation, rows: ResponseRows, eta: FloatArray, generator: np.random.Generator
) -> FloatArray:
    """Place responses in their distributions, and give the standard normal quantiles, (n,).

    Parameters
    ----------
    observation : the family with its link.
    rows : responses.
    eta : (K, n).
    generator : of the places between P(Y < y) and P(Y <= y), where these differ.
    """
    below, up_to = observation.distribution(rows, eta)
    share = below + generator.random(len(below)) * (up_to - below)
    least = np.finfo(float).eps / 2
    inside = np.clip(share, least, 1 - least)
    return np.asarray(require("scipy.special").ndtri(inside))


def _check(fit: Fit, observation: Observation, kind: str) -> None:
    """Refuse kinds that need a number, one mean, or a deviance."""
    family = fit.spec.family
    if family_of(family).response in CATEGORIES:
        raise _no_residuals(family, kind, "a number: the difference of categories has no meaning")
    others = [name for name in ("zero", "hurdle") if name in observation.channels]
    if kind == "deviance" and (others or family not in DEVIANCES):
        raise _no_residuals(family, kind, f"one of {', '.join(DEVIANCES)}, without a zero part")
    if kind == "working" and (others or family == "lognormal"):
        raise _no_residuals(family, kind, "a mean that is a function of one linear predictor")


def _no_residuals(family: str, kind: str, need: str) -> NotEstimableError:
    return NotEstimableError(
        f"This model has no {kind} residuals.",
        where=f"residuals('{kind}')",
        got=f"family = '{family}'",
        need=need,
        do="ask for residuals('quantile') or residuals('simulated'), which every family has.",
        slug="no-such-residuals",
    )
