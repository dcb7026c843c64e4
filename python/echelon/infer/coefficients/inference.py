"""The fixed effects with a covariance and a way to count degrees of freedom: the one door.

Room: infer/. Chooses; counts and computes nothing itself.
Takes: a `Fit` and the name of a way to count, or a robust covariance with its own.
Gives: `LinearInference`.
Source: docs/theory.md (14); docs/explanation, degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from echelon._types import FloatArray
from echelon.engine.curvature import curvature
from echelon.fit import Fit
from echelon.infer import coefficients
from echelon.infer.coefficients.containment import containment
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.level_degrees import between_within, level_degrees
from echelon.infer.coefficients.linear import Degrees, LinearInference
from echelon.infer.coefficients.null_space import null_space
from echelon.infer.coefficients.satterthwaite import satterthwaite
from echelon.infer.components.rounding import leaves_no_digit
from echelon.options import read_df_method
from echelon.spec import check_df_method

Counted = tuple[FloatArray, Degrees]  # the covariance (p, p) that goes with the degrees


def linear_inference(
    fit: Fit, df_method: str | None = None, *, robust: Counted | None = None
) -> LinearInference:
    """Prepare tests and intervals for any combination of the fixed effects.

    Parameters
    ----------
    fit : a fitted model.
    df_method : how degrees of freedom are counted, see `echelon.fit`; None for the fit's way.
    robust : covariance (p, p) of the coefficients (NaN or 0 where not estimated) and degrees of
        freedom that take the place of the model's; `df_method` is then not used.

    Returns
    -------
    `LinearInference`, whose `df_method` is "robust" with a robust covariance.

    Raises
    ------
    SpecError : there is no such way to count, or Kenward-Roger is asked of an ML fit.

    Notes
    -----
    Reads cross-products only. Satterthwaite costs 4 k evaluations of the criterion, the rules a
    factorisation or less. Where an almost perfect fit leaves no digit of Satterthwaite's df or of
    Kenward and Roger's covariance they are NaN.

    Source
    ------
    Theory (14). lmerTest 3.1.3 (Satterthwaite), pbkrtest 0.5.2 (Kenward-Roger).

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> linear_inference(fit).rows([[0, 1]], conf_level=0.95)["df"].round(4).tolist()
    [17.0]
    """
    return _inference(fit, df_method, robust, null_space(fit))


def estimated_inference(fit: Fit) -> LinearInference:
    """Prepare tables of the coefficients as printed: what was not estimated counts as zero.

    The others are then determined; a combination with weight on one that was not estimated
    cannot be tested. Reads no row.
    """
    dropped = ~fit.estimates.is_estimated
    return _inference(fit, None, None, np.eye(len(dropped))[:, dropped])


def of_estimated(inference: LinearInference) -> LinearInference:
    """Take the coefficients that were not estimated as zero, as `estimated_inference` does."""
    return replace(inference, null_space=np.eye(len(inference.names))[:, ~inference.is_estimated])


def _inference(
    fit: Fit, df_method: str | None, robust: Counted | None, null: FloatArray
) -> LinearInference:
    if robust is None:
        name = fit.spec.df_method if df_method is None else read_df_method(df_method)
        check_df_method(name, fit.spec.method)
        vcov, degrees = WAYS[name](fit)
    else:
        name, (vcov, degrees) = "robust", robust
        vcov = vcov[: len(fit.design.fixed_names), : len(fit.design.fixed_names)]
    return LinearInference(
        names=fit.design.fixed_names,
        beta=fit.estimates.beta,
        vcov=vcov,
        is_estimated=fit.estimates.is_estimated,
        null_space=null,
        degrees=degrees,
        df_method=name,
    )


def _satterthwaite(fit: Fit) -> Counted:
    """Without random effects the t distribution is exact: nothing is approximated."""
    if not fit.design.rows.blocks:
        return _residual(fit)
    if leaves_no_digit(fit):
        return fit.estimates.vcov, Constant(np.nan)
    return fit.estimates.vcov, satterthwaite(curvature(fit), fit.estimates.vcov)


def _kenward_roger(fit: Fit) -> Counted:
    if not fit.estimates.n_estimated:
        return fit.estimates.vcov, Constant(np.nan)
    if leaves_no_digit(fit):
        return np.full_like(fit.estimates.vcov, np.nan), Constant(np.nan)
    return coefficients.kenward_roger.kenward_roger(fit)


def _containment(fit: Fit) -> Counted:
    return fit.estimates.vcov, containment(fit)


def _between_within(fit: Fit) -> Counted:
    return fit.estimates.vcov, between_within(fit)


def _level(fit: Fit) -> Counted:
    return fit.estimates.vcov, level_degrees(fit)


def _residual(fit: Fit) -> Counted:
    return fit.estimates.vcov, Constant(fit.estimates.n_obs - fit.estimates.n_estimated)


def _normal(fit: Fit) -> Counted:
    return fit.estimates.vcov, Constant(np.inf)


WAYS: Mapping[str, Callable[[Fit], Counted]] = {
    "satterthwaite": _satterthwaite,
    "kenward_roger": _kenward_roger,
    "containment": _containment,
    "between_within": _between_within,
    "level": _level,
    "residual": _residual,
    "normal": _normal,
}
