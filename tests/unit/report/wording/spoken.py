"""Words of a finding as text, the text that is expected, and its code run."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import echelon as ec
from echelon.report.wording.words import Words
from tests.unit.check.model_cases import Maker, fitted


def spoken(words: Words) -> str:
    """Set words below each other, without the parts that are empty."""
    parts = (words.title, words.sentence, words.meaning, words.advice, words.code)
    return "\n".join(part for part in parts if part)


def expected(topic: str, title: str) -> str:
    """Find the text of a case: below its heading, to the next one."""
    text = (Path(__file__).parent / f"{topic}_words.txt").read_text("utf-8")
    blocks = dict(block.strip().split("\n", 1) for block in text.split("## ")[1:])
    return blocks[title]


def run(words: Words, case: Maker) -> None:
    """Run the code of a finding as a reader would, and see that it prints."""
    if not words.code:
        return
    printed = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        exec(words.code, {"ec": ec, "fit": fitted(case), "data": case()[1]})
    assert printed.getvalue().strip()
