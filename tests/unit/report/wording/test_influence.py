"""Every sentence about influence, and its code run.

The words of a data set stand in influence_words.txt: title, sentence, meaning, advice, code.
"""

from __future__ import annotations

import pytest

from echelon.report.wording.influence import WORDS
from tests.unit.check import model_cases as cases
from tests.unit.report.wording.spoken import expected, run, spoken

FOUND = [
    ("groups: act", cases.odd_group, "influential_groups", None),
    ("groups: fine", cases.clean, "influential_groups", None),
    ("groups: held", cases.many_groups, "influential_groups", None),
    ("groups: one step", cases.binary, "influential_groups", None),
    ("coefficients: act", cases.odd_group, "changed_estimates", None),
    ("coefficients: fine", cases.clean, "changed_estimates", None),
    ("precision: act", cases.odd_level, "inflated_errors", None),
    ("precision: fine", cases.clean, "inflated_errors", None),
    ("rows: act", cases.odd_row, "influential_rows", None),
    ("rows: fine", cases.clean, "influential_rows", None),
]


@pytest.mark.parametrize(("title", "case", "name", "about"), FOUND, ids=[each[0] for each in FOUND])
def test_words(title: str, case: cases.Maker, name: str, about: str | None) -> None:
    words = WORDS[name](cases.finding(case, name, about))
    assert spoken(words) == expected("influence", title)
    run(words, case)


def test_every_finding_is_read() -> None:
    assert {name for _, _, name, _ in FOUND} == set(WORDS)
