"""Negative binomial counts, with quadratic (NB2) or linear (NB1) variance.

Room: engine/observation. Channels: mean, dispersion (log theta for NB2, log phi for NB1).
Takes: `ResponseRows` with counts, (2, n) linear predictors.
Gives: `NegativeBinomial2`, `NegativeBinomial1`.
Source: docs/theory.md (24); Hardin & Hilbe (2018), chapter 13; Loader (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse, log_mean
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.poisson import draw_poisson, log_poisson
from echelon.engine.observation.precise import (
    LOG_ROOT_2PI,
    softplus,
    special,
    spread,
    stirling_error,
)
from echelon.engine.observation.starts import log_dispersion, positive_mean, variance

POISSON_FROM = 1e13  # theta so many times the mean and the count: Poisson to the last digit


@dataclass(frozen=True, slots=True)
class NegativeBinomial2:
    """Mean mu, variance mu + mu^2 / theta."""

    link: str = "log"
    family: ClassVar[str] = "nbinom2"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "nbinom2"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with all constants, times the prior weight."""
        return weighted(rows, _log_density(rows.y, log_mean(self.link, eta[0]), eta[1]))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        log_mu = log_mean(self.link, eta[0])
        return _exp(log_mu + softplus(log_mu - eta[1]))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw counts (n,)."""
        return _draw(log_mean(self.link, eta[0]), eta[1], rng)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        log_mu = log_mean(self.link, eta[0])
        return _up_to(rows.y - 1, log_mu, eta[1]), _up_to(rows.y, log_mu, eta[1])

    def beyond(self, y: FloatArray, eta: FloatArray) -> FloatArray:
        """P(Y > y) (n,); 1 for a negative y."""
        return _beyond(y, log_mean(self.link, eta[0]), eta[1])

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log theta by moments, (2,)."""
        mean, eta = positive_mean(rows, self.link)
        excess = max(variance(rows, rows.y) - mean, 1e-3 * mean)
        return np.array([eta, log_dispersion(mean * (mean / excess))])


@dataclass(frozen=True, slots=True)
class NegativeBinomial1:
    """Mean mu, variance mu (1 + phi): an NB2 with theta = mu / phi."""

    link: str = "log"
    family: ClassVar[str] = "nbinom1"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion")
    core_name: ClassVar[str] = "nbinom1"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,) with all constants, times the prior weight."""
        log_mu = log_mean(self.link, eta[0])
        return weighted(rows, _log_density(rows.y, log_mu, log_mu - eta[1]))

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Mean (n,)."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,)."""
        return _exp(log_mean(self.link, eta[0]) + softplus(eta[1]))

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw counts (n,)."""
        log_mu = log_mean(self.link, eta[0])
        return _draw(log_mu, log_mu - eta[1], rng)

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y < y) and P(Y <= y), (n,) each."""
        log_mu = log_mean(self.link, eta[0])
        theta = log_mu - eta[1]
        return _up_to(rows.y - 1, log_mu, theta), _up_to(rows.y, log_mu, theta)

    def beyond(self, y: FloatArray, eta: FloatArray) -> FloatArray:
        """P(Y > y) (n,); 1 for a negative y."""
        log_mu = log_mean(self.link, eta[0])
        return _beyond(y, log_mu, log_mu - eta[1])

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the mean and log phi by moments, (2,)."""
        mean, eta = positive_mean(rows, self.link)
        excess = max(variance(rows, rows.y) / mean - 1, 1e-2)
        return np.array([eta, log_dispersion(excess)])


def _log_density(y: FloatArray, log_mu: FloatArray, log_theta: FloatArray) -> FloatArray:
    """Log probability (n,): a binomial of y + theta trials, as in Loader."""
    mu, theta = _exp(log_mu), _exp(log_theta)
    ratio = log_mu - log_theta
    with np.errstate(over="ignore", invalid="ignore"):
        none = -np.where(ratio < -30, mu * (1 - 0.5 * _exp(ratio)), theta * softplus(ratio))
        total = theta + mu
        y1, size = np.where(y > 0, y, 1.0), np.maximum(theta, np.finfo(float).tiny)
        n = y1 + size
        difference = size * ((mu - y1) / total)
        shift = softplus(ratio) + log_theta  # log(theta + mu)
        found = stirling_error(n) - stirling_error(y1) - stirling_error(size)
        found -= spread(size, size * (n / total), difference, log_theta + np.log(n) - shift)
        found -= spread(y1, mu * (n / total), -difference, log_mu + np.log(n) - shift)
        found += 0.5 * (np.log(size / n) - np.log(y1)) - LOG_ROOT_2PI
        # So many times the mean that y + theta has no digit left for y.
        poisson = log_poisson(y, mu, log_mu)
    found = np.where(_is_poisson(y, mu, theta), poisson, found)
    return np.where(y > 0, found, none)


def _is_poisson(y: FloatArray, mu: FloatArray, theta: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(theta > POISSON_FROM * np.maximum(np.maximum(y, mu), 1.0) ** 2)


def _beyond(y: FloatArray, log_mu: FloatArray, log_theta: FloatArray) -> FloatArray:
    """P(Y > y) by the incomplete beta function."""
    ratio = np.exp(-softplus(log_theta - log_mu))  # mu / (theta + mu)
    y1, theta = np.maximum(y, 0.0), np.maximum(_exp(log_theta), np.finfo(float).tiny)
    poisson = _is_poisson(y1, _exp(log_mu), theta)
    found = special().betainc(y1 + 1, np.where(poisson, 1.0, theta), ratio)
    found = np.where(poisson, special().gammainc(y1 + 1, _exp(log_mu)), found)
    return np.where(y < 0, 1.0, found)


def _up_to(y: FloatArray, log_mu: FloatArray, log_theta: FloatArray) -> FloatArray:
    """P(Y <= y) by the incomplete beta function."""
    share = np.exp(-softplus(log_mu - log_theta))  # theta / (theta + mu)
    y1, theta = np.maximum(y, 0.0), np.maximum(_exp(log_theta), np.finfo(float).tiny)
    poisson = _is_poisson(y1, _exp(log_mu), theta)
    found = special().betainc(np.where(poisson, 1.0, theta), y1 + 1, share)
    found = np.where(poisson, special().gammaincc(y1 + 1, _exp(log_mu)), found)
    return np.where(y < 0, 0.0, found)


def _draw(log_mu: FloatArray, log_theta: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw a Poisson count of a gamma mean; a shape too large to vary is none."""
    theta = np.clip(_exp(log_theta), np.finfo(float).tiny, 1e300)
    rate = rng.standard_gamma(theta) / theta
    return draw_poisson(_exp(log_mu) * rate, rng)


def _exp(x: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(x)
