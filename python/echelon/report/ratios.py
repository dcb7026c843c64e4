"""e to the coefficients beside them, named for what it is: odds ratios, rate ratios, and others.

Room: report/. The numbers of `exponentiated` become strings here.
Takes: a `Fit`, and whether ratios are asked for.
Gives: `Ratios`, with what must be said about them.
Source: docs/reference, summary; Zeger, Liang & Albert (1988), conditional and averaged effects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from echelon.fit import Fit
from echelon.infer.coefficients.exponentiated import Ratio, exponentiated, ratio_of
from echelon.report.section import Section
from echelon.report.verdict import names_in_words
from echelon.typeset import numbers
from echelon.typeset.layout import Column, printable

HEADINGS = {"relative risk ratio": "rel. risk ratio", "hazard ratio (cloglog)": "hazard ratio"}
SHRINK = ("odds_ratio", "hazard_ratio", "relative_risk_ratio")  # when averaged over groups


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ratios of a summary: `column` has one cell per fixed effect, `low` and `high` its bounds."""

    column: Column
    low: Column
    high: Column
    notes: tuple[str, ...]

    def section(self, names: Column) -> Section:
        """Set them in a table of their own, with their intervals, where the lines are short."""
        heading = f"{self.column.heading.capitalize()}s"
        first = Column(heading, names.cells, "left")
        estimate = Column("estimate", self.column.cells)
        return Section((first, estimate, self.low, self.high), self.notes)


def ratios_of(fit: Fit, exponentiate: bool | None, most: int) -> Ratios | None:
    """Set e to the first `most` fixed effects as columns.

    Parameters
    ----------
    fit : a fitted model.
    exponentiate : False: no column; True: refused where it has no meaning; None: where it has one.
    most : rows.

    Returns
    -------
    `Ratios`, or None.

    Raises
    ------
    NotEstimableError : `exponentiate` with a link for which it has no meaning.
    """
    ratio = ratio_of(fit.spec)
    if exponentiate is False or (exponentiate is None and ratio is None):
        return None
    if ratio is None or not fit.design.fixed_names:
        exponentiated(fit)  # refuses, and says why
        return None
    table = exponentiated(fit)
    names = (ratio.column, "conf_low", "conf_high")
    rows = zip(*([float(value) for value in table[name][:most]] for name in names), strict=True)
    cells = [numbers.number_rows([row], [row[0]], digits=3)[0] for row in rows]
    estimate, low, high = zip(*cells, strict=True)
    level = numbers.percent_label(fit.spec.conf_level)
    return Ratios(
        Column(HEADINGS.get(ratio.noun, ratio.noun), estimate),
        Column(f"{level} low", low),
        Column(f"{level} high", high),
        tuple(_notes(fit, ratio)),
    )


def _notes(fit: Fit, ratio: Ratio) -> Iterator[str]:
    yield ratio.meaning
    groupings = list(dict.fromkeys(block.grouping for block in fit.design.rows.blocks))
    if groupings and ratio.column in SHRINK:
        same = printable(names_in_words(groupings))
        yield (f"They compare rows of the same {same}; averaged over groups they are closer to 1.")
