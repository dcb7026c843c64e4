"""The criteria of a fit: what was minimised, and what is made of it to compare models.

Room: measure/. One question per file: how well does the model fit, for its parameters?
Takes: a `Fit`.
Gives: `Criteria`; AICc, BIC by groups, and the conditional AIC with its effective parameters.
Source: docs/theory.md (6) and (8); Akaike (1973), Schwarz (1978), Vaida & Blanchard (2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from echelon.engine.kernel import Workspace
from echelon.fit import Fit


@dataclass(frozen=True, slots=True)
class Criteria:
    """Fit criteria; all but `n_parameters` in units of log likelihood or twice that.

    `objective` is -2 log likelihood (REML or ML, as `method` of the fit says); `n_parameters`
    counts estimated fixed effects, theta and sigma; in generalized models, which have no sigma,
    the coefficients of the other linear predictors instead (thresholds, dispersion, zeros). A
    quasi-likelihood (PQL, MQL) has no likelihood: all but `n_parameters` are NaN.
    """

    objective: float
    log_likelihood: float
    aic: float
    bic: float
    n_parameters: int


@dataclass(frozen=True, slots=True)
class ConditionalCriteria:
    """How well the model predicts its own groups, for the parameters that it really uses.

    `log_likelihood` is that of the rows given the conditional modes; `effective_df` is rho, the
    trace of the hat matrix, between the rank of X and p + q; `aic` = -2 log likelihood +
    2 (rho + 1).
    """

    log_likelihood: float
    effective_df: float
    aic: float


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
    Akaike (1973); Schwarz (1978). lme4 counts the parameters of a REML fit in the same way;
    generalized models as lme4, glmmTMB and ordinal, all cases under tests/reference.
    """
    estimates = fit.estimates
    n_parameters = estimates.n_estimated + estimates.n_theta + _n_others(fit)
    return Criteria(
        objective=estimates.objective,
        log_likelihood=estimates.log_likelihood,
        aic=estimates.objective + 2 * n_parameters,
        bic=estimates.objective + math.log(estimates.n_obs) * n_parameters,
        n_parameters=n_parameters,
    )


def _n_others(fit: Fit) -> int:
    """Parameters besides fixed effects and theta: sigma, or estimated further coefficients."""
    generalized = fit.estimates.generalized
    return 1 if generalized is None else int(np.isfinite(generalized.extra).sum())


def corrected_aic(fit: Fit) -> float:
    """Compute AICc, the AIC corrected for few observations: AIC + 2 k (k + 1) / (n - k - 1).

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    AICc with n = observations, as R's packages have it; infinite where n <= k + 1, because
    nothing is left to judge by. It is derived for independent rows: with few groups even it
    favours large models.

    Source
    ------
    Hurvich & Tsai (1989), Biometrika 76, 297-307.
    """
    found = criteria(fit)
    k, left = found.n_parameters, fit.estimates.n_obs - found.n_parameters - 1
    return found.aic + 2 * k * (k + 1) / left if left > 0 else math.inf


def bic_by_groups(fit: Fit) -> float:
    """Compute the BIC with n = groups of the highest level, as SAS does.

    BIC = objective + log(J) k. `criteria` has log(n observations), as lme4, SPSS and Mplus.
    The truth lies between: observations count for level-1 effects, groups for those of level 2.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    BIC with J the number of groups of the grouping factor that has fewest; NaN without one.

    Source
    ------
    Pauler (1998), Biometrika 85, 13-27; SAS/STAT, PROC MIXED.
    """
    found = criteria(fit)
    counts = [block.n_groups for block in fit.design.rows.blocks]
    return found.objective + math.log(min(counts)) * found.n_parameters if counts else math.nan


def conditional_criteria(fit: Fit) -> ConditionalCriteria:
    """Compute the conditional AIC: for questions about these groups, not about new ones.

    -2 log p(y | beta, b, sigma) + 2 (rho + 1) at the estimates, with rho the trace of the hat
    matrix that makes fitted values of y. rho takes the variances as known; where they are
    estimated from few groups it counts too little, and so favours the larger random part
    (Greven & Kneib 2010). The AIC of `criteria` is about new groups.

    Parameters
    ----------
    fit : a fitted Gaussian model.

    Returns
    -------
    ConditionalCriteria.

    Raises
    ------
    NotEstimableError : the model is generalized: it has no such hat matrix.

    Notes
    -----
    One evaluation of the criterion and its gradient; no row is read. With M = [U X]'W[U X] +
    diag(I, 0), rho = p + q - tr(M^-1)_uu, and the part of the gradient (8) of the restricted
    criterion along Lambda itself is 2 (q - tr(M^-1)_uu) - 2 m u'u / pwrss. So no inverse is
    needed, and a variance of zero is nothing special.

    Source
    ------
    Vaida & Blanchard (2005), Biometrika 92, 351-370, with the penalty for large n; rho checked
    against lme4's sum(hatvalues()), 28 cases.
    """
    estimates = fit.estimates
    length, effective_df = _effective(fit)
    n, sigma, m = estimates.n_obs, estimates.sigma, _divisor(fit)
    logdets = estimates.logdet_random
    if fit.spec.method == "REML":
        logdets += estimates.logdet_fixed
    log_weights = m * (1 + math.log(2 * math.pi * estimates.pwrss / m))
    log_weights += logdets - estimates.objective
    squares = (estimates.pwrss - length) / sigma**2
    objective = n * math.log(2 * math.pi * sigma**2) - log_weights + squares
    return ConditionalCriteria(
        log_likelihood=-objective / 2,
        effective_df=effective_df,
        aic=objective + 2 * (effective_df + 1),
    )


def _effective(fit: Fit) -> tuple[float, float]:
    """|u|^2 of the conditional modes, and the trace of the hat matrix."""
    estimates, control = fit.estimates, fit.spec.control
    products = fit.crossprod
    if not fit.design.rows.blocks:
        return 0.0, float(estimates.n_estimated)
    workspace = Workspace(products, "REML", control.path, control.threads, fit.design)
    workspace.objective(estimates.Lambdas)
    along = sum(
        float(np.vdot(slope, Lambda))
        for slope, Lambda in zip(workspace.gradient(), estimates.Lambdas, strict=True)
    )
    numbers = workspace.solution()
    length = sum(float(u @ u) for _, u in workspace.modes())
    random_part = along / 2 + numbers["residual_n"] * length / numbers["pwrss"]
    return length, estimates.n_estimated + random_part


def _divisor(fit: Fit) -> int:
    """m, the divisor of pwrss: n (ML) or n - rank X (REML)."""
    estimates = fit.estimates
    return estimates.n_obs - (estimates.n_estimated if fit.spec.method == "REML" else 0)
