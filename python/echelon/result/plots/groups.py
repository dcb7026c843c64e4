"""Charts of the groups: conditional modes, shrinkage, variances.

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


class GroupPlots:
    """Charts of the groups: conditional modes, shrinkage, variances."""

    fit: Fit

    def caterpillar(
        self,
        grouping: str | None = None,
        term: str | None = None,
        *,
        conf_level: float | None = None,
        sort: bool = True,
        label: bool | Sequence[Any] = True,
        most: int = 8,
    ) -> Any:
        """Draw the conditional modes of all groups with intervals, those off the average in red.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all.
        term : name of a random effect, e.g. "(Intercept)"; None for all, as small multiples.
        conf_level : of the intervals; None for that of the fit.
        sort : by the size of the mode; False keeps the order of the labels.
        label : True labels groups off the average, False none, a list the groups that it names.
        most : groups off the average that are labelled, at most.

        Returns
        -------
        An Altair chart.
        """
        return plot.caterpillar.caterpillar(
            self.fit, grouping, term, conf_level=conf_level, sort=sort, label=label, most=most
        )

    def shrinkage(self, grouping: str | None = None, x: str | None = None) -> Any:
        """Draw each group by its own data, by the model, and with all groups pooled.

        Parameters
        ----------
        grouping : name of a grouping factor; needed where there are several.
        x : the random effect on the second axis; None for the first slope.

        Returns
        -------
        An Altair chart.
        """
        return plot.shrinkage.shrinkage(self.fit, grouping, x)

    def random_qq(self, grouping: str | None = None, term: str | None = None) -> Any:
        """Draw the conditional modes against the normal distribution, with a pointwise band.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all.
        term : name of a random effect; None for all, as small multiples.

        Returns
        -------
        An Altair chart.
        """
        return plot.random_qq.random_qq(self.fit, grouping, term)

    def random_scatter(self, grouping: str | None = None) -> Any:
        """Draw the conditional modes of each pair of random effects, with the model's ellipse.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all that have several random effects.

        Returns
        -------
        An Altair chart.
        """
        return plot.random_scatter.random_scatter(self.fit, grouping)

    def variance_shares(self, kind: str = "levels") -> Any:
        """Draw what the variance of the response is made of.

        Parameters
        ----------
        kind : "levels" (random terms and residual, as `icc()`), or "rights-sterba" (sources).

        Returns
        -------
        An Altair chart.
        """
        return plot.variance_shares.variance_shares(self.fit, kind)

    def group_sizes(self, grouping: str | None = None) -> Any:
        """Draw how many rows the groups have, with mean and median.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all.

        Returns
        -------
        An Altair chart.
        """
        return plot.group_sizes.group_sizes(self.fit, grouping)
