"""Kenward-Roger against the n x n matrices, and where its limits are."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.infer.coefficients.kenward_roger import KenwardRoger, _df_and_factor, kenward_roger
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.distributions.distributions import chi2_p_value, f_p_value
from tests.unit.engine.dense_covariance import dense_kenward_roger
from tests.unit.engine.random_designs import MODELS, data, fitted

BY_REML = [name for name, (_, options) in MODELS.items() if "method" not in options]


def inference(name: str) -> LinearInference:
    fit = fitted(name)
    vcov, degrees = kenward_roger(fit)
    kept = fit.estimates.is_estimated
    return LinearInference(
        fit.design.fixed_names, fit.estimates.beta, vcov, kept, np.empty((len(kept), 0)), degrees,
        "kenward_roger",
    )  # fmt: skip


@pytest.mark.parametrize("name", BY_REML)
def test_against_n_by_n_matrices(name: str) -> None:
    """Adjusted covariance, df of each row, df and scale of all at once; singular fits too."""
    fit, twin = fitted(name), dense_kenward_roger(fitted(name))
    vcov, degrees = kenward_roger(fit)
    kept = fit.estimates.is_estimated
    assert np.isnan(vcov[~kept]).all()
    size = np.sqrt(np.diag(twin.adjusted))
    ours = vcov[np.ix_(kept, kept)]
    limit = 1e-8 if name != "far from zero" else 1e-6  # X'X of a year near 2000: the twin's digits
    np.testing.assert_allclose(
        ours / np.outer(size, size), twin.adjusted / np.outer(size, size), rtol=0, atol=limit
    )
    every = np.eye(len(kept))[kept]
    expected = [twin.df_and_scale(row[None])[0] for row in np.eye(kept.sum())]
    np.testing.assert_allclose(degrees.rows(every), expected, rtol=limit)
    if kept.sum() > 1:
        together = twin.df_and_scale(np.eye(kept.sum()))
        np.testing.assert_allclose(degrees.joint(every), together, rtol=limit)


def test_no_random_effects_is_least_squares() -> None:
    fit = fitted("no random effects")
    vcov, degrees = kenward_roger(fit)
    np.testing.assert_allclose(vcov, fit.estimates.vcov, rtol=1e-10)
    assert degrees.rows(np.eye(3)) == pytest.approx(np.full(3, 177.0))
    assert degrees.joint(np.eye(3)[1:]) == pytest.approx((177.0, 1.0))


def test_one_row_is_not_scaled_and_redundant_rows_do_not_count() -> None:
    _, degrees = kenward_roger(fitted("three levels"))
    row, other = np.array([[0.3, 1.0]]), np.array([[1.0, -1.0]])
    assert degrees.joint(row) == pytest.approx((degrees.rows(row)[0], 1.0))
    assert degrees.joint(np.vstack([row, -2 * row])) == pytest.approx(degrees.joint(row))
    three = np.vstack([row, other, row + other])
    assert degrees.joint(three) == pytest.approx(degrees.joint(np.eye(2)))


def test_a_row_of_zeros_has_no_degrees_of_freedom() -> None:
    _, degrees = kenward_roger(fitted("slopes"))
    assert np.isnan(degrees.rows(np.zeros((1, 2)))).all()
    assert np.isnan(degrees.joint(np.zeros((1, 2)))[0])


def test_f_of_several_rows_is_scaled() -> None:
    """The scale of `joint` multiplies F, whose covariance is the adjusted one."""
    found = inference("slopes, weights")
    L = np.eye(4)[1:]
    df, factor = found.degrees.joint(L)
    distance = L @ found.beta
    F = factor * distance @ np.linalg.solve(found.covariance(L), distance) / 3
    test = found.joint(L)
    assert (test.statistic, test.df_num, test.df_den) == pytest.approx((F, 3, df))
    assert test.p_value == pytest.approx(f_p_value(F, 3, df))
    assert factor < 1


def test_an_aliased_column_changes_nothing() -> None:
    formula = MODELS["aliased"][0].replace(" + twice", "")
    vcov, degrees = kenward_roger(fitted("aliased"))
    less, fewer = kenward_roger(echelon.fit(formula, data()).fit)
    kept = [0, 1, 3]
    np.testing.assert_allclose(vcov[np.ix_(kept, kept)], less, rtol=1e-9)
    np.testing.assert_allclose(degrees.rows(np.eye(4)[kept]), fewer.rows(np.eye(3)), rtol=1e-9)


def test_a_variance_that_the_fixed_effects_take_up() -> None:
    """With a mean for every group nothing is known of their variance, nor of the means' errors."""
    frame = data() | {"label": np.char.add("g", data()["g"].astype(str))}
    fit = echelon.fit("y ~ 0 + label + (1 | g)", frame).fit
    _, degrees = kenward_roger(fit)
    assert np.isnan(degrees.rows(np.eye(12))).all()
    assert np.isnan(degrees.joint(np.eye(12))[0])
    assert np.isnan(degrees.joint(np.eye(12)[:1])[0])


def test_origin_and_unit_of_a_predictor_do_not_matter() -> None:
    """Of a fixed and random slope; at 1e4 standard deviations from zero the fit has 1e-8 left."""
    _, degrees = kenward_roger(fitted("slopes"))
    frame = data() | {"x": 1e6 + 100 * data()["x"]}
    moved = echelon.fit("y ~ x + (x | g)", frame).fit
    _, others = kenward_roger(moved)
    slope = np.array([[0.0, 1.0]])
    assert others.rows(slope) == pytest.approx(degrees.rows(slope), rel=1e-6)


def test_adjusted_errors_are_not_smaller() -> None:
    """The adjustment adds what the estimation of the variances costs."""
    for name in ("slopes", "three levels", "crossed"):
        fit = fitted(name)
        vcov, _ = kenward_roger(fit)
        assert (np.diag(vcov) >= np.diag(fit.estimates.vcov) * (1 - 1e-12)).all()


def test_limits_of_the_approximation_are_those_of_pbkrtest() -> None:
    """R: pbkrtest:::.KR_adjust with P and W made to give these A1, A2, q."""
    assert _df_and_factor(0.0, 0.0, 3) == (np.inf, 1.0)
    for (A1, A2, q), expected in BY_PBKRTEST.items():
        assert _df_and_factor(A1, A2, q) == pytest.approx(expected, rel=1e-12)


# (A1, A2, q): df and scale; 4, 2, 2 is a ratio of two zeros, 0.4, 0.2, 2 is least squares on 20 df
BY_PBKRTEST = {
    (0.5, 0.5, 1): (4.0, 1.0),
    (0.1, 0.09, 3): (105.7627589874928, 0.9886964959194448),
    (0.4, 0.2, 2): (20.0, 1.0),
    (1.0, 1.0, 2): (4.65791397409281, 0.8762349006578802),
    (0.5, 1.0, 2): (5.211005726507457, 0.811428905823746),
    (4.0, 2.0, 2): (2.0, 1.0),
}


def test_degrees_do_not_depend_on_how_rows_are_combined() -> None:
    _, degrees = kenward_roger(fitted("slopes, weights"))
    assert isinstance(degrees, KenwardRoger)
    L = np.eye(4)[1:]
    turn = np.random.default_rng(1).normal(size=(3, 3))
    assert degrees.joint(turn @ L) == pytest.approx(degrees.joint(L))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The fit is singular")
def test_size_in_a_small_design() -> None:
    """Three treatments given to nine groups of unequal size: F of no effect, 1,500 samples.

    At 5% the chi-square test of the same data rejects more than twice as often as it should.
    """
    rng = np.random.default_rng(11)
    g = np.repeat(np.arange(9), [3, 9, 5, 4, 8, 3, 6, 7, 3])
    arm, L = (g % 3).astype(str), np.eye(3)[1:]
    rejected = np.zeros(2)
    for _ in range(1500):
        y = rng.normal(size=9)[g] + rng.normal(size=len(g))
        fit = echelon.fit("y ~ arm + (1 | g)", {"y": y, "arm": arm, "g": g}).fit
        vcov, degrees = kenward_roger(fit)
        df, factor = degrees.joint(L)
        distance = L @ fit.estimates.beta
        naive = distance @ np.linalg.solve(L @ fit.estimates.vcov @ L.T, distance)
        F = factor * distance @ np.linalg.solve(L @ vcov @ L.T, distance) / 2
        rejected += [f_p_value(F, 2, df) < 0.05, chi2_p_value(naive, 2) < 0.05]
    kenward, chi_square = rejected / 1500
    assert kenward == pytest.approx(0.05, abs=0.017)  # three standard errors
    assert chi_square > 0.1
