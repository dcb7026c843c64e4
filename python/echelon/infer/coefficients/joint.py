"""All coefficients of a model together: of the mean, and of every other linear predictor.

Room: infer/. Lines up; tests nothing itself.
Takes: a `Fit`, a way to count degrees of freedom, or a robust covariance with its own.
Gives: `LinearInference` about (beta, extra).
Source: docs/theory.md (14), (24) and (25).
"""

from __future__ import annotations

import numpy as np

from echelon.family_options import read_generalized_df
from echelon.fit import Fit
from echelon.infer.coefficients.degrees import Constant
from echelon.infer.coefficients.inference import Counted, linear_inference, of_estimated
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.components.generalized_fits import (
    coefficient_covariance,
    coefficient_names,
    coefficient_values,
)
from echelon.options import read_df_method


def joint_inference(
    fit: Fit, df_method: str | None = None, robust: Counted | None = None
) -> LinearInference:
    """Prepare tests of any combination of all coefficients; those not estimated count as zero.

    Parameters
    ----------
    fit : a fitted model.
    df_method : how degrees of freedom are counted; a generalized model has "normal" only.
    robust : covariance of all coefficients and degrees of freedom in place of the model's.

    Returns
    -------
    `LinearInference` about the coefficients (p + m,); of a Gaussian model there are p.
    """
    if not fit.spec.is_generalized:
        return of_estimated(linear_inference(fit, df_method, robust=robust))
    if df_method is not None and robust is None:
        read_generalized_df(read_df_method(df_method))
    values = coefficient_values(fit)
    is_estimated = ~np.isnan(values)
    model = coefficient_covariance(fit), Constant(np.inf)
    vcov, degrees = model if robust is None else robust
    return LinearInference(
        names=coefficient_names(fit),
        beta=values,
        vcov=vcov,
        is_estimated=is_estimated,
        null_space=np.eye(len(values))[:, ~is_estimated],
        degrees=degrees,
        df_method="normal" if robust is None else "robust",
    )
