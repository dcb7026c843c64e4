"""Writing a report: endings, complete files, and folders of charts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from echelon.building.compare import compare
from echelon.errors import SpecError, StorageError
from echelon.publish import write
from echelon.publish.document import Document, Rendering
from tests.golden import fits
from tests.unit.publish.pages import document


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.html", b"<!doctype html>"), ("a.HTM", b"<!doctype"), ("a.docx", b"PK\x03\x04"),
     ("a.tex", b"% Compiles"), ("a.md", b"# A multilevel model of reaction")],
)  # fmt: skip
def test_endings(tmp_path: Path, name: str, start: bytes) -> None:
    path = write.write_report(fits.sleep(), tmp_path / name, charts=False, check=False)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]


def test_comparisons(tmp_path: Path) -> None:
    comparison = compare({"Null": fits.sleep(), "Same": fits.sleep()})
    path = write.write_comparison(comparison, tmp_path / "c.md", style="plain", title="Two")
    assert path.read_text("utf-8").startswith("# Two\n")


def test_charts_lie_in_a_folder_named_after_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "assemble", lambda *_, **__: document(with_figures=1))
    write.write_report(fits.sleep(), tmp_path / "my study #2.md")
    assert sorted(os.listdir(tmp_path)) == ["my study #2.md", "my-study-2-figures"]
    assert os.listdir(tmp_path / "my-study-2-figures") == ["figure-1.svg"]
    assert "](my-study-2-figures/figure-1.svg)" in (tmp_path / "my study #2.md").read_text("utf-8")


def test_a_report_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is half written: not the file, not a chart."""
    path = tmp_path / "a.md"
    path.write_text("old", "utf-8")
    (tmp_path / "a-figures").write_text("a file where the folder should be", "utf-8")
    monkeypatch.setattr(write, "assemble", lambda *_, **__: Document("t", "", ()))
    drawn = Rendering(b"new", {"figure-1.svg": b"<svg/>"})
    monkeypatch.setitem(write.RENDERERS, ".md", lambda *_: drawn)
    with pytest.raises(StorageError):
        write.write_report(fits.sleep(), path)
    assert path.read_text("utf-8") == "old"
    assert sorted(os.listdir(tmp_path)) == ["a-figures", "a.md"]


def test_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "assemble", lambda *_, **__: pytest.fail("computed"))
    for path, style in ((tmp_path / "a.pdf", "apa"), (tmp_path / "a.md", "mla")):
        with pytest.raises(SpecError):
            write.write_report(fits.sleep(), path, style=style)
    for path in (tmp_path / "none" / "a.md", tmp_path):
        with pytest.raises((StorageError, SpecError)):
            write.write_report(fits.sleep(), path)
