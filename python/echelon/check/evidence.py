"""What checks look at, computed once for all of them.

Room: check/. Lives as long as one diagnosis.
Takes: a `Fit`, a seed.
Gives: `Evidence`: residuals, conditional modes, predictors and their levels, on demand.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from echelon._types import FloatArray
from echelon.check.studentized import Studentized, studentized
from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import variable_levels
from echelon.fit import Fit, frame_of
from echelon.formula.expression import variables
from echelon.frame.columns import ModelFrame, Numeric
from echelon.infer.components.modes import conditional_modes
from echelon.residuals.kinds import residuals
from echelon.table import Table

Made = TypeVar("Made")


@dataclass(frozen=True)
class Evidence:
    """A fit, and what has been computed from it; `seed` makes checks that simulate repeatable."""

    fit: Fit
    seed: int = 0
    n_simulations: int = 250
    kept: dict[str, Table] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[Evidence], Made]) -> Made:
        """Give what several checks need, made when the first of them asks."""
        if name not in self.made:
            self.made[name] = make(self)
        found: Made = self.made[name]
        return found

    def generator(self, stream: int) -> np.random.Generator:
        """Give a check random numbers of its own, the same ones each time."""
        return np.random.default_rng([self.seed, stream])

    @cached_property
    def frame(self) -> ModelFrame:
        """The columns of the table, row by row."""
        return frame_of(self.fit, "check()")

    @cached_property
    def residuals(self) -> FloatArray:
        """Level-1 residuals (n,) that are standard normal if the model holds.

        Gaussian: standardized residuals; others: randomized quantile residuals.
        """
        kind = "quantile" if self.fit.spec.is_generalized else "standardized"
        return residuals(self.fit, kind, seed=self.generator(0))

    @cached_property
    def studentized(self) -> Studentized:
        """The same, leverage taken into account, of the rows that count."""
        return studentized(self.fit, self.residuals)

    @cached_property
    def blocks(self) -> tuple[RandomBlock, ...]:
        """The grouping factors with their random effects."""
        return self.fit.design.rows.blocks

    @property
    def is_likelihood(self) -> bool:
        """Whether the model has a likelihood, so that others can be compared with it."""
        return not self.fit.spec.is_generalized or self.fit.spec.method == "ML"

    @cached_property
    def clusters(self) -> str:
        """What robust standard errors can take to be independent: 'groups', 'rows' or '' (none)."""
        if not self.is_likelihood:
            return ""
        if not self.blocks:
            return "rows"
        return "groups" if all(len(block.memberships) == 1 for block in self.blocks) else ""

    def modes(self, grouping: str) -> Table:
        """Conditional modes of a grouping factor: group, term, estimate, std_error."""
        if grouping not in self.kept:
            self.kept[grouping] = conditional_modes(self.fit, grouping)
        return self.kept[grouping]

    @cached_property
    def levels(self) -> Mapping[str, str | None]:
        """Factor of a fixed term -> grouping factor within which it is constant; None: level 1."""
        return variable_levels(self.fit.design)

    @cached_property
    def numbers(self) -> Mapping[str, FloatArray]:
        """The numeric columns of the table (n,) that are predictors of the fixed part, by name."""
        names: dict[str, None] = {}
        for term in self.fit.spec.formula.fixed:
            for factor in term.factors:
                names.update(dict.fromkeys(variables(factor)))
        columns = {name: self.frame.columns[name] for name in names if name in self.frame.columns}
        return {name: c.values for name, c in columns.items() if isinstance(c, Numeric)}
