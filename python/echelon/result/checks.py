"""Verbs of a result that ask what to distrust: the whole diagnosis, and single questions.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: `Diagnosed`, and Tables of measure/, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from collections.abc import Sequence

from echelon import check, measure
from echelon.fit import Fit
from echelon.result.diagnosed import Diagnosed
from echelon.simulate import Seed
from echelon.table import Table


class Checks:
    """Whether the model, its data and its family can be trusted."""

    fit: Fit

    def check(
        self,
        topics: str | Sequence[str] | None = None,
        *,
        seed: int = 0,
        n_simulations: int = 250,
    ) -> Diagnosed:
        """Look at everything that can go wrong with a multilevel model, and say what to do.

        Parameters
        ----------
        topics : "Convergence", "Level-1 residuals", "Random effects", "Outcome", "Predictors",
            "Influence", "Data and design", or several; None for all.
        seed : of the checks that simulate: the same findings each time.
        n_simulations : of the checks that simulate.

        Returns
        -------
        Diagnosed: prints as text; `findings`, `table`, `verdict`, `to_html()`, `to_json()`.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
        >>> fit.check("Convergence").verdict
        'fine'
        """
        found = check.diagnose(self.fit, topics=topics, seed=seed, n_simulations=n_simulations)
        return Diagnosed(self.fit, found)

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
