"""Are these models about the same observations? If not, likelihoods cannot be compared.

Room: building/. Compares rows and responses; no likelihood is looked at.
Takes: fits with their names.
Gives: nothing, or the error that says which rows differ.
Source: docs/how-to, compare models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echelon.errors import NotEstimableError, offenders
from echelon.fit import Fit

WHERE = "compare(), models {} and {}"


def check_same_rows(names: Sequence[str], fits: Sequence[Fit]) -> None:
    """Refuse to compare models of different responses or rows.

    Parameters
    ----------
    names : of the models, for the message.
    fits : fitted models; each is set beside the first.

    Raises
    ------
    NotEstimableError : another response, other rows, or other values in the same rows.

    Notes
    -----
    O(n) per model. Fits without rows are compared by their row accounts and names only.
    """
    for name, fit in zip(names[1:], fits[1:], strict=True):
        pair = (names[0], name)
        if fit.design.response_name != fits[0].design.response_name:
            raise _other_response(pair, fits[0], fit)
        if not _has_same_account(fits[0], fit):
            raise _other_rows(pair, fits[0], fit)
        if fits[0].has_rows and fit.has_rows and not _has_same_values(fits[0], fit):
            raise _other_values(pair, fits[0], fit)


def _has_same_account(left: Fit, right: Fit) -> bool:
    if left.design.n_obs != right.design.n_obs:
        return False
    if left.rows.n_read != right.rows.n_read:  # one of the tables had been filtered before
        return True
    return bool(np.array_equal(_kept(left), _kept(right)))


def _has_same_values(left: Fit, right: Fit) -> bool:
    if not np.array_equal(left.design.y, right.design.y):
        return False
    mine, yours = left.design.trials, right.design.trials
    if mine is None or yours is None:
        given = yours if mine is None else mine
        return given is None or bool((given == 1.0).all())
    return bool(np.array_equal(mine, yours))


def _kept(fit: Fit) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    rows = fit.rows
    return np.arange(rows.n_read) if rows.kept is None else np.asarray(rows.kept)


def _other_response(pair: tuple[str, str], left: Fit, right: Fit) -> NotEstimableError:
    first, second = left.design.response_name, right.design.response_name
    return NotEstimableError(
        f"The models have different responses: '{first}' and '{second}'.",
        where=WHERE.format(*map(repr, pair)),
        got=f"'{first}' in {pair[0]!r}, '{second}' in {pair[1]!r}",
        need="the same response, on the same scale, in every model",
        do="fit all to one response; likelihoods of y and log(y) are in different units.",
        slug="compare-responses",
    )


def _other_rows(pair: tuple[str, str], left: Fit, right: Fit) -> NotEstimableError:
    n_left, n_right = left.design.n_obs, right.design.n_obs
    lost = _lost(left, right)
    columns = ", ".join(repr(name) for name in lost)
    hint = (
        f"leave out the rows that lack a value of {columns} first, or pass formulas and data:\n"
        "compare(formula, ..., data=data) fits all to the rows complete for all."
        if lost
        else "fit every model to the same table, with the same subset."
    )
    return NotEstimableError(
        "The models are fitted to different rows.",
        where=WHERE.format(*map(repr, pair)),
        got=f"{n_left:,} rows and {n_right:,} rows{_difference(pair, left, right)}",
        need="the same rows in every model",
        do=hint,
        slug="compare-rows",
    )


def _difference(pair: tuple[str, str], left: Fit, right: Fit) -> str:
    """Say which rows are in one model only, counted from 1, if both read the same table."""
    if left.rows.n_read != right.rows.n_read:
        return f", of tables with {left.rows.n_read:,} and {right.rows.n_read:,} rows"
    parts = []
    kept = (_kept(left), _kept(right))
    for name, own, other in zip(pair, kept, kept[::-1], strict=True):
        only = np.setdiff1d(own, other, assume_unique=True)
        if len(only):
            shown = offenders((only[:5] + 1).tolist(), len(only))
            parts.append(f"\nin {name!r} only: row{'s' * (len(only) > 1)} {shown}")
    return ";".join(parts)


def _lost(left: Fit, right: Fit) -> list[str]:
    """Columns whose gaps cost one model rows and not the other."""
    reasons = [dict(fit.rows.dropped) for fit in (left, right)]
    differ = {
        reason
        for pair in (reasons, reasons[::-1])
        for reason, count in pair[0].items()
        if pair[1].get(reason, 0) != count
    }
    return sorted(r.removeprefix("missing ") for r in differ if r.startswith("missing "))


def _other_values(pair: tuple[str, str], left: Fit, right: Fit) -> NotEstimableError:
    n = int(np.count_nonzero(left.design.y != right.design.y))
    name = left.design.response_name
    is_sorted_same = np.array_equal(np.sort(left.design.y), np.sort(right.design.y))
    return NotEstimableError(
        f"The models are fitted to different values of '{name}'.",
        where=WHERE.format(*map(repr, pair)),
        got=f"{n:,} of {left.design.n_obs:,} rows with another value of '{name}'"
        + (", the same values in another order" if is_sorted_same else ""),
        need="the same observations in every model",
        do="fit every model to the same table, with its rows in the same order.",
        slug="compare-values",
    )
