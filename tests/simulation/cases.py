"""Models with known parameters, and their responses drawn from textbook definitions by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import erf
from typing import Any

import numpy as np

from echelon._types import FloatArray
from tests.simulation.recovery import Case, Rng, World

Respond = Callable[[Rng, FloatArray, World], Any]
ONE = "(1 | g)"
INTERCEPT, SLOPE = "(Intercept)", "x"
SIGMA = "dispersion.(Intercept)"


def intercepts(
    respond: Respond,
    family: str,
    beta: tuple[float, float],
    theta: float,
    extra: dict[str, float] | None = None,
    left: str = "y",
    **options: Any,
) -> Case:
    """A model of a mean with one predictor and random intercepts."""

    def draw(rng: Rng, world: World) -> Any:
        eta = beta[0] + beta[1] * world.x + world.intercepts(rng, theta)
        return respond(rng, eta, world)

    coefficients = {INTERCEPT: beta[0], SLOPE: beta[1], **(extra or {})}
    return Case(f"{left} ~ x + {ONE}", {"family": family, **options}, coefficients, (theta,), draw)


def expit(eta: FloatArray) -> FloatArray:
    """Inverse of the logit."""
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


def normal_cdf(eta: FloatArray) -> FloatArray:
    """Normal distribution function."""
    return np.array([0.5 * (1.0 + erf(value / np.sqrt(2.0))) for value in eta.tolist()])


PROBABILITIES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "logit": expit,
    "probit": normal_cdf,
    "cloglog": lambda eta: 1.0 - np.exp(-np.exp(eta)),
    "loglog": lambda eta: np.exp(-np.exp(-eta)),
    "cauchit": lambda eta: 0.5 + np.arctan(eta) / np.pi,
}
ERRORS: dict[str, Callable[[Rng, int], FloatArray]] = {
    "logit": lambda rng, n: rng.logistic(size=n),
    "probit": lambda rng, n: rng.standard_normal(n),
    "cloglog": lambda rng, n: np.log(rng.standard_exponential(n)),
    "loglog": lambda rng, n: -np.log(rng.standard_exponential(n)),
    "cauchit": lambda rng, n: rng.standard_cauchy(n),
}


def successes(link: str) -> Respond:
    """Successes in trials."""
    return lambda rng, eta, world: rng.binomial(world.t, PROBABILITIES[link](eta))


def binary(link: str) -> Respond:
    """One trial."""
    return lambda rng, eta, world: rng.binomial(1, PROBABILITIES[link](eta))


def poisson(rng: Rng, mu: FloatArray) -> FloatArray:
    """Counts."""
    return rng.poisson(mu).astype(float)


def negative_binomial(rng: Rng, mu: FloatArray, size: Any) -> FloatArray:
    """Counts: Poisson with gamma means."""
    return np.asarray(rng.poisson(rng.gamma(size, mu / size)), dtype=float)


def gamma(rng: Rng, mu: FloatArray, sigma: float) -> FloatArray:
    """Positive amounts with coefficient of variation sigma."""
    return rng.gamma(1 / sigma**2, mu * sigma**2)


def beta_share(rng: Rng, mu: FloatArray, phi: Any) -> FloatArray:
    """Shares of precision phi."""
    return np.asarray(rng.beta(mu * phi, (1 - mu) * phi))


def tweedie(rng: Rng, mu: FloatArray, phi: float, power: float) -> FloatArray:
    """A Poisson number of gamma amounts."""
    number = rng.poisson(mu ** (2 - power) / (phi * (2 - power)))
    shape, scale = (2 - power) / (power - 1), phi * (power - 1) * mu ** (power - 1)
    amounts = rng.standard_gamma(np.maximum(number * shape, 1e-300)) * scale
    return np.asarray(amounts * (number > 0))


def latent_category(link: str) -> Respond:
    """Ordered categories: a latent variable cut at thresholds."""
    return lambda rng, eta, world: np.searchsorted(CUTS, eta + ERRORS[link](rng, len(eta)))


def adjacent(rng: Rng, eta: FloatArray, world: World) -> Any:
    """Ordered categories with log odds of neighbours."""
    steps = eta - np.array(CUTS)[:, None]
    return category(rng, np.vstack([np.zeros(len(eta)), np.cumsum(steps, axis=0)]))


def continuation(link: str) -> Respond:
    """Ordered categories reached one after the other."""

    def respond(rng: Rng, eta: FloatArray, world: World) -> Any:
        stops = PROBABILITIES[link]((np.array(CUTS)[:, None] - eta).ravel()).reshape(len(CUTS), -1)
        stopped = rng.random(stops.shape) < stops
        return np.where(stopped.any(axis=0), stopped.argmax(axis=0), len(CUTS))

    return respond


def category(rng: Rng, eta: FloatArray) -> Any:
    """Categories with probabilities proportional to exp(eta), (J, n)."""
    return np.argmax(eta + rng.gumbel(size=eta.shape), axis=0)


CUTS = (-1.2, 0.1, 1.4)
THRESHOLDS = {f"{j}|{j + 1}": cut for j, cut in enumerate(CUTS)}


def ordered(respond: Respond, family: str, theta: float, **options: Any) -> Case:
    """An ordered response with one predictor and random intercepts."""
    case = intercepts(respond, family, (0.0, 0.7), theta, THRESHOLDS, **options)
    return replace(case, coefficients={SLOPE: 0.7, **THRESHOLDS})


ONE_FACTOR: dict[str, Case] = {
    "binomial logit": intercepts(successes("logit"), "binomial", (0.3, 0.8), 0.8, left="y / t"),
    "binomial probit": intercepts(
        successes("probit"), "binomial", (0.2, 0.5), 0.5, left="y / t", link="probit"
    ),
    "binomial cloglog": intercepts(
        successes("cloglog"), "binomial", (-0.5, 0.5), 0.5, left="y / t", link="cloglog"
    ),
    "binomial loglog": intercepts(
        successes("loglog"), "binomial", (0.5, 0.5), 0.5, left="y / t", link="loglog"
    ),
    "binomial cauchit": intercepts(
        successes("cauchit"), "binomial", (0.2, 0.6), 0.5, left="y / t", link="cauchit"
    ),
    "binary": replace(
        intercepts(binary("logit"), "binomial", (0.3, 0.8), 1.0), known={"theta 1": 0.25}
    ),
    "poisson": intercepts(
        lambda rng, eta, world: poisson(rng, np.exp(eta)), "poisson", (0.5, 0.4), 0.5
    ),
    "poisson sqrt": intercepts(
        lambda rng, eta, world: poisson(rng, eta**2), "poisson", (2.0, 0.4), 0.3, link="sqrt"
    ),
    "poisson identity": intercepts(
        lambda rng, eta, world: poisson(rng, eta), "poisson", (6.0, 0.8), 0.8, link="identity"
    ),
    "nbinom2": intercepts(
        lambda rng, eta, world: negative_binomial(rng, np.exp(eta), 2.0),
        "nbinom2", (1.0, 0.4), 0.5, {SIGMA: np.log(2.0)},
    ),
    "nbinom2 dispersion": intercepts(
        lambda rng, eta, world: negative_binomial(rng, np.exp(eta), np.exp(0.5 + 0.6 * world.z)),
        "nbinom2", (1.2, 0.4), 0.5, {SIGMA: 0.5, "dispersion.z": 0.6}, dispersion="~ z",
    ),
    "nbinom1": intercepts(
        lambda rng, eta, world: negative_binomial(rng, np.exp(eta), np.exp(eta) / 1.2),
        "nbinom1", (1.0, 0.4), 0.5, {SIGMA: np.log(1.2)},
    ),
    "gamma": intercepts(
        lambda rng, eta, world: gamma(rng, np.exp(eta), 0.6),
        "gamma", (0.5, 0.3), 0.4, {SIGMA: np.log(0.6)}, link="log",
    ),
    "gamma inverse": intercepts(
        lambda rng, eta, world: gamma(rng, 1 / eta, 0.4),
        "gamma", (1.0, 0.15), 0.12, {SIGMA: np.log(0.4)}, link="inverse",
    ),
    "inverse_gaussian": intercepts(
        lambda rng, eta, world: rng.wald(np.exp(eta), 1 / 0.5**2),
        "inverse_gaussian", (0.3, 0.3), 0.4, {SIGMA: np.log(0.5)}, link="log",
    ),
    "beta": intercepts(
        lambda rng, eta, world: beta_share(rng, expit(eta), 8.0),
        "beta", (0.2, 0.4), 0.5, {SIGMA: np.log(8.0)},
    ),
    "betabinomial": intercepts(
        lambda rng, eta, world: rng.binomial(world.t, beta_share(rng, expit(eta), 5.0)),
        "betabinomial", (0.2, 0.5), 0.6, {SIGMA: np.log(5.0)}, left="y / t",
    ),
    "tweedie": intercepts(
        lambda rng, eta, world: tweedie(rng, np.exp(eta), 0.9, 1.4),
        "tweedie", (0.5, 0.3), 0.4, {SIGMA: np.log(0.9), "power": np.log(0.4 / 0.6)},
    ),
    "student": replace(  # logs of df are skewed: independent rows, by SciPy, show 0.18 as well
        intercepts(
            lambda rng, eta, world: eta + 0.8 * rng.standard_t(4.0, len(eta)),
            "student", (0.5, 0.4), 0.6, {SIGMA: np.log(0.8), "df": np.log(4.0)},
        ),
        known={"df": 0.2},
    ),
    "lognormal": intercepts(
        lambda rng, eta, world: np.exp(eta + 0.7 * rng.standard_normal(len(eta))),
        "lognormal", (0.5, 0.4), 0.5, {SIGMA: np.log(0.7)},
    ),
    "gaussian log": intercepts(
        lambda rng, eta, world: np.exp(eta) + 0.8 * rng.standard_normal(len(eta)),
        "gaussian", (0.8, 0.3), 0.3, {SIGMA: np.log(0.8)}, link="log",
    ),
    "gaussian dispersion": intercepts(
        lambda rng, eta, world: eta + np.exp(-0.3 + 0.5 * world.z) * rng.standard_normal(len(eta)),
        "gaussian", (0.5, 0.4), 0.5, {SIGMA: -0.3, "dispersion.z": 0.5}, dispersion="~ z",
    ),
    **{
        f"cumulative {link}": ordered(
            latent_category(link), "cumulative", 0.7, **({} if link == "logit" else {"link": link})
        )
        for link in PROBABILITIES
        if link != "cauchit"
    },
    "cumulative cauchit": replace(  # effects of a group can have two modes, and modes vanish
        ordered(latent_category("cauchit"), "cumulative", 0.7, link="cauchit"), lost=0.01
    ),
    "adjacent": ordered(adjacent, "adjacent", 0.6),
    "continuation": ordered(continuation("logit"), "continuation", 0.7),
    "continuation cloglog": ordered(continuation("cloglog"), "continuation", 0.6, link="cloglog"),
}  # fmt: skip
