"""The nouns of building a model up: a step, and the whole sequence.

Room: building/. Records; `build_up` makes them, `report` sets them.
Takes: fits and the tests between them.
Gives: `Step`, `BuildUp`.
Source: Raudenbush & Bryk (2002), chapter 4; Hox, Moerbeek & van de Schoot (2018), section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.building.comparison import Comparison
from echelon.fit import Fit
from echelon.frame.columns import RowAccount


@dataclass(frozen=True, slots=True)
class Step:
    """A model that was tried: what it adds, the test against the model so far, the decision.

    `statistic`, `df` and `p_value` are NaN where there is no test, `mixture` and `method` empty.
    `reason` is a sentence. `fit` is None where the model could not be fitted.
    """

    name: str
    stage: str
    formula: str
    against: str
    statistic: float
    df: float
    p_value: float
    mixture: str
    method: str
    is_kept: bool
    reason: str
    fit: Fit | None


@dataclass(frozen=True, slots=True)
class BuildUp:
    """A model built in steps from the null model; all steps have the same rows.

    `comparison` sets the kept steps side by side; `final` is the last of them. `alpha` decided
    on slopes and interactions.
    """

    outcome: str
    alpha: float
    rows: RowAccount
    source: str
    steps: tuple[Step, ...]
    comparison: Comparison

    @property
    def kept(self) -> tuple[Step, ...]:
        """The steps that the final model is made of."""
        return tuple(step for step in self.steps if step.is_kept)

    @property
    def final(self) -> Fit:
        """The model that remained."""
        return self.comparison.fits[-1]
