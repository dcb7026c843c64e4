"""From exceptions and warnings to messages and exit codes; whole texts are in tests/errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings

import click
import pytest

from echelon.cli.messages import conclude, leave_verdicts_to_the_summary, spoken_warnings
from echelon.errors import (
    EchelonError,
    EngineError,
    FormulaError,
    NestingWarning,
    SingularFitWarning,
    SpecError,
)

FACTS = {"where": "here", "got": "this", "need": "that", "do": "act", "slug": "x"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FormulaError("No.", **FACTS), 1),
        (EngineError("No.", **FACTS), 1),
        (SpecError("No.", **FACTS), 2),
        (click.UsageError("No."), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (SystemExit(None), 0),
        (SystemExit(3), 3),
        (SystemExit("text"), 1),
        (MemoryError(), 1),
        (ZeroDivisionError("division by zero"), 1),
        (RecursionError(), 1),
    ],
)
def test_exit_codes(error: BaseException, code: int) -> None:
    assert conclude(error, ["fit"]) == code


def test_an_error_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    error: EchelonError = FormulaError("No.", **FACTS)
    conclude(error, ["fit"])
    assert capsys.readouterr() == ("", f"{error}\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort(), SystemExit(1)])
def test_some_ends_are_quiet(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    conclude(error, [])
    assert capsys.readouterr() == ("", "")


def test_debug_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECHELON_DEBUG", "1")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        conclude(error, [])
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):\n")


def test_warnings_are_said_in_their_own_form(capsys: pytest.CaptureFixture[str]) -> None:
    with spoken_warnings():
        for _ in range(2):
            warnings.warn("five lines", SingularFitWarning, stacklevel=1)
        warnings.warn("of another library", DeprecationWarning, stacklevel=1)
    assert capsys.readouterr() == ("", "five lines\nfive lines\n")


def test_a_verdict_that_the_summary_gives_is_not_said_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with spoken_warnings():
        leave_verdicts_to_the_summary()
        warnings.warn("singular", SingularFitWarning, stacklevel=1)
        warnings.warn("nested", NestingWarning, stacklevel=1)
    assert capsys.readouterr().err == "nested\n"
    with pytest.warns(SingularFitWarning):
        warnings.warn("singular", SingularFitWarning, stacklevel=1)


def test_debugging_leaves_the_warnings_of_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_DEBUG", "1")
    with pytest.warns(DeprecationWarning, match="of another library"), spoken_warnings():
        warnings.warn("of another library", DeprecationWarning, stacklevel=1)


def start(*words: str, program: str = "pass") -> subprocess.Popen[str]:
    text = f"import sys; from echelon.cli import main; {program}; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", text, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
    )


def test_a_reader_that_leaves_is_no_error() -> None:
    words = ("fit", "sleep", "reaction ~ days + (days | subject)", "--format", "json")
    with start(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_is_quiet() -> None:
    """The process interrupts itself while a command runs."""
    program = (
        "import os, signal; from echelon import api; "
        f"api.info = lambda: os.kill(os.getpid(), {int(signal.SIGINT)})"
    )
    with start("info", program=program) as process:
        out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, "", "")
