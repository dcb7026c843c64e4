"""The summary of a fit as text: what `print(fit)` shows.

Room: report/. Sets content in lines; decides no content.
Takes: a `Fit` and a width.
Gives: text, never wider than the width.
Source: docs/reference, summary.
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.report.content import summarise
from echelon.report.section import Section, Summary
from echelon.typeset.layout import BRACKET, display_width, fold, grid

MIN_WIDTH = 80

_TIE = "\N{NO-BREAK SPACE}"


def summary_text(fit: Fit, width: int = 88, exponentiate: bool | None = None) -> str:
    """Say what was fitted, on what, and what came out, in lines of at most `width`.

    Parameters
    ----------
    fit : a fitted model.
    width : columns of the terminal, at least 80; numbers are never cut to fit.
    exponentiate : whether e to the coefficients stands beside them, as odds, rates and the like;
        None: where the link gives it a meaning.

    Returns
    -------
    Text without a final line break; the same for the same numbers on any machine.

    Raises
    ------
    NotEstimableError : `exponentiate` with a link for which it has no meaning.
    """
    width = max(width, MIN_WIDTH)
    return set_text(summarise(fit, width - 2, exponentiate), width)


def set_text(summary: Summary, width: int) -> str:
    """Set the content of a summary as text."""
    blocks = [
        [line for text in (summary.title, *summary.remarks) for line in fold(text, width)],
        _formula(summary.formula, width),
        [line for text in summary.equations for line in _equation(text, width)],
        *(_section(section, width) for section in summary.sections),
        *(fold(finding, width) for finding in summary.findings),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _formula(formula: str, width: int) -> list[str]:
    """Fold a formula between its terms rather than inside a bracket."""
    tied = BRACKET.sub(lambda bracket: bracket[0].replace(" ", _TIE), formula)
    if any(display_width(part) > width - 8 for part in tied.split(" ")):
        tied = formula
    return [line.replace(_TIE, " ") for line in _indented(tied, width, hang=4)]


def _equation(equation: str, width: int) -> list[str]:
    """Fold an equation that is too wide in spite of its own line breaks."""
    start = len(equation) - len(equation.lstrip())
    return _indented(equation, width, hang=min(start + 4, width // 2))


def _indented(text: str, width: int, hang: int) -> list[str]:
    return ["  " + line for line in fold(text, width - 2, hang)]


def _section(section: Section, width: int) -> list[str]:
    lines = grid(section.columns, width)
    return lines + [line for note in section.notes for line in _indented(note, width, hang=2)]
