"""Which rows a rank-deficient fit can say something about."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from echelon import api
from echelon.engine.aliasing import is_estimable
from echelon.fit import Fit
from tests.property.models import table


def fitted(formula: str, data: dict[str, np.ndarray]) -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = api.fit(formula, data).fit
    assert not fit.estimates.is_estimated.all()
    return fit


@pytest.mark.parametrize("intercept", ["1", "0"])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_rows_of_the_fit_are_estimable_and_others_are_not(intercept: str, shift: float) -> None:
    data = table(3)
    data |= {"x": data["x"] + shift, "s": 2 * (data["x"] + shift) - 3 * data["z"]}
    fit = fitted(f"y ~ {intercept} + x + z + s + (1 | g)", data)
    rows = fit.design.rows
    assert is_estimable(fit, rows).all()
    *others, s = rows.fixed_columns
    moved = replace(
        rows, fixed_columns=(*others, s + np.where(np.arange(90) < 5, 0.01 * shift + 1, 0))
    )
    np.testing.assert_array_equal(is_estimable(fit, moved), np.arange(90) >= 5)


def test_an_empty_cell_is_not_estimable() -> None:
    data = table(3)
    data["f"] = np.where(data["f"] == "f2", "f1", data["f"])
    data["c"] = np.where(data["f"] == "f1", "c1", data["k"])
    fit = fitted("y ~ f * c + (1 | g)", data)
    assert is_estimable(fit, fit.design.rows).all()
