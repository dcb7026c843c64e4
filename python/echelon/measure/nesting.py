"""Nesting of the grouping factors of a design, as the data show it.

Room: measure/. One question per file: which factor lies within which?
Takes: a `Design`.
Gives: labels of the grouping factors, the innermost first, or None where two are crossed.
Source: docs/explanation, nested and crossed factors.
"""

from __future__ import annotations

from itertools import pairwise

from echelon.design.parts import Design
from echelon.design.variable_levels import is_constant_within


def nesting_order(design: Design) -> tuple[str, ...] | None:
    """Order the grouping factors from the innermost to the outermost, if each nests in the next.

    Parameters
    ----------
    design : model and data.

    Returns
    -------
    Labels of the grouping factors; None if two of them are crossed or one is a multiple
    membership.

    Notes
    -----
    O(n) per grouping factor.
    """
    blocks = sorted(design.rows.blocks, key=lambda block: -block.n_groups)
    if any(len(block.memberships) != 1 for block in blocks):
        return None
    for inner, outer in pairwise(blocks):
        if not is_constant_within(outer.memberships[0].codes.astype(float), inner):
            return None
    return tuple(block.grouping for block in blocks)
