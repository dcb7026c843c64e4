"""The criteria of a fit: what was minimised, and what is made of it to compare models.

Room: measure/. One question per file: how well does the model fit, for its parameters?
Takes: a `Fit`.
Gives: `Criteria`.
Source: docs/theory.md (6); Akaike (1973), Schwarz (1978), n = observations as lme4 and SPSS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from echelon.fit import Fit


@dataclass(frozen=True, slots=True)
class Criteria:
    """Fit criteria; all but `n_parameters` in units of log likelihood or twice that.

    `objective` is -2 log likelihood (REML or ML, as `method` of the fit says); `n_parameters`
    counts estimated fixed effects, theta and sigma.
    """

    objective: float
    log_likelihood: float
    aic: float
    bic: float
    n_parameters: int


def criteria(fit: Fit) -> Criteria:
    """Compute AIC and BIC of a fit.

    AIC = objective + 2 k and BIC = objective + log(n) k, with k the number of parameters and n
    of observations. Under REML only models with the same fixed effects may be compared by them.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Criteria.

    Source
    ------
    Akaike (1973); Schwarz (1978). lme4 counts the parameters of a REML fit in the same way.
    """
    estimates = fit.estimates
    n_parameters = estimates.n_estimated + estimates.n_theta + 1
    return Criteria(
        objective=estimates.objective,
        log_likelihood=estimates.log_likelihood,
        aic=estimates.objective + 2 * n_parameters,
        bic=estimates.objective + math.log(estimates.n_obs) * n_parameters,
        n_parameters=n_parameters,
    )
