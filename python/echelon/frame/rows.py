"""Which rows are in the model, and why the others are not.

Room: frame/. Knows values, not models.
Takes: raw columns in order, a mask of the subset.
Gives: the positions of the rows kept, and a `RowAccount`.
Source: docs/reference, missing values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon._types import Missing
from echelon.errors import FrameError
from echelon.frame.columns import RowAccount
from echelon.frame.convert import read_only
from echelon.frame.raw import Mask, RawColumn


def account(
    columns: Sequence[RawColumn],
    n_read: int,
    subset: Mask | None,
    missing: Missing,
    words: str,
) -> RowAccount:
    """Decide on every row once: outside the subset, missing a variable, or kept.

    Parameters
    ----------
    columns : raw columns, in the order in which a lack of them is counted.
    n_read : rows of the table.
    subset : (n_read,), True where a row is asked for; None for every row.
    missing : 'drop' leaves rows out that lack a variable, 'error' refuses them.
    words : what the table is, for messages.

    Raises
    ------
    FrameError : the table has no rows, no row is left, or values are missing and `missing` is
        'error'.
    """
    if n_read == 0:
        raise no_rows(words)
    if subset is None and all(column.missing is None for column in columns):
        return RowAccount(n_read, n_read)
    keep = np.ones(n_read, dtype=np.bool_) if subset is None else subset.copy()
    dropped = [] if subset is None else [("subset", n_read - int(np.count_nonzero(keep)))]
    if missing == "error":
        _refuse_missing(columns, keep, words)
    for column in columns:
        if column.missing is not None:
            count = int(np.count_nonzero(keep & column.missing))
            keep &= ~column.missing
            dropped.append((f"missing {column.name}", count))
    kept = np.flatnonzero(keep)
    if not len(kept):
        raise _none_left(dropped, n_read, words)
    reasons = tuple((reason, count) for reason, count in dropped if count)
    if len(kept) == n_read:
        return RowAccount(n_read, n_read)
    return RowAccount(n_read, len(kept), read_only(kept), reasons)


def _refuse_missing(columns: Sequence[RawColumn], keep: Mask, words: str) -> None:
    counts = {
        column.name: int(np.count_nonzero(keep & column.missing))
        for column in columns
        if column.missing is not None
    }
    counts = {name: count for name, count in counts.items() if count}
    if not counts:
        return
    listed = ", ".join(f"'{name}' {count:,}" for name, count in counts.items())
    total = int(np.count_nonzero(keep))
    raise FrameError(
        "Values are missing in variables of the model.",
        where=f'{words}, missing="error"',
        got=f"missing values by variable: {listed} (of {total:,} rows)",
        need='complete rows, because missing="error" was asked for',
        do='use missing="drop" to leave these rows out, or fill the values in first.',
        slug="missing-values",
    )


def no_rows(words: str) -> FrameError:
    """Word the error for a table without rows."""
    return FrameError(
        "The data have no rows.",
        where=words,
        got="0 rows",
        need="at least one row",
        do="check the filter or the query that made the data.",
        slug="no-rows",
    )


def _none_left(dropped: Sequence[tuple[str, int]], n_read: int, words: str) -> FrameError:
    reason, count = max(dropped, key=lambda pair: pair[1])
    listed = ", ".join(f"{reason} {count:,}" for reason, count in dropped if count)
    if reason == "subset":
        what, do = "The subset leaves no row.", "check the condition given as subset."
    else:
        name = reason.removeprefix("missing ")
        if count == n_read:
            what = f"Column '{name}' has no values: all {n_read:,} rows lack it."
        else:
            what = f"No row is complete; most lack '{name}'."
        do = f"check how '{name}' was read or joined, or leave it out of the model."
    return FrameError(
        what,
        where=words,
        got=f"{n_read:,} rows, none kept ({listed})",
        need="at least one row with a value in every variable of the model",
        do=do,
        slug="no-rows-left",
    )
