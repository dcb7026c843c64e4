"""A diagnosis as text, page, table and record."""

from __future__ import annotations

import csv
import io
import json
import math
from html.parser import HTMLParser

import pytest

import echelon as ec
from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding, Verdict
from echelon.fit import Fit
from echelon.report import diagnosis as room
from echelon.report.wording.lexicon import Worded
from echelon.report.wording.words import Words

FOUND = Diagnosis({"Topic": ()}, (("Influence", "Leverage is not defined."),), 7)


def finding(verdict: Verdict, act: float = 3.0, p_value: float | None = None) -> Finding:
    return Finding("a-name", "x", "ratio", 2.5, 2.0, act, verdict, "Author (1999), p. 1", p_value)


WORDED = (
    Worded("Topic", finding("fine"), Words("Things: one", "All is well <here>.", "Nothing.")),
    Worded(
        "Topic",
        finding("act", p_value=0.0004),
        Words(
            "Things: two", "It is 2.5.", "Errors are wrong.", "Do this.", "fit.plot.qq()\nprint(1)"
        ),
    ),
    Worded("Other", finding("look", math.nan), Words("Things: three", "It may be.", "Perhaps.")),
)


@pytest.fixture(scope="module")
def fit() -> Fit:
    return ec.fit("reaction ~ days + (1 | subject)", "sleep").fit


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "worded", lambda _: WORDED)


def test_text(fit: Fit) -> None:
    assert room.diagnosis_text(fit, FOUND) == (
        "Diagnosis of reaction ~ days + (1 | subject): 1 to act on, 1 to look at, 1 fine.\n"
        "\n"
        "Act on this (1)\n"
        "\n"
        "Topic: things: two\n"
        "  It is 2.5.\n"
        "  Errors are wrong.\n"
        "  Do this.\n"
        "  [ratio = 2.50; look from 2, act from 3; p < .001; Author (1999), p. 1]\n"
        "    fit.plot.qq()\n"
        "    print(1)\n"
        "\n"
        "Look at this (1)\n"
        "\n"
        "Other: things: three\n"
        "  It may be.\n"
        "  Perhaps.\n"
        "  [ratio = 2.50; look from 2; Author (1999), p. 1]\n"
        "\n"
        "Fine (1)\n"
        "\n"
        "  All is well <here>.\n"
        "\n"
        "Not examined\n"
        "  Influence: Leverage is not defined."
    )


class Tags(HTMLParser):
    """Collect open tags and text; fail on tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page(fit: Fit) -> None:
    page = room.diagnosis_page(fit, FOUND)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "<title>Diagnosis of reaction ~ days + (1 | subject)</title>" in page
    assert "All is well <here>." in tags.text
    assert '<details class="finding act" open>' in page
    assert '<details class="finding fine"><summary>' in page
    assert "<pre><code>fit.plot.qq()\nprint(1)</code></pre>" in page


def test_table() -> None:
    table = room.diagnosis_table(FOUND)
    assert table["verdict"].tolist() == ["fine", "act", "look"]
    row = table.row(verdict="act")
    assert (row["value"], row["look"], row["act"], row["p_value"]) == (2.5, 2.0, 3.0, 0.0004)
    assert row["advice"] == "Do this."
    assert table.row(verdict="look")["act"] is None
    assert table.notes == ("Not examined (Influence): Leverage is not defined.",)


def test_record_and_json(fit: Fit) -> None:
    record = room.diagnosis_record(fit, FOUND)
    assert record["schema"] == "echelon.check/1"
    assert record["formula"] == "reaction ~ days + (1 | subject)"
    assert record["seed"] == 7
    assert record["findings"][2]["act"] is None
    assert record["not_examined"] == [{"topic": "Influence", "reason": "Leverage is not defined."}]
    assert json.loads(room.diagnosis_json(fit, FOUND)) == record


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(room.diagnosis_csv(FOUND))))
    assert [row["finding"] for row in rows] == ["a-name"] * 3
    assert rows[1]["code"] == "fit.plot.qq()\nprint(1)"
    assert rows[2]["act"] == ""


def test_nothing_to_say(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "worded", lambda _: ())
    nothing = Diagnosis({}, (), 0)
    assert room.diagnosis_text(fit, nothing) == (
        "Diagnosis of reaction ~ days + (1 | subject): 0 to act on, 0 to look at, 0 fine."
    )
    assert len(room.diagnosis_table(nothing)) == 0


@pytest.mark.parametrize(
    ("value", "look", "act", "verdict", "text"),
    [
        (6.0, 50.0, 9.0, "act", "= 6; look up to 50, act up to 9"),
        (0.25, math.nan, 0.0, "act", "= 0.250; act above 0"),
        (-1.2, 1.0, 3.0, "look", "= -1.20 (judged by its size); look from 1, act from 3"),
        (0.4, 1.5, 2.0, "act", "= 0.400 (judged by 1 / it, 2.50); look from 1.5, act from 2"),
        (math.nan, math.nan, 1e-11, "act", "= not a number; act from 1e-11"),
        (math.inf, math.nan, math.nan, "fine", "= inf"),
    ],
)
def test_what_a_value_is_judged_against(
    value: float, look: float, act: float, verdict: Verdict, text: str
) -> None:
    found = Finding("name", "", "size", value, look, act, verdict, "a test")
    assert room.judged_against(found) == f"[size {text}; a test]"


def test_a_distance_is_judged_from_below() -> None:
    found = Finding("boundary", "", "distance to it", 0.0, 1e-4, math.nan, "look", "a test")
    assert room.judged_against(found) == "[distance to it = 0; look up to 0.0001; a test]"


def test_a_topic_is_not_said_twice(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Worded("Things", finding("act"), Words("Things: two", "It is 2.5.", "Errors."))
    monkeypatch.setattr(room, "worded", lambda _: (found,))
    assert "\nThings: two\n" in room.diagnosis_text(fit, FOUND)
