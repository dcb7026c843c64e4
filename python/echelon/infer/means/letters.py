"""Compact letters: means that share a letter do not differ significantly.

Room: infer/. Turns decisions about pairs into letters.
Takes: the table of means, their rows, and a significance level.
Gives: the table with a column of letters.
Source: Piepho (2004), Journal of Computational and Graphical Statistics 13: insert and absorb.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import SpecError
from echelon.infer.means.contrasts import contrast_table
from echelon.infer.means.mean_rows import MeanRows
from echelon.table import Table

MANY_GROUPS = 20_000


def letter_table(table: Table, means: MeanRows, alpha: float, adjust: str | None) -> Table:
    """Add the letters of each group of `by`; see `MarginalMeans.letters`."""
    if not (isinstance(alpha, float | int) and 0 < alpha < 1):
        raise SpecError(
            f"The significance level cannot be {alpha!r}.",
            where="letters(), option alpha",
            got=f"{alpha!r}",
            need="a number between 0 and 1",
            do="write alpha=0.05.",
            slug="significance-level",
        )
    pairs = contrast_table(means, "pairwise", adjust=adjust, conf_level=1 - alpha)
    _, cells, _ = means.groups(means.by)
    p_values = pairs["p_value"].reshape(len(cells), -1)
    letters = np.full(len(table), "", dtype=object)
    for places, p_value in zip(cells, p_values, strict=True):
        letters[places] = compact_letters(table["estimate"][places], p_value < alpha)
    note = f"Means that share a letter do not differ at alpha = {alpha:g}: that is no proof that"
    notes = (*table.notes, f"{note} they are equal.", *pairs.notes[:1])
    data = {name: table[name] for name in table.columns} | {"letters": letters}
    return Table(data, table.scales, table.title, notes)


def compact_letters(estimate: NDArray[np.float64], is_different: NDArray[np.bool_]) -> list[str]:
    """Give each of k means its letters.

    Parameters
    ----------
    estimate : (k,); 'a' goes to the highest. Means that are NaN get no letter.
    is_different : (k (k - 1) / 2,) decisions, pairs in the order (0, 1), (0, 2), ...

    Returns
    -------
    k texts; after 'z' come 'aa', 'ab', ...
    """
    known = np.isfinite(estimate)
    columns = {frozenset(np.flatnonzero(known).tolist())}
    for (i, j), differs in zip(
        combinations(range(len(estimate)), 2), is_different.tolist(), strict=True
    ):
        if differs:
            columns = _split(columns, i, j)
    rank = np.argsort(np.argsort(-estimate))
    ordered = sorted(columns, key=lambda column: sorted(rank[list(column)].tolist()))
    texts = [""] * len(estimate)
    for number, column in enumerate(ordered):
        for i in sorted(column):
            texts[i] += _letter(number)
    return texts


def _split(columns: set[frozenset[int]], i: int, j: int) -> set[frozenset[int]]:
    """Part i from j in every column that holds both; absorb columns inside others."""
    whole = {column for column in columns if not (i in column and j in column)}
    parted = {column - {k} for column in columns - whole for k in (i, j)}
    kept = {c for c in parted if not any(c < other for other in whole | parted) and c not in whole}
    return whole | kept


def _letter(number: int) -> str:
    text = ""
    while number >= 0:
        text = chr(ord("a") + number % 26) + text
        number = number // 26 - 1
    return text
