"""Grouping factors to group codes: one factor, an interaction, or a multiple membership.

Room: design/. Knows labels and codes, not effects.
Takes: a `Grouping` of the formula and a scope.
Gives: `Groups` (labels, what new rows need, one membership per column), read-only.
Source: docs/explanation, nested and crossed factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.categories import match_labels
from echelon.design.combinations import (
    combination_labels,
    find_combinations,
    known_codes,
    learn_combinations,
)
from echelon.design.functions import number
from echelon.design.parts import Membership
from echelon.design.recipe import BlockRecipe, Labels
from echelon.design.scope import Scope
from echelon.design.spelling import warn_of_spellings
from echelon.design.values import row_fault
from echelon.formula.expression import Call, Expression, Name
from echelon.formula.terms import Grouping
from echelon.frame.columns import Categorical


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one grouping factor.

    `labels` (J,); `factor_labels` and `keys` (J,) place the groups of an interaction in the
    grid of all combinations (None for other factors).
    """

    labels: Labels
    memberships: tuple[Membership, ...]
    factor_labels: tuple[Labels, ...] = ()
    keys: IndexArray | None = None


def learn_groups(grouping: Grouping, scope: Scope) -> Groups:
    """Find the groups of the rows of the fit, and number them.

    Parameters
    ----------
    grouping : what stands right of the bar.
    scope : rows.

    Returns
    -------
    `Groups`, sorted by the first factor, then the next; only observed combinations count.

    Raises
    ------
    DesignError : a membership weight is not a number of at least 0.
    """
    if grouping.members:
        return _learn_members(grouping, scope)
    columns = [_labels_of(factor, scope) for factor in grouping.factors]
    for column in columns:
        warn_of_spellings(column)
    found = learn_combinations(columns, grouping.label)
    labels = columns[0].labels if found.keys is None else combination_labels(found)
    return Groups(labels, (Membership(found.codes),), found.factor_labels, found.keys)


def find_groups(recipe: BlockRecipe, scope: Scope) -> tuple[Membership, ...]:
    """Look up the groups of new rows: code -1 where the fit has not seen the group."""
    grouping = recipe.grouping
    if grouping.members:
        return tuple(
            Membership(known_codes(scope.grouping(member.name), recipe.labels), weights)
            for member, weights in zip(grouping.members, _weights(grouping, scope), strict=True)
        )
    columns = [_labels_of(factor, scope) for factor in grouping.factors]
    return (Membership(find_combinations(columns, recipe.factor_labels, recipe.keys)),)


def _labels_of(factor: Expression, scope: Scope) -> Categorical:
    node = factor.arguments[0] if isinstance(factor, Call) else factor
    assert isinstance(node, Name)  # the parser lets nothing else pass but factor(column)
    return scope.grouping(node.name)


def _learn_members(grouping: Grouping, scope: Scope) -> Groups:
    """Give the columns of a multiple membership one list of groups."""
    columns = [scope.grouping(member.name) for member in grouping.members]
    labels = columns[0].labels
    for column in columns[1:]:
        place = match_labels(column.labels, labels)
        if place.min(initial=0) < 0:
            labels = _union(labels, column.labels[place < 0])
    memberships = tuple(
        Membership(known_codes(column, labels), weights)
        for column, weights in zip(columns, _weights(grouping, scope), strict=True)
    )
    return Groups(labels, memberships)


def _union(labels: Labels, more: Labels) -> Labels:
    if labels.dtype.kind in "iufUT" and more.dtype.kind in "iufUT":
        return np.sort(np.concatenate([labels, more]))
    joined = [*labels.tolist(), *more.tolist()]
    try:
        joined.sort()
    except TypeError:
        joined.sort(key=str)
    return np.array(joined, dtype=object)


def _weights(grouping: Grouping, scope: Scope) -> list[FloatArray]:
    if not grouping.weights:
        share = np.full(scope.frame.n_obs, 1.0 / len(grouping.members))
        return [share] * len(grouping.members)
    weights = [number(name, scope) for name in grouping.weights]
    for name, values in zip(grouping.weights, weights, strict=True):
        is_bad = values < 0
        if is_bad.any():
            what = f"The membership weight '{name.name}' is negative."
            do = "give each membership its share; shares of a row usually add up to 1."
            raise row_fault(scope.frame, is_bad, values, grouping.label, what, "weights >= 0", do)
    return weights
