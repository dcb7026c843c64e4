"""The summary as text; the whole texts are in tests/golden."""

from __future__ import annotations

import pickle

from echelon.report.summary import summary_text
from tests.golden import fits


def test_the_same_fit_gives_the_same_text() -> None:
    fit = fits.school()
    assert summary_text(fit) == summary_text(pickle.loads(pickle.dumps(fit)))


def test_a_width_below_80_counts_as_80() -> None:
    fit = fits.school()
    assert summary_text(fit, width=10) == summary_text(fit, width=80) != summary_text(fit)


def test_no_line_ends_in_spaces() -> None:
    assert not [line for line in summary_text(fits.many_effects()).splitlines() if line[-1:] == " "]
