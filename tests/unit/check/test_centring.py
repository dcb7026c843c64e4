"""Zeros outside the data, and slopes of uncentred predictors."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.centring import between_share
from tests.unit.check.model_cases import clean, contextual, finding, fitted, late, names, years


def test_years_with_a_slope() -> None:
    found = finding(years, "zero_of_predictors")
    spread = np.tile(np.arange(12), 80).std()
    assert found.verdict == "act"
    assert found.value == pytest.approx(2000 / spread)
    assert found.facts["slopes"] == ("g",)
    assert found.facts["interactions"] == ("year:x",)
    assert found.facts["formula"] == ("y ~ cgm(year) + x + cgm(year):x + (1 + cgm(year) | g)")


def test_years_without_one() -> None:
    found = finding(late, "zero_of_predictors")
    assert found.verdict == "look"
    assert np.isnan(found.act)
    assert found.facts["others"] == ("age",)


def test_zero_inside() -> None:
    found = finding(clean, "zero_of_predictors")
    assert (found.verdict, found.value) == ("fine", 0.0)


def test_between_share_is_the_icc_of_one_way_anova() -> None:
    result, data = fitted(contextual), contextual()[1]
    null = ec.fit("x ~ 1 + (1 | g)", data)
    share = between_share(data["x"], result.fit.design.rows.blocks[0])
    assert share == pytest.approx(null.icc().row(grouping="g")["icc"], abs=1e-6)  # balanced


def test_slopes() -> None:
    found = finding(contextual, "uncentred_slope")
    assert found.verdict == "look"
    assert found.value == pytest.approx(0.5, abs=0.1)
    assert "uncentred_slope" not in names(clean)
    data = contextual()[1]
    assert "uncentred_slope" not in names(lambda: ("y ~ cwc(x, g) + (cwc(x, g) | g)", data, {}))


def test_means_that_the_model_has_are_not_added_again() -> None:
    data = contextual()[1]
    data["m"] = np.bincount(data["g"], data["x"])[data["g"]] / 12
    found = finding(lambda: ("y ~ x + m + (x | g)", data, {}), "uncentred_slope")
    assert found.facts["formula"] == "y ~ cwc(x, g) + m + (1 + cwc(x, g) | g)"
    assert not found.facts["adds_means"]
