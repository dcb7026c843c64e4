"""Regressions of groups, against regressions of groups."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from echelon import api, datasets
from echelon.engine.reference import gaussian as reference
from echelon.errors import EchelonWarning
from echelon.fit import Fit
from echelon.measure.group_regressions import carried, group_regressions

RNG = np.random.default_rng(12)
N = 240
G = np.sort(RNG.integers(0, 20, N))
X = RNG.normal(size=N)
T = RNG.normal(size=N)
W = RNG.normal(size=20)[G]
DATA = {
    "x": X, "t": T, "w": W, "g": G, "child": np.arange(N) // 4, "v": RNG.uniform(0.5, 3, N),
    "region": G // 4, "o": RNG.normal(size=N),
    "y": X + W + RNG.normal(size=20)[G] + RNG.normal(size=20)[G] * X + RNG.normal(size=N)
    + RNG.normal(size=5)[G // 4] + RNG.normal(size=60)[np.arange(N) // 4],
}  # fmt: skip


def fitted(formula: str, **options: str) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return api.fit(formula, DATA, **options).fit


@pytest.mark.parametrize("options", [{}, {"weights": "v"}, {"offset": "o"}])
def test_two_levels(options: dict[str, str]) -> None:
    """Least squares of y less its fixed part on the group's own columns, by lstsq."""
    fit = fitted("y ~ x * w + t + (x | g)", **options)
    part = group_regressions(fit, 0)
    weights = np.sqrt(reference.prior_weights(fit.design))
    left = reference.design_response(fit.design) - fit.design.X @ fit.estimates.beta
    for j in range(20):
        own = np.flatnonzero(j == G)
        Z = np.column_stack([np.ones(len(own)), X[own]]) * weights[own, None]
        expected = np.linalg.lstsq(Z, left[own] * weights[own], rcond=None)[0]
        np.testing.assert_allclose(part.deviation[j], expected, rtol=1e-8, atol=1e-9)
        v = fit.estimates.sigma**2 * np.diag(np.linalg.inv(Z.T @ Z))
        np.testing.assert_allclose(part.variance[j], v, rtol=1e-10)
    assert (part.below, part.above, part.has_crossed) == ((), (), False)


def test_three_levels() -> None:
    """Generalised least squares of the rows of a region, given the variation below it."""
    fit = fitted("y ~ x + (x | g) + (1 | g:child) + (x | region)")
    blocks = [block.grouping for block in fit.design.rows.blocks]
    position = blocks.index("region")
    part = group_regressions(fit, position)
    assert {blocks[i] for i in part.below} == {"g", "g:child"}
    at = dict(zip(blocks, reference.places(fit.design), strict=True))
    U = reference.dense_Z(fit.design) @ reference.dense_Lambda(fit.design, fit.estimates.theta)
    low = np.r_[at["g"][1], at["g:child"][1]]
    V = U[:, low] @ U[:, low].T + np.eye(N)
    left = DATA["y"] - fit.design.X @ fit.estimates.beta
    for j in range(5):
        own = np.flatnonzero(j == G // 4)
        Z = np.column_stack([np.ones(len(own)), X[own]])
        weighted = np.linalg.solve(V[np.ix_(own, own)], Z)
        inverse = np.linalg.inv(Z.T @ weighted)
        np.testing.assert_allclose(
            part.variance[j], fit.estimates.sigma**2 * np.diag(inverse), rtol=1e-8
        )
        np.testing.assert_allclose(
            part.deviation[j], inverse @ weighted.T @ left[own], rtol=1e-7, atol=1e-9
        )
    middle = group_regressions(fit, blocks.index("g"))
    assert ([blocks[i] for i in middle.below], [blocks[i] for i in middle.above]) == (
        ["g:child"], ["region"],
    )  # fmt: skip


def test_groups_that_cannot_tell() -> None:
    """One row, or a predictor that does not vary: left out, not invented."""
    data = {"y": RNG.normal(size=61), "x": RNG.normal(size=61), "g": np.arange(61) // 6}
    data["x"][:6] = 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        part = group_regressions(api.fit("y ~ x + (x | g)", data).fit, 0)
    assert np.flatnonzero(~part.is_full).tolist() == [0, 10]
    assert np.isnan(part.deviation[[0, 10]]).all()
    assert np.isfinite(part.deviation[1:10]).all()


def test_predictors_far_from_zero() -> None:
    """A calendar year: Z'Z looks nearly singular, and is not."""
    sleep = datasets.load("sleep")
    near = api.fit("reaction ~ days + (days | subject)", sleep).fit
    moved = sleep.with_columns(days=2000 + sleep["days"])
    far = api.fit("reaction ~ days + (days | subject)", moved).fit
    one, other = group_regressions(near, 0), group_regressions(far, 0)
    assert other.is_full.all()
    np.testing.assert_allclose(other.variance[:, 1], one.variance[:, 1], rtol=1e-5)
    np.testing.assert_allclose(other.deviation[:, 1], one.deviation[:, 1], rtol=1e-4)


def test_without_rows_where_one_factor_needs_none() -> None:
    fit = fitted("y ~ x + (x | g)")
    rowless = replace(fit, design=replace(fit.design, y=np.empty(0)))
    np.testing.assert_array_equal(
        group_regressions(rowless, 0).deviation, group_regressions(fit, 0).deviation
    )


def test_carried() -> None:
    fit = fitted("y ~ x + (x | g)")
    block = fit.design.rows.blocks[0]
    assert carried(fit, T, block) is None
    for column, q, values in ((np.ones(N), 0, 1.0), (W, 0, W), (X, 1, 1.0), (W * X, 1, W)):
        found = carried(fit, column, block)
        assert found is not None
        assert found[0] == q
        np.testing.assert_allclose(found[1][G], values, rtol=1e-9)
