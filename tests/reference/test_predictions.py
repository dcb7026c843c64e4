"""Predictions for known and new groups against lme4's `predict`."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.reference.case import NAMES, load
from tests.reference.test_cases import fitted
from tests.reference.tolerances import DEFAULT

PREDICTED = [name for name in NAMES if "predict" in load(name).extra]


def test_there_are_cases() -> None:
    assert len(PREDICTED) == 3


@pytest.mark.parametrize("name", PREDICTED)
def test_predictions(name: str) -> None:
    """New groups have the mean of their population, as `allow.new.levels = TRUE`."""
    expected, fit = load(name).extra["predict"], fitted(name)
    rows = pl.DataFrame(expected["newdata"])
    limit = DEFAULT["fitted"] * fit.sigma
    np.testing.assert_allclose(fit.predict(rows), expected["conditional"], rtol=0, atol=limit)
    population = fit.predict(rows, random="none", interval="confidence")
    np.testing.assert_allclose(population["estimate"], expected["population"], rtol=0, atol=limit)
    np.testing.assert_allclose(population["std_error"], expected["se_population"], rtol=1e-6)


@pytest.mark.parametrize("name", ["lmm_sleep_slope_reml", "lmm_machines_nested_reml"])
def test_own_rows_are_the_fitted_values(name: str) -> None:
    fit, frame = fitted(name), load(name).frame()
    np.testing.assert_array_equal(fit.predict(), fit.fitted)
    np.testing.assert_allclose(fit.predict(frame), fit.fitted, rtol=1e-12)
    marginal = fit.predict(random="none") + fit.residuals("marginal")
    np.testing.assert_allclose(marginal, fit.fitted + fit.residuals(), rtol=1e-12)
