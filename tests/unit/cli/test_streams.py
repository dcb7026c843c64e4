"""Writing to the terminal."""

from __future__ import annotations

import io
import sys
import time

import pytest

from echelon.cli.streams import encodable, patience, say, show


class Terminal(io.StringIO):
    """A stream that says it is a terminal, with an encoding of its own."""

    @property
    def encoding(self) -> str:
        return "ascii"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("Prüfung … 学校", "utf-8", "Prüfung … 学校"),
        ("Prüfung …", "latin-1", "Prüfung ~"),
        ("a … 学", "ascii", "a ~ ?"),
        ("10 − 2 × 3 – x²", "ascii", "10 - 2 x 3 - x2"),
    ],
)
def test_encodable(text: str, encoding: str, expected: str) -> None:
    assert encodable(text, encoding) == expected


def test_show_and_say_end_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    show("answer")
    say("note")
    assert capsys.readouterr() == ("answer\n", "note\n")


def test_a_terminal_that_is_not_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show("学校 …")
    assert terminal.getvalue() == "?? ~\n"


def test_patience_speaks_on_a_terminal_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with patience("Fitting ...", seconds=60):
        pass
    assert terminal.getvalue() == ""
    with patience("Fitting ...", seconds=0):
        until = time.monotonic() + 10
        while not terminal.getvalue().endswith("\n") and time.monotonic() < until:
            time.sleep(0.001)
    assert terminal.getvalue() == "\r\x1b[KFitting ...\n"  # on a line of its own


def test_patience_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with patience("Fitting ...", seconds=0):
        time.sleep(0.01)
    assert capsys.readouterr().err == ""
