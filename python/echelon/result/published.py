"""Verbs of a result that write it up.

Room: result. Delegates; writes nothing itself.
Takes: the `Fit` of a `Result`.
Gives: equations, reports and bundles, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit


class Published:
    """Equations, reports and reproducible bundles."""

    fit: Fit
