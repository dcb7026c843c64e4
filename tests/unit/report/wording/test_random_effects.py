"""Every sentence about random effects, read in whole; every proposal, run."""

from __future__ import annotations

import pytest

from echelon.report.wording.random_effects import WORDS
from tests.unit.check.shape_cases import finding
from tests.unit.report.wording.shape_words import expected, run, spoken

PICKS = (
    ("skewed groups", "random_skewness"),
    ("two kinds", "random_skewness"),
    ("few groups", "random_skewness"),
    ("clean", "random_skewness"),
    ("heavy groups", "random_tails"),
    ("two kinds", "random_tails"),
    ("few groups", "random_tails"),
    ("clean", "random_tails"),
    ("heavy slopes", "random_joint_tails"),
    ("clean slopes", "random_joint_tails"),
    ("far group", "outlying_groups"),
    ("few groups", "outlying_groups"),
    ("clean", "outlying_groups"),
)


def test_words() -> None:
    assert spoken(WORDS, PICKS) == expected("random_effects")


def test_every_finding_has_words_of_trouble_and_of_peace() -> None:
    said = {(name, finding(case, name).verdict == "fine") for case, name in PICKS}
    assert said == {(name, is_fine) for name in WORDS for is_fine in (True, False)}


@pytest.mark.parametrize(("case", "name"), PICKS)
def test_code_runs(case: str, name: str) -> None:
    has_code = bool(WORDS[name](finding(case, name)).code)
    assert bool(run(WORDS, case, name)) == has_code
