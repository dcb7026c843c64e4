"""The equations of a model, in the three notations that pages need.

Room: publish/. Asks report/ for them, in symbols and with estimates.
Takes: a `Fit`.
Gives: blocks; a paragraph with the reason where there are none.
Source: docs/reference, reports.
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.publish.document import Block, Equations, Paragraph
from echelon.report.equation_latex import set_latex
from echelon.report.equation_mathml import set_mathml
from echelon.report.equations import equations
from echelon.report.wording.reporting import FILLED_IN, not_shown


def equations_of(fit: Fit) -> Iterator[Block]:
    """Set a model by level and combined, then combined with its estimates.

    Parameters
    ----------
    fit : a fitted model.
    """
    try:
        symbols = equations(fit, "both")
        numbers = equations(fit, "mixed", estimates=True)
    except EchelonError as error:
        yield Paragraph(not_shown("Equations", error.what))
        return
    yield Equations(symbols.text, set_latex(symbols.page), set_mathml(symbols.page))
    yield Paragraph(FILLED_IN)
    yield Equations(numbers.text, set_latex(numbers.page), set_mathml(numbers.page))
