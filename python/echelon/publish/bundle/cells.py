"""Small cells: groups and categories that few rows share, by which a person can be known.

Room: publish/bundle/. Counts; leaves out nothing.
Takes: the table of a bundle.
Gives: how many combinations have few rows, by grouping factor.
Source: Hundepool et al. (2012), Statistical Disclosure Control, section 4 (minimum frequency).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echelon.frame.columns import Categorical
from echelon.publish.bundle.sharing import Shared, SharedColumn
from echelon.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class SmallCells:
    """Combinations of one grouping factor with all categories, and those with few rows.

    `grouping` is empty where the model has none; `categories` names the columns that are crossed
    with it; `n_cells` counts combinations that occur, `n_small` those below the bound, `n_rows`
    the rows in these.
    """

    grouping: str
    categories: tuple[str, ...]
    n_cells: int
    n_small: int
    n_rows: int


def small_cells(shared: Shared, spec: ModelSpec, smallest: int) -> tuple[SmallCells, ...]:
    """Count the rows that groups and categories share.

    Parameters
    ----------
    shared : the table.
    spec : its model, whose random terms say which columns make a group together.
    smallest : rows that a combination should have at least.

    Returns
    -------
    One entry per grouping factor; without any, one for the categories alone, if there are any.
    """
    groupings = _groupings(spec)
    inside = {name for names in groupings for name in names}
    categories = tuple(
        name
        for name, column in shared.columns.items()
        if isinstance(column, Categorical) and name not in inside
    )
    kinds = groupings or ([()] if categories else [])
    return tuple(_counted(shared, names, categories, smallest) for names in kinds)


def _groupings(spec: ModelSpec) -> list[tuple[str, ...]]:
    """List the columns that make a group, by factor; each member of mm() is one of its own."""
    formulas = (spec.formula, *spec.parts.values())
    terms = [term.grouping for formula in formulas for term in formula.random]
    found: list[tuple[str, ...]] = []
    for grouping in terms:
        members: list[tuple[str, ...]] = [(member.name,) for member in grouping.members]
        found += members or [grouping.variables]
    return list(dict.fromkeys(found))


def _counted(
    shared: Shared, names: tuple[str, ...], categories: tuple[str, ...], smallest: int
) -> SmallCells:
    cell = np.zeros(shared.n_rows, dtype=np.int64)
    for name in (*names, *categories):
        codes = _codes(shared.columns[name])
        # Numbered anew at every step, so that no product of counts grows beyond the rows.
        cell = np.unique(cell * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    sizes = np.bincount(cell)
    is_small = sizes < smallest
    return SmallCells(
        ":".join(names), categories, len(sizes), int(is_small.sum()), int(sizes[is_small].sum())
    )


def _codes(column: SharedColumn) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if isinstance(column, Categorical):
        return column.codes.astype(np.int64)
    return np.unique(column, return_inverse=True)[1].astype(np.int64)
