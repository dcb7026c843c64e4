"""All checks of a fit, in order: what was found, and what could not be looked at.

Room: check/. Asks every check; judges nothing itself.
Takes: a `Fit`.
Gives: `Diagnosis`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.options import read_choice

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
CHECKS: Mapping[str, tuple[Check, ...]] = {}


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
    evidence = Evidence(fit, seed, n_simulations)
    found: dict[str, tuple[Finding, ...]] = {}
    reasons: list[tuple[str, str]] = []
    for topic, checks in CHECKS.items():
        if topic not in chosen:
            continue
        findings: list[Finding] = []
        for check in checks:
            try:
                findings += check(evidence)
            except EchelonError as error:
                reasons.append((topic, error.what))
        found[topic] = tuple(findings)
    return Diagnosis(found, tuple(reasons), seed)
