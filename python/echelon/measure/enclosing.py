"""Which grouping factors contain which, as the cross-products show it.

Room: measure/. One question per file: whose groups do two observations of a group also share?
Takes: a `Fit`, with or without its rows.
Gives: positions of blocks.
Source: docs/explanation, nested and crossed factors.
"""

from __future__ import annotations

import numpy as np

from echelon.fit import Fit
from echelon.measure.moments import is_single


def enclosing(fit: Fit) -> tuple[tuple[int, ...], ...]:
    """Find, for each block, the blocks in which it is nested, itself included.

    A factor is nested in another if each of its groups meets one group of the other. Multiple
    memberships are nested in nothing.

    Notes
    -----
    Reads which groups meet from the cross-products: O(pairs of groups that meet).
    """
    blocks = fit.design.rows.blocks
    around: list[set[int]] = [{i} for i in range(len(blocks))]
    for first, second, _, pointers, groups, _ in fit.crossprod.to_state()["pairs"]:
        if not (is_single(blocks[first]) and is_single(blocks[second])):
            continue
        if (np.diff(pointers.astype(np.int64)) == 1).all():
            around[first].add(second)
        if (np.bincount(groups, minlength=blocks[second].n_groups) == 1).all():
            around[second].add(first)
    return tuple(tuple(sorted(found)) for found in around)
