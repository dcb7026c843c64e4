"""What of an outcome a mean is about: the linear predictor, a mean, probabilities, a score.

Room: infer/. Reads what is asked and evaluates it at linear predictors; averages nothing.
Takes: a generalized `Fit`, the scale and the name of the quantity.
Gives: `Outcome`.
Source: docs/theory.md (28) and (29).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.engine import observation_of
from echelon.engine.observation.links import inverse
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.errors import NotEstimableError, SpecError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.means.back_transform import Inverse, inverse_of_link
from echelon.options import read_choice

SCALES = ("link", "response")
TARGETS = ("conditional", "population")
ON_RESPONSE = ("probability", "mean")  # the quantity that is meant when none is named


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A quantity of the outcome: T values per row, functions of K linear predictors.

    `channel` is the linear predictor that it is the inverse link of, None of other quantities.
    `link` is the scale on which intervals are made; `axis` names the T values (empty: one).
    `values` evaluates them, (K, N) -> (T, N).
    """

    name: str
    channel: int | None
    link: Inverse
    values: Callable[[FloatArray], FloatArray]
    axis: tuple[str, ...] = ()


def read_outcome(fit: Fit, scale: str, outcome: str | None) -> Outcome:
    """Read which quantity is meant.

    Parameters
    ----------
    fit : a generalized fit.
    scale : 'link' or 'response', which decides on the default.
    outcome : 'mean'; of ordered categories 'latent', 'probability', 'cumulative', 'score'; of
        nominal ones 'logit', 'probability'; with a zero part 'mean', 'counts', 'positive',
        'zero', 'zero_part'; 'dispersion' where it has a linear predictor.

    Returns
    -------
    `Outcome`.

    Raises
    ------
    SpecError : the family has no such quantity.
    """
    observation = observation_of(fit.design, fit.spec)
    choices = _choices(fit, observation)
    is_link = read_scale(scale) == "link"
    usual = next((name for name in ON_RESPONSE if name in choices), "")
    name = (next(iter(choices)) if is_link else usual) if outcome is None else outcome
    if name not in choices:
        raise no_outcome(fit, name, tuple(choices))
    return choices[name]()


def read_scale(scale: str) -> str:
    """Read `scale`."""
    return read_choice("scale", scale, SCALES)


def read_target(target: str) -> bool:
    """Read `target`; True where random effects are averaged over."""
    return read_choice("target", target, TARGETS) == "population"


def check_population(fit: Fit) -> None:
    """Refuse an average of 1 / eta over random effects, which does not exist.

    Raises
    ------
    NotEstimableError : the link is 'inverse'.
    """
    if fit.spec.link != "inverse" or not fit.design.rows.blocks:
        return
    raise NotEstimableError(
        "The mean of the population does not exist with the inverse link.",
        where=f"target or random = 'population', family = '{fit.spec.family}'",
        got="1 / eta with normal random effects in eta, whose integral diverges at eta = 0",
        need="a link whose mean is finite everywhere",
        do="ask for conditional means, or fit the model with link='log'.",
        slug="no-population-mean",
    )


def _choices(fit: Fit, observation: Observation) -> dict[str, Callable[[], Outcome]]:
    """List the quantities of a family; the first is that of the link scale."""
    kind = family_of(fit.spec.family).response
    if kind == "ordered":
        return _of_ordered(fit, observation)
    if kind == "nominal":
        return _of_nominal(fit, observation)
    if fit.spec.zero is not None or fit.spec.hurdle is not None:
        found = _of_zero_part(fit, observation)
    elif fit.spec.family == "lognormal":
        found = {
            "location": lambda: _linear(fit, "location", 0, "identity"),
            "mean": lambda: Outcome("mean", None, inverse_of_link("log"), _mean(observation)),
        }
    else:
        found = {"mean": lambda: _linear(fit, "mean", 0, fit.spec.link)}
    if "dispersion" in observation.channels:
        place = observation.channels.index("dispersion")
        found["dispersion"] = lambda: _linear(fit, "dispersion", place, "log")
    return found


def _linear(fit: Fit, name: str, channel: int, link: str) -> Outcome:
    """Make the quantity that is the inverse link of one linear predictor."""
    return Outcome(
        name,
        channel,
        inverse_of_link(link, fit.spec.family),
        lambda eta: np.asarray(inverse(link, eta[channel]))[None, :],
    )


def _mean(observation: Observation) -> Callable[[FloatArray], FloatArray]:
    def values(eta: FloatArray) -> FloatArray:
        return np.asarray(observation.mean(_no_rows(eta), eta))[None, :]

    return values


def _no_rows(eta: FloatArray) -> ResponseRows:
    """Make rows without a response: means do not depend on it."""
    return ResponseRows(np.zeros(eta.shape[1]))


def _of_zero_part(fit: Fit, observation: Observation) -> dict[str, Callable[[], Outcome]]:
    log, logit = inverse_of_link("log", fit.spec.family), inverse_of_link("logit")
    mean = _mean(observation)

    def zero(eta: FloatArray) -> FloatArray:
        return np.asarray(np.exp(observation.log_density(_no_rows(eta), eta)))[None, :]

    return {
        "counts": lambda: _linear(fit, "counts", 0, fit.spec.link),
        "mean": lambda: Outcome("mean", None, log, mean),
        "positive": lambda: Outcome(
            "positive", None, log, lambda eta: np.asarray(mean(eta) / (1.0 - zero(eta)))
        ),
        "zero": lambda: Outcome("zero", None, logit, zero),
        "zero_part": lambda: _linear(fit, "zero_part", 1, "logit"),
    }


def _of_ordered(fit: Fit, observation: Observation) -> dict[str, Callable[[], Outcome]]:
    labels = fit.design.categories
    scores = np.arange(1.0, len(labels) + 1)

    def probabilities(eta: FloatArray) -> FloatArray:
        return np.asarray(observation.mean(_no_rows(eta), eta)).T

    up_to = tuple([f"up to {label}" for label in labels[:-1]])
    own = fit.spec.link
    ratio = inverse_of_link(own).ratio
    return {
        "latent": lambda: Outcome(
            "latent", 0, inverse_of_link("identity", ratio=ratio), lambda eta: eta[:1].copy()
        ),
        "probability": lambda: Outcome(
            "probability", None, inverse_of_link("logit"), probabilities, labels
        ),
        "cumulative": lambda: Outcome(
            "cumulative",
            None,
            inverse_of_link(own),
            lambda eta: np.cumsum(probabilities(eta), axis=0)[:-1],
            up_to,
        ),
        "score": lambda: Outcome(
            "score",
            None,
            inverse_of_link("identity"),
            lambda eta: (scores @ probabilities(eta))[None, :],
        ),
    }


def _of_nominal(fit: Fit, observation: Observation) -> dict[str, Callable[[], Outcome]]:
    labels = fit.design.categories
    identity = inverse_of_link("identity", ratio="odds ratio")
    return {
        "logit": lambda: Outcome("logit", None, identity, lambda eta: eta.copy(), labels[1:]),
        "probability": lambda: Outcome(
            "probability",
            None,
            inverse_of_link("logit"),
            lambda eta: np.asarray(observation.mean(_no_rows(eta), eta)).T,
            labels,
        ),
    }


def no_outcome(fit: Fit, name: str, known: tuple[str, ...]) -> SpecError:
    """Word that a family has no such quantity."""
    listed = ", ".join(repr(text) for text in known)
    return SpecError(
        f"This model has no outcome {name!r}.",
        where="option outcome",
        got=f"{name!r}, with family = '{fit.spec.family}'",
        need=f"one of {listed}",
        do="leave outcome out for what is usual for the scale.",
        slug="no-such-outcome",
    )
