"""The equations of a model, in the three notations that pages need.

Room: publish/. Asks report/ for them, in symbols and with estimates.
Takes: a `Fit`.
Gives: blocks; a paragraph with the reason where there are none.
Source: docs/reference, reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.publish.document import Block, Equations, Paragraph
from echelon.report.equation_latex import set_latex
from echelon.report.equation_mathml import set_mathml
from echelon.report.equation_nodes import Page
from echelon.report.equation_omml import set_omml
from echelon.report.equation_words import set_words
from echelon.report.equations import equations
from echelon.report.wording.reporting import FILLED_IN, not_shown, too_many
from echelon.typeset.layout import printable

MOST_COEFFICIENTS = 60  # beyond which equations are no longer read


def equations_of(fit: Fit) -> Iterator[Block]:
    """Set a model by level and combined, then combined with its estimates.

    Parameters
    ----------
    fit : a fitted model.
    """
    n_fixed = len(fit.design.fixed_names)
    if n_fixed > MOST_COEFFICIENTS:
        yield Paragraph(not_shown("Equations", too_many(n_fixed, "fit.equations()")))
        return
    try:
        symbols = equations(fit, "both")
        numbers = equations(fit, "mixed", estimates=True)
    except EchelonError as error:
        yield Paragraph(not_shown("Equations", error.what))
        return
    yield from _set(symbols.page, symbols.page.remarks)
    yield Paragraph(FILLED_IN)
    new = tuple(r for r in numbers.page.remarks if r not in symbols.page.remarks)
    yield from _set(numbers.page, new)


def _set(page: Page, remarks: Sequence[str]) -> Iterator[Block]:
    """Set equations in every notation; remarks are paragraphs of their own, which fold."""
    bare = replace(page, remarks=())
    yield Equations(set_words(bare, True), set_latex(bare), set_mathml(bare), set_omml(bare))
    if remarks:
        yield Paragraph(printable(" ".join(remarks)))
