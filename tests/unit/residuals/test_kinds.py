"""Fitted values and residuals."""

from __future__ import annotations

import numpy as np
import pytest

from echelon import api
from echelon.residuals import KINDS, fitted_values, residuals
from tests.property.models import table
from tests.reference.case import load

WEIGHTED = "lmm_sleep_weights_reml"


@pytest.fixture(scope="module")
def weighted() -> api.Result:
    case = load(WEIGHTED)
    return api.fit(case["formula"], case.frame(), **case.options)


@pytest.mark.parametrize(
    ("kind", "key"), [("response", "residuals_head"), ("pearson", "pearson_residuals_head")]
)
def test_as_lme4_gives_them(weighted: api.Result, kind: str, key: str) -> None:
    expected = load(WEIGHTED).extra[key]
    np.testing.assert_allclose(residuals(weighted.fit, kind)[:5], expected, atol=1e-5)


def test_fitted_and_response_add_up_to_y(weighted: api.Result) -> None:
    total = fitted_values(weighted.fit) + weighted.residuals()
    np.testing.assert_allclose(total, weighted.fit.design.y, rtol=1e-14)


def test_standardized_and_quantile_have_no_unit(weighted: api.Result) -> None:
    pearson = weighted.residuals("pearson")
    for kind in ("standardized", "quantile"):
        np.testing.assert_allclose(weighted.residuals(kind), pearson / weighted.sigma)


def test_marginal_leaves_groups_in() -> None:
    result = api.fit("y ~ x + (1 | g)", table(5), offset="exposure")
    design = result.fit.design
    expected = design.y - design.X @ result.fit.estimates.beta - design.rows.offset
    np.testing.assert_allclose(result.residuals("marginal"), expected, atol=1e-12)
    modes = result.fit.estimates.modes[0][:, 0][design.rows.blocks[0].memberships[0].codes]
    np.testing.assert_allclose(result.residuals(), expected - modes, atol=1e-12)


def test_without_random_effects_marginal_is_response() -> None:
    result = api.fit("y ~ x", table(5))
    np.testing.assert_array_equal(result.residuals("marginal"), result.residuals())


def test_pearson_squares_and_penalty_make_pwrss(weighted: api.Result) -> None:
    estimates = weighted.fit.estimates
    u = np.linalg.solve(estimates.Lambdas[0], estimates.modes[0].T)
    total = np.square(weighted.residuals("pearson")).sum() + np.square(u).sum()
    assert total == pytest.approx(estimates.pwrss, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_one_per_row_used(kind: str) -> None:
    data = table(5)
    data["x"][[3, 7]] = np.nan
    assert api.fit("y ~ x + (1 | g)", data).residuals(kind).shape == (88,)
