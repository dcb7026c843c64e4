"""Every sentence about residuals, read in whole; every proposal, run."""

from __future__ import annotations

import pytest

from echelon.report.wording.residuals import WORDS
from tests.unit.check.shape_cases import finding
from tests.unit.report.wording.shape_words import expected, run, spoken

PICKS = (
    ("skewed", "residual_skewness"),
    ("skewed down", "residual_skewness"),
    ("clean", "residual_skewness"),
    ("heavy", "residual_tails"),
    ("light", "residual_tails"),
    ("clean", "residual_tails"),
    ("far rows", "outlying_rows"),
    ("heavy", "outlying_rows"),
    ("clean", "outlying_rows"),
    ("unequal groups", "variance_by_group"),
    ("few groups", "variance_by_group"),
    ("clean", "variance_by_group"),
    ("unequal categories", "variance_by_category"),
    ("clean", "variance_by_category"),
    ("fanning fitted", "variance_along_fitted"),
    ("overdispersed", "variance_along_fitted"),
    ("clean", "variance_along_fitted"),
    ("fanning", "variance_along_predictor"),
    ("clean slopes", "variance_along_predictor"),
    ("memory", "autocorrelation"),
    ("memory in rows", "autocorrelation"),
    ("clean", "autocorrelation"),
    ("chance", "variance_along_fitted"),
    ("no groups", "residual_skewness"),
)


def test_words() -> None:
    assert spoken(WORDS, PICKS) == expected("residuals")


def test_every_finding_has_words_of_trouble_and_of_peace() -> None:
    said = {(name, finding(case, name).verdict == "fine") for case, name in PICKS}
    assert said == {(name, is_fine) for name in WORDS for is_fine in (True, False)}


@pytest.mark.parametrize(("case", "name"), PICKS)
def test_code_runs(case: str, name: str) -> None:
    has_code = bool(WORDS[name](finding(case, name)).code)
    assert bool(run(WORDS, case, name)) == has_code
