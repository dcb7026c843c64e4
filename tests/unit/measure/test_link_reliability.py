"""Reliability on the scale of a link: that of a Gaussian model where it is one, and by hand."""

from __future__ import annotations

import numpy as np

import echelon
from echelon.measure.link_reliability import own_variances
from tests.reference.test_generalized_cases import fitted


def test_is_the_gaussian_one_for_a_gaussian_model() -> None:
    """A constant dispersion formula makes the same model a generalized one."""
    data = echelon.datasets.load("sleep")
    formula = "reaction ~ days + (days | subject)"
    plain = echelon.fit(formula, data, method="ML").reliability()
    link = echelon.fit(formula, data, dispersion="~ 1").reliability()
    for column in ("variance", "error_variance", "reliability"):
        np.testing.assert_allclose(link[column], plain[column], rtol=1e-4)
    assert link["n_groups"].tolist() == plain["n_groups"].tolist()


def test_of_one_random_intercept() -> None:
    """1 - conditional variance / variance, group by group."""
    fit = fitted("glmm_cbpp_logit_laplace")
    modes = fit.conditional_modes("herd")
    row = fit.reliability().row(grouping="herd")
    assert 0 < row["reliability"] < 1
    assert row["n_groups"] == len(modes)


def test_own_variances_undo_the_shrinkage() -> None:
    rng = np.random.default_rng(1)
    Lambda = np.array([[0.9, 0.0], [0.3, 0.5]])
    roots = rng.normal(size=(5, 2, 4))
    information = roots @ roots.transpose(0, 2, 1)
    Sigma = Lambda @ Lambda.T
    covariances = np.linalg.inv(information + np.linalg.inv(Sigma))
    expected = np.diagonal(np.linalg.inv(information), axis1=1, axis2=2)
    np.testing.assert_allclose(own_variances(Lambda, covariances), expected, rtol=1e-8)


def test_groups_that_say_nothing_are_left_out() -> None:
    Lambda = np.array([[0.7]])
    assert np.isnan(own_variances(Lambda, np.array([[[0.49]]]))).all()
    assert np.isnan(own_variances(np.zeros((1, 1)), np.zeros((3, 1, 1)))).all()
