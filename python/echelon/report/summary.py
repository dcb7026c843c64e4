"""The summary of a fit as text: what `print(fit)` shows.

Room: report/. Sets content in lines; decides no content.
Takes: a `Fit` and a width.
Gives: text, never wider than the width.
Source: docs/reference, summary.
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.report.content import Section, Summary, summarise
from echelon.report.layout import fold, grid

MIN_WIDTH = 60


def summary_text(fit: Fit, width: int = 88) -> str:
    """Say what was fitted, on what, and what came out, in lines of at most `width`.

    Parameters
    ----------
    fit : a fitted model.
    width : columns of the terminal, at least 60; numbers are never cut to fit.

    Returns
    -------
    Text without a final line break; the same for the same numbers on any machine.
    """
    return set_text(summarise(fit), max(width, MIN_WIDTH))


def set_text(summary: Summary, width: int) -> str:
    """Set the content of a summary as text."""
    blocks = [
        [line for text in (summary.title, *summary.remarks) for line in fold(text, width)],
        _indented(summary.formula, width, hang=4),
        _equations(summary.equations, width),
        *(_section(section, width) for section in summary.sections),
        *(fold(finding, width) for finding in summary.findings),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _indented(text: str, width: int, hang: int) -> list[str]:
    return ["  " + line for line in fold(text, width - 2, hang)]


def _equations(equations: tuple[str, ...], width: int) -> list[str]:
    """Fold each equation so that its terms continue right of its equals sign."""
    lines = []
    for equation in equations:
        hang = min(equation.find("=") + 2 if "=" in equation else 2, width // 2)
        lines += _indented(equation, width, hang)
    return lines


def _section(section: Section, width: int) -> list[str]:
    lines = grid(section.columns, width)
    return lines + [line for note in section.notes for line in _indented(note, width, hang=2)]
