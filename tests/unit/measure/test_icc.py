"""Shares of variance."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.measure.icc import icc
from tests.golden import fits


def test_random_intercept_is_the_classical_icc() -> None:
    data = {"y": np.arange(40.0), "g": np.arange(40) // 4}
    table = icc(fits.hand_set("y ~ 1 + (1 | g)", data, [0], [1], [[[0.5]]], 2.0))
    assert table["grouping"].tolist() == ["g", "residual"]
    assert table["term"].tolist() == ["(1 | g)", ""]
    assert table["variance"].tolist() == [1.0, 4.0]
    assert table["icc"].tolist() == [0.2, 0.8]


def test_random_slopes_are_the_mean_over_rows() -> None:
    """Against Z Sigma Z' formed in full."""
    fit = fits.sleep()
    table = icc(fit)
    Z = np.column_stack(fit.design.rows.blocks[0].columns)
    factor = fit.estimates.Lambdas[0] * fit.estimates.sigma
    diagonal = np.einsum("na,ab,nb->n", Z, factor @ factor.T, Z)
    assert table["variance"][0] == pytest.approx(diagonal.mean(), rel=1e-12)
    assert table["icc"].sum() == pytest.approx(1)


def test_centring_a_predictor_changes_no_share() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    covariance = np.array([[2.0, 0.3], [0.3, 0.5]])
    shift = np.array([[1.0, 3.0], [0.0, 1.0]])  # effects at x - 3: intercept moves by 3 slopes
    shares = []
    for column, sigma in ((x, covariance), (x - 3, shift @ covariance @ shift.T)):
        data = {"y": rng.normal(size=60), "x": column, "g": np.arange(60) // 6}
        factor = np.linalg.cholesky(sigma)
        fit = fits.hand_set("y ~ x + (x | g)", data, [0, 0], [1, 1], [factor], 1.0)
        shares.append(icc(fit)["icc"][0])
    assert shares[0] == pytest.approx(shares[1], rel=1e-12)


def test_terms_of_one_factor_have_a_share_each() -> None:
    table = icc(fits.many_effects())
    assert table["grouping"].tolist() == ["a", "b", "residual"]


def test_weights_scale_the_residual() -> None:
    data = {"y": np.arange(40.0), "g": np.arange(40) // 4, "w": np.tile([1.0, 4.0], 20)}
    fit = fits.hand_set("y ~ 1 + (1 | g)", data, [0], [1], [[[1.0]]], 2.0, weights="w")
    assert icc(fit)["variance"].tolist() == [4.0, 4.0 * (1 + 0.25) / 2]


def test_multiple_membership_adds_squared_weights() -> None:
    n = 40
    data = {
        "y": np.arange(float(n)), "t1": np.arange(n) % 5, "t2": np.arange(n) // 4 % 5,
        "w1": np.full(n, 0.75), "w2": np.full(n, 0.25),
    }  # fmt: skip
    formula = "y ~ 1 + (1 | mm(t1, t2, weights = (w1, w2)))"
    table = icc(fits.hand_set(formula, data, [0], [1], [[[1.0]]], 1.0))
    same = np.mean(data["t1"] == data["t2"])
    expected = same * 1.0 + (1 - same) * (0.75**2 + 0.25**2)
    assert table["variance"][0] == pytest.approx(expected, rel=1e-12)


def test_no_variance_at_all_has_no_shares() -> None:
    data = {"y": np.arange(40.0), "g": np.arange(40) // 4}
    table = icc(fits.hand_set("y ~ 1 + (1 | g)", data, [0], [1], [[[0.5]]], 0.0))
    assert np.isnan(table["icc"]).all()
