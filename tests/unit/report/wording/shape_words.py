"""Words of findings as one text per topic, and their code run on the data it is about."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import echelon as ec
from echelon.check.finding import Finding
from echelon.report.wording.words import Words
from tests.unit.check.shape_cases import CASES, finding, result

Wording = Mapping[str, Callable[[Finding], Words]]
Picked = tuple[str, str]


def spoken(wording: Wording, picks: Sequence[Picked]) -> str:
    """Everything that is said of (case, finding) pairs, a paragraph each."""
    parts = []
    for case, name in picks:
        found = finding(case, name)
        words = wording[name](found)
        lines = [f"## {case}: {name}, {found.verdict}", words.title, words.sentence, words.meaning]
        parts.append("\n".join([*lines, *[text for text in (words.advice, words.code) if text]]))
    return "\n\n".join(parts) + "\n"


def expected(topic: str) -> str:
    return (Path(__file__).parent / f"{topic}.txt").read_text("utf-8")


def run(wording: Wording, case: str, name: str) -> str:
    """Run the code of a finding on its data; what it prints."""
    words = wording[name](finding(case, name))
    printed = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        exec(words.code, {"ec": ec, "fit": result(case), "data": CASES[case]()[1]})
    return printed.getvalue()
