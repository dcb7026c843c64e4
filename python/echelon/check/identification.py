"""Whether the data determine the parameters of a generalized model at all.

Room: check/. One question per file: is there something that the outcomes cannot tell?
Takes: `Evidence` of a generalized model.
Gives: findings 'separation', 'one_sided_groups', 'parameter_at_limit', 'flat_direction'.
Source: Albert & Anderson (1984), Biometrika 71, 1-10; Pinheiro & Chao (2006), JCGS 15, 58-81.
"""

from __future__ import annotations

import math

import numpy as np

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding
from echelon.design.parts import RandomBlock
from echelon.engine.generalized.identification import FLAT, flat_direction, limit_reached
from echelon.engine.generalized.one_sided import LARGE_SHARE, one_sided_groups
from echelon.engine.generalized.separation import Separation
from echelon.engine.generalized.separation import separation as separated
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.formula.render import render

SEPARABLE = ("binary", "count", "ordered", "nominal")


def separation(evidence: Evidence) -> tuple[Finding, ...]:
    """Look for predictors that tell the outcomes apart: the share of rows that they do."""
    fit = evidence.fit
    if not fit.spec.is_generalized or family_of(fit.spec.family).response not in SEPARABLE:
        return ()
    found = evidence.once("separation", _separation)
    return (
        Finding(
            "separation",
            "",
            "share of the rows that are told apart",
            0.0 if found is None else found.share,
            math.nan,
            0.0,
            "fine" if found is None else "act",
            "Albert & Anderson (1984), Biometrika 71, 1-10: with any separation a maximum of the "
            "likelihood does not exist",
            facts={
                "names": () if found is None else found.names,
                "channel": "mean" if found is None else found.channel,
                "formula": render(fit.spec.formula),
            },
        ),
    )


def one_sided(evidence: Evidence) -> tuple[Finding, ...]:
    """Count the groups with one outcome only, for each factor; of categories where it matters."""
    fit = evidence.fit
    if not fit.spec.is_generalized:
        return ()
    is_binary = family_of(fit.spec.family).response == "binary"
    doubtful = one_sided_groups(design_with_rows(fit, "check()"), fit.spec, fit.estimates)
    approximation = fit.estimates.generalized.approximation if fit.estimates.generalized else None
    findings = []
    for block in evidence.blocks:
        mine = doubtful if doubtful and doubtful.grouping == block.grouping else None
        if len(block.memberships) != 1 or not (is_binary or mine):
            continue
        n_low, n_high = _one_sided(fit, block) if mine is None else (mine.n_low, mine.n_high)
        findings.append(
            Finding(
                "one_sided_groups",
                block.grouping,
                "share of the groups with one outcome only",
                (n_low + n_high) / block.n_groups,
                LARGE_SHARE,
                1.0,
                "fine" if mine is None else "act" if mine.is_all else "look",
                "echelon: where the groups also differ much and have few events each, Laplace's "
                "approximation is poor (Pinheiro & Chao 2006, JCGS 15, 58-81); without any group "
                "with both outcomes their variance has no estimate",
                facts={
                    "n_low": n_low,
                    "n_high": n_high,
                    "n_groups": block.n_groups,
                    "approximation": "" if approximation is None else approximation.name,
                    "is_binary": is_binary,
                    "can_integrate": len(fit.design.rows.blocks) == 1,
                },
            )
        )
    return tuple(findings)


def weak_identification(evidence: Evidence) -> tuple[Finding, ...]:
    """Look for a parameter at its limit, and for a direction along which the criterion is flat."""
    fit = evidence.fit
    if not fit.spec.is_generalized or fit.spec.method != "ML":
        return ()
    design = design_with_rows(fit, "check()")
    if evidence.once("separation", _separation) is not None:
        return ()  # it explains every flat direction
    limit = limit_reached(design, fit.spec, fit.estimates)
    if limit is not None:
        facts = {"fact": limit.fact, "simpler": limit.simpler, "family": fit.spec.family}
        source = "echelon: what the parameter adds is less than 1e-04 of a variance or probability"
        return (
            Finding(
                "parameter_at_limit",
                limit.name,
                "parameters at their limit",
                1.0,
                1.0,
                math.nan,
                "look",
                source,
                facts=facts,
            ),
        )
    flat = flat_direction(design, fit.spec, fit.estimates)
    return (
        Finding(
            "flat_direction",
            "",
            "smallest eigenvalue of the information, on the correlation scale",
            _eigenvalue(fit) if flat is None else flat.eigenvalue,
            math.nan,
            FLAT,
            "fine" if flat is None else "act",
            "echelon: below 1e-08 rounding decides about the estimates",
            facts={"names": () if flat is None else flat.names},
        ),
    )


def _separation(evidence: Evidence) -> Separation | None:
    fit = evidence.fit
    if family_of(fit.spec.family).response not in SEPARABLE:
        return None
    return separated(design_with_rows(fit, "check()"), fit.spec, fit.estimates)


def _one_sided(fit: Fit, block: RandomBlock) -> tuple[int, int]:
    design, codes = fit.design, block.memberships[0].codes
    trials = np.ones(len(design.y)) if design.trials is None else design.trials
    has_event = np.bincount(codes, design.y > 0, minlength=block.n_groups) > 0
    has_other = np.bincount(codes, design.y < trials, minlength=block.n_groups) > 0
    return int((~has_event).sum()), int((~has_other).sum())


def _eigenvalue(fit: Fit) -> float:
    """Smallest eigenvalue of the correlation matrix of the estimates; NaN where one is unknown."""
    assert fit.estimates.generalized is not None
    covariance = fit.estimates.generalized.joint_cov
    kept = np.flatnonzero(np.diag(covariance) > 0)
    if not len(kept):
        return math.nan
    inside = covariance[np.ix_(kept, kept)]
    size = np.sqrt(np.diag(inside))
    return float(np.linalg.eigvalsh(inside / np.outer(size, size))[0])
