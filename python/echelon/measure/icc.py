"""Intraclass correlation: the share of each random term in the variance of the response.

Room: measure/. One question per file: how alike are observations of the same group?
Takes: a `Fit`.
Gives: a Table (grouping, term, variance, icc), the residual last.
Source: Johnson (2014), Methods in Ecology and Evolution 5, 944-946, for random slopes.
"""

from __future__ import annotations

import numpy as np

from echelon.fit import Fit
from echelon.measure.variance_parts import variance_parts
from echelon.table import Table

RESIDUAL = "residual"


def icc(fit: Fit) -> Table:
    """Share the variance left by the fixed effects among the random terms and the residual.

    The variance of a term is the mean over rows of z' Sigma z, with z the row's values of the
    term's columns: for a random intercept that is its variance, and the share is the classical
    intraclass correlation. With random slopes it is the average over the rows of the data, and
    depends on how the predictors are distributed, not on where they are centred. Theory (22).
    `echelon.measure.icc_kinds.icc_table` adds intervals and the other kinds.

    Parameters
    ----------
    fit : a fitted Gaussian model.

    Returns
    -------
    Table with columns grouping, term (as written in the formula), variance (response unit^2)
    and icc (shares, which sum to one); the residual is the last row.

    Raises
    ------
    NotEstimableError : a model with weights that was saved without its rows.

    Notes
    -----
    Costs r^2 operations per block. The residual variance of weighted rows is averaged too.

    Source
    ------
    Johnson (2014), equation 10; Nakagawa, Johnson & Schielzeth (2017).
    """
    parts = variance_parts(fit, "icc()")
    variances = np.append(parts.random, parts.residual)
    total = parts.total
    return Table(
        {
            "grouping": np.array([*parts.groupings, RESIDUAL], dtype=object),
            "term": np.array([*parts.texts, ""], dtype=object),
            "variance": variances,
            "icc": variances / total if total > 0 else np.full(len(variances), np.nan),
        },
        scales={"variance": "response squared"},
        title="Shares of variance",
    )
