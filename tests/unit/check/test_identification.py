"""Separation, one-sided groups, parameters at their limit, flat directions."""

from __future__ import annotations

import pytest

from tests.unit.check.shape_cases import diagnosis, finding


def test_separation() -> None:
    found = finding("separated", "separation")
    assert (found.verdict, found.facts["names"]) == ("act", ("z[usual]",))
    assert 0 < found.value < 0.5


@pytest.mark.parametrize("case", ["clean yes-no", "clean counts"])
def test_no_separation(case: str) -> None:
    found = finding(case, "separation")
    assert (found.verdict, found.value) == ("fine", 0.0)


def test_groups_with_one_outcome() -> None:
    found = finding("one-sided", "one_sided_groups")
    assert found.verdict == "look"
    assert found.value > 0.5
    assert found.facts["n_low"] + found.facts["n_high"] == round(120 * found.value)


def test_groups_with_both() -> None:
    assert finding("clean yes-no", "one_sided_groups").verdict == "fine"


def test_a_parameter_at_its_limit() -> None:
    found = finding("nearly Poisson", "parameter_at_limit")
    assert (found.verdict, found.facts["simpler"]) == ("look", "family='poisson'")


def test_a_flat_direction() -> None:
    found = finding("separated", "flat_direction")
    assert (found.verdict, found.value < 1e-8) == ("act", True)


def test_parameters_that_the_data_determine() -> None:
    assert finding("clean counts", "flat_direction").verdict == "fine"
    names = {f.name for f in diagnosis("clean counts").findings["Outcome"]}
    assert "parameter_at_limit" not in names
