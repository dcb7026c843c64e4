"""Reliability: how well the groups' own data tell their coefficients apart, and the shrinkage.

Room: measure/. One question per file: can the intercepts and slopes of groups be trusted?
Takes: a `Fit`.
Gives: a Table by random coefficient, or by group and coefficient.
Source: Raudenbush & Bryk (2002), equations 3.59 and 8.10 f.; the definition of HLM 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon.errors import SpecError, offenders
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_gaussian
from echelon.infer.components.parameters import SCALE
from echelon.measure.group_coefficients import expected_coefficients
from echelon.measure.group_regressions import (
    GroupRegressions,
    factor_positions,
    group_regressions,
)
from echelon.measure.link_reliability import link_reliability
from echelon.table import Table

WHERE = "reliability()"


def reliability(fit: Fit, grouping: str | None = None, by_group: bool = False) -> Table:
    """Say how much of the differences between the groups' own estimates is real.

    A group's own regression estimates its coefficient with the error variance v_j; the
    coefficients vary by tau between groups. The reliability of a group's estimate is
    tau / (tau + v_j), and that of a coefficient its mean over groups, as in HLM: near 1, groups
    can be told apart; near 0 (a slope, as a rule), their differences are mostly noise. It is also
    the weight that a group's own estimate has, roughly, in the model's estimate for the group.

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all of them. By group it is needed where the
        model has several.
    by_group : one row per group and coefficient, with the estimates before and after shrinkage.

    Returns
    -------
    Table with columns grouping, term, variance (tau), error_variance (mean of v_j), reliability,
    n_groups (those that could be used). By group: group, term, own_estimate, estimate (the
    model's: fixed part and conditional mode), std_error (of the own estimate), reliability; NaN
    where a group's predictors do not tell its coefficients apart.

    Raises
    ------
    NotEstimableError : the model has no random effects; by group: the fit has no rows, or is
        generalized.
    SpecError : the grouping factor is not in the model; by group: several are, and none is named.

    Notes
    -----
    From cross-products alone; rows tell which factors are nested, and what a group's coefficient
    consists of (`by_group`). For a factor with others nested in it, v_j includes their variation,
    as in Raudenbush & Bryk's chapter 8; the effects of crossed factors are taken as known. Of a
    generalized model the error variance is what the conditional variance of a group's effects
    implies, on the scale of the link.

    Source
    ------
    Raudenbush & Bryk (2002), chapter 4: High School & Beyond, reliabilities by HLM.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ 1 + (1 | school)", ec.datasets.load("hsb"))
    >>> round(fit.reliability().row(grouping="school")["reliability"], 2)
    0.9
    """
    positions = factor_positions(fit, grouping, WHERE)
    if by_group:
        check_gaussian(
            fit,
            "Groups have no estimates of their own here: those of some may be infinite.",
            f"{WHERE}, argument by_group",
            "read conditional_modes(grouping): the model's estimates with their standard errors.",
        )
        if len(positions) > 1:
            raise _several(fit, positions)
        return _by_group(fit, positions[0])
    if fit.spec.is_generalized:
        return link_reliability(fit, positions)
    return _averages([group_regressions(fit, position) for position in positions])


def _averages(parts: list[GroupRegressions]) -> Table:
    rows = [_average(part, q) for part in parts for q in range(part.block.n_columns)]
    names = ("grouping", "term", "variance", "error_variance", "reliability", "n_groups")
    notes = ["Mean over groups of variance / (variance + error variance of a group's estimate)."]
    columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Table(
        columns,
        scales=dict.fromkeys(("variance", "error_variance"), "response squared"),
        title="Reliability of the groups' coefficients",
        notes=(*notes, *notes_on(parts)),
    )


def _average(part: GroupRegressions, q: int) -> tuple[str, str, float, float, float, int]:
    known = part.is_full
    mean = part.reliability[known, q].mean() if known.any() else np.nan
    error = part.variance[known, q].mean() if known.any() else np.nan
    name = part.block.column_names[q]
    tau = float(part.tau[q])
    return part.block.grouping, name, tau, float(error), float(mean), int(known.sum())


def notes_on(parts: list[GroupRegressions]) -> list[str]:
    """Word what was left out, and which errors include what lies below."""
    notes = []
    for part in parts:
        name, left_out = part.block.grouping, int((~part.is_full).sum())
        if left_out:
            notes.append(
                f"{name}: {left_out:,} of {part.block.n_groups:,} groups are left out, because "
                "their rows do not tell all coefficients apart."
            )
        if part.below:
            notes.append(
                f"{name}: errors include the variation between the groups nested in it "
                "(Raudenbush & Bryk, chapter 8)."
            )
        if part.has_crossed:
            notes.append(f"{name}: the effects of the factors crossed with it are taken as known.")
    return notes


def _by_group(fit: Fit, position: int) -> Table:
    part = group_regressions(fit, position)
    block, r = part.block, part.block.n_columns
    expected = expected_coefficients(fit, block, part.above, "reliability(by_group=True)")
    return Table(
        {
            "group": np.repeat(block.labels, r),
            "term": np.tile(np.array(block.column_names, dtype=object), block.n_groups),
            "own_estimate": (expected + part.deviation).ravel(),
            "estimate": (expected + part.modes).ravel(),
            "std_error": np.sqrt(part.variance).ravel(),
            "reliability": part.reliability.ravel(),
        },
        scales=dict.fromkeys(("own_estimate", "estimate", "std_error"), SCALE),
        title=f"Coefficients by {block.grouping}, before and after shrinkage",
        notes=(
            "own_estimate: least squares in the group alone; estimate: the model's.",
            *notes_on([part]),
        ),
    )


def _several(fit: Fit, positions: list[int]) -> SpecError:
    names = [fit.design.rows.blocks[position].grouping for position in positions]
    return SpecError(
        "The model has several grouping factors, and none is named.",
        where=WHERE,
        got="by_group=True without a name",
        need=f"one of {offenders(names)}",
        do=f"name one: reliability('{names[0]}', by_group=True).",
        slug="unknown-grouping",
    )
