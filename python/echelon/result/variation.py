"""Verbs of a result about variances: shares, reliability, variance explained.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from echelon import infer, measure
from echelon.fit import Fit
from echelon.simulate import Seed
from echelon.table import Table


class Variation:
    """Variance components of a fitted model, and what they mean."""

    fit: Fit

    def variance_intervals(
        self, conf_level: float | None = None, information: str = "observed"
    ) -> Table:
        """Bound every variance, standard deviation, covariance and correlation.

        Parameters
        ----------
        conf_level : of the intervals; None for that of the fit.
        information : "observed", as Stata, SPSS and SAS, or "expected", as HLM.

        Returns
        -------
        Table with columns parameter, grouping, term_1, term_2, scale, estimate, std_error,
        conf_low, conf_high.
        """
        return infer.variance_intervals(self.fit, conf_level, information)

    def icc(
        self,
        kind: str = "adjusted",
        *,
        at: Mapping[str, Any] | None = None,
        scale: str = "latent",
        form: str | None = None,
        conf_level: float | None = None,
    ) -> Table:
        """Say how alike observations of the same group are, with standard errors and intervals.

        Parameters
        ----------
        kind : "adjusted" shares out what the fixed effects leave; "unadjusted" (or "conditional")
            everything; "unconditional" is that of the null model; "levels" is the correlation of
            two observations of a group, factor by factor.
        at : values by predictor, such as {"days": (0, 3)}: the correlation at pairs of these.
        scale : of a generalized model: "latent", behind the link, or "observed", of the responses.
        form : of its variance of a response: "theoretical", "exact", "trigamma", "lognormal" or
            "delta"; None for the first that the family has.
        conf_level : of the intervals; None for that of the fit.

        Returns
        -------
        Table with columns grouping, term, variance, icc, std_error, conf_low, conf_high, the
        residual last; `echelon.measure.icc_kinds.icc_table` says what "levels" and `at` give.
        """
        return measure.icc_kinds.icc_table(
            self.fit, kind, at=at, scale=scale, form=form, conf_level=conf_level
        )

    def median_odds_ratio(self, conf_level: float | None = None) -> Table:
        """Say how far apart two groups are, as a ratio of odds (rates, means, hazards).

        Parameters
        ----------
        conf_level : of the interval; None for that of the fit.

        Returns
        -------
        Table with columns grouping, variance, median_odds_ratio (median_rate_ratio and so on, as
        the link has it), conf_low, conf_high.
        """
        return measure.median_odds_ratio.median_odds_ratio(self.fit, conf_level)

    def interval_odds_ratio(self, x: str, coverage: float = 0.8, by: float = 1.0) -> Table:
        """Bound the middle of the odds ratios between groups that differ in a predictor.

        Parameters
        ----------
        x : name of a fixed effect that is constant within groups.
        coverage : share of the odds ratios inside: 0.8 for the IOR-80.
        by : the difference of x, in its unit.

        Returns
        -------
        Table with columns term, odds_ratio (as the link has it), interval_low, interval_high,
        opposed (share of the ratios that points the other way).
        """
        return measure.interval_odds_ratio.interval_odds_ratio(self.fit, x, coverage, by)

    def design_effect(self, kind: str = "adjusted") -> Table:
        """Say by how much each grouping factor inflates the variance of a mean.

        Parameters
        ----------
        kind : "adjusted" takes the ICC of this model, "unconditional" that of its null model.

        Returns
        -------
        Table with columns grouping, n_groups, mean_size, typical_size, icc,
        design_effect_mean_size, design_effect, effective_n.
        """
        return measure.design_effect.design_effect(self.fit, kind)

    def r_squared(self, baseline: Any = None) -> Table:
        """Say how much variance the model explains, by every usual definition.

        Parameters
        ----------
        baseline : a simpler fit of the same rows, with which variances are compared; None for the
            null model with the same groups.

        Returns
        -------
        Table with columns measure, part, value (a share) and meaning (a sentence).
        """
        return measure.r_squared.r_squared(self.fit, getattr(baseline, "fit", baseline))

    def reliability(self, grouping: str | None = None, by_group: bool = False) -> Table:
        """Say how much of the differences between the groups' own estimates is real.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all of them.
        by_group : one row per group and coefficient, before and after shrinkage.

        Returns
        -------
        Table with columns grouping, term, variance, error_variance, reliability, n_groups; by
        group: group, term, own_estimate, estimate, std_error, reliability.
        """
        return measure.reliability.reliability(self.fit, grouping, by_group)

    def homogeneity(self, grouping: str | None = None) -> Table:
        """Test of each random coefficient whether it is the same in all groups, by chi-square.

        Parameters
        ----------
        grouping : name of a grouping factor; None for all of them.

        Returns
        -------
        Table with columns grouping, term, variance, statistic, df, p_value, n_groups.
        """
        return measure.homogeneity.homogeneity(self.fit, grouping)

    def ranova(self) -> Table:
        """Test each random term and slope by taking it out of the model.

        Returns
        -------
        Table with columns term, model, n_parameters, log_likelihood, aic, statistic, df, p_value
        (of the mixture of chi-squares that holds at a variance of zero), p_value_chi2.
        """
        return infer.ranova(self.fit)

    def variance_test(
        self,
        term: str | None = None,
        method: str = "auto",
        n: int | None = None,
        seed: Seed = None,
    ) -> Table:
        """Test whether the variance of a random term or slope is zero.

        Parameters
        ----------
        term : "days", "days | subject" or "(1 | subject)"; None for all that can be taken out.
        method : "auto" (exact for one variance, else mixture), "exact", "mixture" or "bootstrap".
        n : draws; None for 10,000 exact ones, or 1,000 of the bootstrap.
        seed : whole number, SeedSequence or Generator; None for a fresh one.

        Returns
        -------
        Table with columns term, method, statistic, reference, p_value.
        """
        return infer.variance_test(self.fit, term, method, n, seed)
