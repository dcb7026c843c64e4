"""What ignoring the groups would have done."""

from __future__ import annotations

import pytest

from tests.unit.check.model_cases import binary, clean, finding, fitted, names, no_groups, world


def test_groups_matter() -> None:
    found = finding(clean, "grouping_matters")
    table = fitted(clean).compare_ols()
    assert found.verdict == "fine"
    assert found.facts["misleads"]
    assert found.value == pytest.approx(max(table["design_effect"]))


def test_groups_hardly_matter() -> None:
    found = finding(no_groups, "grouping_matters")
    assert found.verdict == "look"
    assert found.value < 1.1


def test_of_a_generalized_model_it_is_that_of_the_mean() -> None:
    found = finding(binary, "grouping_matters")
    table = fitted(binary).design_effect()
    assert found.value == pytest.approx(table["design_effect"][0])


def test_without_random_effects_there_is_no_question() -> None:
    assert "grouping_matters" not in names(lambda: ("y ~ x", world(), {}))
