"""Every sentence about convergence, read in whole; every proposal, run."""

from __future__ import annotations

import pytest

from echelon.report.wording.convergence import WORDS
from tests.unit.check.shape_cases import finding
from tests.unit.report.wording.shape_words import expected, run, spoken

PICKS = (
    ("not converged", "convergence"),
    ("clean", "convergence"),
    ("no variance", "boundary"),
    ("clean", "boundary"),
    ("clean counts", "boundary"),
    ("copied", "not_estimated"),
    ("clean", "not_estimated"),
)


def test_words() -> None:
    assert spoken(WORDS, PICKS) == expected("convergence")


def test_every_finding_has_words_of_trouble_and_of_peace() -> None:
    said = {(name, finding(case, name).verdict == "fine") for case, name in PICKS}
    assert said == {(name, is_fine) for name in WORDS for is_fine in (True, False)}


@pytest.mark.parametrize(("case", "name"), PICKS)
def test_code_runs(case: str, name: str) -> None:
    has_code = bool(WORDS[name](finding(case, name)).code)
    assert bool(run(WORDS, case, name)) == has_code
