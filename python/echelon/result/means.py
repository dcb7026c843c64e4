"""Verbs of a result about the response scale: marginal means, contrasts, slopes, what-if.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from echelon import infer
from echelon.fit import Fit
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.infer.changes.what_if import WhatIf
    from echelon.infer.coefficients.inference import Counted
    from echelon.infer.lines.johnson_neyman import JohnsonNeyman
    from echelon.infer.means.marginal_means import MarginalMeans


class Means:
    """Marginal means, contrasts, slopes and changes of a fitted model."""

    fit: Fit

    def marginal_means(
        self,
        specs: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        weights: str = "equal",
        **options: Any,
    ) -> MarginalMeans:
        """Predict the mean response of categories, averaged over the other predictors.

        Parameters
        ----------
        specs : names of variables: "a", ["a", "b"], "a * b", "a | b"; "1" for the mean of all.
        by : names of variables to take the means, and their contrasts, by.
        at : values by name, of numbers or a choice of categories.
        weights : of the categories averaged over: "equal", "proportional", "outer" or "cells".
        options : df_method, robust, conf_level, adjust, transform, null; of a generalized model
            scale ("link" or "response"), target ("conditional" or "population") and outcome
            ("probability", "score", "zero", ...); see
            `echelon.infer.means.marginal_means.marginal_means`.

        Returns
        -------
        MarginalMeans: a table with methods `contrasts`, `letters` and `joint_tests`.
        """
        return infer.marginal_means(self.fit, specs, by, at, weights, **options)

    def contrasts(
        self,
        specs: str | Sequence[str],
        kind: Any = "pairwise",
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        *,
        adjust: str | None = None,
        reference: object = 0,
        reverse: bool = False,
        interaction: Any = None,
        scale: str | None = None,
        **options: Any,
    ) -> Table:
        """Compare marginal means.

        Parameters
        ----------
        specs, by, at : as in `marginal_means`.
        kind : "pairwise", "control", "consecutive", "polynomial", "effects", "helmert" or
            "mean_change"; or weights: lists by name, or an array (contrasts, means).
        adjust : "none", "bonferroni", "sidak", "holm", "bh", "tukey", "dunnett", "scheffe",
            "mvt" ...; None for what is usual for the kind.
        reference : label or position of the control.
        reverse : the other sign.
        interaction : kinds by variable, or one for all: contrasts of contrasts.
        scale : of a generalized model: "link" for differences of the linear predictor, "ratio"
            for odds ratios and rate ratios, "response" for differences of means (probabilities,
            counts); None for "link".
        options : weights, df_method, robust, conf_level, transform, target, outcome, as in
            `marginal_means`.

        Returns
        -------
        Table with columns contrast, those of `by`, then estimate to conf_high.
        """
        means = infer.marginal_means(
            self.fit,
            specs,
            by,
            at,
            scale="link" if scale in (None, "link") else "response",
            **options,
        )
        return means.contrasts(
            kind,
            adjust=adjust,
            reference=reference,
            reverse=reverse,
            interaction=interaction,
            scale=scale,
        )

    def joint_tests(
        self,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        *,
        df_method: str | None = None,
        robust: str | Counted | None = None,
    ) -> Table:
        """Test every term of the fixed part by contrasts of marginal means.

        Parameters
        ----------
        by : names of variables: the other terms are tested at each of their values.
        at : values by name.
        df_method : how degrees of freedom are counted; None for the fit's way.
        robust : "CR2" and others, for cluster-robust errors.

        Returns
        -------
        Table with columns term, those of `by`, statistic, df_num, df_den, p_value.
        """
        return infer.joint_tests(self.fit, by, at, df_method=df_method, robust=robust)

    def slopes(
        self,
        variable: str,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        *,
        compare: Any = None,
        adjust: str | None = None,
        **options: Any,
    ) -> Table:
        """Estimate the slope of a predictor in its own unit, at chosen values of its moderators.

        Parameters
        ----------
        variable : a column of numbers, or a call such as "gm(ses, school)".
        by : moderators: a slope for each category, and for a number at mean and mean -+ 1 sd.
        at : values by name.
        compare : True or a kind of contrasts, for differences between the slopes.
        adjust : of p values and intervals for several tests.
        options : within (moderators within which slopes are compared), move ("member" or "group",
            where the formula has group means), df_method, robust ("CR2" and others), conf_level;
            of a generalized model scale, target, outcome, and data for average marginal effects.

        Returns
        -------
        Table with a column per moderator, then estimate to conf_high; see
        `echelon.infer.lines.slopes.slopes`.
        """
        return infer.slopes(self.fit, variable, by, at, compare=compare, adjust=adjust, **options)

    def johnson_neyman(
        self, variable: str, moderator: str, *, fdr: bool = False, **options: Any
    ) -> JohnsonNeyman:
        """Find the values of a moderator for which the slope of a predictor can be told from zero.

        Parameters
        ----------
        variable : the predictor whose slope is asked for.
        moderator : a predictor that is a number.
        fdr : control the false discovery rate over the range.
        options : at, range, move, df_method, robust, conf_level; see
            `echelon.infer.lines.johnson_neyman.johnson_neyman`.

        Returns
        -------
        JohnsonNeyman: bounds, regions, a curve to draw, sentences.
        """
        return infer.johnson_neyman(self.fit, variable, moderator, fdr=fdr, **options)

    def interaction_table(
        self, variable: str, moderator: str, at: Mapping[str, Any] | None = None, **options: Any
    ) -> Table:
        """Predict the outcome at low, mean and high of a predictor and of its moderator.

        Parameters
        ----------
        variable, moderator : predictors of the fixed part.
        at : values by name, in place of mean -+ 1 sd.
        options : df_method, robust, conf_level, scale, target, outcome.

        Returns
        -------
        Table with the two columns, then estimate, std_error, df, conf_low, conf_high.
        """
        return infer.interaction_table(self.fit, variable, moderator, at, **options)

    def what_if(
        self,
        data: Any = None,
        change: Mapping[str, Any] | None = None,
        *,
        by: str | Sequence[str] | None = None,
        where: str | None = None,
        random: str = "all",
        **options: Any,
    ) -> WhatIf:
        """Predict the outcome of the same units after a change of predictors.

        Parameters
        ----------
        data : the table that was fitted.
        change : what happens to each predictor: "* 1.10", "+ 5", "10%", a number, a category.
        by : what to average within; None for one average.
        where : which rows change: "sector == 'Public'".
        random : "all" for these groups, "none" for their population ("none" or "population" of
            a generalized model: random effects of zero, or averaged over).
        options : df_method, conf_level, draws, seed, outcome; see
            `echelon.infer.changes.what_if.what_if`.

        Returns
        -------
        WhatIf: a Table of differences with intervals, one of the means, and draws.
        """
        return infer.what_if(self.fit, data, change, by=by, where=where, random=random, **options)

    def trade_off(
        self,
        data: Any = None,
        offset: str = "",
        against: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Table:
        """Solve for the change of one predictor that makes up for a change of others.

        Parameters
        ----------
        data : the table that was fitted.
        offset : the predictor to solve for.
        against : what happens to the others, as in `what_if`.
        options : by, where, random, df_method, conf_level, outcome, as in
            `echelon.infer.changes.trade_off.trade_off`.

        Returns
        -------
        Table with the amount, Fieller's limits, and a sentence that says when they are unbounded.
        """
        return infer.trade_off(self.fit, data, offset, against, **options)
