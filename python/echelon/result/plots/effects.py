"""Charts of the data and the effects.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from echelon.fit import Fit


class EffectPlots:
    """Charts of the data and the effects."""

    fit: Fit
