"""Averages of rows as single combinations, and their covariances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.engine.reference.gaussian import evaluate
from echelon.infer.changes import averages as averaging
from echelon.infer.changes.averages import Averages
from echelon.residuals import fitted_values


def _fit() -> Any:
    rng = np.random.default_rng(6)
    g, h = np.repeat(np.arange(8), 12), np.tile(np.arange(6), 16)
    x = rng.normal(size=96)
    u, v, w = 2 * rng.normal(size=(3, 8))
    y = u[g] + v[h] + (1 + w[g]) * x + rng.normal(size=96)
    return ec.fit("y ~ x + (x | g) + (1 | h)", {"y": y, "x": x, "g": g, "h": h}, method="ML").fit


FIT = _fit()
CODES = np.repeat([0, 1, 2, -1], 24).astype(np.int32)  # three sets of groups, and rows in none
AVERAGES = averaging.average(FIT.design.rows, (0, 1), CODES, 3)


def dense(averages: Averages) -> Any:
    """Rows (m, p + q) over all effects, in the order of the twin."""
    m = len(averages.X)
    parts = [averages.X]
    for position, block in enumerate(FIT.design.rows.blocks):
        Z = np.zeros((m, block.n_groups, block.n_columns))
        for part in averages.parts:
            if part.position == position:
                Z[part.row, part.group] = part.Z
        parts.append(Z.reshape(m, -1))
    return np.hstack(parts)


def test_covariances_are_those_of_the_dense_twin() -> None:
    joint = evaluate(FIT.design, FIT.estimates.theta, "ML").joint_cov
    rows = dense(AVERAGES)
    found = averaging.covariance(FIT, AVERAGES)
    np.testing.assert_allclose(found, rows @ joint @ rows.T, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(np.diagonal(found), averaging.variances(FIT, AVERAGES), rtol=1e-10)


def test_estimates_are_means_of_fitted_values() -> None:
    fitted = fitted_values(FIT)
    expected = averaging.estimates(FIT, AVERAGES)
    rows = dense(AVERAGES)
    effects = np.concatenate([FIT.estimates.beta, *[b.ravel() for b in FIT.estimates.modes]])
    np.testing.assert_allclose(expected, rows @ effects, rtol=1e-12)
    means = [fitted[k == CODES].mean() for k in range(3)]
    np.testing.assert_allclose(expected, means, rtol=1e-10)


def test_combinations_are_those_of_dense_rows() -> None:
    T = np.array([[1.0, -1.0, 0.0], [0.5, 0.0, 2.0]])
    found = averaging.combine([(T, AVERAGES), (-T, averaging.scaled(AVERAGES, 0.5))])
    np.testing.assert_allclose(dense(found), 0.5 * T @ dense(AVERAGES), rtol=1e-12, atol=1e-15)


def test_what_does_not_change_cancels_exactly() -> None:
    nothing = averaging.difference(AVERAGES, AVERAGES)
    assert not nothing.has_random
    assert pytest.approx(0, abs=0) == nothing.X
