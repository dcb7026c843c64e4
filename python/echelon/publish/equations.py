"""The equations of a model, in the three notations that pages need.

Room: publish/. Asks report/ for them.
Takes: a `Fit`.
Gives: `Equations`; none where the model has none to show.
Source: docs/reference, reports.
"""

from __future__ import annotations

from collections.abc import Iterator

from echelon.fit import Fit
from echelon.publish.document import Equations
from echelon.report.content import summarise


def equations_block(fit: Fit) -> Iterator[Equations]:
    """Set the level equations of a fit.

    Parameters
    ----------
    fit : a fitted model.
    """
    lines = summarise(fit, width=76).equations
    if lines:
        yield Equations("\n".join(lines))
