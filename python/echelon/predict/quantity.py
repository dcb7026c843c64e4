"""What is predicted of a generalized model, as a function of its linear predictors.

Room: predict. Evaluates means, probabilities and averages; knows no uncertainty.
Takes: a `Fit`, a `Target`, the observation model and the kind asked for.
Gives: `Quantity`, and the transforms in which its intervals are made.
Source: docs/theory.md (24) and (28).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echelon._types import FloatArray
from echelon.engine.observation.links import inverse
from echelon.engine.observation.model import Observation, ResponseRows
from echelon.families import family_of
from echelon.fit import Fit
from echelon.predict.population import population_mean, random_covariances
from echelon.predict.target import Target

SMALLEST, LARGEST = 1e-300, 1 - 1e-16  # of a probability, before its logit is taken
WORDS = {
    "response": "response",
    "link": "link",
    "population": "response, averaged over groups",
}


class Quantity:
    """What is predicted, as a function of the linear predictors: (K, n) to (n,) or (n, Q)."""

    def __init__(self, fit: Fit, target: Target, observation: Observation, kind: str) -> None:
        self.fit, self.target, self.observation, self.kind = fit, target, observation, kind
        family = family_of(fit.spec.family)
        self.has_categories = family.response in ("ordered", "nominal")
        self.is_real = family.response == "real"
        self.labels: tuple[str, ...] | None = None
        if kind == "link":
            if family.response == "nominal":
                self.labels = fit.design.categories[1:]
        elif self.has_categories:
            self.labels = fit.design.categories
        self.rows = ResponseRows(np.zeros(target.rows.n_obs), target.trials)

    @property
    def has_own_link(self) -> bool:
        """Whether the mean is a function of the first linear predictor alone."""
        others = {"zero", "hurdle"} & set(self.observation.channels)
        return not (self.has_categories or others or self.observation.family == "lognormal")

    @property
    def title(self) -> str:
        """What the numbers are."""
        return "Probabilities of the categories" if self.kind != "link" else "Linear predictors"

    def values(self, eta: FloatArray) -> FloatArray:
        """Evaluate the quantity, (n,) or (n, Q)."""
        if self.kind == "link":
            return eta[0] if self.labels is None else eta.T
        if self.kind == "population" and self.target.rows.blocks:
            return self.averaged(eta, self.fit.estimates.Lambdas)
        return self.observation.mean(self.rows, eta)

    def averaged(self, eta: FloatArray, templates: tuple[FloatArray, ...]) -> FloatArray:
        """Average over random effects with other templates than the estimated ones."""
        rows = self.target.rows
        covariances = random_covariances(rows.blocks, templates, rows.n_obs)
        return population_mean(self.observation, self.rows, eta, covariances)

    def empty(self) -> FloatArray:
        """Give the values of no rows."""
        return np.empty((0, 1 if self.labels is None else len(self.labels)))

    def scales(self, columns: dict[str, FloatArray]) -> dict[str, str]:
        """Name the scale of every column."""
        is_share = self.has_categories and self.kind != "link"
        return dict.fromkeys(columns, "probability" if is_share else WORDS[self.kind])

    def scale(self) -> tuple[Callable[[FloatArray], FloatArray], Callable[..., FloatArray]]:
        """Transform for intervals, and its inverse: logit, log, or none."""
        if self.has_categories or family_of(self.fit.spec.family).response in ("binary", "unit"):
            return to_logit, from_logit
        if self.is_real:
            return unchanged, unchanged
        return to_log, from_log


def direction_of(k: int, eta: FloatArray) -> FloatArray:
    """Direction (K, n) of one linear predictor."""
    direction = np.zeros_like(eta)
    direction[k] = 1.0
    return direction


def as_columns(values: FloatArray) -> FloatArray:
    """Copy values (n,) or (n, Q) as (n, Q)."""
    return np.array(values if values.ndim == 2 else values[:, None])


def to_logit(p: FloatArray) -> FloatArray:
    """Take the logit, finite for every probability."""
    inside = np.clip(p, SMALLEST, LARGEST)
    return np.log(inside) - np.log1p(-inside)


def from_logit(x: FloatArray) -> FloatArray:
    """Give the probability of a logit."""
    return inverse("logit", x)


def to_log(x: FloatArray) -> FloatArray:
    """Take the logarithm, finite at zero."""
    return np.log(np.maximum(x, SMALLEST))


def from_log(x: FloatArray) -> FloatArray:
    """Give the mean of a logarithm."""
    return inverse("log", x)


def unchanged(x: FloatArray) -> FloatArray:
    """Leave a mean of either sign as it is."""
    return x
