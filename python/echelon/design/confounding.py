"""Random effects that these data cannot tell apart, from each other or from fixed effects.

Room: design/. Looks at columns and codes, not at the response.
Takes: the blocks of a design.
Gives: nothing, or the error that names the two.
Source: Searle, Casella & McCulloch (1992), section 1.4, on what variances can be estimated.
"""

from __future__ import annotations

from itertools import combinations
from typing import TypeAlias

import numpy as np

from echelon._types import CodeArray, FloatArray
from echelon.design.fixed import INTERCEPT
from echelon.design.functions import evaluate
from echelon.design.parts import RandomBlock
from echelon.design.recipe import TermPlan
from echelon.design.scope import Scope
from echelon.design.values import CategoryValue
from echelon.errors import DesignError
from echelon.formula.expression import Call, Expression, Name

Blocks: TypeAlias = tuple[RandomBlock, ...]

FIRST_LOOK = 1_000  # rows that tell most partitions apart
SAMPLED = 32  # rows that tell most columns from a constant
FAR = 1e5  # distance from zero, in ranges, that costs the digits of a slope's variance


def check_slopes_vary(block: RandomBlock) -> None:
    """Refuse a random slope whose variable is zero, or beside a random intercept nearly constant.

    Raises
    ------
    DesignError : the variance of the slope is not determined by the data, or not to any digit.
    """
    channels = block.channels or (0,) * block.n_columns
    with_intercept = {
        channel
        for channel, name in zip(channels, block.column_names, strict=True)
        if _is_intercept(name)
    }
    for term in block.terms:
        for i in range(term.start, term.stop):
            name, column = block.column_names[i], block.columns[i]
            if _is_intercept(name) or not _is_far(column[:: -(-len(column) // SAMPLED)]):
                continue
            has_intercept = channels[i] in with_intercept
            if _is_constant(column):
                if has_intercept or column[0] == 0.0:
                    raise _constant_slope(block, term.text, name, column)
            elif has_intercept and _is_far(column):
                raise _far_slope(block, term.text, name, column)


def _is_intercept(name: str) -> bool:
    """Say whether a column is an intercept, that of the mean or of another linear predictor."""
    return name == INTERCEPT or name.endswith(f".{INTERCEPT}")


def check_fixed_factors(
    plans: tuple[TermPlan, ...], scope: Scope, blocks: Blocks, prefix: str = ""
) -> None:
    """Refuse a random intercept over a factor whose categories have fixed effects of their own.

    `prefix` precedes the names of the linear predictor that `plans` belong to.

    Raises
    ------
    DesignError : the fixed effects leave no variance between the groups.
    """
    if not blocks:
        return
    coded = {
        name
        for plan in plans
        if len(plan.parts) == 1 and type(evaluate(plan.parts[0].expression, scope)) is CategoryValue
        for name in _column_of(plan.parts[0].expression)
    }
    for block in blocks:
        if block.grouping in coded and prefix + INTERCEPT in block.column_names:
            raise _fixed_and_random(block)


def _column_of(node: Expression) -> tuple[str, ...]:
    """Name the column whose distinct values are the categories of `g` or `factor(g)`."""
    inner = node.arguments[0] if isinstance(node, Call) and node.function != "I" else node
    return (inner.name,) if isinstance(inner, Name) else ()


def check_groups_differ(blocks: Blocks) -> None:
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


def _is_far(column: FloatArray) -> bool:
    """Say whether a column (n,) is far from zero as measured by its range; constants are."""
    low, high = float(column.min()), float(column.max())
    return low == high or min(abs(low), abs(high)) > FAR * (high - low)


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


def _far_slope(block: RandomBlock, text: str, name: str, column: FloatArray) -> DesignError:
    low, high = float(column.min()), float(column.max())
    return DesignError(
        f"The variable '{name}' is too far from zero for a slope that varies over "
        f"'{block.grouping}'.",
        where=f"random term {text}",
        got=f"values from {low:.15g} to {high:.15g}",
        need=f"a distance from zero of at most {int(FAR):,} times the range, to tell intercepts\n"
        "from slopes",
        do=f"subtract a constant from '{name}', or write center({name}).",
        slug="far-from-zero",
    )


def _fixed_and_random(block: RandomBlock) -> DesignError:
    name = block.grouping
    return DesignError(
        f"The groups of '{name}' have both fixed effects and a random intercept.",
        where=f"fixed term '{name}' and random term {block.terms[0].text}",
        got=f"{block.n_groups:,} groups with a fixed effect each",
        need="one of the two: fixed effects of the groups leave no variance between them",
        do=f"take out the fixed effect of '{name}', or the random intercept.",
        slug="fixed-and-random",
    )


def _same_groups(one: RandomBlock, other: RandomBlock, name: str) -> DesignError:
    texts = list(dict.fromkeys(block.terms[0].text for block in (one, other)))
    if len(texts) > 1:
        do = f"take the random term over '{other.grouping}' out."
    else:
        do = f"write the random term over '{one.grouping}' only."
    effect = "intercept" if name == INTERCEPT else f"effect of '{name}'"
    return DesignError(
        f"The factors '{one.grouping}' and '{other.grouping}' make the same groups.",
        where=f"random term{'s' * (len(texts) > 1)} {' and '.join(texts)}",
        got=f"{one.n_groups:,} groups each, with the same rows in every one",
        need=f"groups that differ, to tell the two variances of the {effect} apart",
        do=do,
        slug="same-groups",
    )
