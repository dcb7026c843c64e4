"""Tables of generalized fits against lme4, glmmTMB and ordinal: dispersion, thresholds, ratios."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference import names
from tests.reference.case import GENERALIZED, HETEROSCEDASTIC, load
from tests.reference.test_generalized_cases import ORDINAL, fitted, limit

DISPERSED = [n for n in GENERALIZED if "sigma" in load(n).numbers and n != HETEROSCEDASTIC]

PLAIN = [n for n in GENERALIZED if "sigma" not in load(n).numbers and n != HETEROSCEDASTIC]


@pytest.mark.parametrize("name", DISPERSED)
def test_dispersion_is_that_of_glmm_tmb(name: str) -> None:
    """`sigma` as glmmTMB's sigma(): theta, phi or sigma of the family."""
    assert fitted(name).sigma == pytest.approx(load(name)["sigma"], rel=limit(name, "extra"))


@pytest.mark.parametrize("name", PLAIN)
def test_one_where_there_is_no_dispersion(name: str) -> None:
    assert fitted(name).sigma == 1.0


@pytest.mark.parametrize("name", ORDINAL)
def test_thresholds(name: str) -> None:
    table, expected = fitted(name).thresholds, load(name).other_coefficients
    assert table["term"].tolist() == list(expected)
    estimates, errors = np.array(list(expected.values()), dtype=float).T
    scale = np.maximum(abs(estimates), errors)
    assert (abs(table["estimate"] - estimates) <= limit(name, "extra") * scale).all()
    np.testing.assert_allclose(table["std_error"], errors, rtol=limit(name, "std_error"))


@pytest.mark.parametrize("name", [n for n in GENERALIZED if load(n).other_coefficients])
def test_component_effects_are_the_other_coefficients(name: str) -> None:
    """Each with its standard error and z, named by component and term."""
    table, expected = fitted(name).component_effects, load(name).other_coefficients
    rows = table.rows()
    assert len(rows) == len(expected)
    for row, (key, (estimate, std_error)) in zip(rows, expected.items(), strict=True):
        found = names.coefficient(str(row["term"]))
        assert key in (found, f"{row['component']}.{found}")
        scale = max(abs(estimate), std_error or row["std_error"])
        assert abs(row["estimate"] - estimate) <= limit(name, "extra") * scale
        if std_error is not None and row["statistic"] is not None:
            z = estimate / std_error
            assert row["statistic"] == pytest.approx(
                z, abs=(limit(name, "std_error") + limit(name, "extra")) * max(1, abs(z))
            )


@pytest.mark.parametrize("name", ["glmm_cbpp_logit_laplace", "glmm_owls_nbinom2_offset"])
def test_ratios_are_e_to_the_estimates(name: str) -> None:
    fit = fitted(name)
    table, effects = fit.exponentiated(), fit.fixed_effects
    np.testing.assert_array_equal(table["p_value"], effects["p_value"])
    for ratio, link in zip(
        table.columns[1:2] + table.columns[3:], ("estimate", "conf_low", "conf_high"), strict=True
    ):
        np.testing.assert_allclose(table[ratio], np.exp(effects[link]))
