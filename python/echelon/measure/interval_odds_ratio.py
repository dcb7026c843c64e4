"""Interval odds ratio: what a predictor of groups does, with the differences of the groups.

Room: measure/. One question per file: how sure is it that the group with more of x has more risk?
Takes: a `Fit` of a generalized model, and a predictor that varies between groups only.
Gives: a Table with one row.
Source: Larsen & Merlo (2005), American Journal of Epidemiology 161, 81-88, equation 6; Merlo,
    Wagner, Ghith & Leckie (2016), PLoS ONE 11, e0153778 (POOR); docs/theory.md (30).
"""

from __future__ import annotations

import math

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit, design_with_rows
from echelon.infer.distributions.normal import normal_margin
from echelon.measure.group_variance import group_variances, require_ratio
from echelon.measure.moments import is_single
from echelon.options import shown
from echelon.table import Table

PURPOSE = "interval_odds_ratio()"


def interval_odds_ratio(fit: Fit, x: str, coverage: float = 0.8, by: float = 1.0) -> Table:
    """Bound the middle 80% of the odds ratios between two groups that differ in a predictor.

    Two people from two groups, the one with `by` more of x, the other predictors the same: their
    odds ratio is exp(beta by + b1 - b2), and varies with the groups. The interval holds the
    middle 80% of these odds ratios (IOR-80). Where it includes 1 the groups differ more than the
    predictor says. It is no confidence interval, and does not shrink with more data. `opposed` is
    the share of the ratios that point the other way (POOR): 0 to 0.5. Theory (30).

    Parameters
    ----------
    fit : a fitted generalized model with random intercepts.
    x : name of a fixed effect whose column is constant within the groups of some factor.
    coverage : share of the odds ratios inside, in (0, 1).
    by : the difference of x, in its unit.

    Returns
    -------
    Table with columns term, odds_ratio (or rate_ratio and so on: exp(beta by), of groups whose
    effects are the same), interval_low, interval_high, opposed.

    Raises
    ------
    SpecError : no such fixed effect, or a coverage outside (0, 1).
    NotEstimableError : x varies within groups, or its coefficient is not estimated; no random
        effects; a link with which e to an effect means nothing.

    Notes
    -----
    With several factors the two people share no group of any. With random slopes the variance is
    that of the intercepts.

    Source
    ------
    Larsen & Merlo (2005, American Journal of Epidemiology 161); checked by simulation.

    Examples
    --------
    >>> import echelon as ec
    >>> import polars as pl
    >>> women = ec.datasets.load("contraception")
    >>> women = women.with_columns(share=(pl.col("urban") == "Y").mean().over("district"))
    >>> fit = ec.fit("use ~ share + (1 | district)", women, family="binomial")
    >>> round(fit.interval_odds_ratio("share").row(term="share")["opposed"], 3)
    0.016
    """
    ratio = require_ratio(fit, PURPOSE)
    covered = _read_coverage(coverage)
    place = _place(fit, x)
    slope = ratio.sign * float(fit.estimates.beta[place]) * by
    channel = _channel(fit, place)
    found = group_variances(fit, channel)
    sd = math.sqrt(2 * found[-1].variance) if found else 0.0
    low, high = interval(slope, sd, covered)
    return Table(
        {
            "term": np.array([x], dtype=object),
            ratio.column: np.array([_exp(slope)]),
            "interval_low": np.array([low]),
            "interval_high": np.array([high]),
            "opposed": np.array([opposed(slope, sd)]),
        },
        title=f"Interval {ratio.noun}",
        notes=(
            f"The middle {100 * covered:g}% of the {ratio.noun}s between groups that differ by"
            f" {by:g} in {x}; opposed: the share of them that points the other way.",
            *(["Two observations that share no group of any factor."] if len(found) > 1 else []),
        ),
    )


def interval(slope: float, std_dev: float, coverage: float) -> tuple[float, float]:
    """Bounds of the middle share of exp(slope + N(0, std_dev^2))."""
    margin = normal_margin(coverage) * std_dev
    return _exp(slope - margin), _exp(slope + margin)


def opposed(slope: float, std_dev: float) -> float:
    """Share of exp(slope + N(0, std_dev^2)) on the other side of 1; a half where slope is zero."""
    if slope == 0:
        return 0.5
    if std_dev == 0:
        return 0.0
    return 0.5 * math.erfc(abs(slope) / std_dev / math.sqrt(2))


def _exp(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(value))


def _read_coverage(value: float) -> float:
    """Read the share of odds ratios that the interval holds."""
    if isinstance(value, int | float) and 0 < value < 1:
        return float(value)
    raise SpecError(
        f"The coverage cannot be {shown(value)}.",
        where=f"{PURPOSE}, argument coverage",
        got=shown(value),
        need="a number between 0 and 1: the share of the ratios inside",
        do="write coverage=0.8.",
        slug="unknown-option-value",
    )


def _place(fit: Fit, x: str) -> int:
    """Find the fixed effect, and see that it varies between groups only."""
    names = fit.design.fixed_names
    if x not in names:
        raise SpecError(
            f"The model has no fixed effect '{x}'.",
            where=f"{PURPOSE}, argument x",
            got=f"'{x}'",
            need=f"one of {offenders(names)}",
            do=near_matches(str(x), list(names)),
            slug="unknown-coefficient",
        )
    place = names.index(x)
    design = design_with_rows(fit, PURPOSE)
    column, blocks = design.rows.fixed_columns[place], design.rows.blocks
    if not any(_is_between(column, block) for block in blocks):
        raise NotEstimableError(
            f"'{x}' varies within groups: there its ratio is that of one and the same group.",
            where=f"{PURPOSE}, argument x",
            got=f"a column that varies within {offenders([b.grouping for b in blocks])}",
            need="a predictor of groups, constant within those of some factor",
            do="read exponentiated() for predictors that vary within groups.",
            slug="interval-ratio-within",
        )
    if not fit.estimates.is_estimated[place]:
        raise NotEstimableError(
            f"The coefficient of '{x}' is not estimated.",
            where=f"{PURPOSE}, argument x",
            got="a column that other columns explain",
            need="an estimated coefficient",
            do="take the columns that explain it out of the formula.",
            slug="coefficient-not-estimated",
        )
    return place


def _is_between(column: FloatArray, block: RandomBlock) -> bool:
    """Whether a column is constant within the groups of a factor, and not of one row each."""
    if not is_single(block):
        return False
    codes = block.memberships[0].codes
    first = np.zeros(block.n_groups)
    first[codes] = column
    return bool((first[codes] == column).all())


def _channel(fit: Fit, place: int) -> int:
    """Linear predictor that a coefficient of the mean enters: the first but for multinomials."""
    for number, channel in enumerate(fit.design.channels):
        if any(own.coefficient == place for own in channel.columns):
            return number
    return 0
