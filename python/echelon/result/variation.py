"""Verbs of a result about variances: shares, reliability, variance explained.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit


class Variation:
    """Variance components of a fitted model, and what they mean."""

    fit: Fit
