"""Every sentence about predictors, and its code run.

The words of a data set stand in predictors_words.txt: title, sentence, meaning, advice, code.
"""

from __future__ import annotations

import pytest

from echelon.report.wording.predictors import WORDS
from tests.unit.check import model_cases as cases
from tests.unit.report.wording.spoken import expected, run, spoken

FOUND = [
    ("independence: act", cases.strongly_contextual, "independence", None),
    ("independence: fine", cases.clean, "independence", "x"),
    ("independence: log scale", cases.counted, "independence", "x"),
    ("spread: number", cases.spread_along_number, "level_1_spread", None),
    ("spread: categories", cases.spread_along_category, "level_1_spread", None),
    ("spread: generalized", cases.binary, "level_1_spread", None),
    ("spread: fine", cases.clean, "level_1_spread", None),
    ("linearity: act", cases.curved, "linearity", "x"),
    ("linearity: product", cases.curved_with_product, "linearity", "x"),
    ("linearity: fine", cases.clean, "linearity", "x"),
    ("cross-level: with slope", cases.crossed, "cross_level", None),
    ("cross-level: without slope", cases.crossed_without_slope, "cross_level", None),
    ("cross-level: fine", cases.clean, "cross_level", None),
    ("collinearity: twins", cases.twins, "collinearity", None),
    ("collinearity: product", cases.product, "collinearity", None),
    ("collinearity: fine", cases.clean, "collinearity", None),
    ("zero: slope", cases.years, "zero_of_predictors", None),
    ("zero: no slope", cases.late, "zero_of_predictors", None),
    ("zero: fine", cases.clean, "zero_of_predictors", None),
    ("zero: nearly", cases.nearly_zero, "zero_of_predictors", None),
    ("uncentred: look", cases.contextual, "uncentred_slope", None),
    ("uncentred: fine", cases.crossed, "uncentred_slope", None),
]


@pytest.mark.parametrize(("title", "case", "name", "about"), FOUND, ids=[each[0] for each in FOUND])
def test_words(title: str, case: cases.Maker, name: str, about: str | None) -> None:
    words = WORDS[name](cases.finding(case, name, about))
    assert spoken(words) == expected("predictors", title)
    run(words, case)


def test_every_finding_is_read() -> None:
    assert {name for _, _, name, _ in FOUND} == set(WORDS)
