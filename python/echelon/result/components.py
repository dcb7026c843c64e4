"""Verbs of a result about a generalized model: ratios, thresholds, what is besides the mean.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from functools import cached_property

from echelon import infer
from echelon.fit import Fit
from echelon.table import Table


class Components:
    """What a family has besides its mean, and coefficients as ratios."""

    fit: Fit

    @cached_property
    def component_effects(self) -> Table:
        """Table of thresholds, zero part, dispersion, scale: estimates on the link scale."""
        return infer.component_effects(self.fit)

    @cached_property
    def thresholds(self) -> Table:
        """Table of the thresholds between neighbouring categories of an ordered response."""
        return infer.thresholds(self.fit)

    def exponentiated(self, conf_level: float | None = None) -> Table:
        """Write the fixed effects as ratios: of odds, rates, means, hazards or risks.

        Parameters
        ----------
        conf_level : of the intervals; None for that of the fit.

        Returns
        -------
        Table with columns term, then what it is (odds_ratio, rate_ratio, mean_ratio,
        median_ratio, hazard_ratio or relative_risk_ratio), p_value, conf_low, conf_high.
        """
        return infer.exponentiated(self.fit, conf_level)
