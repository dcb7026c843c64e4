"""Residuals over their standard deviations, against the dense H of theory (21)."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.evidence import Evidence
from echelon.fit import Fit


def hat_matrix(fit: Fit) -> np.ndarray:
    """H (n, n) with fitted values H y, theta known: no core, no cross-products."""
    design, n = fit.design, fit.design.n_obs
    V = np.eye(n)
    for block, Lambda in zip(design.rows.blocks, fit.estimates.Lambdas, strict=True):
        Z = np.zeros((n, block.n_groups, block.n_columns))
        Z[np.arange(n), block.memberships[0].codes] = np.column_stack(block.columns)
        Z = Z.reshape(n, -1)
        V += Z @ np.kron(np.eye(block.n_groups), Lambda @ Lambda.T) @ Z.T
    inverse, X = np.linalg.inv(V), design.X
    inside = inverse @ X @ np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    return np.eye(n) - inverse + inside


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("reaction ~ days + (days | subject)", "sleep"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    ],
)
def test_dense(formula: str, name: str) -> None:
    fit = ec.fit(formula, name).fit
    left = 1 - np.diag(hat_matrix(fit))
    looked = Evidence(fit).studentized
    np.testing.assert_allclose(looked.left, left, atol=1e-12)
    e = fit.design.y - ec.fit(formula, name).fitted
    np.testing.assert_allclose(looked.values, e / fit.estimates.sigma / np.sqrt(left), atol=1e-9)
    assert looked.rows.tolist() == list(range(fit.design.n_obs))


def test_rows_that_are_fitted_whatever_their_value_are_left_out() -> None:
    rng = np.random.default_rng(1)
    data = {"y": rng.standard_normal(30), "x": rng.standard_normal(30), "c": np.arange(30) == 7}
    looked = Evidence(ec.fit("y ~ x + c", data).fit).studentized
    assert looked.rows.tolist() == [i for i in range(30) if i != 7]


def test_a_model_without_fixed_effects() -> None:
    rng = np.random.default_rng(1)
    data = {"y": rng.standard_normal(40) + np.arange(40) % 8, "g": np.arange(40) % 8}
    looked = Evidence(ec.fit("y ~ 0 + (1 | g)", data).fit).studentized
    assert (looked.left == 1).all()


def test_generalized_models_have_quantile_residuals() -> None:
    data = {"y": np.random.default_rng(1).poisson(3, 60), "g": np.arange(60) % 10}
    evidence = Evidence(ec.fit("y ~ 1 + (1 | g)", data, family="poisson").fit)
    np.testing.assert_array_equal(evidence.studentized.values, evidence.residuals)
