"""All checks of a fit, in order: what was found, and what could not be looked at.

Room: check/. Asks every check; judges nothing itself.
Takes: a `Fit`.
Gives: `Diagnosis`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from echelon.check.adequacy import (
    events_per_parameter,
    groups_per_predictor,
    number_of_groups,
    rows_per_group,
)
from echelon.check.autocorrelation import autocorrelation
from echelon.check.centring import uncentred_slopes, zero_of_predictors
from echelon.check.collinearity import collinearity
from echelon.check.convergence import boundary, convergence, not_estimated
from echelon.check.cross_level import cross_level
from echelon.check.dispersion import overdispersion, zero_inflation
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding
from echelon.check.grouping_matters import grouping_matters
from echelon.check.identification import one_sided, separation, weak_identification
from echelon.check.independence import independence
from echelon.check.influential import influential_groups
from echelon.check.influential_rows import influential_rows
from echelon.check.level_spread import level_1_spread
from echelon.check.linearity import linearity
from echelon.check.missing import rows_left_out
from echelon.check.outlying_groups import outlying_groups
from echelon.check.random_shape import random_joint_tails, random_skewness, random_tails
from echelon.check.residual_shape import outlying_rows, residual_skewness, residual_tails
from echelon.check.simulated_residuals import simulated_outliers, simulated_shape
from echelon.check.variance_along import variance_along_fitted, variance_along_predictor
from echelon.check.variance_by_group import variance_by_category, variance_by_group
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.options import read_choice
from echelon.progress import Progress

TOPICS = (
    "Convergence",
    "Level-1 residuals",
    "Random effects",
    "Outcome",
    "Predictors",
    "Influence",
    "Data and design",
)
Check = Callable[[Evidence], tuple[Finding, ...]]
# Topic -> the checks of it, in the order in which they are reported.
CHECKS: Mapping[str, tuple[Check, ...]] = {
    "Convergence": (convergence, boundary, not_estimated),
    "Level-1 residuals": (
        residual_skewness,
        residual_tails,
        outlying_rows,
        variance_by_group,
        variance_by_category,
        variance_along_fitted,
        variance_along_predictor,
        autocorrelation,
    ),
    "Random effects": (random_skewness, random_tails, random_joint_tails, outlying_groups),
    "Outcome": (
        separation,
        one_sided,
        weak_identification,
        overdispersion,
        zero_inflation,
        simulated_shape,
        simulated_outliers,
    ),
    "Predictors": (
        independence,
        level_1_spread,
        linearity,
        cross_level,
        collinearity,
        zero_of_predictors,
        uncentred_slopes,
    ),
    "Influence": (influential_groups, influential_rows),
    "Data and design": (
        number_of_groups,
        rows_per_group,
        groups_per_predictor,
        events_per_parameter,
        rows_left_out,
        grouping_matters,
    ),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings by topic, in order; `not_examined` pairs a topic with why a check was left out."""

    findings: Mapping[str, tuple[Finding, ...]]
    not_examined: tuple[tuple[str, str], ...]
    seed: int


def diagnose(
    fit: Fit,
    *,
    topics: str | Sequence[str] | None = None,
    seed: int = 0,
    n_simulations: int = 250,
) -> Diagnosis:
    """Look at everything that can go wrong with a multilevel model.

    Parameters
    ----------
    fit : a fitted model.
    topics : one of `TOPICS`, or several; None for all.
    seed : of the checks that simulate.
    n_simulations : of the checks that simulate.

    Returns
    -------
    `Diagnosis`. A check that cannot be made for this fit is named with the reason.

    Raises
    ------
    SpecError : there is no such topic.
    """
    asked = [topics] if isinstance(topics, str) else list(TOPICS if topics is None else topics)
    chosen = {read_choice("topics", topic, TOPICS) for topic in asked}
    steps = [(t, check) for t, checks in CHECKS.items() if t in chosen for check in checks]
    evidence = Evidence(fit, seed, n_simulations)
    found: dict[str, tuple[Finding, ...]] = {topic: () for topic, _ in steps}
    reasons: list[tuple[str, str]] = []
    with Progress("Checking", len(steps)) as progress:
        for done, (topic, check) in enumerate(steps, 1):
            try:
                found[topic] += check(evidence)
            except EchelonError as error:
                reasons.append((topic, error.what))
            progress.update(done)
    return Diagnosis(found, tuple(reasons), seed)
