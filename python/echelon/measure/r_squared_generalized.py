"""Variance explained by a generalized model, under every school that has a meaning for it.

Room: measure/. Several schools in one file: each is a line or two.
Takes: a `Fit` of a generalized model with its rows, and a baseline.
Gives: rows of the table of variance explained.
Source: Nakagawa, Johnson & Schielzeth (2017); McKelvey & Zavoina (1975), Journal of Mathematical
    Sociology 4, 103-120; Snijders & Bosker (2012), section 17.2.4; Tjur (2009), The American
    Statistician 63, 366-372; docs/theory.md (30).
"""

from __future__ import annotations

import numpy as np

from echelon import engine
from echelon._types import FloatArray
from echelon.engine.generalized.linear_predictors import fixed_predictors
from echelon.engine.observation.links import LATENT_VARIANCES
from echelon.engine.observation.model import ResponseRows
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.infer.components.generalized_fits import is_quasi, known_coefficients
from echelon.measure.icc_sources import is_row_level
from echelon.measure.moments import fixed_spread
from echelon.measure.null_model import null_formula, null_model
from echelon.measure.observation_variance import MEANINGS, forms, observation_variance
from echelon.measure.r_squared_row import Explained, share
from echelon.measure.variance_parts import variance_parts

NAKAGAWA, MCKELVEY = "Nakagawa et al.", "McKelvey & Zavoina"
TJUR, MCFADDEN = "Tjur", "McFadden"
DISCRETE = ("binary", "count", "ordered", "nominal")  # where a log likelihood has no unit


def generalized_rows(
    fit: Fit, baseline: Fit | None, purpose: str
) -> tuple[list[Explained], tuple[str, ...]]:
    """Collect the rows of a generalized model, and the notes.

    Raises
    ------
    NotEstimableError : rows are missing.
    """
    design_with_rows(fit, purpose)
    null = null_model(fit, purpose)
    rows, notes = [], []
    for form in _known_forms(fit):
        rows += _nakagawa(fit, null, form, purpose)
        notes.append(f"{form}: {MEANINGS[form]}.")
    response = family_of(fit.spec.family).response
    if any(row.part == "marginal (theoretical)" for row in rows):
        rows.append(_mckelvey(rows))
    if response == "binary" and fit.design.trials is None:
        rows += _tjur(fit)
    compared = baseline or null
    if response in DISCRETE and not is_quasi(fit) and not is_quasi(compared):
        name = f"the null model {null_formula(fit)}" if baseline is None else _text(baseline)
        rows.append(_mcfadden(fit, compared, name))
    notes.append(
        "Reductions of variances between models are left out: the scale of the link changes with"
        " the predictors."
    )
    return rows, tuple(notes)


def _known_forms(fit: Fit) -> list[str]:
    """List the forms that exist: there is no variance behind a cauchit link."""
    is_known = fit.spec.link in LATENT_VARIANCES
    return [form for form in forms(fit) if is_known or form != "theoretical"]


def _nakagawa(fit: Fit, null: Fit, form: str, purpose: str) -> list[Explained]:
    """Marginal and conditional share, with one form of the variance of a response."""
    residual = observation_variance(fit, form, purpose, null)
    is_nominal = family_of(fit.spec.family).response == "nominal"
    rows = []
    for channel in range(len(fit.design.channels)) if is_nominal else range(1):
        parts = variance_parts(fit, purpose, residual, channel)
        fixed = fixed_spread(fit, purpose, channel).variance
        is_row = np.array([is_row_level(fit, k) for k in parts.positions], dtype=bool)
        total = fixed + parts.total
        name = f", {fit.design.channels[channel].name}" if is_nominal else ""
        both = share(fixed + float(parts.random[~is_row].sum()), total)
        rows += [
            Explained(
                NAKAGAWA,
                f"marginal ({form}{name})",
                share(fixed, total),
                "Share of the variance on the scale of the link that the fixed effects explain.",
            ),
            Explained(
                NAKAGAWA,
                f"conditional ({form}{name})",
                both,
                "Share that fixed and random effects explain together: knowing the groups, too.",
            ),
        ]
    return rows


def _mckelvey(rows: list[Explained]) -> Explained:
    """Share of the latent variable that the fixed effects explain: the theoretical marginal one."""
    (marginal,) = (row.value for row in rows if row.part == "marginal (theoretical)")
    return Explained(
        MCKELVEY,
        "latent",
        marginal,
        "Share of the variable behind the categories that the fixed effects explain; Snijders &"
        " Bosker's for multilevel models, and the same as marginal (theoretical).",
    )


def _tjur(fit: Fit) -> list[Explained]:
    """Difference of the mean fitted probability between rows with the event and rows without."""
    design, generalized = fit.design, fit.estimates.generalized
    assert generalized is not None
    observation = engine.observation_of(design, fit.spec)
    alone = fixed_predictors(design.channels, known_coefficients(fit), design.n_obs)
    rows = ResponseRows(design.y)

    def difference(eta: FloatArray) -> float:
        fitted = observation.mean(rows, eta)
        return float(fitted[design.y == 1].mean() - fitted[design.y == 0].mean())

    what = "Mean fitted probability of rows with the event less that of rows without, "
    return [
        Explained(TJUR, "marginal", difference(alone), f"{what}random effects at zero."),
        Explained(TJUR, "conditional", difference(generalized.eta), f"{what}groups known."),
    ]


def _mcfadden(fit: Fit, compared: Fit, name: str) -> Explained:
    """Compute 1 - log L / log L of the simpler model."""
    ours, theirs = fit.estimates.log_likelihood, compared.estimates.log_likelihood
    value = 1 - ours / theirs if theirs < 0 else float("nan")
    return Explained(
        MCFADDEN,
        "log likelihood",
        value,
        f"Reduction of minus the log likelihood, against {name}. No share of a variance.",
    )


def _text(fit: Fit) -> str:
    return fit.spec.formula.text
