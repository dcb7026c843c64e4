"""A diagnosis as users hold it: findings, and the ways to read them.

Room: result. Delegates; judges nothing.
Takes: a `Fit` and its `Diagnosis`.
Gives: `Diagnosed`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from echelon import report
from echelon.fit import Fit
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.check import Diagnosis, Finding


@dataclass(frozen=True)
class Diagnosed:
    """What a fit should be distrusted for: findings with value, thresholds, verdict and words."""

    fit: Fit
    diagnosis: Diagnosis

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in order."""
        return tuple(each for found in self.diagnosis.findings.values() for each in found)

    @cached_property
    def table(self) -> Table:
        """One row per finding, with its words and the next step as code."""
        return report.diagnosis.diagnosis_table(self.diagnosis)

    @property
    def verdict(self) -> str:
        """The worst verdict: 'fine', 'look' or 'act'."""
        order = ("fine", "look", "act")
        return max((each.verdict for each in self.findings), key=order.index, default="fine")

    def summary(self, width: int = 88) -> str:
        """Write the findings as text: first what to act on, last what is fine.

        Parameters
        ----------
        width : columns to fill at most.

        Returns
        -------
        Text without a final line break.
        """
        return report.diagnosis.diagnosis_text(self.fit, self.diagnosis, width)

    def to_html(self) -> str:
        """Write the findings as a self-contained page."""
        return report.diagnosis.diagnosis_page(self.fit, self.diagnosis)

    def to_dict(self) -> dict[str, Any]:
        """Everything of the findings as plain values."""
        return report.diagnosis.diagnosis_record(self.fit, self.diagnosis)

    def to_json(self) -> str:
        """Everything of the findings as JSON."""
        return report.diagnosis.diagnosis_json(self.fit, self.diagnosis)

    def to_csv(self) -> str:
        """Write one row per finding as CSV."""
        return report.diagnosis.diagnosis_csv(self.diagnosis)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return report.diagnosis.diagnosis_html(self.fit, self.diagnosis)
