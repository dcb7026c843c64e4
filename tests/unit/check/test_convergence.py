"""Convergence, the boundary and coefficients without an estimate: seen, and not seen."""

from __future__ import annotations

import echelon as ec
from echelon.check import diagnose
from tests.unit.check.shape_cases import finding, result


def test_a_search_that_ended_early() -> None:
    found = finding("not converged", "convergence")
    assert found.verdict == "act"
    assert found.value == result("not converged").convergence.newton_decrement > found.act
    assert found.facts["n_evaluations"] == result("not converged").convergence.n_evaluations


def test_a_search_that_converged() -> None:
    found = finding("clean slopes", "convergence")
    assert found.verdict == "fine"
    assert found.p_value is None


def test_a_variance_of_zero() -> None:
    found = finding("no variance", "boundary")
    assert (found.verdict, found.value) == ("look", 0.0)
    assert found.facts["directions"] == ("variance of (Intercept) | g",)


def test_variances_above_zero() -> None:
    assert finding("clean slopes", "boundary").verdict == "fine"


def test_a_column_that_repeats_another() -> None:
    found = finding("copied", "not_estimated")
    assert (found.verdict, found.value, found.facts["names"]) == ("look", 1.0, ("twice",))


def test_columns_that_do_not() -> None:
    assert finding("clean", "not_estimated").verdict == "fine"


def test_a_plain_regression_has_no_boundary() -> None:
    fit = ec.fit("mathach ~ ses", "hsb").fit
    names = [f.name for f in diagnose(fit, topics=("Convergence",)).findings["Convergence"]]
    assert names == ["convergence", "not_estimated"]
