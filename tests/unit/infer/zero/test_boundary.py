"""Mixtures at the edge of a model: the information in full matrices, every kind of edge."""

from __future__ import annotations

import numpy as np
import pytest

from echelon._types import FloatArray
from echelon.engine.reference.gaussian import dense_Z, prior_weights
from echelon.fit import Fit
from echelon.infer.zero.boundary import cone_covariance, reference_mixture
from echelon.infer.zero.nested import relation
from tests.unit.infer.varied import fitted

MIXTURES = {  # smaller, larger: degrees, and the beginning of the definition
    ("y ~ x + (1 | g)", "y ~ x + f + (1 | g)"): ((2,), "nothing tested"),
    ("y ~ x + (x || g)", "y ~ x + (x | g)"): ((1,), "nothing tested"),
    ("y ~ x", "y ~ x + (1 | g)"): ((0, 1), "one variance at zero (Self"),
    ("y ~ x", "y ~ x + id(0 + f | g)"): ((0, 1), "one variance at zero (Self"),
    ("y ~ x + (1 | g)", "y ~ x + (x | g)"): ((1, 2), "one variance at zero beside 1 parameter of"),
    ("y ~ x + (1 | g)", "y ~ x + f + (x | g)"): (
        (3, 4),
        "one variance at zero beside 3 parameters",
    ),
    ("y ~ x + (x | g)", "y ~ x + (x + z | g)"): (
        (2, 3),
        "one variance at zero beside 2 parameters",
    ),
    ("y ~ x", "y ~ x + (x || g)"): ((0, 1, 2), "2 variances at zero: weights from the"),
    ("y ~ x", "y ~ x + (1 | g) + (1 | h)"): ((0, 1, 2), "2 variances at zero: weights from the"),
    ("y ~ x", "y ~ x + (x || g) + (1 | h)"): ((0, 1, 2, 3), "3 variances at zero: weights"),
    ("y ~ x", "y ~ x + (x + z || g) + (1 | h)"): ((0, 1, 2, 3, 4), "4 variances at zero: weights"),
    ("y ~ x", "y ~ x + (x | g)"): ((0, 1, 2, 3), "2 variances and their covariance at zero"),
    ("y ~ x + (1 | g)", "y ~ x + (0 + f | g)"): ((2, 3, 4, 5), "2 variances and their covariance"),
    ("y ~ x", "y ~ x + (f | g)"): ((5, 6), "upper bound"),
    ("y ~ x", "y ~ x + (x | g) + (1 | h)"): ((3, 4), "upper bound"),
    ("y ~ x", "y ~ x + ar1(0 + f | g)"): ((2,), "the distribution at zero is not known"),
}


@pytest.mark.parametrize("pair", MIXTURES, ids=" in ".join)
def test_mixture(pair: tuple[str, str]) -> None:
    smaller, larger = map(fitted, pair)
    mixture = reference_mixture(relation(smaller, larger), smaller, larger)
    degrees, definition = MIXTURES[pair]
    assert mixture.degrees == degrees
    assert mixture.definition.startswith(definition)
    assert sum(mixture.weights) == pytest.approx(1.0)
    if len(degrees) > 1:
        even = sum(w for w, df in zip(mixture.weights, degrees, strict=True) if df % 2 == 0)
        assert even == pytest.approx(0.5, abs=0.01)


def dense_information(fit: Fit, changes: list[FloatArray], V: FloatArray, reml: bool) -> FloatArray:
    """Half tr(P V_i P V_j), the n x n matrices in full; sigma^2 last."""
    X = fit.design.X
    P = np.linalg.inv(V)
    if reml:
        P = P - P @ X @ np.linalg.solve(X.T @ P @ X, X.T @ P)
    parts = [P @ change for change in [*changes, np.diag(1 / prior_weights(fit.design))]]
    return np.array([[0.5 * np.sum(a * b.T) for b in parts] for a in parts])


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_information_against_the_full_matrices(method: str) -> None:
    """(1 | g) in (x | g) + (x || h), weighted: three variances at zero, a covariance free."""
    smaller = fitted("y ~ x + (1 | g)", method, "w")
    larger = fitted("y ~ x + (x | g) + (x || h)", method, "w")
    how = relation(smaller, larger)
    cone = [step for step in how.steps if step.n_removed]
    Z = dense_Z(larger.design)
    units = [np.zeros((2, 2)) for _ in range(3)]
    units[0][0, 0] = units[1][0, 1] = units[1][1, 0] = units[2][1, 1] = 1.0
    Z_g, Z_h = Z[:, :60], Z[:, 60:]
    of_g = [Z_g @ np.kron(np.eye(30), unit) @ Z_g.T for unit in units]
    of_h = [Z_h @ np.kron(np.eye(12), unit) @ Z_h.T for unit in (units[0], units[2])]
    variance = smaller.estimates.sigma**2
    V = variance * np.diag(1 / prior_weights(larger.design))
    V += variance * smaller.estimates.Lambdas[0].item() ** 2 * of_g[0]
    information = dense_information(larger, of_g + of_h, V, method == "REML")
    at_zero = [2, 3, 4]  # of the five parameters of Sigma and sigma^2
    expected = np.linalg.inv(information)[np.ix_(at_zero, at_zero)]
    found = cone_covariance(how, cone, smaller, larger)
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_crossed_factors_with_too_many_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the information the variances are taken as uncorrelated, and that is said."""
    monkeypatch.setattr("echelon.engine.moments.LARGEST", 10)
    smaller, larger = fitted("y ~ x"), fitted("y ~ x + (1 | g) + (1 | h)")
    mixture = reference_mixture(relation(smaller, larger), smaller, larger)
    assert mixture.weights == (0.25, 0.5, 0.25)
    assert mixture.definition == "2 variances at zero, their estimates taken as uncorrelated"
