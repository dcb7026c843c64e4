"""The linear predictor of a typical response: what a variance that depends on the mean is taken at.

Room: measure/. One question per file: at which mean?
Takes: the null model of a generalized model.
Gives: linear predictors of the mean, one value or one per row.
Source: Nakagawa, Johnson & Schielzeth (2017), equations 5.8 and 6.6; docs/theory.md (30).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import fixed_predictors
from echelon.engine.observation.links import PROBABILITY_LINKS, inverse, link_of
from echelon.fit import Fit
from echelon.measure.random_spread import mean_variance

NODES = np.linspace(-8.0, 8.0, 161)  # standard normal; the trapezoid rule is exact to rounding
WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()
BLOCK = 20_000  # rows whose nodes are held at once


def typical_predictor(null: Fit, purpose: str) -> FloatArray:
    """Give the link of the population mean under a null model: (1,), or (n,) with an offset.

    With a log link that is b0 + v / 2, as Nakagawa, Johnson and Schielzeth have it; for links of a
    probability, the link of the mean probability, integrated over the random effects; with the
    inverse link, which has no mean, that of the median.

    Parameters
    ----------
    null : the null model.
    purpose : the question, as the user called it, for the error if rows are needed.
    """
    coefficients = np.nan_to_num(null.estimates.beta)
    channel = null.design.channels[0]
    extra = null.estimates.generalized
    assert extra is not None
    every = np.nan_to_num(np.concatenate([coefficients, extra.extra]))
    n_obs = 1 if channel.offset is None else null.design.n_obs
    if channel.offset is None:
        eta = np.array([coefficients.sum()])
    else:
        eta = fixed_predictors((channel,), every, n_obs)[0]
    return population_predictor(null.spec.link, eta, mean_variance(null, purpose))


def population_predictor(link: str, eta: FloatArray, variance: float) -> FloatArray:
    """Link of the mean over random effects with this variance, at linear predictors eta (m,)."""
    if variance == 0 or link in ("identity", "inverse"):
        return eta
    if link == "log":
        return eta + variance / 2
    if link not in PROBABILITY_LINKS:
        return np.sqrt(eta**2 + variance)
    steps = np.sqrt(variance) * NODES
    parts = [
        inverse(link, eta[at : at + BLOCK, None] + steps) @ WEIGHTS
        for at in range(0, len(eta), BLOCK)
    ]
    return link_of(link, np.concatenate(parts))
