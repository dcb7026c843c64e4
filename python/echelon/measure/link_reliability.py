"""Reliability of the groups' coefficients in a generalized model, on the scale of its link.

Room: measure/. One question per file: how much of what groups differ by would they show again?
Takes: a `Fit` of a generalized model with its rows.
Gives: a Table, one row per random coefficient.
Source: Raudenbush & Bryk (2002), chapter 10 and equation 3.59; docs/theory.md (30).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.engine.generalized.fitted import generalized_at
from echelon.fit import Fit, design_with_rows
from echelon.table import Table

WHERE = "reliability()"
DEFICIENT = 1e-8  # smallest eigenvalue of a group's information, relative, that counts as full


def link_reliability(fit: Fit, positions: list[int]) -> Table:
    """Average tau / (tau + v_j) over the groups, v_j from the conditional variances.

    With Sigma the covariance of a group's effects and C_j that given its data, the data alone
    know them with the covariance (C_j^-1 - Sigma^-1)^-1, whose diagonal is v_j. In a Gaussian
    model that is the error variance of the group's own least squares.

    Returns
    -------
    Table with columns grouping, term, variance, error_variance, reliability, n_groups.
    """
    design_with_rows(fit, WHERE)
    workspace, coefficients = generalized_at(fit)
    parts = workspace.conditional(coefficients, fit.estimates.Lambdas)
    rows: list[tuple[str, str, float, float, float, int]] = []
    for position in positions:
        block, Lambda = fit.design.rows.blocks[position], fit.estimates.Lambdas[position]
        tau = np.square(Lambda).sum(axis=1)
        errors = own_variances(Lambda, parts[position][0])
        for q, name in enumerate(block.column_names):
            rows.append((block.grouping, name, *_average(float(tau[q]), errors[:, q])))
    names = ("grouping", "term", "variance", "error_variance", "reliability", "n_groups")
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Table(
        columns,
        scales=dict.fromkeys(("variance", "error_variance"), "link squared"),
        title="Reliability of the groups' coefficients",
        notes=(
            "Mean over groups of variance / (variance + error variance), on the scale of the"
            f" {fit.spec.link} link; the error variance is what the group's data alone imply.",
        ),
    )


def own_variances(Lambda: FloatArray, covariances: FloatArray) -> FloatArray:
    """Error variances (J, r) of what the data of each group say; NaN where they say nothing.

    C = Lambda M^-1 Lambda', M = I + Lambda'S Lambda, so that S = Lambda^-T (M - I) Lambda^-1.
    """
    r = len(Lambda)
    found = np.full(covariances.shape[:2], np.nan)
    if np.linalg.matrix_rank(Lambda) < r:
        return found
    root = np.linalg.inv(Lambda)
    inner = np.linalg.inv(root @ covariances @ root.T) - np.eye(r)
    values, vectors = np.linalg.eigh((inner + inner.transpose(0, 2, 1)) / 2)
    is_full = values[:, 0] > DEFICIENT
    sides = Lambda @ vectors[is_full]
    found[is_full] = (sides**2 / values[is_full][:, None, :]).sum(axis=2)
    return found


def _average(tau: float, errors: FloatArray) -> tuple[float, float, float, int]:
    """Give tau, the mean error variance, the mean reliability and the number of groups used."""
    known = ~np.isnan(errors)
    if not known.any():
        return tau, np.nan, 0.0 if tau == 0 else np.nan, 0
    reliability = tau / (tau + errors[known])
    return tau, float(errors[known].mean()), float(reliability.mean()), int(known.sum())
