"""Which grouping factors contain which, as the cross-products show it.

Room: measure/. One question per file: whose groups do two observations of a group also share?
Takes: a `Fit`, with or without its rows.
Gives: positions of blocks.
Source: docs/explanation, nested and crossed factors.
"""

from __future__ import annotations

import numpy as np

from echelon.design.parts import RandomBlock
from echelon.fit import Fit, design_with_rows
from echelon.measure.moments import is_single


def enclosing(fit: Fit) -> tuple[tuple[int, ...], ...]:
    """Find, for each block, the blocks in which it is nested, itself included.

    A factor is nested in another if each of its groups meets one group of the other. Multiple
    memberships are nested in nothing.

    Notes
    -----
    Reads which groups meet from the cross-products: O(pairs of groups that meet). Of a
    generalized model from the rows.
    """
    blocks = fit.design.rows.blocks
    if fit.spec.is_generalized:
        return _of_rows(fit)
    around: list[set[int]] = [{i} for i in range(len(blocks))]
    for first, second, _, pointers, groups, _ in fit.crossprod.to_state()["pairs"]:
        if not (is_single(blocks[first]) and is_single(blocks[second])):
            continue
        if (np.diff(pointers.astype(np.int64)) == 1).all():
            around[first].add(second)
        if (np.bincount(groups, minlength=blocks[second].n_groups) == 1).all():
            around[second].add(first)
    return tuple(tuple(sorted(found)) for found in around)


def _of_rows(fit: Fit) -> tuple[tuple[int, ...], ...]:
    """Read the same from the codes of the rows."""
    blocks = design_with_rows(fit, "icc()").rows.blocks
    return tuple(
        tuple(k for k, outer in enumerate(blocks) if k == i or _lies_within(inner, outer))
        for i, inner in enumerate(blocks)
    )


def _lies_within(inner: RandomBlock, outer: RandomBlock) -> bool:
    if not (is_single(inner) and is_single(outer)):
        return False
    home = np.zeros(inner.n_groups, dtype=outer.memberships[0].codes.dtype)
    home[inner.memberships[0].codes] = outer.memberships[0].codes
    return bool((home[inner.memberships[0].codes] == outer.memberships[0].codes).all())
