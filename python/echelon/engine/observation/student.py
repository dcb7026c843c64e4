"""Student's t: a normal response with heavy tails, for robust fits.

Room: engine/observation. Channels: mean (location), dispersion (log sigma, the scale), df (log).
Takes: `ResponseRows`, (3, n) linear predictors.
Gives: `Student`.
Source: docs/theory.md (24); Lange, Little & Taylor (1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.gaussian import standardised
from echelon.engine.observation.links import inverse, link_of
from echelon.engine.observation.model import ResponseRows, weighted
from echelon.engine.observation.precise import (
    LOG_ROOT_2PI,
    expo,
    rising_excess,
    softplus,
    special,
)
from echelon.engine.observation.starts import log_dispersion

NORMAL_FROM = 1e14  # degrees of freedom from which t is normal to the last digit
CONSTANT_BELOW = 1e-3  # and below which a draw is beyond the range of numbers
NORMAL_MAD = 1.4826022185056018  # standard deviation over median absolute deviation
FIRST_DF = 5.0


@dataclass(frozen=True, slots=True)
class Student:
    """y = mu + sigma t, t with nu degrees of freedom; sigma is no standard deviation."""

    link: str = "identity"
    family: ClassVar[str] = "student"
    channels: ClassVar[tuple[str, ...]] = ("mean", "dispersion", "df")
    core_name: ClassVar[str] = "student"

    def log_density(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Log density (n,), times the prior weight."""
        z = standardised(rows.y - inverse(self.link, eta[0]), eta[1])
        nu = expo(eta[2])
        with np.errstate(divide="ignore", over="ignore"):
            size = 2 * np.log(np.abs(z)) - eta[2]
            flat = 0.5 * (1 + 1 / nu) * z**2
            tail = np.where(size < -30, flat, 0.5 * (nu + 1) * softplus(size))
        half = np.full_like(nu, 0.5)
        constant = rising_excess(nu / 2, eta[2] - np.log(2), half) - LOG_ROOT_2PI
        return weighted(rows, constant - eta[1] - tail)

    def mean(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Location (n,), which is the mean where nu > 1."""
        return inverse(self.link, eta[0])

    def variance(self, rows: ResponseRows, eta: FloatArray) -> FloatArray:
        """Variance (n,), infinite where nu <= 2."""
        nu = expo(eta[2])
        finite = np.where(nu > 2, nu, 3.0)
        with np.errstate(over="ignore"):
            return np.where(nu > 2, expo(2 * eta[1]) * (finite / (finite - 2)), np.inf)

    def draw(self, rows: ResponseRows, eta: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw responses (n,)."""
        nu = np.clip(expo(eta[2]), CONSTANT_BELOW, NORMAL_FROM)
        with np.errstate(over="ignore"):
            noise = expo(eta[1]) * np.asarray(rng.standard_t(nu))
        return inverse(self.link, eta[0]) + noise

    def distribution(self, rows: ResponseRows, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """P(Y <= y) twice, (n,) each."""
        z = standardised(rows.y - inverse(self.link, eta[0]), eta[1])
        below = t_up_to(z, expo(eta[2]))
        return below, below

    def start(self, rows: ResponseRows) -> FloatArray:
        """Link of the median, log of the scaled median deviation, log of 5 df, (3,)."""
        centre = float(np.median(rows.y))
        spread = NORMAL_MAD * float(np.median(np.abs(rows.y - centre)))
        spread = spread if spread > 0 else float(np.std(rows.y))
        if self.link != "identity" and centre <= 0:
            centre = 0.1 * spread if spread > 0 else 1.0
        location = float(link_of(self.link, np.asarray(centre)))
        return np.array([location, log_dispersion(spread), np.log(FIRST_DF)])


def t_up_to(z: FloatArray, nu: FloatArray) -> FloatArray:
    """P(t <= z) by the incomplete beta function, normal for a huge nu."""
    nu, normal = np.minimum(nu, NORMAL_FROM), nu > NORMAL_FROM
    with np.errstate(over="ignore", divide="ignore"):
        share = np.exp(-softplus(2 * np.log(np.abs(z)) - np.log(nu)))  # nu / (nu + z^2)
        rest = np.exp(-softplus(np.log(nu) - 2 * np.log(np.abs(z))))
    # Of the two forms, the one whose argument keeps its digits.
    near, far = special().betaincc(0.5, nu / 2, rest), special().betainc(nu / 2, 0.5, share)
    tail = 0.5 * np.where(rest < 0.5, near, far)
    below = np.where(z > 0, 1 - tail, tail)
    return np.asarray(np.where(normal, special().ndtr(z), below))
