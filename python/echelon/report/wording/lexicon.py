"""Find the words for a finding: one file per topic, one function per kind of finding.

Room: report/wording. The one place that knows all of them.
Takes: a `Diagnosis`.
Gives: each finding with its words, by topic.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.report.code_lines import wrapped_code
from echelon.report.wording import (
    adequacy,
    convergence,
    influence,
    outcome,
    predictors,
    random_effects,
    residuals,
)
from echelon.report.wording.words import Words

LEXICON: Mapping[str, Callable[[Finding], Words]] = {
    **convergence.WORDS,
    **residuals.WORDS,
    **random_effects.WORDS,
    **outcome.WORDS,
    **predictors.WORDS,
    **influence.WORDS,
    **adequacy.WORDS,
}


@dataclass(frozen=True, slots=True)
class Worded:
    """A finding in its topic, with its words."""

    topic: str
    finding: Finding
    words: Words


def worded(diagnosis: Diagnosis) -> tuple[Worded, ...]:
    """Word every finding of a diagnosis, in its order."""
    return tuple(
        Worded(topic, finding, _on_a_page(LEXICON[finding.name](finding)))
        for topic, findings in diagnosis.findings.items()
        for finding in findings
    )


def _on_a_page(words: Words) -> Words:
    return replace(words, code=wrapped_code(words.code)) if words.code else words
