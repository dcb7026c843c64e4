"""Fit criteria."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from echelon.engine.reference import gaussian as reference
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.measure.criteria import (
    bic_by_groups,
    conditional_criteria,
    corrected_aic,
    criteria,
)
from echelon.residuals import residuals
from tests.golden import fits, generalized_fits
from tests.unit.building.fitted import fit, sleep

PASTES = "strength ~ 1 + (1 | batch/cask)"


def test_criteria_of_the_sleep_model() -> None:
    """As lme4 prints them: AIC 1755.628, BIC 1774.786, 6 parameters."""
    found = criteria(fits.sleep())
    assert found.n_parameters == 6
    assert found.log_likelihood == pytest.approx(-871.8141, abs=1e-4)
    assert found.aic == pytest.approx(1755.628, abs=1e-3)
    assert found.bic == pytest.approx(1743.6283 + 6 * math.log(180))


def test_coefficients_not_estimated_do_not_count() -> None:
    assert criteria(fits.troubled()).n_parameters == 2 + 3 + 1


def test_aicc_of_the_sleep_model() -> None:
    """By hand: 1755.628 + 2 * 6 * 7 / (180 - 6 - 1)."""
    assert corrected_aic(fits.sleep()) == pytest.approx(1755.628272 + 84 / 173, abs=1e-4)


def test_aicc_where_nothing_is_left() -> None:
    rows = {"y": [1.0, 3, 2, 5], "x": [1.0, 2, 3, 5]}
    assert corrected_aic(fit("y ~ x", rows)) == math.inf


def test_bic_by_groups() -> None:
    assert bic_by_groups(fits.sleep()) == pytest.approx(1743.6283 + 6 * math.log(18), abs=1e-4)
    nested = fit(PASTES, "pastes")
    assert bic_by_groups(nested) == nested.estimates.objective + math.log(10) * 4
    assert math.isnan(bic_by_groups(fits.no_groups()))


def hat_trace(fitted: Fit) -> float:
    """Trace of [U X] M^-1 [U X]' W, formed in full."""
    design = fitted.design
    w, kept = reference.prior_weights(design), fitted.estimates.is_estimated
    U = reference.dense_Z(design) @ reference.dense_Lambda(design, fitted.estimates.theta)
    UX = np.hstack([U, design.X[:, kept]])
    products = UX.T @ (w[:, None] * UX)
    penalty = np.diag(np.r_[np.ones(U.shape[1]), np.zeros(int(kept.sum()))])
    return float(np.trace(np.linalg.solve(products + penalty, products)))


def conditional(fitted: Fit) -> float:
    """Log likelihood of the rows given fitted values, one by one."""
    weights = reference.prior_weights(fitted.design)
    variance = fitted.estimates.sigma**2 / weights
    squares = residuals(fitted, "response") ** 2
    return float(-(np.log(2 * np.pi * variance) + squares / variance).sum() / 2)


def table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    g, h = np.arange(120) // 10, np.arange(120) % 7
    x = rng.normal(size=120)
    y = rng.normal(size=12)[g] * (1 + x) + rng.normal(size=7)[h] + rng.normal(size=120)
    return {"y": y, "x": x, "twice": 2 * x, "g": g, "h": h, "w": rng.uniform(0.5, 3, 120)}


MODELS = [
    ("y ~ x + (x | g)", "REML", None),
    ("y ~ x + (x | g) + (1 | h)", "ML", "w"),
    ("y ~ x + twice + (x || g)", "REML", None),  # a column not estimated
    ("y ~ 0 + x + cs(1 + x | g)", "ML", None),
    ("y ~ x + ar1(0 + factor(h) | g)", "REML", "w"),
    ("h ~ x + (1 | g)", "ML", None),  # singular
    ("y ~ x", "REML", "w"),
]


@pytest.mark.parametrize(("formula", "method", "weights"), MODELS)
def test_conditional_criteria_by_hand(formula: str, method: str, weights: str | None) -> None:
    fitted = fit(formula, table(), method=method, weights=weights)
    found = conditional_criteria(fitted)
    assert found.effective_df == pytest.approx(hat_trace(fitted), rel=1e-9)
    assert found.log_likelihood == pytest.approx(conditional(fitted), rel=1e-11)
    penalty = 2 * (found.effective_df + 1)
    assert found.aic == pytest.approx(-2 * found.log_likelihood + penalty)


def test_effective_parameters_lie_between_the_ranks() -> None:
    slopes = sleep("days + (days | subject)")
    assert 2 < conditional_criteria(slopes).effective_df < 2 + 36


def test_conditional_criteria_need_no_rows() -> None:
    whole = sleep("days + (days | subject)")
    rowless = replace(whole, design=replace(whole.design, y=np.empty(0)))
    assert conditional_criteria(rowless) == conditional_criteria(whole)


def test_criteria_of_generalized_fits_count_what_was_estimated() -> None:
    """Coefficients of the mean and of the other linear predictors, and theta; no sigma."""
    counts = {
        "binomial": 3 + 0 + 3,
        "ordered": 1 + 9 + 1,
        "equidistant": 1 + 2 + 1,
        "multinomial": 4 + 0 + 3,
        "zeros": 3 + 3 + 2,
        "shares": 2 + 2 + 1,
    }
    for name, count in counts.items():
        fit = getattr(generalized_fits, name)()
        found = criteria(fit)
        assert found.n_parameters == count, name
        assert found.aic == pytest.approx(1552.8283 + 2 * count)
        assert found.bic == pytest.approx(1552.8283 + math.log(240) * count)


def test_a_quasi_likelihood_has_no_criteria() -> None:
    found = criteria(generalized_fits.quasi())
    assert found.n_parameters == 3  # one of three coefficients is not estimated
    assert all(map(math.isnan, (found.objective, found.log_likelihood, found.aic, found.bic)))


def test_no_conditional_criteria_of_generalized_fits() -> None:
    with pytest.raises(NotEstimableError, match=r"Gaussian models with the identity link only"):
        conditional_criteria(generalized_fits.binomial())
