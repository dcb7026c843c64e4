"""Memory within groups: found where it is, with the fit's own share taken off."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.check.autocorrelation import _fitted_covariance, autocorrelation
from echelon.check.evidence import Evidence
from tests.unit.check.shape_cases import finding
from tests.unit.check.test_studentized import hat_matrix


def test_memory() -> None:
    found = finding("memory", "autocorrelation", "t")
    assert found.verdict == "act"
    assert 0.3 < found.value < 0.6
    assert found.facts["larger"] == "y ~ x + t + (1 | g) + (0 + t | g)"
    assert found.facts["expected"] < -0.05


def test_memory_in_the_order_of_the_rows_deserves_a_look_at_most() -> None:
    found = finding("memory in rows", "autocorrelation", "")
    assert found.verdict == "look"
    assert np.isnan(found.act)


@pytest.mark.parametrize(("case", "about"), [("clean", "t"), ("clean slopes", "t"), ("heavy", "")])
def test_no_memory(case: str, about: str) -> None:
    found = finding(case, "autocorrelation", about)
    assert found.verdict == "fine"
    assert abs(found.value) < 0.1


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("reaction ~ days + (days | subject)", "sleep"),
        ("strength ~ 1 + (1 | batch/cask)", "pastes"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    ],
)
def test_covariances_of_fitted_values(formula: str, name: str) -> None:
    fit = ec.fit(formula, name).fit
    first, second = np.random.default_rng(1).integers(0, fit.design.n_obs, (2, 60))
    H = hat_matrix(fit) * fit.estimates.sigma**2
    is_other = first != second
    found = _fitted_covariance(fit, first[is_other], second[is_other])
    np.testing.assert_allclose(found, H[first[is_other], second[is_other]], atol=1e-9)


def test_small_groups_are_not_taken_for_memory() -> None:
    """Groups of 4: uncorrected, neighbours would correlate by nearly -1/3."""
    rng = np.random.default_rng(1)
    g, t = np.repeat(np.arange(300), 4), np.tile(np.arange(4.0), 300)
    y = 3 * rng.standard_normal(300)[g] + rng.standard_normal(1200)
    (found,) = autocorrelation(Evidence(ec.fit("y ~ t + (1 | g)", {"y": y, "t": t, "g": g}).fit))
    assert found.facts["expected"] == pytest.approx(-1 / 3, abs=0.03)
    assert abs(found.value) < 0.06


def test_rows_sorted_by_the_response_are_no_series() -> None:
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(20), 10)
    y = np.sort(rng.standard_normal((20, 10)), axis=1).ravel() + 2 * rng.standard_normal(20)[g]
    assert autocorrelation(Evidence(ec.fit("y ~ 1 + (1 | g)", {"y": y, "g": g}).fit)) == ()


def test_crossed_groups_without_a_time_have_no_order() -> None:
    fit = ec.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin").fit
    assert autocorrelation(Evidence(fit)) == ()


def test_a_plain_regression_has_no_groups() -> None:
    assert autocorrelation(Evidence(ec.fit("mathach ~ ses", "hsb").fit)) == ()
