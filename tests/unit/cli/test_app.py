"""Options of the command line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from echelon.cli import main
from echelon.report.record import package_version


def test_no_words_print_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: echelon [OPTIONS] [COMMAND] [ARGS]...\n")
    commands = [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()[:9]]
    assert commands == [
        *("check", "compare", "completion", "datasets", "describe"),
        *("fit", "info", "plot", "rerun"),
    ]


@pytest.mark.parametrize("words", [["--help"], ["fit", "-h"], ["describe", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("Usage: echelon ")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"echelon {package_version()}\n"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"_ECHELON_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_completion_knows_commands_and_options() -> None:
    words = {"COMP_WORDS": "echelon fit hsb 'y ~ x' --me", "COMP_CWORD": "4"}
    environment = os.environ | words | {"_ECHELON_COMPLETE": "bash_complete"}
    program = "import sys; from echelon.cli import main; sys.exit(main())"
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "plain,--method\n"


def test_threads_reach_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHELON_NUM_THREADS", "2")
    assert main(["fit", "sleep", "reaction ~ 1 + (1 | subject)", "--threads", "1"]) == 0
    assert os.environ["ECHELON_NUM_THREADS"] == "1"
