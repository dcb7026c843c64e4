"""Coefficients of groups in three ways, and what is expected of groups without a predictor."""

from __future__ import annotations

import numpy as np

from echelon import api
from echelon.measure.group_coefficients import group_coefficients
from echelon.measure.reliability import reliability
from tests.group_fits import fitted, sleep


def test_own_regressions_of_subjects() -> None:
    """Least squares in each subject (lme4's lmList of the same data)."""
    found = group_coefficients(sleep(), 0, "test")
    np.testing.assert_allclose(found.own[0], [244.19267, 21.76470], rtol=1e-6)
    np.testing.assert_allclose(found.estimate, sleep().estimates.beta + sleep().estimates.modes[0])
    np.testing.assert_allclose(found.expected, np.tile(sleep().estimates.beta, (18, 1)))
    np.testing.assert_allclose(found.pooled[0], [251.40510, 10.46729], rtol=1e-6)


def test_expectation_counts_level_two_predictors() -> None:
    fit = fitted("mathach ~ ses * sector + (ses | school)", "hsb")
    found = group_coefficients(fit, 0, "test")
    beta = dict(zip(fit.design.fixed_names, fit.estimates.beta.tolist(), strict=True))
    catholic = [
        beta["(Intercept)"] + beta["sector[Catholic]"],
        beta["ses"] + beta["ses:sector[Catholic]"],
    ]
    public = [beta["(Intercept)"], beta["ses"]]
    np.testing.assert_allclose(
        np.unique(found.expected.round(9), axis=0), sorted([catholic, public]), rtol=1e-7
    )


def test_groups_without_the_predictor_keep_its_coefficient() -> None:
    """Their rows do not show the slope; the fixed effects still say what it would be."""
    rng = np.random.default_rng(6)
    g = np.repeat(np.arange(12), 8)
    d = (rng.random(96) < 0.5) * (g > 2).astype(float)
    y = 2 * d + rng.normal(size=12)[g] + rng.normal(size=12)[g] * d + 0.5 * rng.normal(size=96)
    fit = api.fit("y ~ d + (d | g)", {"y": y, "d": d, "g": g}).fit
    found = group_coefficients(fit, 0, "test")
    np.testing.assert_allclose(found.expected, np.tile(fit.estimates.beta, (12, 1)))
    assert np.isnan(found.own[:3]).all()
    row = reliability(fit, by_group=True).row(group=0, term="d")
    assert row["estimate"] == fit.estimates.beta[1] + fit.estimates.modes[0][0, 1]


def test_groups_without_the_predictor_where_groups_differ() -> None:
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(12), 8)
    d, w = (rng.random(96) < 0.5) * (g > 2).astype(float), rng.normal(size=12)[g]
    y = 2 * d + d * w + rng.normal(size=12)[g] * (1 + d) + 0.5 * rng.normal(size=96)
    fit = api.fit("y ~ d + d:w + (d | g)", {"y": y, "d": d, "w": w, "g": g}).fit
    expected = group_coefficients(fit, 0, "test").expected
    assert np.isnan(expected[:3, 1]).all()
    assert np.isfinite(expected[3:]).all()
