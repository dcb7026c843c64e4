"""Products with V^-1 against the dense covariance of the response."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.engine.reference import gaussian as dense
from echelon.engine.scores import scores, whitened_rows
from tests.unit.engine.random_designs import MODELS, fitted


@pytest.mark.parametrize("name", MODELS)
def test_scores_against_dense(name: str) -> None:
    fit = fitted(name)
    design = fit.design
    U = dense.dense_Z(design) @ dense.dense_Lambda(design, fit.estimates.theta)
    inverse = np.linalg.inv(U @ U.T + np.diag(1 / dense.prior_weights(design)))
    columns = np.column_stack([design.X, dense.design_response(design)])
    known = np.append(fit.estimates.is_estimated, True)
    columns[:, ~known] = 0
    found = scores(fit)
    np.testing.assert_allclose(found.gram, columns.T @ inverse @ columns, rtol=1e-8, atol=1e-8)
    products = [p.reshape(-1, columns.shape[1]) for p in found.products]
    want = dense.dense_Z(design).T @ inverse @ columns
    np.testing.assert_allclose(
        np.vstack([*products, want[:0]]), want, atol=1e-8 * abs(want).max(initial=1)
    )
    combinations = np.diag(known.astype(float))
    for rows, C, whitened in whitened_rows(design, found.effects, combinations):
        np.testing.assert_allclose(C, columns[rows], rtol=1e-12)
        size = abs(inverse @ columns).max()
        np.testing.assert_allclose(whitened, (inverse @ columns)[rows], atol=1e-9 * size)
