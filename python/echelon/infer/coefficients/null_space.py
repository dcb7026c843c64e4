"""Combinations of columns of X that are zero in every row: what the data say nothing about.

Room: infer/. Reads the cross-products; no row of the data.
Takes: a `Fit`.
Gives: the null space of X, and columns not estimated in terms of those that are.
Source: Searle (1971), section 5.4.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit

NOTHING = 1e-9  # weight of a column in a relation that is rounding error


def null_space(fit: Fit) -> FloatArray:
    """Span the combinations of columns of X that are zero in every row, (p, a), orthonormal.

    Each column that was not estimated is a combination of the others: which one, its centred
    cross-products say; the intercept takes up what the centring took away.
    """
    kept = fit.estimates.is_estimated
    p = len(kept)
    if kept.all():
        return np.empty((p, 0))
    state = fit.crossprod.to_state()
    gram = np.asarray(state["xx"]).reshape(p + 1, p + 1)[:p, :p]
    size = np.sqrt(np.diagonal(gram))
    size = np.where(size > 0, size, 1.0)
    gram = gram / np.outer(size, size)
    relation = np.linalg.lstsq(gram[np.ix_(kept, kept)], gram[np.ix_(kept, ~kept)], rcond=None)[0]
    null = np.zeros((p, int((~kept).sum())))
    null[kept], null[~kept] = -relation, np.eye(null.shape[1])
    null /= size[:, None]
    if state["intercept"] is not None:
        null[state["intercept"]] -= np.asarray(state["centre"])[:p] @ null
    basis: FloatArray = np.linalg.qr(null)[0]
    return basis


def relation(fit: Fit) -> FloatArray:
    """Write columns not estimated as combinations of those that are, (a, p - a)."""
    kept, null = fit.estimates.is_estimated, null_space(fit)
    weights = -np.linalg.solve(null[~kept].T, null[kept].T)
    result: FloatArray = np.where(np.abs(weights) > NOTHING, weights, 0.0)
    return result
