"""What a quasi-likelihood knows of a family: mean, slope, curvature, and variance of a row.

Room: engine/quasi/. One row at a time; knows neither coefficients nor random effects.
Takes: names of family and link, linear predictors (n,), the response.
Gives: `MeanModel`.
Source: docs/theory.md (27); McCullagh & Nelder (1989), chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.observation.links import inverse, link_of, log_above, log_below, slope

LEAST_MEAN = 1e-10  # of counts and positive responses, where the link allows a mean of zero
LEAST_WEIGHT = 1e-280  # the core takes positive weights only

# Beyond these a probability is 0 or 1 to 13 digits: rows are held there, and count as saturated.
RANGES: dict[str, tuple[float, float]] = {
    "logit": (-30.0, 30.0),
    "probit": (-7.3, 7.3),
    "cloglog": (-30.0, 3.4),
    "loglog": (-3.4, 30.0),
    "cauchit": (-1e12, 1e12),
    "log": (-300.0, 300.0),
    "sqrt": (LEAST_MEAN**0.5, np.inf),
    "inverse": (LEAST_MEAN, np.inf),
    "identity": (LEAST_MEAN, np.inf),
}
VARIANCES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "gaussian": np.ones_like,
    "poisson": lambda mean: mean,
    "gamma": np.square,
    "inverse_gaussian": lambda mean: mean**3,
}
BENDS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "logit": lambda eta: -np.tanh(0.5 * eta),
    "probit": lambda eta: -eta,
    "cloglog": lambda eta: -np.expm1(eta),
    "loglog": lambda eta: np.expm1(-eta),
    "cauchit": lambda eta: -2.0 * eta / (1.0 + eta * eta),
    "log": np.ones_like,
    "sqrt": lambda eta: 1.0 / eta,
    "inverse": lambda eta: -2.0 / eta,
    "identity": np.zeros_like,
}
FAMILIES = ("binomial", *VARIANCES)


@dataclass(frozen=True, slots=True)
class MeanModel:
    """A family and a link: E(y) = mu(eta), Var(y) = phi V(mu) / weight."""

    family: str
    link: str

    @property
    def has_scale(self) -> bool:
        """Whether phi is a parameter of the family; it is 1 for binomial and Poisson."""
        return self.family not in ("binomial", "poisson")

    @property
    def limits(self) -> tuple[float, float]:
        """Where eta may lie."""
        if self.family == "gaussian" and self.link == "identity":
            return -np.inf, np.inf
        return RANGES[self.link]

    def is_saturated(self, eta: FloatArray) -> bool:
        """Whether a row has reached the limits."""
        low, high = self.limits
        return bool((eta <= low).any() or (eta >= high).any())

    def bend(self, eta: FloatArray) -> FloatArray:
        """Curvature of the mean over its slope, mu'' / mu', (n,)."""
        return BENDS[self.link](eta)

    def working(self, design: Design, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the residual (y - mu) / mu' and the weight mu'^2 / V, (n,) each.

        Where a probability is near one it is its complement that is subtracted.
        """
        first = slope(self.link, eta)
        prior = np.ones_like(eta) if design.weights is None else design.weights
        if self.family == "binomial":
            trials = np.ones_like(eta) if design.trials is None else design.trials
            below = np.exp(log_below(self.link, eta))
            above = np.exp(log_above(self.link, eta))
            y = design.y / trials
            residual = np.where(below > 0.5, (y - 1.0) + above, y - below)
            weight = prior * trials * first * first / (below * above)
        else:
            mean = inverse(self.link, eta)
            residual = design.y - mean
            weight = prior * first * first / VARIANCES[self.family](mean)
        return residual / first, np.maximum(weight, LEAST_WEIGHT)

    def start(self, design: Design) -> FloatArray:
        """Give linear predictors (n,) of means near the response and inside their range."""
        y = design.y
        if self.family == "binomial":
            trials = 1.0 if design.trials is None else design.trials
            mean = (y + 0.5) / (trials + 1.0)
        elif self.family == "poisson":
            mean = y + 0.1
        elif self.family == "gaussian" and self.link == "identity":
            mean = y
        else:
            mean = np.maximum(y, max(0.1 * float(np.abs(y).mean()), LEAST_MEAN))
        return np.clip(link_of(self.link, mean), *self.limits)
