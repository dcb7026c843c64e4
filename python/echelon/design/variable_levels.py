"""The level at which each predictor varies: what level equations are written with.

Room: design/. Looks at columns and codes; called when equations are asked for.
Takes: a design.
Gives: for each predictor the outermost grouping factor within which it is constant.
Source: Raudenbush & Bryk (2002), chapters 2 and 8.
"""

from __future__ import annotations

import numpy as np

from echelon._types import FloatArray
from echelon.design.parts import Design, RandomBlock
from echelon.formula.expression import deparse


def variable_levels(design: Design) -> dict[str, str | None]:
    """Find the level of each predictor of the fixed part.

    Parameters
    ----------
    design : model and data.

    Returns
    -------
    For each factor of a fixed term, by its text ('ses', 'gm(ses, school)'), the label of the
    grouping factor with the fewest groups within which it is constant; None if it varies within
    all of them (level 1).

    Notes
    -----
    O(n) per predictor and grouping factor. Multiple memberships have no levels and are left out.
    A factor that occurs in interactions only is judged by the first of them.
    """
    blocks = [block for block in design.rows.blocks if len(block.memberships) == 1]
    blocks.sort(key=lambda block: block.n_groups)
    levels: dict[str, str | None] = {}
    by_order = sorted(_fixed_terms(design), key=lambda term: len(term[0]))
    for names, columns in by_order:
        for name in names:
            if name not in levels:
                levels[name] = _level(columns, blocks)
    return levels


def _fixed_terms(design: Design) -> list[tuple[list[str], tuple[FloatArray, ...]]]:
    """Pair the factors of each fixed term with its columns."""
    terms, start = [], 0
    recipe = design.recipe
    for plan, size in zip(recipe.fixed, recipe.fixed_sizes, strict=True):
        names = [deparse(part.expression) for part in plan.parts]
        terms.append((names, design.rows.fixed_columns[start : start + size]))
        start += size
    return terms


def _level(columns: tuple[FloatArray, ...], blocks: list[RandomBlock]) -> str | None:
    for block in blocks:
        if all(is_constant_within(column, block) for column in columns):
            return block.grouping
    return None


def is_constant_within(column: FloatArray, block: RandomBlock) -> bool:
    """Say whether a column (n,) has one value in each group of a block.

    Values that differ by rounding only, as computed group means do, count as one.
    """
    codes = block.memberships[0].codes
    value = np.zeros(block.n_groups)
    value[codes] = column
    tolerance = 1e-9 * float(np.abs(value).max(initial=0.0))
    return bool((np.abs(value[codes] - column) <= tolerance).all())
