"""Charts of residuals and influence.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from echelon.fit import Fit


class ResidualPlots:
    """Charts of residuals and influence."""

    fit: Fit
