"""Printed text, letter for letter."""

from __future__ import annotations

import pytest

from echelon.typeset.layout import display_width
from tests.golden.texts import FOLDER, TEXTS


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_as_kept(name: str) -> None:
    kept = (FOLDER / name).read_text(encoding="utf-8")
    assert TEXTS[name]() + "\n" == kept


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".txt")])
def test_text_is_never_wider_than_88(name: str) -> None:
    widths = [display_width(line) for line in TEXTS[name]().splitlines()]
    assert max(widths) <= (80 if "_80" in name else 88)


def test_no_file_is_left_over() -> None:
    kept = {
        path.name for path in FOLDER.iterdir() if path.suffix in {".txt", ".csv", ".json", ".html"}
    }
    assert kept == set(TEXTS)
