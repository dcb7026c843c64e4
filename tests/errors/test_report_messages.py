"""Messages about reports: the whole text of each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from echelon._optional import MissingDependencyError
from echelon.errors import SpecError, StorageError
from echelon.publish.write import write_report
from tests.golden import fits

ENDING = (
    "The ending of '{name}' does not say what kind of report to write.\n"
    "  where: report(), argument path\n"
    "  got:   {got}\n"
    "  need:  one of .html, .docx, .tex, .md\n"
    "  do:    {do}\n"
    "  see:   errors#report-ending"
)
NOT_WRITTEN = (
    "The report cannot be written as '{name}'.\n"
    "  where: folder {folder}\n"
    "  got:   {got}\n"
    "  need:  a folder that exists and may be written to\n"
    "  do:    check the path and its permissions.\n"
    "  see:   errors#report-not-written"
)


@pytest.mark.parametrize(
    ("name", "got", "do"),
    [
        ("a.pdf", "'.pdf'", "write .html and print it to a PDF, or .tex and compile it."),
        ("a.doc", "'.doc'", "write .docx, which every word processor opens."),
        ("a.htmll", "'.htmll'", "did you mean 'html'?"),
        ("a.xyz", "'.xyz'", "add .html, for example."),
        ("a", "no ending", "add .html, for example."),
    ],
)
def test_ending(tmp_path: Path, name: str, got: str, do: str) -> None:
    with pytest.raises(SpecError) as caught:
        write_report(fits.sleep(), tmp_path / name)
    assert str(caught.value) == ENDING.format(name=name, got=got, do=do)


def test_style() -> None:
    with pytest.raises(SpecError) as caught:
        write_report(fits.sleep(), "a.html", style="jornal")
    assert str(caught.value) == (
        "The option style cannot be 'jornal'.\n"
        "  where: option style\n"
        "  got:   'jornal'\n"
        "  need:  one of 'apa', 'plain', 'journal'\n"
        "  do:    did you mean 'journal'?\n"
        "  see:   errors#unknown-option-value"
    )


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        write_report(fits.sleep(), tmp_path / "none" / "a.md")
    assert str(caught.value) == NOT_WRITTEN.format(
        name="a.md", folder=tmp_path / "none", got="no such folder"
    )
    (tmp_path / "b.md").mkdir()
    with pytest.raises(StorageError) as caught:
        write_report(fits.sleep(), tmp_path / "b.md")
    assert str(caught.value) == NOT_WRITTEN.format(
        name="b.md", folder=tmp_path, got="a folder of this name"
    )


@pytest.mark.parametrize(
    ("module", "name", "purpose"),
    [("great_tables", "a.html", "tables in styles"), ("docx", "a.docx", "reports in Word")],
)
def test_missing_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, purpose: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError) as caught:
        write_report(fits.sleep(), tmp_path / name, charts=False, check=False)
    assert str(caught.value) == (
        f"The library '{module}' is needed for {purpose} and is not installed.\n"
        "  where: this Python environment\n"
        f"  got:   import of {module} halted; None in sys.modules\n"
        f"  need:  an installed '{module}'\n"
        "  do:    pip install 'echelon[report]'\n"
        "  see:   errors#missing-library"
    )
