"""Variances of rows that belong to several groups, twice to the same one: a dense twin."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import echelon as ec
from echelon._types import FloatArray
from echelon.engine.reference.gaussian import dense_Lambda, dense_Z
from echelon.errors import EchelonWarning

MODELS = (
    "y ~ x + (1 | mm(g1, g2, weights=(w1, w2)))",
    "y ~ x + (x | mm(g1, g2, weights=(w1, w2)))",
    "y ~ x + (1 | mm(g1, g2, g3)) + (1 | k)",
)


def table(seed: int, n: int = 200) -> dict[str, FloatArray]:
    """Eight groups; the first forty rows name one of them twice, twenty of those three times."""
    rng = np.random.default_rng(seed)
    g1 = rng.integers(0, 8, n)
    g2 = np.where(np.arange(n) < 40, g1, rng.integers(0, 8, n))
    g3 = np.where(np.arange(n) < 20, g1, rng.integers(0, 8, n))
    w1, x = rng.uniform(0.2, 0.8, n), rng.normal(size=n)
    b, slopes = rng.normal(size=(2, 8))
    y = 1 + x + w1 * (b + x[:, None] * slopes)[np.arange(n), g1] + rng.normal(size=n)
    y += (1 - w1) * (b + x[:, None] * slopes)[np.arange(n), g2]
    return {"y": y, "x": x, "g1": g1, "g2": g2, "g3": g3, "k": rng.integers(0, 5, n), "w1": w1,
            "w2": 1 - w1}  # fmt: skip


def dense_variances(result: ec.Result) -> FloatArray:
    """Variance (n,) of x'beta + z'b about its estimate, by Henderson's equations."""
    design = result.fit.design
    U = dense_Z(design) @ dense_Lambda(design, result.theta)
    rows = np.hstack([design.X, U])
    C = rows.T @ rows
    at = np.arange(design.X.shape[1], len(C))
    C[at, at] += 1.0
    return result.sigma**2 * np.einsum("ij,ji->i", rows, np.linalg.solve(C, rows.T))


@pytest.mark.parametrize("formula", MODELS)
@pytest.mark.parametrize("seed", [1, 2])
def test_leverage_and_errors_are_those_of_the_dense_equations(formula: str, seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        result = ec.fit(formula, table(seed))
    variances = dense_variances(result)
    leverage = result.leverage()["leverage"]
    np.testing.assert_allclose(leverage, variances / result.sigma**2, rtol=1e-9, atol=1e-12)
    errors = result.predict(interval="confidence")["std_error"]
    np.testing.assert_allclose(errors, np.sqrt(variances), rtol=1e-9)
