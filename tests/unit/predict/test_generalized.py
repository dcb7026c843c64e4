"""Predictions of generalized models: scales, groups, intervals, missing values."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import special

import echelon
from echelon.api import Result
from echelon.engine.generalized.fitted import generalized_at
from echelon.errors import EchelonWarning, RankWarning, RowsDroppedWarning
from echelon.table import Table
from tests.families import DATA, MODELS, N, fitted


def interval(fit: Result, *args: Any, **options: Any) -> Table:
    found = fit.predict(*args, **options)
    assert isinstance(found, Table)
    return found


def numbers(found: Any) -> np.ndarray:
    """Values of an array or of a table's columns, (n, Q)."""
    if isinstance(found, Table):
        return np.column_stack([found[name] for name in found.columns])
    return np.asarray(found)


@pytest.mark.parametrize("name", MODELS)
def test_rows_of_the_fit_are_predicted_as_fitted(name: str) -> None:
    fit = fitted(name)
    own, again = numbers(fit.predict()), numbers(fit.predict(DATA))
    np.testing.assert_allclose(own, fit.fitted, rtol=1e-12)
    np.testing.assert_allclose(again, own, rtol=1e-10)
    link = numbers(fit.predict(kind="link"))
    eta = fit.fit.estimates.generalized.eta
    np.testing.assert_allclose(link, eta.T if link.ndim == 2 else eta[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["response", "link", "population"])
def test_limits_hold_the_estimate(name: str, kind: str) -> None:
    fit = fitted(name)
    rows = {key: values[:7] for key, values in DATA.items()}
    rows["g"] = [*rows["g"][:5], "new", "newer"]
    table = interval(fit, rows, interval="confidence", kind=kind)
    assert (table["conf_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["conf_high"]).all()
    assert (table["std_error"] > 0).all()
    plain = numbers(fit.predict(rows, kind=kind))
    np.testing.assert_allclose(table["estimate"], plain.ravel(), rtol=1e-12)
    narrow = interval(fit, rows, interval="confidence", kind=kind, conf_level=0.5)
    assert (narrow["conf_low"] >= table["conf_low"]).all()


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("ordered", "nominal")])
def test_limits_of_new_responses(name: str) -> None:
    """Of the rows of the fit: nearly all responses are inside; and new rows give the same."""
    fit = fitted(name)
    own = interval(fit, interval="prediction")
    design = fit.fit.design
    y = design.y if design.trials is None else design.y / design.trials
    inside = (own["conf_low"] <= y) & (y <= own["conf_high"])
    assert inside.mean() > 0.92
    rows = {key: values[:9] for key, values in DATA.items() if key not in ("s", "y", "count")}
    if name == "pair" or name == "slope":
        rows["s"] = DATA["s"][:9]
    some = interval(fit, rows, interval="prediction")
    for column in own.columns:
        np.testing.assert_allclose(some[column], own[column][:9], rtol=1e-6)
    wider = interval(fit, random="none", interval="prediction")
    if fit.n_groups:
        gap = own["conf_high"] - own["conf_low"]
        assert (wider["conf_high"] - wider["conf_low"]).mean() >= gap.mean() - 1e-6


def test_variance_of_a_linear_predictor_by_hand() -> None:
    """(x, z)' and the joint covariance of all parameters with the modes' slopes; new groups."""
    fit = fitted("slope")
    found, estimates = fit.fit.estimates.generalized, fit.fit.estimates
    rows = {"x": [0.7, -1.2], "g": ["g3", "elsewhere"]}
    table = interval(fit, rows, interval="confidence", kind="link")
    workspace, at = generalized_at(fit.fit)
    covariances, slopes = workspace.conditional(at, estimates.Lambdas)[0]
    j = fit.fit.design.rows.blocks[0].labels.tolist().index("g3")
    x = np.array([1.0, 0.7])

    def modes(theta: np.ndarray) -> np.ndarray:
        L = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
        workspace.objective(at, [L])
        return (workspace.modes()[0] @ L.T)[j]

    steps = 1e-4 * np.eye(3)
    theta = estimates.theta
    by_theta = [(modes(theta + s) - modes(theta - s)) / 2e-4 for s in steps]
    gradient = np.concatenate([x + x @ slopes[j], x @ np.array(by_theta).T])
    expected = gradient @ found.joint_cov @ gradient + x @ covariances[j] @ x
    assert table["std_error"][0] ** 2 == pytest.approx(expected, rel=1e-6)
    z = np.array([1.0, -1.2])
    expected = z @ found.joint_cov[:2, :2] @ z
    expected += np.square(z @ estimates.Lambdas[0]).sum()
    assert table["std_error"][1] ** 2 == pytest.approx(expected, rel=1e-9)


def test_one_factor_as_a_part_of_two() -> None:
    """Crossed factors: the variance of a combination, against the inverse of the whole matrix."""
    fit = fitted("crossed")
    own = interval(fit, interval="confidence", kind="link")
    design, found = fit.fit.design, fit.fit.estimates.generalized
    p = special.expit(found.eta[0])
    g, h = (block.memberships[0].codes for block in design.rows.blocks)
    Z = np.zeros((N, 18))
    Z[np.arange(N), g], Z[np.arange(N), 12 + h] = 1.0, 1.0
    variances = [float(L[0, 0]) ** 2 for L in fit.fit.estimates.Lambdas]
    prior = np.diag(1 / np.repeat(variances, [12, 6]))
    inverse = np.linalg.inv(Z.T @ (Z * (p * (1 - p))[:, None]) + prior)
    given = np.einsum("nr,rs,ns->n", Z, inverse, Z)
    assert (own["std_error"] ** 2 > given).all()
    by_beta = -inverse @ Z.T @ (design.X * (p * (1 - p))[:, None])
    b = np.concatenate([modes[:, 0] for modes in fit.fit.estimates.modes])
    is_h = np.repeat([False, True], [12, 6])
    by_theta = [
        inverse @ np.where(is_h == own_block, 2 * b / v**1.5, 0.0)
        for own_block, v in zip((False, True), variances, strict=True)
    ]
    slopes = np.column_stack([design.X + Z @ by_beta, Z @ np.column_stack(by_theta)])
    expected = given + np.einsum("np,pq,nq->n", slopes, found.joint_cov, slopes)
    np.testing.assert_allclose(own["std_error"] ** 2, expected, rtol=1e-6)


def test_population_is_between_the_middle_and_a_half() -> None:
    fit = fitted("binary")
    middle, mean = fit.predict(random="none"), fit.predict(kind="population")
    assert (np.abs(mean - 0.5) < np.abs(middle - 0.5)).all()
    np.testing.assert_array_equal(mean, fit.predict(kind="population", random="none"))
    counts = fitted("counts")
    v = float(counts.theta[0]) ** 2
    np.testing.assert_allclose(
        counts.predict(kind="population"), counts.predict(random="none") * np.exp(v / 2), rtol=1e-12
    )


def test_population_standard_error_includes_theta() -> None:
    """Log link: log mean = x'beta + theta^2 / 2, whose gradient is (x, theta)."""
    fit = fitted("counts")
    found, theta = fit.fit.estimates.generalized, fit.theta
    table = interval(fit, interval="confidence", kind="population")
    gradient = np.column_stack([fit.fit.design.X, np.full(N, theta[0])])
    error = np.sqrt(np.einsum("np,pq,nq->n", gradient, found.joint_cov, gradient))
    np.testing.assert_allclose(table["std_error"], error * table["estimate"], rtol=1e-6)
    ratio = np.log(table["conf_high"] / table["conf_low"]) / (2 * error)
    np.testing.assert_allclose(ratio, 1.959963984540054, rtol=1e-6)


def test_population_of_new_rows_needs_no_labels() -> None:
    fit = fitted("slope")
    rows = {"x": DATA["x"][:4]}
    np.testing.assert_allclose(
        fit.predict(rows, kind="population"), fit.predict(kind="population")[:4], rtol=1e-12
    )


def test_missing_values_keep_their_place() -> None:
    rows = {"x": [0.0, np.nan, 1.0], "g": ["g1", "g2", None]}
    for kind in ("response", "category"):
        with pytest.warns(RowsDroppedWarning):
            found = fitted("ordered").predict(rows, kind=kind)
        if kind == "category":
            assert found.tolist()[1:] == [None, None]
            assert found[0] in {"0", "1", "2", "3"}
        else:
            assert np.isnan(found["2"][1:]).all()
            assert sum(found[c][0] for c in found.columns) == pytest.approx(1)
    with pytest.warns(RowsDroppedWarning):
        table = fitted("ordered").predict(rows, interval="confidence")
    assert table["row"].tolist() == [1] * 4 + [2] * 4 + [3] * 4
    assert np.isnan(table["estimate"][4:]).all()
    assert np.isfinite(table["estimate"][:4]).all()
    with pytest.warns(RowsDroppedWarning):
        nothing = fitted("binary").predict({"x": [np.nan], "g": ["g1"]}, interval="prediction")
    assert np.isnan(nothing["conf_low"]).all()


def test_rows_that_aliased_columns_do_not_determine() -> None:
    data = DATA | {"z": 2 * DATA["x"] + 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = echelon.fit("y ~ x + z + (1 | g)", data, family="binomial")
    rows = {"x": [0.5, 0.5], "z": [2.0, 3.0], "g": ["g1", "g1"]}
    with pytest.warns(RankWarning) as caught:
        found = fit.predict(rows, interval="confidence")
    assert caught[0].filename == __file__
    assert np.isnan(found["estimate"]).tolist() == [False, True]
    assert np.isnan(found["conf_low"]).tolist() == [False, True]


def test_gaussian_models_have_one_scale() -> None:
    fit = echelon.fit("amount ~ x + (1 | g)", DATA)
    np.testing.assert_array_equal(fit.predict(kind="link"), fit.predict())
    np.testing.assert_array_equal(fit.predict(kind="population"), fit.predict(random="none"))
    both = [
        fit.predict(kind=kind, random="none", interval="prediction")["std_error"]
        for kind in ("population", "response")
    ]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("method", ["PQL1", "MQL1"])
def test_quasi_likelihoods_predict(method: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = echelon.fit("y ~ x + (1 | g)", DATA, family="binomial", method=method)
    table = interval(fit, interval="confidence")
    assert ((table["conf_low"] > 0) & (table["conf_high"] < 1)).all()


@pytest.mark.slow
def test_limits_hold_what_they_say_over_samples() -> None:
    """Known truth: the mean of known groups, the population's mean, and responses of new groups."""
    held: dict[str, list[bool]] = {"known": [], "population": [], "new": []}
    x, g = np.tile(np.arange(6) / 3 - 1, 50), np.repeat(np.arange(50), 6)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        b = 0.6 * rng.normal(size=51)
        eta = 0.5 + 0.7 * x + b[g]
        y = rng.poisson(np.exp(eta))
        fit = echelon.fit("y ~ x + (1 | g)", {"y": y, "x": x, "g": g}, family="poisson")
        known = interval(fit, interval="confidence")
        inside = (known["conf_low"] <= np.exp(eta)) & (np.exp(eta) <= known["conf_high"])
        held["known"] += inside.tolist()
        mean = np.exp(0.5 + 0.18)
        table = interval(fit, {"x": [0.0]}, interval="confidence", kind="population").rows()[0]
        held["population"].append(table["conf_low"] <= mean <= table["conf_high"])
        table = interval(fit, {"x": [0.0], "g": [99]}, interval="prediction").rows()[0]
        draws = rng.poisson(np.exp(0.5 + 0.6 * rng.normal(size=200)))
        held["new"] += ((table["conf_low"] <= draws) & (draws <= table["conf_high"])).tolist()
    assert 0.935 < np.mean(held["known"]) < 0.96
    assert 0.91 < np.mean(held["population"]) < 0.98
    assert 0.95 < np.mean(held["new"]) < 0.985
