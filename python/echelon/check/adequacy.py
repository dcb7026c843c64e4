"""Sample size: is it enough for what the model asks, level by level.

Room: check/. One question per file: what can be trusted, and what cannot?
Takes: `Evidence`.
Gives: `Finding`s about numbers of groups, rows per group, groups per predictor, events.
Source: Maas & Hox (2005); McNeish & Stapleton (2016); Clarke (2008); Harrell (2015).
"""

from __future__ import annotations

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.predictors import codes_of, predictors, single_blocks
from echelon.families import FAMILIES
from echelon.fit import Fit, design_with_rows

GROUPS_SOURCE = (
    "Maas & Hox (2005), Methodology 1, p. 86: with 50 or fewer the standard errors of variances "
    "are biased; McNeish & Stapleton (2016), Multivariate Behavioral Research 51, 495-518, on "
    "very few groups; echelon: fewer than ten"
)
SIZES_SOURCE = (
    "Clarke (2008), Journal of Epidemiology and Community Health 62, 752-758: with two rows per "
    "group variances between groups are overestimated, with five they are not; echelon: with a row "
    "per random effect nothing is left for residuals"
)
PER_SOURCE = (
    "Harrell (2015), Regression Modeling Strategies, section 4.4: about 15 per parameter; Peduzzi "
    "et al. (1996), Journal of Clinical Epidemiology 49, 1373-1379: 10; Vittinghoff & McCulloch "
    "(2007), American Journal of Epidemiology 165, 710-718: fewer may do; echelon: 5 are too few"
)


def number_of_groups(evidence: Evidence) -> tuple[Finding, ...]:
    """Count the groups of each factor: what variances between groups are estimated from."""
    fit = evidence.fit
    return tuple(
        Finding(
            "number_of_groups",
            block.grouping,
            "number of groups",
            float(block.n_groups),
            50.0,
            9.0,
            judge(-block.n_groups, -50, -9),
            GROUPS_SOURCE,
            None,
            {
                "method": fit.spec.method,
                "df_method": fit.spec.df_method,
                "is_generalized": fit.spec.is_generalized,
                "n_effects": block.n_columns,
            },
        )
        for block in evidence.blocks
    )


def rows_per_group(evidence: Evidence) -> tuple[Finding, ...]:
    """Give the rows of the median group, per random effect that the group has."""
    design_with_rows(evidence.fit, "check()")
    findings = []
    for block in single_blocks(evidence):
        sizes = np.bincount(codes_of(block), minlength=block.n_groups)
        value = float(np.median(sizes)) / block.n_columns
        findings.append(
            Finding(
                "rows_per_group",
                block.grouping,
                "rows of the median group per random effect",
                value,
                1.5,
                1.0,
                judge(-value, -1.5, -1),
                SIZES_SOURCE,
                None,
                {
                    "median": float(np.median(sizes)),
                    "smallest": int(sizes.min()),
                    "largest": int(sizes.max()),
                    "n_single": int((sizes == 1).sum()),
                    "n_groups": block.n_groups,
                    "effects": block.column_names,
                },
            )
        )
    return tuple(findings)


def groups_per_predictor(evidence: Evidence) -> tuple[Finding, ...]:
    """Count groups per coefficient of a predictor of groups: they are its sample."""
    findings = []
    for block in single_blocks(evidence):
        own = [p for p in predictors(evidence) if not p.varies_within(block)]
        n_coefficients = sum(len(p.columns) for p in own)
        if not n_coefficients:
            continue
        value = block.n_groups / n_coefficients
        findings.append(
            Finding(
                "groups_per_predictor",
                block.grouping,
                "groups per coefficient of their predictors",
                value,
                10.0,
                5.0,
                judge(-value, -10, -5),
                PER_SOURCE,
                None,
                {
                    "n_groups": block.n_groups,
                    "n_coefficients": n_coefficients,
                    "predictors": tuple(p.name for p in own),
                },
            )
        )
    return tuple(findings)


def events_per_parameter(evidence: Evidence) -> tuple[Finding, ...]:
    """Count events per fixed effect, for responses that are categories or counts."""
    n_parameters = evidence.fit.estimates.n_estimated
    events = _events(evidence.fit)
    if events is None or not n_parameters:
        return ()
    value = events / n_parameters
    return (
        Finding(
            "events_per_parameter",
            "",
            "events per fixed effect",
            value,
            10.0,
            5.0,
            judge(-value, -10, -5),
            PER_SOURCE,
            None,
            {
                "events": events,
                "n_parameters": n_parameters,
                "response": FAMILIES[evidence.fit.spec.family].response,
            },
        ),
    )


def _events(fit: Fit) -> float | None:
    """Count what the response tells: the rarer outcome, or events; None for measured responses.

    Ordered categories count n - sum(n_k^3) / n^2, Harrell's table 4.1; others their rarest.
    """
    y, kind = fit.design.y, FAMILIES[fit.spec.family].response
    if kind == "binary":
        trials = np.ones(len(y)) if fit.design.trials is None else fit.design.trials
        successes = float(y.sum())
        return min(successes, float(trials.sum()) - successes)
    if kind == "count":
        return min(float(y.sum()), float(len(y)))
    if fit.design.categories:
        counts = np.bincount(y.astype(np.int64), minlength=len(fit.design.categories))
        if fit.spec.family == "multinomial":
            return float(counts.min())
        return float(len(y) - (counts.astype(float) ** 3).sum() / len(y) ** 2)
    return None
