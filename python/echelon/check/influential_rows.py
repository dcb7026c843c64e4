"""Influence of rows: whether the fixed effects hang on one of them.

Room: check/. One question per file: how far do the fixed effects move without a row?
Takes: `Evidence` of a Gaussian model.
Gives: one `Finding`.
Source: Christensen, Pearson & Johnson (1992), Technometrics 34, 38-45: deletion in mixed models.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.engine.scores import scores, whitened_rows
from echelon.fit import Fit
from echelon.infer.sandwich.robust_scores import standardised
from echelon.measure.leverage import leverage

LOOK, ACT = 0.5, 1.0
SOURCE = (
    "Cook & Weisberg (1982), Residuals and Influence in Regression: 1; 0.5 is half of it; "
    "for mixed models Christensen, Pearson & Johnson (1992), Technometrics 34, 38-45"
)
NAMED = 5


def influential_rows(evidence: Evidence) -> tuple[Finding, ...]:
    """Give the row with the largest Cook's distance of the fixed effects, theta held."""
    table = leverage(evidence.fit)
    distances = row_distances(evidence.fit, table["leverage"])
    if not np.isfinite(distances).any():
        return ()
    order = np.argsort(-np.nan_to_num(distances, nan=-1.0), kind="stable")[:NAMED]
    worst = int(order[0])
    return (
        Finding(
            "influential_rows",
            "",
            "largest Cook's distance of a row",
            float(distances[worst]),
            LOOK,
            ACT,
            judge(float(distances[worst]), LOOK, ACT),
            SOURCE,
            None,
            {
                "rows": tuple(int(table["row"][i]) for i in order if distances[i] >= LOOK),
                "worst": int(table["row"][worst]),
                "leverage": float(table["leverage"][worst]),
                "residual": float(table["standardized_residual"][worst]),
                "n_rows": len(distances),
            },
        ),
    )


def row_distances(fit: Fit, leverages: FloatArray) -> FloatArray:
    """Give Cook's distance (n,) of the fixed effects for each row, in closed form.

    With x_i the row of V^-1 X (V relative to sigma^2), r_i that of V^-1 (y - X beta) and
    P_ii = w_i (1 - leverage_i), beta - beta_(i) = (X'V^-1 X)^-1 x_i r_i / P_ii: the row as an
    outlier with a mean of its own.

    Notes
    -----
    Two passes over the rows; any structure of random effects.
    """
    basis = standardised(fit)
    n_all, p = basis.shape
    combinations = np.zeros((n_all + 1, p + 1))
    combinations[:n_all, :p] = basis
    combinations[:n_all, p] = -np.nan_to_num(fit.estimates.beta)
    combinations[n_all, p] = 1.0
    whitened = np.empty((fit.design.n_obs, p + 1))
    information = np.zeros((p, p))
    for rows, columns, part in whitened_rows(fit.design, scores(fit).effects, combinations):
        whitened[rows] = part
        information += columns[:, :p].T @ part[:, :p]
    weights = np.ones(fit.design.n_obs) if fit.design.weights is None else fit.design.weights
    x, r = whitened[:, :p], whitened[:, p]
    moved = np.einsum("ia,ai->i", x, np.linalg.solve(information, x.T))
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = r / (weights * (1 - leverages))
    distances: FloatArray = shift**2 * moved / (p * fit.estimates.sigma**2)
    return distances
