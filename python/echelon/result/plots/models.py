"""Charts of parameters, profiles and models side by side.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from echelon import plot
from echelon.fit import Fit


class ModelPlots:
    """Charts of parameters, profiles and models side by side."""

    fit: Fit

    def profile(self, parameters: str | Sequence[str] | None = None) -> Any:
        """Draw the profile zeta of every parameter, with its 50, 80 and 95% intervals.

        Parameters
        ----------
        parameters : names as in `conf_int`; None for all.

        Returns
        -------
        Altair chart.
        """
        return plot.profile.profile(self.fit, parameters)

    def profile_density(self, parameters: str | Sequence[str] | None = None) -> Any:
        """Draw the densities that the profile likelihood implies.

        Parameters
        ----------
        parameters : names as in `conf_int`; None for all.

        Returns
        -------
        Altair chart.
        """
        return plot.profile_density.profile_density(self.fit, parameters)

    def coefficients(
        self,
        *others: Any,
        names: Sequence[str] | None = None,
        terms: Sequence[str] | None = None,
        intercept: bool = False,
        exponentiate: bool | None = None,
        standardize: bool = False,
    ) -> Any:
        """Draw the fixed effects with their intervals, of this model and others.

        Parameters
        ----------
        others : more models.
        names : of all models, this one first.
        terms : coefficients by name, in the order wanted; None for all.
        intercept : whether the intercept has a row.
        exponentiate : ratios on a log scale; None: where the link gives one.
        standardize : per standard deviation of each column.

        Returns
        -------
        Altair chart.
        """
        return plot.coefficients.coefficients(
            self.fit, *others, names=names, terms=terms, intercept=intercept,
            exponentiate=exponentiate, standardize=standardize,
        )  # fmt: skip

    def comparison(
        self, *others: Any, names: Sequence[str] | None = None, criterion: str = "aic"
    ) -> Any:
        """Draw models of the same rows by a criterion, with likelihood-ratio tests.

        Parameters
        ----------
        others : more models, in order.
        names : of all models, this one first.
        criterion : "aic", "aicc", "bic", "bic_groups" or "caic".

        Returns
        -------
        Altair chart.
        """
        return plot.comparison.comparison(self.fit, *others, names=names, criterion=criterion)
