"""The variance that the random effects give to a linear predictor, row by row or on average.

Room: measure/. What clustering is made of on the scale of a link.
Takes: a `Fit`.
Gives: variances, link units squared, per block.
Source: Johnson (2014), Methods in Ecology and Evolution 5, 944-946; docs/theory.md (22).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import Design
from echelon.fit import Fit
from echelon.measure.moments import in_channel, mean_squares, membership_weight


def block_variances(fit: Fit, purpose: str, channel: int = 0) -> FloatArray:
    """Average z' Sigma z over the rows, one value per block."""
    moments = mean_squares(fit, purpose, channel)
    pairs = zip(fit.estimates.Lambdas, moments, strict=True)
    scale = fit.estimates.sigma**2
    return np.array([scale * float(np.vdot(L @ L.T, M)) for L, M in pairs])


def mean_variance(fit: Fit, purpose: str) -> float:
    """Average the variance of the linear predictor of the mean over the rows."""
    return float(block_variances(fit, purpose).sum())


def row_variances(design: Design, Sigmas: Sequence[FloatArray], rows: IndexArray) -> FloatArray:
    """Evaluate z' Sigma z of the mean for some rows, (blocks, m)."""
    found = np.empty((len(design.rows.blocks), len(rows)))
    for k, (block, Sigma) in enumerate(zip(design.rows.blocks, Sigmas, strict=True)):
        is_in = in_channel(block, 0)
        Z = np.column_stack([column[rows] for column in block.columns]) * is_in
        found[k] = np.einsum("ia,ab,ib->i", Z, Sigma, Z)
        weight = membership_weight(block)
        if weight is not None:
            found[k] *= weight[rows]
    return found
