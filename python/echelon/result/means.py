"""Verbs of a result about the response scale: marginal means, contrasts, slopes, what-if.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit


class Means:
    """Marginal means, contrasts, slopes and changes of a fitted model."""

    fit: Fit
