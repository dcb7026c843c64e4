"""Notes below a title: sentences wrapped to the width of the chart.

Room: plot/. Wraps; words nothing of a model.
Takes: sentences.
Gives: lines that Vega can draw, which breaks none itself.
Source: docs/reference, charts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from echelon.plot.theme import WIDTH

PIXELS_PER_LETTER = 5.6  # of a subtitle, on average
FEWEST_LETTERS = 40


def wrapped(notes: Iterable[str], width: float = WIDTH) -> list[str]:
    """Break sentences into lines of at most `width` pixels, each sentence once.

    Parameters
    ----------
    notes : sentences; empty ones are left out.
    width : of the chart in pixels, axes included.

    Returns
    -------
    Lines.
    """
    letters = max(int(width / PIXELS_PER_LETTER), FEWEST_LETTERS)
    sentences = list(dict.fromkeys(note for note in notes if note))
    return [line for note in sentences for line in textwrap.wrap(note, letters)]
