"""Diagnostics: one finding per question, each with value, thresholds and verdict."""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.check.diagnosis import Diagnosis, diagnose
    from echelon.check.finding import Finding

__all__ = ["Diagnosis", "Finding", "diagnose"]
__getattr__ = on_demand(
    __name__,
    {
        "Diagnosis": "echelon.check.diagnosis",
        "Finding": "echelon.check.finding",
        "diagnose": "echelon.check.diagnosis",
    },
)
