"""Median odds ratio: how far apart two groups are, as a ratio of odds, rates or hazards.

Room: measure/. One question per file: what would changing the group do to a typical odds?
Takes: a `Fit` of a generalized model.
Gives: a Table, one row per grouping factor.
Source: Larsen & Merlo (2005), American Journal of Epidemiology 161, 81-88; Larsen, Petersen,
    Budtz-Jorgensen & Endahl (2000), Biometrics 56, 909-914; docs/theory.md (30).
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.distributions.normal import normal_margin
from echelon.measure.group_variance import TOGETHER, GroupVariance, group_variances, require_ratio
from echelon.options import read_conf_level
from echelon.table import Table

PURPOSE = "median_odds_ratio()"


def median_odds_ratio(fit: Fit, conf_level: float | None = None) -> Table:
    """Say how much the odds change, in the median, from one group to another of higher odds.

    Draw two groups at random and compare two people with the same predictors, the one in the
    group of higher odds with the other: half of these odds ratios are above
    exp(sqrt(2 v) Phi^-1(3/4)), v the variance between groups on the scale of the link. It is 1
    where groups do not differ, and can be set beside the odds ratios of predictors. With the log
    link it is a ratio of rates or means, with cloglog one of hazards. Theory (30).

    Parameters
    ----------
    fit : a fitted generalized model with random intercepts.
    conf_level : of the interval; None for that of the fit.

    Returns
    -------
    Table with columns grouping ('all': two observations that share no group, where there are
    several), variance (link squared), median_odds_ratio (or median_rate_ratio, _mean_ratio,
    _median_ratio, _hazard_ratio, _relative_risk_ratio), conf_low, conf_high. Of a multinomial
    model a column category comes first.

    Raises
    ------
    NotEstimableError : no random effects, or a link with which e to an effect means nothing.

    Notes
    -----
    Limits are those of the variance, symmetric on its log scale (delta method), put through the
    same formula; there are none at a variance of zero. With random slopes the variance is that of
    the intercepts, where the predictors of the slopes are zero.

    Source
    ------
    Larsen & Merlo (2005, American Journal of Epidemiology 161); checked by simulation.

    Examples
    --------
    >>> import echelon as ec
    >>> women = ec.datasets.load("contraception")
    >>> fit = ec.fit("use ~ age + (1 | district)", women, family="binomial")
    >>> round(fit.median_odds_ratio().row(grouping="district")["median_odds_ratio"], 2)
    1.61
    """
    ratio = require_ratio(fit, PURPOSE)
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    is_nominal = family_of(fit.spec.family).response == "nominal"
    channels = range(len(fit.design.channels)) if is_nominal else range(1)
    found = [
        (fit.design.channels[c].name, each) for c in channels for each in group_variances(fit, c)
    ]
    values = np.array([_row(each, level) for _, each in found], dtype=float).reshape(-1, 4)
    column = f"median_{ratio.column}"
    category = {"category": np.array([name for name, _ in found], dtype=object)}
    return Table(
        {
            **(category if is_nominal else {}),
            "grouping": np.array([each.grouping for _, each in found], dtype=object),
            "variance": values[:, 0],
            column: values[:, 1],
            "conf_low": values[:, 2],
            "conf_high": values[:, 3],
        },
        scales={"variance": "link squared"},
        title=f"Median {ratio.noun}",
        notes=_notes(ratio.noun, [each for _, each in found]),
    )


def median_ratio(variance: float | FloatArray) -> FloatArray:
    """Median of exp(|b1 - b2|), b1 and b2 independent with this variance."""
    with np.errstate(over="ignore"):
        found: FloatArray = np.exp(np.sqrt(2 * np.asarray(variance)) * normal_margin(0.5))
    return found


def _row(each: GroupVariance, conf_level: float) -> tuple[float, float, float, float]:
    limits = log_limits(each.variance, each.std_error, conf_level)
    low, high = median_ratio(np.array(limits)).tolist()
    return each.variance, float(median_ratio(each.variance)), low, high


def log_limits(variance: float, error: float, conf_level: float) -> tuple[float, float]:
    """Limits of a variance, symmetric on its log scale; NaN at zero or without an error."""
    if not (variance > 0 and error > 0):
        return float("nan"), float("nan")
    margin = normal_margin(conf_level) * error / variance
    with np.errstate(over="ignore"):
        return float(variance * np.exp(-margin)), float(variance * np.exp(margin))


def _notes(noun: str, found: list[GroupVariance]) -> tuple[str, ...]:
    notes = [
        f"Median {noun} of two observations with the same predictors, from two groups at random:"
        " that of higher against that of lower risk. 1: groups do not differ."
    ]
    if any(each.grouping == TOGETHER for each in found):
        notes.append(f"{TOGETHER}: two observations that share no group of any factor.")
    if any(each.has_slopes for each in found):
        notes.append("With random slopes: where their predictors are zero.")
    return tuple(notes)
