"""Wald inference for fixed effects: estimate, standard error, statistic, interval.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit`.
Gives: the table of fixed effects.
Source: docs/theory.md (7).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echelon._optional import require
from echelon.fit import Fit
from echelon.table import Table

SCALE = "response per unit of the predictor"


def fixed_effects(fit: Fit) -> Table:
    """Estimate each fixed effect, with its standard error and confidence interval.

    Conditional on the estimated variances: the standard errors are those of generalised least
    squares, the interval is estimate -+ z standard errors with z the normal quantile. With few
    groups it is too narrow, because the variances are taken as known.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Table with columns term, estimate, std_error, statistic, conf_low, conf_high, one row per
    coefficient in the order of the design, in response units per unit of the predictor; NaN
    where a coefficient is not estimated because its column is a combination of others.
    """
    estimates = fit.estimates
    std_error = np.sqrt(np.diagonal(estimates.vcov))
    quantile = normal_quantile(fit.spec.conf_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimates.beta / std_error
    return Table(
        title="Fixed effects",
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), SCALE),
        data={
            "term": np.array(fit.design.fixed_names, dtype=object),
            "estimate": estimates.beta,
            "std_error": std_error,
            "statistic": statistic,
            "conf_low": estimates.beta - quantile * std_error,
            "conf_high": estimates.beta + quantile * std_error,
        },
    )


@lru_cache(maxsize=64)
def normal_quantile(conf_level: float) -> float:
    """Quantile of the standard normal that leaves (1 - conf_level) / 2 above it."""
    quantile: float = require("statistics").NormalDist().inv_cdf((1 + conf_level) / 2)
    return quantile
