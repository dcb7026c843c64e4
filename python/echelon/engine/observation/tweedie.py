"""Tweedie responses: a Poisson number of gamma amounts, zero with positive probability.

Room: engine/observation. Channels: mean, dispersion (log phi), power (logit of power - 1).
Takes: `ResponseRows` with y >= 0, (3, n) linear predictors.
Gives: `Tweedie`.
Source: docs/theory.md (24); Dunn & Smyth (2005), series evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.poisson import draw_poisson, log_poisson
from echelon.engine.observation.precise import expo, softplus, special
from echelon.engine.observation.starts import log_dispersion, positive_mean, variance

STEPS_PER_SD = 6.0  # terms of a long sum: with six per standard deviation none is missed
REACH = 14.0  # standard deviations on either side of the largest term
FEW = 40.0  # and so many terms besides
EXTREME_POWER = 30.0  # logit of power - 1: nearer to 1 or 2 no digit of the power is left
NORMAL_FROM = 30.0  # log of mean^2 / variance from which the distribution is normal
ROWS_AT_ONCE = 2_000  # of a density: a few hundred terms each
FIRST_POWER = 1.5


@dataclass(frozen=True, slots=True)
class Tweedie:
    """Mean mu, variance phi mu^power, 1 < power < 2."""

    link: str = "log"
    family: ClassVar[str] = "tweedie"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion", "power")
    core_name: ClassVar[str] = "tweedie"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), log probability where y = 0, times the prior weight."""
        log_rate, log_scale, shape = _compound(eta)
        positive = rows.y > 0
        log_y = np.log(np.where(positive, rows.y, 1.0))
        found = _by_batch(_log_series, log_y, log_rate, log_scale, shape)
        found = np.where(positive, found, -_exp(log_rate))
        return weighted(rows, np.where(rows.y >= 0, found, np.nan))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse("log", eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        return _exp(eta[1] + eta[0] * (1 + np.exp(-softplus(-eta[2]))))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,): the sum of j gamma amounts is one gamma."""
        log_rate, log_scale, shape = _compound(eta)
        number = draw_poisson(expo(log_rate), rng)
        with np.errstate(over="ignore"):
            amounts = rng.standard_gamma(number * shape)
            return np.where(number > 0, amounts * expo(log_scale), 0.0)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each: they differ at y = 0 only."""
        log_y = np.log(np.where(rows.y > 0, rows.y, 1.0))
        none = np.where(rows.y >= 0, np.exp(-expo(_compound(eta)[0])), 0.0)
        some = np.where(rows.y > 0, _by_batch(_up_to, log_y, *eta), 0.0)
        up_to = np.minimum(none + some, 1.0)
        return np.where(rows.y > 0, up_to, 0.0), up_to

    def start(self, rows: ResponseRows) -> FloatArray:
        """Log of the mean, log phi by moments at power 1.5, power 1.5: (3,)."""
        mean, eta = positive_mean(rows, "log")
        phi = variance(rows, rows.y) / mean**FIRST_POWER
        return np.array([eta, log_dispersion(phi), 0.0])


def _compound(eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log rate of the Poisson, log scale of an amount and its shape, (n,) each."""
    power = np.clip(eta[2], -EXTREME_POWER, EXTREME_POWER)
    over, under = -softplus(-power), -softplus(power)  # log(power - 1), log(2 - power)
    log_rate = eta[0] * np.exp(under) - eta[1] - under
    log_scale = eta[1] + over + eta[0] * np.exp(over)
    return log_rate, log_scale, expo(-power)


def _by_batch(function: Callable[..., FloatArray], *columns: FloatArray) -> FloatArray:
    """Apply a function of columns (n,) that makes (n, terms) arrays, over some rows at a time."""
    n = columns[0].size
    parts = [
        function(*(column[first : first + ROWS_AT_ONCE] for column in columns))
        for first in range(0, n, ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _log_series(
    log_y: FloatArray, log_rate: FloatArray, log_scale: FloatArray, shape: FloatArray
) -> FloatArray:
    """Log of the sum over j of P(j amounts) times the density of their sum, y > 0."""
    # The largest term: j with rate (y / scale)^shape = j (j shape)^shape.
    log_z = log_y - log_scale
    top = expo((log_rate + shape * (log_z - np.log(shape))) / (1 + shape))
    j, step = _terms(top, np.sqrt(top / (1 + shape)))
    gammaln = special().gammaln
    with np.errstate(over="ignore", invalid="ignore"):
        amounts = j * shape[:, None]
        terms = j * log_rate[:, None] - gammaln(j + 1)
        terms = terms + amounts * log_z[:, None] - gammaln(amounts)
        largest = terms.max(axis=1)
        total = np.log(np.exp(terms - largest[:, None]).sum(axis=1) * step)
        return np.asarray(largest + total - log_y - _exp(log_z) - _exp(log_rate))


def _up_to(
    log_y: FloatArray, eta_mean: FloatArray, eta_dispersion: FloatArray, eta_power: FloatArray
) -> FloatArray:
    """P(0 < Y <= y): by the number of amounts, or normal once nothing is skewed."""
    eta = np.stack([eta_mean, eta_dispersion, eta_power])
    log_rate, log_scale, shape = _compound(eta)
    log_precision = eta[0] * np.exp(-softplus(eta[2])) - eta[1]  # mu^2 / variance
    normal = log_precision > NORMAL_FROM
    log_rate = np.where(normal, 0.0, log_rate)
    rate = expo(log_rate)
    j, step = _terms(rate, np.sqrt(rate))
    x = expo(log_y - log_scale)[:, None]
    number = np.exp(log_poisson(j, rate[:, None], log_rate[:, None]))
    counted = (number * special().gammainc(j * shape[:, None], x)).sum(axis=1) * step
    with np.errstate(over="ignore"):
        z = np.expm1(log_y - eta[0]) * expo(0.5 * log_precision)
    return np.asarray(np.where(normal, special().ndtr(z), counted))


def _terms(centre: FloatArray, sd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Numbers j >= 1 about a largest term (n, m) and the step between them (n,).

    A long sum of smooth terms is taken at every step-th one: with several per standard deviation
    the error of this trapezoid rule is below rounding.
    """
    step = np.maximum(np.floor(sd / STEPS_PER_SD), 1.0)
    first = np.maximum(np.floor(centre - REACH * sd - FEW), 1.0)
    count = int(np.ceil(((2 * REACH * sd + 2 * FEW) / step).max())) if centre.size else 0
    return first[:, None] + step[:, None] * np.arange(count), step


def _exp(x: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(x))
