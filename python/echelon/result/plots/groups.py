"""Charts of the groups: conditional modes, shrinkage, variances.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from echelon.fit import Fit


class GroupPlots:
    """Charts of the groups: conditional modes, shrinkage, variances."""

    fit: Fit
