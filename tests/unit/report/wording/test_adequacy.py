"""Every sentence about data and design, and its code run.

The words of a data set stand in adequacy_words.txt: title, sentence, meaning, advice, code.
"""

from __future__ import annotations

import pytest

from echelon.report.wording.adequacy import WORDS
from tests.unit.check import model_cases as cases
from tests.unit.report.wording.spoken import expected, run, spoken

FOUND = [
    ("groups: act", cases.few, "number_of_groups", None),
    ("groups: by ML", cases.few_by_ml, "number_of_groups", None),
    ("groups: look", cases.many_predictors, "number_of_groups", None),
    ("groups: generalized", cases.rare, "number_of_groups", None),
    ("groups: fine", cases.clean, "number_of_groups", None),
    ("rows: act", cases.single_rows, "rows_per_group", None),
    ("rows: look", cases.small_groups, "rows_per_group", None),
    ("rows: fine", cases.clean, "rows_per_group", None),
    ("predictors: act", cases.many_predictors, "groups_per_predictor", None),
    ("predictors: fine", cases.clean, "groups_per_predictor", None),
    ("events: look", cases.rare, "events_per_parameter", None),
    ("events: fine", cases.binary, "events_per_parameter", None),
    ("events: counts", cases.counted, "events_per_parameter", None),
    ("missing: act", cases.gaps, "rows_left_out", None),
    ("missing: one", cases.one_gap, "rows_left_out", None),
    ("missing: none", cases.clean, "rows_left_out", None),
    ("grouping: matters", cases.clean, "grouping_matters", None),
    ("grouping: hardly", cases.no_groups, "grouping_matters", None),
    ("grouping: generalized", cases.binary, "grouping_matters", None),
    ("grouping: more precise", cases.paired, "grouping_matters", None),
]


@pytest.mark.parametrize(("title", "case", "name", "about"), FOUND, ids=[each[0] for each in FOUND])
def test_words(title: str, case: cases.Maker, name: str, about: str | None) -> None:
    words = WORDS[name](cases.finding(case, name, about))
    assert spoken(words) == expected("adequacy", title)
    run(words, case)


def test_every_finding_is_read() -> None:
    assert {name for _, _, name, _ in FOUND} == set(WORDS)
