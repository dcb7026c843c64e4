"""Messages of the command line: the whole text of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon.cli import main
from echelon.cli.messages import conclude

FIT = "echelon fit [OPTIONS] DATA FORMULA"


def message(what: str, got: str, need: str, do: str) -> str:
    return (
        f"{what}\n  where: the command line\n  got:   {got}\n  need:  {need}\n"
        f"  do:    {do}\n  see:   errors#command-line\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["fit", "hsb", "y ~ x", "--metod", "ML"],
            message(
                "There is no option '--metod'.",
                "echelon fit hsb 'y ~ x' --metod ML",
                FIT,
                "did you mean '--method' or '--zero'? echelon fit --help lists what there is",
            ),
        ),
        (
            ["fot", "hsb"],
            message(
                "There is no command 'fot'.",
                "echelon fot hsb",
                "echelon [OPTIONS] [COMMAND] [ARGS]...",
                "did you mean 'fit'? echelon --help lists what there is",
            ),
        ),
        (
            ["fit", "hsb"],
            message(
                "Missing argument 'FORMULA'.",
                "echelon fit hsb",
                FIT,
                "echelon fit --help lists what there is",
            ),
        ),
        (
            ["fit", "hsb", "y", "~", "x"],
            message(
                "Got unexpected extra arguments (~ x).",
                "echelon fit hsb y '~' x",
                FIT,
                "echelon fit --help lists what there is",
            ),
        ),
        (
            ["describe", "hsb"],
            message(
                "Missing option '--group' / '-g'.",
                "echelon describe hsb",
                "echelon describe [OPTIONS] DATA",
                "echelon describe --help lists what there is",
            ),
        ),
        (
            ["fit", "hsb", "y ~ x", "--format", "xml"],
            message(
                "Invalid value for '--format': 'xml' is not one of 'text', 'json', 'csv'.",
                "echelon fit hsb 'y ~ x' --format xml",
                FIT,
                "echelon fit --help lists what there is",
            ),
        ),
        (
            ["fit", "hsb", "y ~ x", "--conf-level", "high"],
            message(
                "Invalid value for '--conf-level': 'high' is not a valid float.",
                "echelon fit hsb 'y ~ x' --conf-level high",
                FIT,
                "echelon fit --help lists what there is",
            ),
        ),
        (
            ["info", "--threads", "0"],
            message(
                "There is no option '--threads'.",
                "echelon info --threads 0",
                "echelon info [OPTIONS]",
                "check the spelling. echelon info --help lists what there is",
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage(words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr() == ("", expected)


def test_ending_of_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "sleep", "-g", "subject", "-o", "report.html"]) == 2
    assert capsys.readouterr().err == (
        "The ending of 'report.html' does not say what to write.\n"
        "  where: option --output\n"
        "  got:   '.html'\n"
        "  need:  one of .txt, .json, .csv\n"
        "  do:    change the ending, or say --format text, json or csv\n"
        "  see:   errors#output-ending\n"
    )
    assert main(["fit", "sleep", "reaction ~ 1", "-o", "report"]) == 2
    assert capsys.readouterr().err == (
        "The ending of 'report' does not say what to write.\n"
        "  where: option --output\n"
        "  got:   no ending\n"
        "  need:  one of .txt, .html, .htm, .json, .csv, .docx, .tex, .md, .zip\n"
        "  do:    change the ending, or say --format text, json or csv\n"
        "  see:   errors#output-ending\n"
    )


def test_output_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "missing" / "report.txt"
    assert main(["fit", "sleep", "reaction ~ 1", "-o", str(path)]) == 1
    assert capsys.readouterr().err == (
        f"The file '{path}' cannot be written.\n"
        "  where: option --output\n"
        "  got:   no such folder\n"
        "  need:  a path in an existing folder that may be written to\n"
        "  do:    create the folder, choose another path, or leave out --output\n"
        "  see:   errors#output-not-writable\n"
    )


def test_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(MemoryError(), ["fit", "a b.csv", "y ~ x"]) == 1
    assert capsys.readouterr().err == (
        "There is not enough memory for this.\n"
        "  where: echelon fit 'a b.csv' 'y ~ x'\n"
        "  got:   a request for memory that the system refused\n"
        "  need:  memory for the data, the design and the factor\n"
        "  do:    use fewer columns or rows, or a machine with more memory\n"
        "  see:   errors#memory\n"
    )


def test_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(ZeroDivisionError("division\n by zero"), ["info"]) == 1
    assert capsys.readouterr().err == (
        "This is a bug in echelon, not a mistake of yours.\n"
        "  where: echelon info\n"
        "  got:   ZeroDivisionError: division by zero\n"
        "  need:  a result or an error that explains itself\n"
        "  do:    please report it with these lines; ECHELON_DEBUG=1 shows the traceback\n"
        "  see:   errors#bug\n"
    )


def test_a_bug_names_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        [].pop()
    except IndexError as error:
        conclude(error, [])
    got = capsys.readouterr().err.splitlines()[2]
    assert got.startswith("  got:   IndexError: pop from empty list (test_cli_messages.py, line ")
