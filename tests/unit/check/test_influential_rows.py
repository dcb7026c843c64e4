"""Rows on which the fixed effects hang, against deletion from a dense model."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.check.influential_rows import row_distances
from echelon.measure.leverage import leverage
from tests.unit.check.model_cases import clean, finding, fitted, odd_row, quiet, world


@pytest.mark.parametrize("is_weighted", [False, True])
def test_distances_are_those_of_generalized_least_squares(is_weighted: bool) -> None:
    data = world(12, 6)
    data["h"] = np.arange(72) % 5
    weights = np.random.default_rng(1).uniform(0.5, 2, 72) if is_weighted else np.ones(72)
    data["wt"] = weights
    fit = quiet("y ~ x + w + (x | g) + (1 | h)", data, weights="wt").fit
    found = row_distances(fit, leverage(fit)["leverage"])
    Z = [np.eye(12)[data["g"]], np.eye(12)[data["g"]] * data["x"][:, None], np.eye(5)[data["h"]]]
    slopes, level = fit.estimates.Lambdas
    G = slopes @ slopes.T
    V = np.diag(1 / weights) + float(level[0, 0] ** 2) * Z[2] @ Z[2].T
    for i in range(2):
        for k in range(2):
            V += G[i, k] * Z[i] @ Z[k].T
    X, y, V = fit.design.X, fit.design.y, V * fit.estimates.sigma**2
    beta, cov = gls(X, y, V)
    for row in (0, 17, 50):
        keep = np.arange(72) != row
        d = beta - gls(X[keep], y[keep], V[np.ix_(keep, keep)])[0]
        assert found[row] == pytest.approx(d @ np.linalg.solve(cov, d) / 3, rel=1e-6)


def gls(X: np.ndarray, y: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Generalized least squares: coefficients and their covariance."""
    cov = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    return cov @ X.T @ np.linalg.solve(V, y), cov


def test_one_row_decides() -> None:
    found = finding(odd_row, "influential_rows")
    assert (found.verdict, found.facts["worst"]) == ("act", 30)
    assert found.facts["rows"] == (30,)
    assert fitted(odd_row).n_obs == 240


def test_no_row_does() -> None:
    assert finding(clean, "influential_rows").verdict == "fine"
