"""Random effects that no data could tell apart: slopes of constants, factors with equal groups.

Room: design/. Looks at columns and codes, not at the response.
Takes: the blocks of a design.
Gives: nothing, or the error that names the two.
Source: Searle, Casella & McCulloch (1992), section 1.4, on what variances can be estimated.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.fixed import INTERCEPT
from echelon.design.parts import RandomBlock
from echelon.errors import DesignError

FIRST_LOOK = 1_000  # rows that tell most partitions apart


def check_slopes_vary(block: RandomBlock) -> None:
    """Refuse a random slope whose variable is zero, or constant beside a random intercept.

    Raises
    ------
    DesignError : the variance of the slope is not determined by any data.
    """
    has_intercept = INTERCEPT in block.column_names
    for term in block.terms:
        for name, column in zip(
            block.column_names[term.start : term.stop],
            block.columns[term.start : term.stop],
            strict=True,
        ):
            if name == INTERCEPT or not _is_constant(column):
                continue
            if has_intercept or column[0] == 0.0:
                raise _constant_slope(block, term.text, name, column)


def check_groups_differ(blocks: tuple[RandomBlock, ...]) -> None:
    """Refuse two factors over which the same effect varies, if they make the same groups.

    Raises
    ------
    DesignError : only the sum of the two variances is determined.

    Notes
    -----
    O(n) for factors with equal numbers of groups, O(1) for others.
    """
    for one, other in combinations(blocks, 2):
        if one.n_groups != other.n_groups or len(one.memberships) + len(other.memberships) > 2:
            continue
        shared = [name for name in one.column_names if name in other.column_names]
        if shared and _are_equal(one.memberships[0].codes, other.memberships[0].codes):
            raise _same_groups(one, other, shared[0])


def _is_constant(column: FloatArray) -> bool:
    return bool(column[0] == column[-1] and not (column != column[0]).any())


def _are_equal(one: CodeArray, other: CodeArray) -> bool:
    """Say whether two codings (n,) of equal size, every code in use, are the same partition."""
    for rows in (slice(FIRST_LOOK), slice(None)):
        a, b = one[rows], other[rows]
        partner = np.zeros(int(a.max()) + 1, dtype=b.dtype)
        partner[a] = b
        if not np.array_equal(partner[a], b):
            return False
    return True


def _constant_slope(block: RandomBlock, text: str, name: str, column: FloatArray) -> DesignError:
    return DesignError(
        f"The effect of '{name}' cannot vary over '{block.grouping}': '{name}' is the same in "
        "every row.",
        where=f"random term {text}",
        got=f"{column[0]:.6g} in all {len(column):,} rows",
        need="a variable that differs between rows",
        do=f"take '{name}' out of the random term, or check the filter applied to the data.",
        slug="constant-slope",
    )


def _same_groups(one: RandomBlock, other: RandomBlock, name: str) -> DesignError:
    effect = "intercept" if name == INTERCEPT else f"effect of '{name}'"
    return DesignError(
        f"The factors '{one.grouping}' and '{other.grouping}' make the same groups.",
        where=f"random terms {one.terms[0].text} and {other.terms[0].text}",
        got=f"{one.n_groups:,} groups each, with the same rows in every one",
        need=f"groups that differ, to tell the two variances of the {effect} apart",
        do=f"take the random term over '{other.grouping}' out.",
        slug="same-groups",
    )
