"""The nouns of a comparison: models side by side, and the tests between neighbours.

Room: building/. Numbers only; `report` sets them, `compare` makes them.
Takes: fits with their names, tables.
Gives: `Comparison`, `Neighbours`.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.fit import Fit
from echelon.table import Table


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A likelihood-ratio test of a model against the one before it.

    `statistic` is the difference of -2 log likelihood by `method`, on `df` more parameters;
    `mixture` says the distribution it was referred to; `reason` is a sentence on what was done,
    or on why there is no test (then the numbers are NaN and `method` and `mixture` empty).
    """

    against: str
    statistic: float
    df: float
    p_value: float
    mixture: str
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models of the same rows, in the order given.

    `fits` are the models as they were fitted, `judged` the same models by the method whose
    likelihood is comparable (the same objects unless they were refitted by ML). `tests` has one
    entry per model but the first. `table` has one row per model, `coefficients` one row per
    model and number. `has_intervals`: whether print shows intervals in place of standard errors.
    """

    names: tuple[str, ...]
    fits: tuple[Fit, ...]
    judged: tuple[Fit, ...]
    tests: tuple[Neighbours, ...]
    table: Table
    coefficients: Table
    notes: tuple[str, ...]
    layout: str
    has_intervals: bool

    @property
    def is_refitted(self) -> bool:
        """Whether likelihoods are those of ML refits, not of the fits as given."""
        return any(a is not b for a, b in zip(self.fits, self.judged, strict=True))
