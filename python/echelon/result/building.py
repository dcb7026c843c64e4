"""Verbs of a result that set it beside other models, and beside itself without some rows.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.measure.naive import compare_ols
from echelon.table import Table


class Building:
    """Comparisons of a fitted model."""

    fit: Fit

    def compare_ols(self) -> Table:
        """Set the fixed effects beside those of the same regression without random effects.

        The table has columns term, ols_estimate, ols_std_error, estimate, std_error, ratio,
        design_effect and effective_n.
        """
        return compare_ols(self.fit)
