"""Notes are wrapped, once each."""

from __future__ import annotations

from echelon.plot.notes import wrapped


def test_sentences_are_wrapped_to_the_width() -> None:
    lines = wrapped(["word " * 40, "", "Short.", "Short."], 300)
    assert max(map(len, lines)) <= 53
    assert lines[-1] == "Short."
    assert lines.count("Short.") == 1
