"""The shape of random effects: seen with enough groups, and said to be unseen with few."""

from __future__ import annotations

import pytest

from tests.unit.check.shape_cases import finding

ABOUT = "(Intercept) | g"


def test_skewed_groups() -> None:
    found = finding("skewed groups", "random_skewness", ABOUT)
    assert found.verdict == "act"
    assert found.value > 1


def test_heavy_groups() -> None:
    assert finding("heavy groups", "random_tails", ABOUT).verdict == "act"


def test_two_kinds_of_groups() -> None:
    found = finding("two kinds", "random_tails", ABOUT)
    assert (found.verdict, found.value < -1) == ("look", True)


def test_heavy_slopes_together() -> None:
    found = finding("heavy slopes", "random_joint_tails", "g")
    assert found.verdict == "act"
    assert found.facts["n_effects"] == 2


@pytest.mark.parametrize("case", ["clean", "clean slopes", "clean counts", "clean yes-no"])
@pytest.mark.parametrize("name", ["random_skewness", "random_tails"])
def test_clean(case: str, name: str) -> None:
    assert finding(case, name, ABOUT).verdict == "fine"


def test_clean_together() -> None:
    assert finding("clean slopes", "random_joint_tails", "g").verdict == "fine"


def test_few_groups() -> None:
    found = finding("few groups", "random_skewness", ABOUT)
    assert found.facts["is_few"]
    assert (found.verdict, found.p_value) == ("fine", None)


def test_modes_of_few_yes_no_rows_are_not_called_light() -> None:
    assert finding("one-sided", "random_tails", ABOUT).verdict == "fine"
