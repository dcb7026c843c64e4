"""CR2, CR3 and their degrees of freedom against the textbook formulas, formed in full."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

from echelon import api
from echelon.errors import EchelonWarning
from echelon.fit import Fit
from echelon.infer.sandwich import robust_cr2
from echelon.infer.sandwich.clusters import read_clusters
from echelon.infer.sandwich.robust import robust, robust_covariance
from echelon.infer.sandwich.robust_scores import cluster_scores
from tests.sandwich_twin import Twin, twin

N = 180


@cache
def data() -> dict[str, Any]:
    """Eighteen groups of unequal size, in six regions, with pupils in classes."""
    rng = np.random.default_rng(8)
    g = np.sort(rng.integers(0, 18, N))
    x, z = rng.normal(size=N), rng.normal(size=18)[g]
    columns = {
        "x": x, "z": z, "g": g, "class": np.arange(N) // 3, "region": g // 3,
        "twice": 2 * x - 1, "only": (g == 5) * 1.0, "w": rng.uniform(0.3, 4, N),
        "o": rng.normal(size=N), "f": np.array(["a", "b", "c"])[rng.integers(0, 3, N)],
        "m1": 3 * (g // 3) + rng.integers(0, 3, N), "m2": 3 * (g // 3) + rng.integers(0, 3, N),
    }  # fmt: skip
    noise = rng.normal(size=18)[g] + rng.normal(size=60)[columns["class"]] + rng.normal(size=N)
    return {**columns, "y": 1 + x + z + noise}


@cache
def fitted(formula: str, **options: str) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, data(), **options).fit


# name: formula, options, column to cluster by (None: the default)
MODELS: dict[str, tuple[str, dict[str, str], str | None]] = {
    "slopes": ("y ~ x * z + (x | g)", {}, None),
    "weights": ("y ~ x + z + (x | g)", {"weights": "w"}, None),
    "offset": ("y ~ x + (1 | g)", {"offset": "o"}, None),
    "no intercept": ("y ~ 0 + x + f + (1 | g)", {}, None),
    "a column twice": ("y ~ x + twice + f + (1 | g)", {}, None),
    "nested": ("y ~ f + x + (1 | g) + (1 | g:class)", {}, None),
    "above the top factor": ("y ~ x + z + (f || g)", {}, "region"),
    "structured": ("y ~ x + ar1(0 + f | g)", {}, None),
    "multiple membership": ("y ~ x + (1 | mm(m1, m2))", {}, "region"),
    "intercept only": ("y ~ 1 + (1 | g)", {"weights": "w"}, None),
    "least squares": ("y ~ x + f", {}, "g"),
}


def both(name: str, kind: str) -> tuple[Fit, Any, Twin]:
    formula, options, column = MODELS[name]
    fit = fitted(formula, **options)
    cluster = None if column is None else data()[column]
    ours = robust_covariance(fit, kind, cluster, "satterthwaite")
    return fit, ours, twin(fit, kind, read_clusters(fit, cluster)[0].codes)


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
@pytest.mark.parametrize("name", MODELS)
def test_covariance_and_degrees_of_freedom(name: str, kind: str) -> None:
    fit, ours, theirs = both(name, kind)
    kept = fit.estimates.is_estimated
    scale = np.sqrt(np.diag(theirs.vcov))
    vcov = ours.vcov[np.ix_(kept, kept)]
    np.testing.assert_allclose(
        vcov / np.outer(scale, scale), theirs.vcov / np.outer(scale, scale), rtol=0, atol=1e-10
    )
    assert np.isnan(ours.vcov[~kept]).all()
    df = ours.degrees.rows(np.eye(len(kept)))[kept]
    expected = [theirs.df(row) for row in np.eye(int(kept.sum()))]
    np.testing.assert_allclose(df, expected, rtol=1e-10)


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
@pytest.mark.parametrize("name", ["slopes", "weights", "nested"])
def test_approximate_hotelling(name: str, kind: str) -> None:
    """Several rows at once: eta, its F factor, and no change under another basis."""
    fit, ours, theirs = both(name, kind)
    p = len(fit.design.fixed_names)
    L = np.eye(p)[1:]
    q = len(L)
    df, factor = ours.degrees.joint(L)
    eta = theirs.eta(L)
    assert df == pytest.approx(eta - q + 1, rel=1e-9)
    assert factor == pytest.approx((eta - q + 1) / eta, rel=1e-9)
    turned = np.random.default_rng(1).normal(size=(q, q)) @ L
    assert ours.degrees.joint(turned) == pytest.approx((df, factor), rel=1e-8)


def test_one_row_is_satterthwaite() -> None:
    _, ours, _ = both("slopes", "CR2")
    L = np.array([[0.0, 1.0, -2.0, 0.5]])
    assert ours.degrees.joint(L)[0] == pytest.approx(ours.degrees.rows(L)[0], rel=1e-10)
    assert ours.degrees.joint(L)[1] == pytest.approx(1, rel=1e-12)


def test_unbiased_under_the_model() -> None:
    """E(A e e'A') = V_g is what CR2 is made for: its expectation is the model's covariance."""
    for name in ("slopes", "weights", "nested"):
        fit, _, theirs = both(name, "CR2")
        expected = np.einsum("jpn,nm,jqm->pq", theirs.parts, theirs.V, theirs.parts)
        np.testing.assert_allclose(
            expected * fit.estimates.sigma**2, fit.estimates.vcov, rtol=1e-8, atol=1e-12
        )


def test_cluster_with_leverage_one() -> None:
    """A dummy for one cluster: its residuals are zero, and it tells nothing of the variance."""
    fit = fitted("y ~ x + only + (1 | g)")
    codes = read_clusters(fit)[0].codes
    ours, theirs = robust_covariance(fit, "CR2"), twin(fit, "CR2", codes)
    np.testing.assert_allclose(ours.vcov, theirs.vcov, rtol=1e-8, atol=1e-12)
    assert ours.degrees.rows(np.eye(3))[1] == pytest.approx(theirs.df(np.eye(3)[1]), rel=1e-9)


@pytest.mark.parametrize("name", ["slopes", "weights", "nested"])
def test_batches_make_no_difference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula, options, _ = MODELS[name]
    fit = fitted(formula, **options)
    whole = robust_covariance(fit, "CR2").vcov
    monkeypatch.setattr(robust_cr2, "BATCH", 1)
    np.testing.assert_allclose(robust_covariance(fit, "CR2").vcov, whole, rtol=1e-11)
    monkeypatch.setattr(robust_cr2, "BATCH", 10**9)
    monkeypatch.setattr(robust_cr2, "ROOM", 1e9)
    np.testing.assert_allclose(robust_covariance(fit, "CR2").vcov, whole, rtol=1e-11)


def test_far_from_zero_and_in_other_units() -> None:
    """Shifting and scaling a predictor changes its coefficient's error by the scale only."""
    moved = data() | {"x": 2000 + 1e-4 * data()["x"]}
    near = robust_covariance(fitted("y ~ x + z + (1 | g)"), "CR2")
    far = robust_covariance(api.fit("y ~ x + z + (1 | g)", moved).fit, "CR2")
    slope = np.array([[0.0, 1.0, 0.0]])
    assert far.vcov[1, 1] * 1e-8 == pytest.approx(near.vcov[1, 1], rel=1e-7)
    assert far.degrees.rows(slope) == pytest.approx(near.degrees.rows(slope), rel=1e-6)


def test_variances_of_nearly_all_between_groups() -> None:
    """An intraclass correlation of 0.9999; here the twin has six digits, by its eigenvalues."""
    rng = np.random.default_rng(2)
    g = np.repeat(np.arange(8), 12)
    x = rng.normal(size=96)
    y = x + 1000 * rng.normal(size=8)[g] + 10 * rng.normal(size=96) * (1 + (g == 0))
    fit = api.fit("y ~ x + (1 | g)", {"x": x, "y": y, "g": g}).fit
    ours, theirs = robust_covariance(fit, "CR2"), twin(fit, "CR2", g)
    np.testing.assert_allclose(np.diag(ours.vcov), np.diag(theirs.vcov), rtol=1e-5)


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
def test_no_fixed_effects(kind: str) -> None:
    table = robust(fitted("y ~ 0 + (1 | g)"), kind)
    assert len(table) == 0
    assert table.notes[0].startswith("Clusters: g, 18 of 4 to 15 rows; df: ")


def test_information_adds_up_to_the_covariance_of_the_model() -> None:
    fit = fitted("y ~ x * z + (x | g)")
    parts = cluster_scores(fit, read_clusters(fit)[0])
    model = parts.spread(parts.bread) * fit.estimates.sigma**2
    np.testing.assert_allclose(model, fit.estimates.vcov, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(parts.scores.sum(axis=0), 0, atol=1e-8)
