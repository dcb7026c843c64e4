"""The noun of a worded finding.

Room: report/wording. Holds text; decides nothing.
Takes: what the files of this room write for each kind of finding.
Gives: `Words`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from echelon.check.finding import Finding


@dataclass(frozen=True, slots=True)
class Words:
    """A finding in words.

    `title` names the question in two to five words ("Level-1 residuals: normal shape").
    `sentence` says in one sentence what was seen, with the value and what it is about.
    `meaning` says what it means for which numbers; `advice` what to do next, '' where there is
    nothing to do. `code` is the next step as Python that runs where `ec`, `fit` and `data` are the
    package, the result and its table; '' where the next step is no code.
    """

    title: str
    sentence: str
    meaning: str
    advice: str = ""
    code: str = ""


def chance(finding: Finding, size: float) -> str:
    """Say of a size that would deserve a look, but is called fine, why: ', within chance'."""
    is_chance = finding.verdict == "fine" and size >= finding.look
    return ", no more than chance brings about here" if is_chance else ""


def robust(facts: Mapping[str, Any]) -> str:
    """Ask for robust standard errors, by what the model has for clusters; '' if by nothing."""
    if facts["clusters"] == "rows":
        return "print(fit.robust(cluster=range(fit.n_obs)))"
    return "print(fit.robust())" if facts["clusters"] else ""
