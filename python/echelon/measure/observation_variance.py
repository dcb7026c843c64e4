"""The variance of one response on the scale of the link, in every form that has a name.

Room: measure/. One question per file: how much does a response vary, seen through its link?
Takes: a `Fit` of a generalized model.
Gives: `ObservationVariance`: value, slopes by the coefficients, name and a sentence.
Source: Nakagawa, Johnson & Schielzeth (2017), Journal of the Royal Society Interface 14,
    20170213, table 1; Snijders & Bosker (2012), section 17.2; docs/theory.md (30).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon import engine
from echelon._optional import require
from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import fixed_predictors
from echelon.engine.observation.links import LATENT_VARIANCES
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.measure.null_model import null_model
from echelon.measure.observation_mean import typical_predictor
from echelon.options import read_choice

STEP = 1e-5  # of a coefficient and of a linear predictor, central differences
GAMMA_LIKE = ("poisson", "nbinom1", "nbinom2", "gamma")
POSITIVE = (*GAMMA_LIKE, "inverse_gaussian", "tweedie")
EXACT = (("lognormal", "identity"), ("student", "identity"), ("gaussian", "identity"))
CONSTANT = (*EXACT, ("gamma", "log"), ("poisson", "sqrt"))  # whatever the mean

MEANINGS = {
    "theoretical": "the variance of the distribution behind the link",
    "exact": "the variance of a response on the scale of the link",
    "trigamma": "trigamma of the squared mean over the variance of a response (Nakagawa et al.)",
    "lognormal": "log of 1 + the variance of a response over its squared mean (Nakagawa et al.)",
    "delta": "the variance of a response times the squared slope of the link (delta method)",
}


@dataclass(frozen=True, slots=True)
class ObservationVariance:
    """Variance of a response about its linear predictor, link units squared.

    `slopes` (p + m,) are by the coefficients, the mean taken as known; `text` says what it is.
    """

    form: str
    value: float
    slopes: FloatArray
    text: str


def observation_variance(
    fit: Fit, form: str | None = None, purpose: str = "icc()", null: Fit | None = None
) -> ObservationVariance:
    """Evaluate the variance of a response on the scale of the link.

    Binary and ordered responses are cut from a latent variable whose distribution is that of the
    link: pi^2/3 (logit), 1 (probit), pi^2/6 (cloglog, loglog). Others have the variance of the
    family, carried through the link at the mean of the null model, and averaged over rows where
    an offset or the dispersion differ.

    Parameters
    ----------
    fit : a fitted generalized model with its rows.
    form : one of `forms(fit)`; None for the first.
    purpose : the question, as the user called it.
    null : the null model, if it has been fitted.

    Raises
    ------
    SpecError : this family and link have no such form.
    NotEstimableError : the cauchit link, whose distribution has no variance; rows are missing.
    """
    read = forms(fit)[0] if form is None else read_choice("form", form, forms(fit))
    design_with_rows(fit, purpose)
    if read == "theoretical":
        return _theoretical(fit, purpose)
    has_zeros = fit.spec.zero is not None or fit.spec.hurdle is not None
    if (fit.spec.family, fit.spec.link) in CONSTANT and not has_zeros:
        mean = np.array([1.0])
        text = MEANINGS[read]
    else:
        mean = typical_predictor(null or null_model(fit, purpose), purpose)
        text = f"{MEANINGS[read]}, at the mean of the null model"
    value, slopes = at_mean(fit, read, mean)
    return ObservationVariance(read, value, slopes, text)


def forms(fit: Fit) -> tuple[str, ...]:
    """Name the forms that a family with its link has, the one taken by default first."""
    family, link = fit.spec.family, fit.spec.link
    if family_of(family).response in ("ordered", "nominal"):
        return ("theoretical",)
    if family_of(family).response == "binary":
        return ("theoretical", "delta")
    if (family, link) in EXACT:
        return ("exact",)
    if link == "log" and family in POSITIVE:
        is_plain = family in GAMMA_LIKE and fit.spec.zero is None and fit.spec.hurdle is None
        return ("trigamma", "lognormal", "delta") if is_plain else ("lognormal", "delta")
    return ("delta",)


def at_mean(fit: Fit, form: str, mean: FloatArray) -> tuple[float, FloatArray]:
    """Evaluate a form at linear predictors of the mean, (1,) or (n,), with slopes (p + m,)."""
    found = fit.estimates.generalized
    assert found is not None
    coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
    observation = engine.observation_of(fit.design, fit.spec)

    def value(at: FloatArray) -> float:
        eta = _predictors(fit, at, mean)
        return float(np.mean(_form(form, observation, eta)))

    slopes = np.zeros(len(coefficients))
    for i in range(len(fit.estimates.beta), len(coefficients)):
        step = np.zeros(len(coefficients))
        step[i] = STEP
        slopes[i] = (value(coefficients + step) - value(coefficients - step)) / (2 * STEP)
    return value(coefficients), slopes


def _theoretical(fit: Fit, purpose: str) -> ObservationVariance:
    """Variance of the distribution behind a link, times the mean squared scale."""
    link = fit.spec.link
    if link not in LATENT_VARIANCES:
        raise _without_variance(fit, purpose)
    found = fit.estimates.generalized
    assert found is not None
    slopes = np.zeros(len(fit.estimates.beta) + len(found.extra))
    factor, text = 1.0, f"{MEANINGS['theoretical']} ({_shown(link)})"
    scale = fit.design.channels[-1]
    if scale.name == "scale":
        coefficients = np.nan_to_num(np.concatenate([fit.estimates.beta, found.extra]))
        squares = np.exp(2 * fixed_predictors((scale,), coefficients, fit.design.n_obs)[0])
        factor = float(squares.mean())
        for column in scale.columns:
            slope = 2 * column.factor * float(squares @ column.values) / len(squares)
            slopes[column.coefficient] += LATENT_VARIANCES[link] * slope
        text += ", times the mean squared scale"
    return ObservationVariance("theoretical", factor * LATENT_VARIANCES[link], slopes, text)


def _shown(link: str) -> str:
    return {"logit": "logit: pi^2/3", "probit": "probit: 1"}.get(link, f"{link}: pi^2/6")


def _predictors(fit: Fit, coefficients: FloatArray, mean: FloatArray) -> FloatArray:
    """Linear predictors (K, m) with that of the mean replaced; one row where all rows are alike."""
    others = fixed_predictors(fit.design.channels[1:], coefficients, fit.design.n_obs)
    if not others.size:
        return mean[None, :]
    if len(mean) == 1 and (others == others[:, :1]).all():
        others = others[:, :1]
    first = np.broadcast_to(mean, others.shape[1:])
    return np.vstack([first[None, :], others])


def _form(form: str, observation: Observation, eta: FloatArray) -> FloatArray:
    rows = ResponseRows(np.zeros(eta.shape[1]))
    with np.errstate(all="ignore"):
        mean, variance = observation.mean(rows, eta), observation.variance(rows, eta)
        if form == "exact":
            return _exact(observation, eta, variance)
        if form == "delta":
            moved = np.zeros_like(eta)
            moved[0] = STEP
            change = observation.mean(rows, eta + moved) - observation.mean(rows, eta - moved)
            return variance / (change / (2 * STEP)) ** 2
        squared = variance / mean**2
        if form == "lognormal":
            lognormal: FloatArray = np.log1p(squared)
            return lognormal
        trigamma: FloatArray = require("scipy.special").polygamma(1, 1 / squared)
        return trigamma


def _exact(observation: Observation, eta: FloatArray, variance: FloatArray) -> FloatArray:
    """Variance on the scale of the link; a lognormal response is normal there."""
    if observation.family == "lognormal":
        squares: FloatArray = np.exp(2 * eta[1])
        return squares
    return variance


def _without_variance(fit: Fit, purpose: str) -> NotEstimableError:
    return NotEstimableError(
        f"With the {fit.spec.link} link there is no variance on the latent scale.",
        where=f"{purpose}, a fit with family = '{fit.spec.family}', link = '{fit.spec.link}'",
        got="a Cauchy distribution behind the link, which has no variance",
        need="link logit, probit, cloglog or loglog",
        do="ask for the observed scale, icc(scale='observed'), or fit the model with link='logit'.",
        slug="no-latent-variance",
    )
