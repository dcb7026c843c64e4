"""Charts of the data and the effects.

Room: result. Delegates; draws nothing.
Takes: the `Fit` of a `Result`.
Gives: Altair charts of plot/, one line each.
Source: docs/reference, charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echelon import plot
from echelon.fit import Fit
from echelon.spec import columns_needed


class EffectPlots:
    """Charts of the data and the effects."""

    fit: Fit

    def trajectories(
        self,
        x: str | None = None,
        by: str | None = None,
        grouping: str | None = None,
        groups: Sequence[object] | None = None,
        **options: Any,
    ) -> Any:
        """Draw the observed line of each group and the population's curve.

        Parameters
        ----------
        x : a number, such as time; None for the one with a random slope.
        by : a moderator, by colour.
        grouping : factor whose groups are drawn; None for the one with the most groups.
        groups : labels of groups to draw; None for all or a random sample.
        options : most, seed, panels (a panel per group), target; see
            `echelon.plot.trajectories.trajectories`.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.trajectories.trajectories(self.fit, x, by, grouping, groups, **options)

    def group_lines(self, x: str | None = None, grouping: str | None = None, **options: Any) -> Any:
        """Draw the fitted line of each group over its own range, and the population's on top.

        Parameters
        ----------
        x : a number; None for the one with a random slope.
        grouping : factor whose groups are drawn; None for the first.
        options : most, seed, groups, target; see `echelon.plot.group_lines.group_lines`.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.group_lines.group_lines(self.fit, x, grouping, **options)

    def effect(
        self,
        x: str,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        kind: str = "response",
        **options: Any,
    ) -> Any:
        """Draw the mean along a predictor, the others held, with the data behind.

        Parameters
        ----------
        x : a predictor of the fixed part.
        by : one or two moderators: by colour, then by panel.
        at : values by name.
        kind : "response" or "link".
        options : interval, data, target; see `echelon.plot.effect.effect`.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.effect.effect(self.fit, x, by, at, kind, **options)

    def interaction(
        self, x: str, by: str | Sequence[str], at: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        """Draw the mean along a predictor at chosen values of its moderator.

        Parameters
        ----------
        x : a predictor of the fixed part.
        by : its moderator: categories, or mean and one standard deviation to each side.
        at : values by name, of the moderator, too.
        options : kind, interval, data, target; see `echelon.plot.interaction.interaction`.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.interaction.interaction(self.fit, x, by, at, **options)

    def johnson_neyman(self, x: str, by: str, **options: Any) -> Any:
        """Draw the slope of a predictor over its moderator, and where it is told from zero.

        Parameters
        ----------
        x : the predictor whose slope is asked for.
        by : a moderator that is a number.
        options : at, range, fdr, move, df_method, robust, conf_level; see `johnson_neyman`.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.johnson_neyman.johnson_neyman(self.fit, x, by, **options)

    def missing_pattern(self, data: Any, variables: Sequence[str] | None = None) -> Any:
        """Draw which variables of the model are missing together in a table.

        Parameters
        ----------
        data : the table that was fitted, or another with its columns.
        variables : names of columns; None for those of the model.

        Returns
        -------
        An Altair chart that can `save` itself.
        """
        return plot.missing_pattern.missing_pattern(data, variables or self._variables())

    def _variables(self) -> tuple[str, ...]:
        needed = columns_needed(self.fit.spec)
        return tuple(dict.fromkeys((*needed.columns, *needed.groupings)))
