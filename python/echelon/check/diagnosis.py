"""All checks of a fit, in order: what was found, and what could not be looked at.

Room: check/. Asks every check; judges nothing itself.
Takes: a `Fit`.
Gives: `Diagnosis`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding
from echelon.errors import EchelonError
from echelon.fit import Fit

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
    fit: Fit, *, topics: tuple[str, ...] | None = None, seed: int = 0, n_simulations: int = 250
) -> Diagnosis:
    """Look at everything that can go wrong with a multilevel model.

    Parameters
    ----------
    fit : a fitted model.
    topics : which; None for all.
    seed : of the checks that simulate.
    n_simulations : of the checks that simulate.

    Returns
    -------
    `Diagnosis`. A check that cannot be made for this fit is named with the reason.
    """
    evidence = Evidence(fit, seed, n_simulations)
    found: dict[str, tuple[Finding, ...]] = {}
    reasons: list[tuple[str, str]] = []
    for topic, checks in CHECKS.items():
        if topics is not None and topic not in topics:
            continue
        findings: list[Finding] = []
        for check in checks:
            try:
                findings += check(evidence)
            except EchelonError as error:
                reasons.append((topic, error.what))
        found[topic] = tuple(findings)
    return Diagnosis(found, tuple(reasons), seed)
