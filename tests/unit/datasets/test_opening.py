"""A table by name or by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon.datasets.opening import open_source, open_table
from echelon.errors import FrameError


def test_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_table("pastes").height == 60


def test_a_file_wins_over_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hsb.csv").write_text("x\n1\n")
    assert open_table("hsb.csv").height == 1
    (tmp_path / "hsb").mkdir()
    with pytest.raises(FrameError, match="holds no Parquet files"):
        open_table("hsb")


@pytest.mark.parametrize(
    ("text", "slug"),
    [("hbs", "no-such-table"), ("hsb.cvs", "no-such-file"), ("insteval", "dataset-not-bundled")],
)
def test_neither(text: str, slug: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FrameError) as caught:
        open_table(text)
    assert caught.value.slug == slug


def test_a_source_has_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "marks.csv").write_text("x\n1\n")
    columns, words = open_source("pastes")
    assert (sorted(columns), words) == (["batch", "cask", "strength"], "pastes")
    for path in ("marks.csv", tmp_path / "marks.csv"):
        table, words = open_source(path)
        assert (table.height, words) == (1, "marks.csv")
    own = {"x": [1.0]}
    assert open_source(own) == (own, None)
