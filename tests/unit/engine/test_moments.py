"""Second moments from cross-products against the n x n matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from echelon.engine import moments as module
from echelon.engine import moments_crossed, moments_nested
from echelon.engine.directions import directions
from echelon.engine.moments import Moments, moments
from echelon.engine.moments_crossed import crossed_moments
from echelon.engine.moments_nested import chain_of
from echelon.engine.sums import sums_of
from echelon.errors import EngineError
from echelon.fit import Fit
from tests.unit.engine.dense_covariance import dense
from tests.unit.engine.random_designs import MODELS, fitted

NESTED = ["intercepts", "slopes, weights", "three levels, weights", "four levels"]


def same(ours: np.ndarray, expected: np.ndarray, limit: float = 1e-9) -> None:
    """Equal relative to the largest entry."""
    np.testing.assert_allclose(ours, expected, rtol=0, atol=limit * np.abs(expected).max())


@pytest.mark.parametrize("name", MODELS)
def test_against_n_by_n_matrices(name: str) -> None:
    """A predictor near 2000 costs the n x n road three digits, not ours."""
    fit = fitted(name)
    found, at = moments(fit), dense(fit)
    inverse = np.linalg.inv(at.V)
    B = found.basis[fit.estimates.is_estimated]
    X = at.X @ B
    parts = [inverse @ dV for dV in at.dV]
    assert found.n_parameters == len(parts)
    same(found.information, X.T @ inverse @ X)
    same(found.K, np.array([[np.sum(a * b.T) for b in parts] for a in parts]))
    for i, left in enumerate(parts):
        same(found.P[i], X.T @ left @ inverse @ X)
        for j, right in enumerate(parts):
            same(found.Q[i, :, j], X.T @ left @ right @ inverse @ X)


@pytest.mark.parametrize("name", NESTED)
def test_cut_into_small_batches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few trees and a few groups at a time add up to the same."""
    fit = fitted(name)
    whole = moments(fit)
    monkeypatch.setattr(moments_nested, "TREES", 5)
    monkeypatch.setattr(moments_nested, "BATCH", 100)
    assert_same(moments(fit), whole)


@pytest.mark.parametrize("name", ["crossed", "crossed, weights", "crossed and nested"])
def test_largest_factor_in_small_chunks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = fitted(name)
    whole = moments(fit)
    monkeypatch.setattr(moments_crossed, "CHUNK", 100)
    assert_same(moments(fit), whole)


@pytest.mark.parametrize("name", NESTED[2:])
def test_nested_factors_as_if_they_crossed(name: str) -> None:
    fit = fitted(name)
    along = directions(fit)
    keep = np.flatnonzero(fit.estimates.is_estimated)
    sums = sums_of(along.products.to_state(), keep, fit.estimates.sigma**2)
    assert chain_of(sums) is not None
    whole = moments(fit)
    found = crossed_moments(sums, along)
    assert_same(replace(whole, **dict(zip(FIELDS, found, strict=True))), whole)


FIELDS = ("information", "P", "Q", "K")


def assert_same(found: Moments, expected: Moments) -> None:
    for name in FIELDS:
        same(getattr(found, name), getattr(expected, name), 1e-12)


@pytest.mark.parametrize("name", ["crossed", "multiple membership", "crossed and nested"])
def test_crossed_factors_are_no_chain(name: str) -> None:
    fit = fitted(name)
    keep = np.flatnonzero(fit.estimates.is_estimated)
    assert chain_of(sums_of(fit.crossprod.to_state(), keep, 1.0)) is None


def test_rows_are_not_read() -> None:
    """A fit that was saved without its rows has the same moments."""
    fit: Fit = fitted("three levels")
    rowless = replace(fit, design=replace(fit.design, y=np.empty(0)))
    assert_same(moments(rowless), moments(fit))


def test_too_many_crossed_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 5)
    with pytest.raises(EngineError) as caught:
        moments(fitted("crossed"))
    assert str(caught.value) == (
        "The grouping factors cross, and have too many groups for second moments of V.\n"
        "  where: Kenward-Roger or expected information; grouping factors 'g', 'c'\n"
        "  got:   9 random effects besides those of 'g'\n"
        "  need:  at most 5 besides the largest factor; nested factors have no limit\n"
        "  do:    use df_method='satterthwaite', which scales; the two agree with so many"
        " groups.\n"
        "  see:   errors#too-many-crossed-groups"
    )
