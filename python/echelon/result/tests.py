"""Verbs of a result that test and bound the fixed effects.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit


class Tests:
    """Tests and intervals of a fitted model."""

    fit: Fit
