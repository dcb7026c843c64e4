"""At which level each coefficient varies, and which of them vary at random.

Room: infer/. Reads cross-products and the recipe; no row of the data.
Takes: a `Fit`.
Gives: `Level`, the grouping factors with what is constant within them, coarsest first.
Source: Raudenbush & Bryk (2002), chapters 2 and 8; Pinheiro & Bates (2000), section 2.4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.design.parts import RandomBlock
from echelon.design.recipe import BlockRecipe, TermPlan
from echelon.fit import Fit
from echelon.formula.expression import Expression

INTERCEPT = "(Intercept)"
CONSTANT = 1e-10  # share of a column's squares that lies within groups, by rounding

Parts = frozenset[Expression]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One grouping factor, with `n_groups` groups.

    `is_constant` (p,) says which fixed columns have one value in each group; `above` are the names
    of the factors that it nests in and `n_above` the groups of the finest of them (0: none);
    `random` are the products of predictors whose coefficient varies between its groups,
    `n_random` their columns.
    """

    grouping: str
    n_groups: int
    above: frozenset[str]
    n_above: int
    is_constant: NDArray[np.bool_]
    random: frozenset[Parts]
    n_random: int


def levels_of(fit: Fit) -> list[Level]:
    """List the grouping factors, the one with the fewest groups first.

    A multiple membership has no levels and is left out. Whether a column is constant within
    groups is read from the products of the random intercept; where a factor has none, from the
    rows; where there are no rows either, only the intercept counts as constant.
    """
    state = fit.crossprod.to_state()
    blocks = fit.design.rows.blocks
    numbers = [k for k, block in enumerate(blocks) if len(block.memberships) == 1]
    numbers.sort(key=lambda k: blocks[k].n_groups)
    above = _above(state, [block.n_groups for block in blocks])
    return [
        Level(
            blocks[k].grouping,
            blocks[k].n_groups,
            frozenset(blocks[other].grouping for other in above[k]),
            max([blocks[other].n_groups for other in above[k]], default=0),
            _constant(fit, state, k),
            frozenset(map(parts_of, _plans(fit.design.recipe.blocks[k]))),
            blocks[k].n_columns,
        )
        for k in numbers
    ]


def parts_of(plan: TermPlan) -> Parts:
    """Give the predictors that a term multiplies; none for an intercept."""
    return frozenset(part.expression for part in plan.parts)


def _plans(block: BlockRecipe) -> list[TermPlan]:
    return [plan for term in block.terms for plan in term.plans]


def _above(state: dict[str, Any], sizes: list[int]) -> list[list[int]]:
    """Factors that each factor nests in: its groups meet one of theirs each."""
    above: list[list[int]] = [[] for _ in sizes]
    for one, other, _, starts, *_ in state["pairs"]:
        if sizes[one] >= sizes[other] and np.diff(np.asarray(starts)).max(initial=0) <= 1:
            above[one].append(other)
    return above


def _constant(fit: Fit, state: dict[str, Any], number: int) -> NDArray[np.bool_]:
    """Compare each column's squares about its group means with its squares."""
    block, p = fit.design.rows.blocks[number], len(fit.design.fixed_names)
    if INTERCEPT not in block.column_names:
        return _constant_in_rows(fit, block)
    at = block.column_names.index(INTERCEPT)
    r, J, squares, products = state["blocks"][number]
    weight = np.asarray(squares).reshape(J, r, r)[:, at, at]
    sums = np.asarray(products).reshape(J, r, p + 1)[:, at, :p]
    total = np.diagonal(np.asarray(state["xx"]).reshape(p + 1, p + 1))[:p]
    safe = np.where(weight > 0, weight, 1.0)
    between = (sums**2 / safe[:, None]).sum(axis=0)
    result: NDArray[np.bool_] = total - between <= CONSTANT * total
    return result


def _constant_in_rows(fit: Fit, block: RandomBlock) -> NDArray[np.bool_]:
    names = fit.design.fixed_names
    if not fit.has_rows:
        return np.array([name == INTERCEPT for name in names])
    codes = block.memberships[0].codes
    return np.array([_is_constant(x, codes, block.n_groups) for x in fit.design.rows.fixed_columns])


def _is_constant(column: FloatArray, codes: NDArray[np.int32], n_groups: int) -> bool:
    value = np.zeros(n_groups)
    value[codes] = column
    return bool(np.abs(value[codes] - column).max() <= 1e-9 * np.abs(value).max())
