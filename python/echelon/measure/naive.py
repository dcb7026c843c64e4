"""The naive regression beside the model: what ignoring the groups would have claimed.

Room: measure/. One question per file: how wrong are the standard errors of least squares?
Takes: a `Fit`; its cross-products are enough.
Gives: a Table, one row per fixed effect.
Source: Kish (1965) for design effects; Moulton (1990), Review of Economics and Statistics 72.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.engine.families import estimate_family
from echelon.engine.kernel import Workspace
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.parameters import SCALE
from echelon.table import Table

NAIVE = (
    "The generalized linear model takes all rows for independent. Its coefficients are about the "
    "population, those of the multilevel model about a group with its random effects as they are: "
    "they differ even where both models are right."
)


def compare_ols(fit: Fit) -> Table:
    """Set the fixed effects beside those of the same regression without random effects.

    For a generalized model that is the generalized linear model of the same family, by maximum
    likelihood. Its coefficients answer another question: they are about the population, where
    those of the multilevel model are about a group, and for links that are curved they are
    smaller.

    Least squares takes all rows for independent. The ratio of the standard errors says how far
    it is off for each coefficient, its square is the coefficient's design effect, and n divided by
    that is the number of independent rows that would know the coefficient as well. Predictors of
    groups have large design effects; for those that vary within groups only, the model can be more
    precise than least squares, and the design effect is below 1.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Table with columns term, ols_estimate, ols_std_error, estimate, std_error, ratio
    (std_error / ols_std_error), design_effect (ratio^2), effective_n (n / design_effect); NaN
    where a coefficient is not estimated. Of a generalized model the first two are called
    glm_estimate and glm_std_error, and there is no design_effect or effective_n.

    Notes
    -----
    From cross-products: the criterion at theta = 0 is least squares. The residual variance of
    least squares has the divisor n - p. The weights of the model are those of the regression.

    Source
    ------
    R's lm; Kish's design effect 1 + (m - 1) ICC is that of the intercept of a balanced model.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ 1 + (1 | school)", ec.datasets.load("hsb"))
    >>> round(fit.compare_ols().row(term="(Intercept)")["design_effect"], 1)
    9.1
    """
    if fit.spec.is_generalized:
        return _beside_glm(fit)
    ols_estimate, ols_std_error = _least_squares(fit)
    std_error = np.sqrt(np.diagonal(fit.estimates.vcov))
    ratio = std_error / ols_std_error
    columns = ("ols_estimate", "ols_std_error", "estimate", "std_error")
    values = (ols_estimate, ols_std_error, fit.estimates.beta, std_error)
    return Table(
        {
            "term": np.array(fit.design.fixed_names, dtype=object),
            **dict(zip(columns, values, strict=True)),
            "ratio": ratio,
            "design_effect": ratio**2,
            "effective_n": fit.estimates.n_obs / ratio**2,
        },
        scales={**dict.fromkeys(columns, SCALE), "effective_n": "rows"},
        title="Least squares beside the model",
        notes=_notes(fit, ratio),
    )


def _beside_glm(fit: Fit) -> Table:
    """Estimate the same family without random effects, and set its coefficients beside."""
    design = design_with_rows(fit, "compare_ols()")
    alone = replace(design, rows=replace(design.rows, blocks=()))
    naive = estimate_family(alone, replace(fit.spec, start=None, method="ML", quadrature=1))
    p = len(design.fixed_names)
    std_error = np.sqrt(np.diagonal(fit.estimates.vcov))
    naive_std_error = np.sqrt(np.diagonal(naive.vcov)[:p])
    columns = {
        "glm_estimate": np.where(fit.estimates.is_estimated, naive.beta, np.nan),
        "glm_std_error": naive_std_error,
        "estimate": fit.estimates.beta,
        "std_error": std_error,
    }
    return Table(
        {
            "term": np.array(design.fixed_names, dtype=object),
            **columns,
            "ratio": std_error / naive_std_error,
        },
        scales=dict.fromkeys(columns, "link"),
        title="The generalized linear model beside the multilevel model",
        notes=(NAIVE,),
    )


def _least_squares(fit: Fit) -> tuple[FloatArray, FloatArray]:
    """Estimates (p,) and standard errors (p,) of least squares: the fit at theta = 0, by REML."""
    control = fit.spec.control
    workspace = Workspace(fit.crossprod, "REML", control.path, control.threads, fit.design)
    workspace.objective([np.zeros_like(Lambda) for Lambda in fit.estimates.Lambdas])
    numbers = workspace.solution()
    p = len(fit.design.fixed_names)
    beta = np.where(fit.estimates.is_estimated, numbers["beta"], np.nan)
    return beta, np.sqrt(np.diagonal(numbers["vcov"].reshape(p, p)))


def _notes(fit: Fit, ratio: FloatArray) -> tuple[str, ...]:
    known = np.flatnonzero(fit.estimates.is_estimated)
    if not len(known) or not fit.design.rows.blocks:
        return ()
    worst = int(known[np.argmax(ratio[known])])
    name, n = fit.design.fixed_names[worst], fit.estimates.n_obs
    if ratio[worst] <= 1:
        return ("Least squares claims no more precision than the model has.",)
    return (
        f"Least squares takes all {n:,} rows for independent. For {name} they are worth "
        f"{round(n / ratio[worst] ** 2):,}: its standard error would be too small by a factor of "
        f"{ratio[worst]:.3g}.",
    )
