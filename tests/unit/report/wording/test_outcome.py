"""Every sentence about outcome, read in whole; every proposal, run."""

from __future__ import annotations

import pytest

from echelon.report.wording.outcome import WORDS
from tests.unit.check.shape_cases import finding
from tests.unit.report.wording.shape_words import expected, run, spoken

PICKS = (
    ("separated", "separation"),
    ("clean yes-no", "separation"),
    ("one-sided", "one_sided_groups"),
    ("clean yes-no", "one_sided_groups"),
    ("nearly Poisson", "parameter_at_limit"),
    ("nearly twice", "flat_direction"),
    ("clean counts", "flat_direction"),
    ("overdispersed", "overdispersion"),
    ("quasi", "overdispersion"),
    ("underdispersed", "overdispersion"),
    ("clean counts", "overdispersion"),
    ("many zeros", "zero_inflation"),
    ("few zeros", "zero_inflation"),
    ("no zeros", "zero_inflation"),
    ("clean counts", "zero_inflation"),
    ("many zeros", "simulated_shape"),
    ("clean counts", "simulated_shape"),
    ("overdispersed", "simulated_outliers"),
    ("clean counts", "simulated_outliers"),
)


def test_words() -> None:
    assert spoken(WORDS, PICKS) == expected("outcome")


def test_every_finding_has_words_of_trouble_and_of_peace() -> None:
    said = {(name, finding(case, name).verdict == "fine") for case, name in PICKS}
    lone = {("parameter_at_limit", True)}  # it is found, or there is none
    assert said == {(name, is_fine) for name in WORDS for is_fine in (True, False)} - lone


@pytest.mark.parametrize(("case", "name"), PICKS)
def test_code_runs(case: str, name: str) -> None:
    has_code = bool(WORDS[name](finding(case, name)).code)
    assert bool(run(WORDS, case, name)) == has_code
