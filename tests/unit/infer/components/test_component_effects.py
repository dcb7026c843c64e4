"""What a family has besides its mean."""

from __future__ import annotations

import math

import numpy as np
import pytest

from echelon.infer.components.component_effects import (
    component_effects,
    components_of,
    dispersion,
    natural_value,
    thresholds,
)
from tests.golden import fits, generalized_fits

Z = 1.959963984540054


def test_columns_and_components() -> None:
    table = component_effects(generalized_fits.zeros())
    assert table.columns == (
        "component",
        "term",
        "estimate",
        "std_error",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "natural",
    )
    assert list(zip(table["component"], table["term"], strict=True)) == [
        ("zero", "(Intercept)"),
        ("zero", "urban[Y]"),
        ("dispersion", "(Intercept)"),
    ]
    zero, _, theta = table.rows()
    assert zero["statistic"] == pytest.approx(-1.22 / 0.24)
    assert zero["conf_low"] == pytest.approx(-1.22 - Z * 0.24)
    assert zero["natural"] is None
    assert theta["p_value"] is None
    assert theta["df"] is None
    assert theta["natural"] == pytest.approx(math.exp(-0.1233))


def test_ordered_categories_have_thresholds_nominal_effects_and_a_scale() -> None:
    found = [name for _, name, _ in components_of(generalized_fits.ordered())]
    assert found == ["threshold"] * 4 + ["nominal"] * 4 + ["scale"]
    table = component_effects(generalized_fits.ordered())
    assert table["term"][[0, 4, 8]].tolist() == ["1|2", "1|2.urban[Y]", "age"]
    assert np.isnan(table["p_value"][:4]).all()
    assert np.isfinite(table["p_value"][4:]).all()


def test_a_dispersion_with_predictors_is_tested_but_for_its_constant() -> None:
    constant, slope = component_effects(generalized_fits.shares()).rows()
    assert constant["p_value"] is None
    assert slope["statistic"] == pytest.approx(0.4 / 0.11)
    assert constant["natural"] is None


def test_families_without_anything_else_have_no_rows() -> None:
    for fit in (fits.sleep(), generalized_fits.binomial()):
        table = component_effects(fit)
        assert len(table) == 0
        assert table.notes == ()


def test_thresholds_of_fewer_parameters_are_written_out() -> None:
    table = thresholds(generalized_fits.equidistant())
    assert table["term"].tolist() == ["1|2", "2|3", "3|4", "4|5"]
    np.testing.assert_allclose(table["estimate"], -0.75 + 0.62 * np.arange(4))
    np.testing.assert_allclose(table["std_error"], np.hypot(0.11, 0.034 * np.arange(4)))
    np.testing.assert_allclose(table["conf_high"], table["estimate"] + Z * table["std_error"])


def test_dispersion_on_its_own_scale() -> None:
    assert dispersion(fits.sleep()) == 25.5918
    assert dispersion(generalized_fits.zeros()) == pytest.approx(math.exp(-0.1233))
    assert dispersion(generalized_fits.shares()) == pytest.approx(math.exp(1.6))
    assert dispersion(generalized_fits.binomial()) == 1.0


def test_natural_scales() -> None:
    assert natural_value("power", 0.0) == 1.5
    assert natural_value("power", 1e4) == 2.0
    assert natural_value("power", -1e4) == 1.0
    assert natural_value("df", math.log(7.0)) == pytest.approx(7.0)
    assert natural_value("dispersion", 1e4) == math.inf
