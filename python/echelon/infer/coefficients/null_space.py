"""Combinations of columns of X that are zero in every row: what the data say nothing about.

Room: infer/. Reads the cross-products; the rows of generalized models.
Takes: a `Fit`.
Gives: the null space of X, and columns not estimated in terms of those that are.
Source: Searle (1971), section 5.4.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit, design_with_rows

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
    if fit.spec.is_generalized:
        return _of_rows(fit)
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


def _of_rows(fit: Fit) -> FloatArray:
    """Span them from the rows of a generalized model, channel after channel.

    Thresholds take up what is constant, so that the location's columns count from their means.
    """
    design = design_with_rows(fit, "tests beside coefficients that were not estimated")
    kept = fit.estimates.is_estimated
    p, channels = len(kept), design.channels
    X = np.zeros((len(channels), design.n_obs, p))
    for part, channel in zip(X, channels, strict=True):
        for column in channel.columns:
            if column.coefficient < p:
                part[:, column.coefficient] = column.values
    if channels[0].name == "location":
        X[0] -= X[0].mean(axis=0)
    stacked = X.reshape(-1, p)
    size = np.linalg.norm(stacked, axis=0)
    size = np.where(size > 0, size, 1.0)
    stacked = stacked / size
    found = np.linalg.lstsq(stacked[:, kept], stacked[:, ~kept], rcond=None)[0]
    null = np.zeros((p, int((~kept).sum())))
    null[kept], null[~kept] = -found, np.eye(null.shape[1])
    basis: FloatArray = np.linalg.qr(null / size[:, None])[0]
    return basis


def relation(fit: Fit) -> FloatArray:
    """Write columns not estimated as combinations of those that are, (a, p - a)."""
    kept, null = fit.estimates.is_estimated, null_space(fit)
    weights = -np.linalg.solve(null[~kept].T, null[kept].T)
    result: FloatArray = np.where(np.abs(weights) > NOTHING, weights, 0.0)
    return result
