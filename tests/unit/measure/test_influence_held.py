"""Groups left out with the variances held, against generalised least squares of the rest."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon._types import FloatArray
from echelon.engine.reference import gaussian as dense
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.measure import influence as module
from echelon.measure.influence import Influence, influence
from tests.unit.engine.random_designs import data, fitted


@cache
def balanced() -> Fit:
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(15), 6)
    y = 40 + 2 * rng.normal(size=15)[g] + rng.normal(size=90)
    return ec.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}).fit


@cache
def schools() -> Fit:
    return ec.fit("mathach ~ ses + sector + (ses || school)", ec.datasets.load("hsb")).fit


def rest(fit: Fit, is_left: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Estimates and covariance from some of the rows at the theta and sigma of all."""
    kept = fit.estimates.is_estimated
    root = dense.dense_Z(fit.design)[is_left] @ dense.dense_Lambda(fit.design, fit.estimates.theta)
    X, w = fit.design.X[is_left][:, kept], dense.prior_weights(fit.design)[is_left]
    V = root @ root.T + np.diag(1 / w)
    inverse = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    beta = inverse @ X.T @ np.linalg.solve(V, fit.design.y[is_left])
    return beta, fit.estimates.sigma**2 * inverse


def agrees(fit: Fit, found: Influence, codes: np.ndarray, groups: tuple[int, ...]) -> None:
    full, kept = fit.estimates, fit.estimates.is_estimated
    inside = np.ix_(kept, kept)
    p = int(kept.sum())
    for group in groups:
        beta, vcov = rest(fit, codes != group)
        each, row = found.deleted[group], {k: found.table[k][group] for k in found.table.columns}
        scale = np.sqrt(np.diagonal(vcov))
        np.testing.assert_allclose((each.beta[kept] - beta) / scale, 0, atol=1e-8)
        np.testing.assert_allclose(each.vcov[inside], vcov, rtol=1e-8, atol=1e-8 * vcov.max())
        change = full.beta[kept] - beta
        cook = change @ np.linalg.solve(full.vcov[inside], change) / p
        assert row["cooks_distance"] == pytest.approx(cook, rel=1e-8, abs=1e-12)
        mdffits = change @ np.linalg.solve(vcov, change) / p
        assert row["mdffits"] == pytest.approx(mdffits, rel=1e-8, abs=1e-12)
        ratio = np.linalg.det(vcov) / np.linalg.det(full.vcov[inside])
        assert row["cov_ratio"] == pytest.approx(ratio, rel=1e-8)
        assert row["n_rows"] == np.count_nonzero(codes == group)


def test_a_balanced_design() -> None:
    """Without group g the mean is that of the other means, and its variance is V (J / (J - 1))."""
    fit = balanced()
    found = influence(fit, refit=False)
    agrees(fit, found, fit.design.rows.blocks[0].memberships[0].codes, tuple(range(15)))
    means = fit.design.y.reshape(15, 6).mean(axis=1)
    by_hand = (means - means.mean()) / 14
    np.testing.assert_allclose(found.dfbetas["dfbeta"], by_hand, rtol=1e-8)
    np.testing.assert_allclose(found.table["cov_ratio"], 15 / 14, rtol=1e-10)


def test_high_school_and_beyond() -> None:
    """Theta held, the rest of a school is the other schools' own sums: V is block-diagonal."""
    fit = schools()
    found = influence(fit, refit=False)
    block = fit.design.rows.blocks[0]
    codes, J = block.memberships[0].codes, block.n_groups
    p = len(fit.estimates.beta)
    X, Z = fit.design.X, np.column_stack(block.columns) @ fit.estimates.Lambdas[0]
    K, s = np.zeros((J, p, p)), np.zeros((J, p))
    for group in range(J):
        own = codes == group
        V = Z[own] @ Z[own].T + np.eye(int(own.sum()))
        half = np.linalg.solve(V, X[own])
        K[group], s[group] = X[own].T @ half, half.T @ fit.design.y[own]
    for group in range(J):
        left = np.arange(J) != group
        beta = np.linalg.solve(K[left].sum(axis=0), s[left].sum(axis=0))
        scale = np.sqrt(np.diagonal(fit.estimates.vcov))
        np.testing.assert_allclose((found.deleted[group].beta - beta) / scale, 0, atol=1e-8)
        vcov = fit.estimates.sigma**2 * np.linalg.inv(K[left].sum(axis=0))
        np.testing.assert_allclose(found.deleted[group].vcov, vcov, rtol=1e-8)


@pytest.mark.parametrize("name", ["slopes, weights", "aliased", "singular", "by ML"])
def test_other_models(name: str) -> None:
    agrees(fitted(name), influence(fitted(name), refit=False), data()["g"], (0, 5, 11))


def test_a_factor_above_another() -> None:
    fit = fitted("three levels, weights")
    agrees(fit, influence(fit, "g", refit=False), data()["g"], (0, 5))


def test_rows_of_a_regression() -> None:
    """Cook's distance of a row needs no refit: sigma is that of all rows there, too."""
    fit = fitted("no random effects")
    held, refitted = influence(fit, refit=False), influence(fit)
    cook = held.table["cooks_distance"]
    np.testing.assert_allclose(cook, refitted.table["cooks_distance"], rtol=1e-8)
    np.testing.assert_allclose(held.dfbetas["dfbeta"], refitted.dfbetas["dfbeta"], atol=1e-10)


def test_it_is_near_the_refits() -> None:
    held, refitted = influence(schools(), refit=False), influence(schools())
    cook = held.table["cooks_distance"], refitted.table["cooks_distance"]
    assert np.corrcoef(*cook)[0, 1] > 0.99
    assert "sigma" not in held.table.columns
    assert held.table.notes[1] == (
        "The variances, sigma among them, are held at the estimates of all rows."
    )
    assert {each.sigma for each in held.deleted} == {schools().estimates.sigma}


def test_a_coefficient_of_one_group_alone() -> None:
    table = data() | {"own": (data()["g"] == 4) * data()["z"]}
    fit = ec.fit("y ~ x + own + (1 | g)", table).fit
    each = influence(fit, refit=False).deleted[4]
    others = ec.fit("y ~ x + (1 | g)", table).fit
    assert np.isnan(each.beta).tolist() == [False, False, True]
    assert np.isnan(np.diagonal(each.vcov)).tolist() == [False, False, True]
    root = dense.dense_Z(fit.design) @ dense.dense_Lambda(fit.design, fit.estimates.theta)
    left = data()["g"] != 4
    X, V = others.design.X[left], root[left] @ root[left].T + np.eye(int(left.sum()))
    beta = np.linalg.solve(X.T @ np.linalg.solve(V, X), X.T @ np.linalg.solve(V, data()["y"][left]))
    np.testing.assert_allclose(each.beta[:2], beta, rtol=1e-8)


def test_no_fixed_effects() -> None:
    fit = ec.fit("y ~ 0 + (1 | g)", data()).fit
    found = influence(fit, refit=False)
    assert len(found.table) == 12
    assert len(found.dfbetas) == 0


@pytest.mark.parametrize(
    ("name", "grouping"), [("three levels", "h"), ("crossed", "g"), ("slopes", "rows")]
)
def test_dependent_groups_need_a_refit(name: str, grouping: str) -> None:
    with pytest.raises(SpecError, match=f"Without a refit '{grouping}' cannot be left out"):
        influence(fitted(name), grouping, refit=False)


def test_many_refits_name_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", 10)
    assert influence(fitted("slopes")).table.notes[1] == (
        "12 refits, each of them linear in the groups; refit=False holds the variances and takes "
        "one pass."
    )


def test_a_hundred_thousand_groups() -> None:
    J = 100_000
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(J), 2)
    y = rng.normal(size=J)[g] + rng.normal(size=2 * J)
    result: Any = ec.fit("y ~ 1 + (1 | g)", {"y": y, "g": g})
    start = time.perf_counter()
    assert len(result.influence(refit=False).table) == J
    assert time.perf_counter() - start < 20  # about one second; refits would take half an hour
