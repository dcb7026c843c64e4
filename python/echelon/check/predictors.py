"""The predictors of a model as checks look at them: what varies where, and how it is written.

Room: check/. Lists; judges nothing.
Takes: `Evidence`.
Gives: `Predictor` for each main effect, groups as formulas name them, formulas with other terms.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.check.evidence import Evidence
from echelon.design.parts import RandomBlock
from echelon.design.variable_levels import is_constant_within
from echelon.fit import Fit
from echelon.formula.expression import Call, Expression, Name, Operation, deparse, variables
from echelon.formula.render import render
from echelon.formula.terms import Formula, Grouping, Term
from echelon.frame.columns import Numeric

CENTRED = ("center", "cgm", "scale")
KNOWN = 0.01  # share of group means that is rounding, or the sampling of a column of means


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """A main effect of the fixed part.

    `name` as coefficients call it, `text` as a formula writes it; `columns` its columns (n,) of
    X; `variable` the numeric column of the table that it is, as it is or centred, '' if it is a
    category or a function of columns; `values` (n,) those of that column, empty without one.
    """

    expression: Expression
    columns: tuple[FloatArray, ...]
    variable: str
    values: FloatArray

    @property
    def name(self) -> str:
        """Its name, without quotes."""
        return deparse(self.expression)

    @property
    def text(self) -> str:
        """What a formula writes for it."""
        return deparse(self.expression, quoted=True)

    def varies_within(self, block: RandomBlock) -> bool:
        """Say whether it has several values in a group."""
        return not all(is_constant_within(column, block) for column in self.columns)


def predictors(evidence: Evidence) -> tuple[Predictor, ...]:
    """List the main effects of the fixed part, in the order of the formula."""
    design, start, found = evidence.fit.design, 0, []
    for plan, size in zip(design.recipe.fixed, design.recipe.fixed_sizes, strict=True):
        columns = design.rows.fixed_columns[start : start + size]
        start += size
        if len(plan.parts) == 1 and columns:
            found.append(_predictor(evidence, plan.parts[0].expression, columns))
    return tuple(found)


def _predictor(
    evidence: Evidence, expression: Expression, columns: tuple[FloatArray, ...]
) -> Predictor:
    inner = bare(expression)
    if isinstance(inner, Name):
        column = evidence.frame.columns.get(inner.name)
        if isinstance(column, Numeric):
            return Predictor(expression, columns, inner.name, column.values)
    return Predictor(expression, columns, "", np.empty(0))


def bare(expression: Expression) -> Expression:
    """Take off a centring at the grand mean: cgm(x), center(x) and scale(x) are x."""
    if isinstance(expression, Call) and expression.function in CENTRED:
        return expression.arguments[0]
    return expression


def single_blocks(evidence: Evidence) -> tuple[RandomBlock, ...]:
    """Give the grouping factors in which each row has one group."""
    return tuple(block for block in evidence.blocks if len(block.memberships) == 1)


def codes_of(block: RandomBlock) -> NDArray[np.int64]:
    """Give the group (n,) of each row."""
    return block.memberships[0].codes.astype(np.int64)


def group_names(fit: Fit, block: RandomBlock) -> tuple[str, ...]:
    """Name the columns of the table that make the groups of a block."""
    for term in fit.spec.formula.random:
        if term.grouping.label == block.grouping:
            return _columns(term.grouping)
    return ()


def _columns(grouping: Grouping) -> tuple[str, ...]:
    return () if grouping.members else grouping.variables


def centring(function: str, expression: Expression, groups: tuple[str, ...]) -> Call:
    """Write gm(x, g) or cwc(x, g)."""
    return Call(function, (expression, *(Name(name) for name in groups)))


def beyond(values: FloatArray, columns: Sequence[FloatArray]) -> FloatArray:
    """Take from values (n,) what an intercept and other columns say of them."""
    others = np.column_stack([np.ones(len(values)), *columns])
    others = others / np.maximum(np.abs(others).max(axis=0), 1e-300)
    rest: FloatArray = values - others @ np.linalg.lstsq(others, values, rcond=1e-10)[0]
    return rest


def is_used_elsewhere(formula: Formula, predictor: Predictor) -> bool:
    """Say whether the fixed part has the variable of a predictor in other words, too."""
    factors = {factor for term in formula.fixed for factor in term.factors}
    return any(
        predictor.variable in variables(factor) and factor != predictor.expression
        for factor in factors
    )


def rewritten(
    formula: Formula,
    change: Callable[[Expression], Expression],
    *new: Expression,
    only_fixed: bool = False,
) -> str:
    """Write a formula with each factor changed, in the fixed and random part, and terms added."""
    fixed = [replace(t, factors=tuple(change(f) for f in t.factors)) for t in formula.fixed]
    random = [
        replace(
            bracket,
            terms=tuple(
                replace(t, factors=tuple(change(f) for f in t.factors)) for t in bracket.terms
            ),
        )
        for bracket in formula.random
    ]
    random = list(formula.random) if only_fixed else random
    added = [Term((expression,)) for expression in new]
    fixed = list(dict.fromkeys([*fixed, *added]))
    fixed.sort(key=lambda term: len(term.factors))
    return render(replace(formula, fixed=tuple(fixed), random=tuple(random)))


def centred_inside(expression: Expression, names: frozenset[str]) -> Expression:
    """Centre columns at their grand means wherever they stand, but in calls that centre."""
    match expression:
        case Name(name) if name in names:
            return Call("cgm", (Name(name),))
        case Call("I", arguments, options):
            return Call("I", tuple(centred_inside(a, names) for a in arguments), options)
        case Operation(operator, operands):
            return Operation(operator, tuple(centred_inside(o, names) for o in operands))
    return expression
