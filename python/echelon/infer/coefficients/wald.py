"""Wald inference for fixed effects: estimate, standard error, statistic, interval.

Room: infer/. Bounds; estimates nothing.
Takes: a `Fit`.
Gives: the table of fixed effects.
Source: docs/theory.md (7), (14).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.infer.coefficients.inference import estimated_inference
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.components.parameters import scale_of
from echelon.infer.components.rounding import leaves_few_digits, leaves_no_digit
from echelon.table import Table

NOTES = {
    "satterthwaite": "df by Satterthwaite.",
    "kenward_roger": "Standard errors and df by Kenward and Roger.",
    "containment": "df by containment.",
    "between_within": "df between and within groups.",
    "level": "df by level, as Raudenbush and Bryk.",
    "residual": "df of the residuals.",
    "normal": "Normal approximation: the variances are taken as known.",
    "robust": "Cluster-robust standard errors and df.",
}

WALD = "Wald z tests and intervals."
ROUNDED = ("satterthwaite", "kenward_roger")  # ways that rest on second derivatives
ALMOST_PERFECT = (
    "The model leaves almost nothing of the response: rounding leaves one to three digits of "
    "df, and of Kenward and Roger's standard errors."
)
NO_DIGIT = (
    "The model leaves next to nothing of the response: rounding leaves no digit of df, nor of "
    "Kenward and Roger's standard errors."
)
NO_DF = (
    "No df, and so no test, where a standard error rests on a variance of which the data say "
    "nothing: the fixed effects leave none of its differences over."
)


def fixed_effects(fit: Fit) -> Table:
    """Estimate and test each fixed effect, with its standard error and confidence interval.

    Conditional on the estimated variances: the standard errors are those of generalised least
    squares. That the variances are estimated is in the degrees of freedom of the t test and of
    the interval, estimate -+ t quantile times standard error; they are counted by the fit's
    `df_method` ("normal": as if the variances were known). Generalized models: on the scale of
    the link, with standard errors from the observed information of all parameters, and z tests.

    Parameters
    ----------
    fit : a fitted model.

    Returns
    -------
    Table with columns term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, one
    row per coefficient in the order of the design, in response units per unit of the predictor;
    NaN where a coefficient is not estimated because its column is a combination of others; the
    others are then those of the model without it. The statistic tests that the coefficient is
    zero; p_value is two-sided.

    Source
    ------
    Theory (7) and (14); lmerTest 3.1.3 in all cases under tests/reference.
    """
    inference = estimated_inference(fit)
    p = len(inference.names)
    rows = inference.rows(np.eye(p), fit.spec.conf_level)
    first = WALD if fit.spec.is_generalized else df_note(inference.df_method)
    notes = [first, *_remarks(fit, inference, rows["df"])] if p else []
    return Table(
        title="Fixed effects",
        scales=dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), scale_of(fit)),
        notes=tuple(notes),
        data={
            "term": np.array(inference.names, dtype=object),
            **rows,
        },
    )


def _remarks(fit: Fit, inference: LinearInference, df: FloatArray) -> list[str]:
    """Say why degrees of freedom (p,) are missing, or how many of their digits to believe."""
    if inference.df_method in ROUNDED and leaves_no_digit(fit):
        return [NO_DIGIT]
    notes = [NO_DF] if (inference.is_estimated & np.isnan(df)).any() else []
    if inference.df_method in ROUNDED and leaves_few_digits(fit):
        notes.append(ALMOST_PERFECT)
    return notes


def df_note(df_method: str) -> str:
    """Say in a sentence how degrees of freedom were counted."""
    return NOTES[df_method]
