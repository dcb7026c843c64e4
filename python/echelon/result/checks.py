"""Verbs of a result that ask whether its family suits the response.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables of measure/, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from echelon import measure
from echelon.fit import Fit
from echelon.simulate import Seed
from echelon.table import Table


class Checks:
    """Whether counts vary, and are zero, as often as the model says."""

    fit: Fit

    def overdispersion(self, n: int = 250, seed: Seed = None) -> Table:
        """Test whether counts vary more, or less, than the family allows.

        Parameters
        ----------
        n : number of simulated responses.
        seed : whole number, SeedSequence or Generator; None for a fresh one.

        Returns
        -------
        Table with columns method ("pearson" and "simulated"), statistic, df, ratio (1 is what the
        model says), p_value; its notes say what helps.
        """
        return measure.overdispersion.overdispersion(self.fit, n, seed)

    def zero_inflation(self, n: int = 250, seed: Seed = None) -> Table:
        """Test whether zeros are more, or less, frequent than the model says.

        Parameters
        ----------
        n : number of simulated responses.
        seed : whole number, SeedSequence or Generator; None for a fresh one.

        Returns
        -------
        Table with columns observed, expected, low, high (shares of zeros), ratio, p_value; its
        notes say what helps.
        """
        return measure.zero_inflation.zero_inflation(self.fit, n, seed)
