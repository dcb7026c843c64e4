"""Influence of groups: whether a conclusion hangs on one of them.

Room: check/. One question per file: how far do the estimates move?
Takes: `Evidence`.
Gives: `Finding`s by grouping factor: Cook's distance and MDFFITS, DFBETAS, COVRATIO.
Source: Cook (1977); Belsley, Kuh & Welsch (1980); Loy & Hofmann (2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.errors import SpecError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import (
    coefficient_covariance,
    coefficient_names,
    coefficient_values,
)
from echelon.measure.influence import Influence, influence

REFITS = 400  # with more groups the variances are held: one pass over the rows
LOOK = 0.5
FACTOR = 4  # times the usual cutoffs: of clean samples less than 5% have a group beyond
COOK_SOURCE = (
    "Cook & Weisberg (1982), Residuals and Influence in Regression: 1; 4 / groups points "
    "out: Nieuwenhuis, te Grotenhuis & Pelzer (2012), R Journal 4(2), 38-47; echelon: four times "
    "that, and at least 0.5, is worth a look, twice as much act; MDFFITS: Loy & Hofmann (2014), "
    "Journal of Statistical Software 56(5)"
)
BETAS_SOURCE = (
    "Belsley, Kuh & Welsch (1980), Regression Diagnostics: 2 / sqrt(groups) points out; "
    "echelon: four times that, and at least half a standard error, is worth a look, twice as much "
    "act"
)
RATIO_LOOK, RATIO_ACT = 1.1, 1.25
RATIO_SOURCE = (
    "Belsley, Kuh & Welsch (1980), Regression Diagnostics: 1 - 3 p / groups points out; "
    "echelon: twice as far, and standard errors larger by a tenth or a quarter for one group"
)
NAMED = 5


def influential_groups(evidence: Evidence) -> tuple[Finding, ...]:
    """Leave out each group in turn: how far the fixed effects and their errors move.

    Up to 400 groups of a Gaussian model are left out by refits from downdated cross-products;
    with more of them the variances are held at those of all rows, and a generalized model takes
    one step by the score of each group.
    """
    found: list[Finding] = []
    refused: SpecError | None = None
    for block in evidence.blocks:
        try:
            found += _of_grouping(evidence.fit, block.grouping, block.n_groups)
        except SpecError as error:
            refused = error
    if refused is not None and not found:
        raise refused
    return tuple(found)


def _of_grouping(fit: Fit, grouping: str, n_groups: int) -> list[Finding]:
    is_held = fit.spec.is_generalized or n_groups > REFITS
    changes = influence(fit, grouping, refit=not is_held)
    if not np.isfinite(changes.table["cooks_distance"]).any():
        return []
    facts: dict[str, Any] = {
        "grouping": grouping,
        "n_groups": n_groups,
        "is_held": is_held,
        "is_generalized": fit.spec.is_generalized,
    }
    findings = [_cook(fit, changes, facts), *_betas(changes, facts)]
    if "cov_ratio" in changes.table:
        findings += _precision(fit, changes, facts)
    return findings


def _cook(fit: Fit, changes: Influence, facts: dict[str, Any]) -> Finding:
    table = changes.table
    distances = table["cooks_distance"]
    order = _largest(distances)
    value = float(distances[order[0]])
    cutoff = 4 / len(distances)
    look = max(LOOK, FACTOR * cutoff)
    mdffits = float(table["mdffits"][order[0]]) if "mdffits" in table else float("nan")
    return Finding(
        "influential_groups",
        facts["grouping"],
        "largest Cook's distance",
        value,
        look,
        2 * look,
        judge(value, look, 2 * look),
        COOK_SOURCE,
        None,
        {
            **facts,
            "groups": tuple(str(table["group"][i]) for i in order if distances[i] > cutoff),
            "worst": str(table["group"][order[0]]),
            "cutoff": cutoff,
            "n_above": int(np.nansum(distances > cutoff)),
            "mdffits": mdffits,
            "turned": _turned(fit, changes, int(order[0])),
        },
    )


def _largest(sizes: FloatArray) -> list[int]:
    order = np.argsort(-np.nan_to_num(sizes, nan=-1.0), kind="stable")[:NAMED]
    return [int(i) for i in order if np.isfinite(sizes[i])]


def _turned(fit: Fit, changes: Influence, group: int) -> tuple[str, ...]:
    """Name the coefficients that gain or lose significance at 5% without a group (by z)."""
    deleted = changes.deleted[group]
    with np.errstate(all="ignore"):
        before = np.abs(coefficient_values(fit)) / np.sqrt(np.diag(coefficient_covariance(fit)))
        after = np.abs(deleted.beta) / np.sqrt(np.diagonal(deleted.vcov))
    is_known = np.isfinite(before) & np.isfinite(after)
    is_turned = is_known & ((before > 1.96) != (after > 1.96))
    names = coefficient_names(fit)
    return tuple(names[i] for i in np.flatnonzero(is_turned) if names[i] != "(Intercept)")


def _betas(changes: Influence, facts: dict[str, Any]) -> list[Finding]:
    table, n_groups = changes.dfbetas, facts["n_groups"]
    sizes = np.abs(table["dfbetas"])
    if len(set(table["term"])) > 1:  # that of the intercept depends on where the zeros are
        sizes = np.where(table["term"] == "(Intercept)", np.nan, sizes)
    if not np.isfinite(sizes).any():
        return []
    worst = int(np.nanargmax(sizes))
    cutoff = float(2 / np.sqrt(n_groups))
    look = max(LOOK, FACTOR * cutoff)
    value, estimate = float(sizes[worst]), float(table["estimate"][worst])
    return [
        Finding(
            "changed_estimates",
            facts["grouping"],
            "largest absolute DFBETAS",
            value,
            look,
            2 * look,
            judge(value, look, 2 * look),
            BETAS_SOURCE,
            None,
            {
                **facts,
                "worst": str(table["group"][worst]),
                "term": str(table["term"][worst]),
                "with_it": estimate + float(table["dfbeta"][worst]),
                "without_it": estimate,
                "n_above": int(np.nansum(sizes > cutoff)),
                "cutoff": cutoff,
            },
        )
    ]


def _precision(fit: Fit, changes: Influence, facts: dict[str, Any]) -> list[Finding]:
    """Judge the group that makes the standard errors larger: what an outlying group does."""
    ratios, p = changes.table["cov_ratio"], fit.estimates.n_estimated
    ratios = np.where(ratios > 0, ratios, np.nan)
    bound = 1 - 3 * p / facts["n_groups"]
    if p == 0 or bound <= 0 or not np.isfinite(ratios).any():
        return []
    worst = int(np.nanargmin(ratios))
    value = float(ratios[worst] ** (-0.5 / p))
    usual = bound ** (-0.5 / p)
    look, act = max(RATIO_LOOK, usual**2), max(RATIO_ACT, usual**4)
    return [
        Finding(
            "inflated_errors",
            facts["grouping"],
            "factor by which one group enlarges the standard errors (COVRATIO^(-1/2p))",
            value,
            look,
            act,
            judge(value, look, act),
            RATIO_SOURCE,
            None,
            {
                **facts,
                "worst": str(changes.table["group"][worst]),
                "cov_ratio": float(ratios[worst]),
            },
        )
    ]
