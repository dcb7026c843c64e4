"""Sentences on what was checked."""

from __future__ import annotations

from echelon.check.diagnosis import TOPICS as ASKED
from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.report.wording.checked import QUESTIONS, TOPICS, checked_sentences
from echelon.report.wording.lexicon import LEXICON


def findings(*names: str) -> tuple[Finding, ...]:
    return tuple(Finding(name, "", "size", 1.0, 2.0, 3.0, "fine", "a test") for name in names)


def test_every_finding_and_topic_has_words() -> None:
    assert set(QUESTIONS) == set(LEXICON)
    assert tuple(TOPICS) == ASKED


def test_a_question_is_named_once_and_empty_topics_are_left_out() -> None:
    diagnosis = Diagnosis(
        {
            "Convergence": findings("convergence"),
            "Outcome": (),
            "Level-1 residuals": findings("residual_skewness", "residual_tails", "outlying_rows"),
        },
        (),
        0,
    )
    assert list(checked_sentences(diagnosis)) == [
        "We checked the fit (convergence) and the level-1 residuals (normality, outlying rows)."
    ]


def test_many_topics_take_two_sentences() -> None:
    diagnosis = Diagnosis(
        {
            "Convergence": findings("convergence"),
            "Random effects": findings("random_tails"),
            "Outcome": findings("separation"),
            "Influence": findings("influential_groups", "influential_rows"),
        },
        (("Influence", "No leverage."), ("Influence", "No rows.")),
        0,
    )
    assert list(checked_sentences(diagnosis)) == [
        "We checked the fit (convergence), the random effects (normality) and the outcome "
        "(separation).",
        "We also checked influence (of groups, of rows).",
        "Some checks of influence could not be made; the diagnosis says why.",
    ]


def test_nothing_was_checked() -> None:
    assert list(checked_sentences(Diagnosis({}, (), 0))) == []
