"""Charts of residuals and influence.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from typing import Any

from echelon import plot
from echelon.fit import Fit
from echelon.simulate import Seed


class ResidualPlots:
    """Charts of residuals and influence."""

    fit: Fit

    def residuals(self, level: int | str = 1, against: str = "fitted", seed: int = 0) -> Any:
        """Draw residuals against fitted values or a predictor, with binned means.

        Parameters
        ----------
        level : 1 for the rows, or a grouping factor: its conditional modes.
        against : "fitted", or a column of the table.
        seed : of randomized quantile residuals (generalized models).

        Returns
        -------
        Altair chart.
        """
        return plot.residuals.residuals(self.fit, level, against, seed)

    def qq(self, level: int | str = 1, simulations: int = 99, seed: Seed = 0) -> Any:
        """Draw a normal QQ plot of residuals with a simulated 95% envelope.

        Parameters
        ----------
        level : 1 for the rows, or a grouping factor: its conditional modes.
        simulations : samples in the envelope.
        seed : of the samples, and of randomized residuals.

        Returns
        -------
        Altair chart.
        """
        return plot.qq.qq(self.fit, level, simulations, seed)

    def scale_location(self, seed: int = 0) -> Any:
        """Draw the root of the size of standardized residuals against the fitted values.

        Parameters
        ----------
        seed : of randomized quantile residuals (generalized models).

        Returns
        -------
        Altair chart.
        """
        return plot.scale_location.scale_location(self.fit, seed)

    def residual_spread(self, grouping: str | None = None, most: int = 200, seed: int = 0) -> Any:
        """Draw the standard deviation of the residuals in every group.

        Parameters
        ----------
        grouping : a grouping factor; None for the one with the fewest groups.
        most : groups that have an interval each; of more, their distribution.
        seed : of randomized quantile residuals (generalized models).

        Returns
        -------
        Altair chart.
        """
        return plot.residual_spread.residual_spread(self.fit, grouping, most, seed)

    def influence(
        self,
        grouping: str | None = None,
        measure: str = "cooks_distance",
        refit: bool | None = None,
    ) -> Any:
        """Draw how much the estimates would change without each group.

        Parameters
        ----------
        grouping : a grouping factor, or "rows"; None for the factor with the fewest groups.
        measure : "cooks_distance", "mdffits", "cov_ratio" or "cov_trace".
        refit : whether every deletion is a refit; None: where the groups are not too many.

        Returns
        -------
        Altair chart.
        """
        return plot.influence.influence(self.fit, grouping, measure, refit)
