"""Fit criteria."""

from __future__ import annotations

import math

import pytest

from echelon.measure.criteria import criteria
from tests.golden import fits


def test_criteria_of_the_sleep_model() -> None:
    """As lme4 prints them: AIC 1755.628, BIC 1774.786, 6 parameters."""
    found = criteria(fits.sleep())
    assert found.n_parameters == 6
    assert found.log_likelihood == pytest.approx(-871.8141, abs=1e-4)
    assert found.aic == pytest.approx(1755.628, abs=1e-3)
    assert found.bic == pytest.approx(1743.6283 + 6 * math.log(180))


def test_coefficients_not_estimated_do_not_count() -> None:
    assert criteria(fits.troubled()).n_parameters == 2 + 3 + 1
