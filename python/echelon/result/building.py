"""Verbs of a result that set it beside other models, and beside itself without some rows.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echelon import building, measure, result
from echelon.fit import Fit
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.building.simplify import Simplification
    from echelon.measure.influence import Influence
    from echelon.result.compared import Compared


class Building:
    """Comparisons of a fitted model."""

    fit: Fit

    def compare(
        self,
        *others: Any,
        names: Sequence[str] | None = None,
        layout: str = "columns",
        refit: str = "auto",
        conf_level: float | None = None,
    ) -> Compared:
        """Set this model beside others of the same rows: estimates, criteria, tests.

        Parameters
        ----------
        others : results of `fit`, in order; each is tested against the one before it.
        names : of the models, this one first.
        layout : "columns" (a column per model) or "rows".
        refit : "auto" refits by ML where fixed parts or methods differ, "always" or "never".
        conf_level : prints intervals of this level in place of standard errors.

        Returns
        -------
        Compared, as `echelon.compare`.

        Examples
        --------
        >>> import echelon as ec
        >>> one, two = (ec.fit(f"reaction ~ {x} + (1 | subject)", "sleep") for x in ("1", "days"))
        >>> round(one.compare(two).table.row(model="Model 2")["p_value"] * 1e27, 1)
        3.8
        """
        models = (self, *others)
        return result.compare(
            *models, names=names, layout=layout, refit=refit, conf_level=conf_level
        )

    def compare_ols(self) -> Table:
        """Set the fixed effects beside those of the same regression without random effects.

        The table has columns term, ols_estimate, ols_std_error, estimate, std_error, ratio,
        design_effect and effective_n.
        """
        return measure.naive.compare_ols(self.fit)

    def simplify(self, alpha: float = 0.2) -> Simplification:
        """Propose the simplest random part that the data support, with reasons.

        Parameters
        ----------
        alpha : p value above which a random slope goes.

        Returns
        -------
        Simplification: prints its steps; `.fit` is the proposal, `.table` has a row per step.
        """
        return building.simplify.simplify(self.fit, alpha)

    def random_pca(self) -> Table:
        """Take the covariance of the random effects apart into principal components.

        Returns
        -------
        Table with columns grouping, component, std_dev, share, cumulative, scaled_std_dev,
        scaled_share, scaled_cumulative.
        """
        return building.random_pca.random_pca(self.fit)

    def influence(self, grouping: str | None = None, refit: bool = True) -> Influence:
        """Leave out each group in turn, refit, and say what changed.

        Parameters
        ----------
        grouping : a grouping factor, or "rows"; None for the factor with the fewest groups.
        refit : False holds the variances, for the highest factor: one pass, whatever the groups.
            Refits take a time that grows with their square: 20,000 take minutes.

        Returns
        -------
        Influence: `.table` has Cook's distance, MDFFITS and covariance ratio by group, `.dfbetas`
        the change of each fixed effect.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
        >>> round(fit.influence().table.row(group="309")["cooks_distance"], 3)
        0.149
        """
        return measure.influence.influence(self.fit, grouping, refit)

    def leverage(self) -> Table:
        """Give leverage and Cook's distance of every row, without a refit.

        The table has columns row, leverage, standardized_residual and cooks_distance.
        """
        return measure.leverage.leverage(self.fit)
