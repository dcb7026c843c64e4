"""Verbs of a result that set it beside other models, and beside itself without some rows.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit


class Building:
    """Comparisons of a fitted model."""

    fit: Fit
