"""Missing-data pattern: which variables are missing together, and how often.

Room: plot/. Counts; fits nothing.
Takes: a table, names of its columns.
Gives: an Altair chart.
Source: van Buuren (2018), Flexible Imputation of Missing Data, section 4.1; R mice::md.pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from echelon.errors import FrameError, near_matches, offenders
from echelon.frame.source import column_names, open_source
from echelon.plot.chart import finish, records
from echelon.plot.notes import wrapped
from echelon.plot.theme import ALERT, DATA
from echelon.plot.variables import short

MOST_PATTERNS, MOST_VARIABLES = 25, 40
ROW, COLUMN = 22, 34  # pixels of a pattern, of a variable
PRESENT = "#dfe5ea"


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns, the most frequent first: `is_missing` (k, v), `counts` (k,); `shares` (v,)."""

    names: tuple[str, ...]
    is_missing: Any
    counts: Any
    shares: Any
    n_rows: int


def missing_pattern(data: Any, variables: Sequence[str] | None = None) -> Any:
    """Draw the patterns of missing values of a table: a row per pattern, a column per variable.

    Parameters
    ----------
    data : pandas, polars, Arrow or another table, or a mapping of columns.
    variables : names of columns; None for all.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    FrameError : no table, no such column, or no rows.

    Notes
    -----
    O(n) per column. NaN, None and NaT are missing.

    Examples
    --------
    >>> missing_pattern({"y": [1.0, None, 3.0], "x": [1.0, 2.0, None]}).title.text
    'Missing values: 2 of 3 rows lack a value'
    """
    found = patterns(data, variables)
    lacking = int(found.counts[found.is_missing.any(axis=1)].sum())
    title = f"Missing values: {lacking:,} of {found.n_rows:,} rows lack a value"
    if not lacking:
        title = f"Missing values: none in {found.n_rows:,} rows"
    order, notes = _columns_shown(found)
    rows = min(len(found.counts), MOST_PATTERNS)
    if rows < len(found.counts):
        left = int(found.counts[rows:].sum())
        more = len(found.counts) - rows
        notes.append(f"{more:,} rarer patterns, of {left:,} rows together, are not shown.")
    names = [found.names[place] for place in order]
    width = max(COLUMN * len(names), 80)
    cells = _cells(found, order, names, rows).properties(width=width, height=ROW * rows)
    side = _counts(found, rows).properties(width=110, height=ROW * rows)
    top = _shares(found, order, names).properties(width=width, height=70)
    chart = alt.vconcat(top, alt.hconcat(cells, side, spacing=8), spacing=6)
    notes = ["Above: share missing. Each line: a pattern; right: its rows.", *notes]
    return finish(chart, title, wrapped(notes, max(width + 150, 300)))


def patterns(data: Any, variables: Sequence[str] | None = None) -> Patterns:
    """Count the patterns of missing values.

    Parameters
    ----------
    data, variables : as of `missing_pattern`.

    Returns
    -------
    `Patterns`.
    """
    known = column_names(data)
    asked = known if variables is None else tuple(dict.fromkeys(variables))
    lost = [name for name in asked if name not in known]
    if lost or not asked:
        raise _no_column(lost, known)
    table = open_source(data, asked)
    if not table.n_rows:
        raise _no_rows()
    masks = {place: table.column(name).missing for place, name in enumerate(asked)}
    lacking = {place: mask for place, mask in masks.items() if mask is not None}
    code = np.zeros(table.n_rows, dtype=np.int64)
    for mask in lacking.values():  # one number per pattern, renumbered so that it stays small
        _, code = np.unique(code * 2 + mask, return_inverse=True)
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    is_missing = np.zeros((len(first), len(asked)), dtype=bool)
    shares = np.zeros(len(asked))
    for place, mask in lacking.items():
        is_missing[:, place] = mask[first]
        shares[place] = mask.mean()
    order = np.lexsort((is_missing.sum(axis=1), -counts))
    return Patterns(asked, is_missing[order], counts[order], shares, table.n_rows)


def _columns_shown(found: Patterns) -> tuple[list[int], list[str]]:
    """Choose the columns: those that lack most first, and not more than fit."""
    order = np.argsort(-found.shares, kind="stable")[:MOST_VARIABLES].tolist()
    hidden = len(found.names) - len(order)
    return order, [f"{hidden:,} variables that lack fewer values are not shown."] * bool(hidden)


def _axis(names: list[str], with_labels: bool) -> Any:
    axis = alt.Axis(labelAngle=-40, labelLimit=150, title=None) if with_labels else None
    return alt.X("variable:N", sort=names, axis=axis)


def _cells(found: Patterns, order: list[int], names: list[str], rows: int) -> Any:
    states = ("present", "missing")
    data = records(
        pattern=np.repeat(np.arange(1, rows + 1), len(order)),
        variable=names * rows,
        state=[states[int(found.is_missing[i, j])] for i in range(rows) for j in order],
        n=np.repeat(found.counts[:rows], len(order)),
    )
    scale = alt.Scale(domain=list(states), range=[PRESENT, ALERT])
    tooltip = [
        alt.Tooltip("variable:N"),
        alt.Tooltip("state:N", title="value"),
        alt.Tooltip("n:Q", title="rows with this pattern", format=","),
    ]
    marks = alt.Chart(data).mark_rect(stroke="white", strokeWidth=1.5)
    return marks.encode(
        x=_axis(names, with_labels=True),
        y=alt.Y("pattern:O", axis=None),
        color=alt.Color("state:N", title=None, scale=scale),
        tooltip=tooltip,
    )


def _counts(found: Patterns, rows: int) -> Any:
    counts = found.counts[:rows]
    data = records(
        pattern=np.arange(1, rows + 1),
        n=counts,
        label=[f"{n:,} ({100 * n / found.n_rows:.3g}%)" for n in counts.tolist()],
    )
    chart = alt.Chart(data).encode(y=alt.Y("pattern:O", axis=None))
    top = float(counts.max()) * 2.6  # room for the labels beside the bars
    x = alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, top]))
    tooltip = [alt.Tooltip("n:Q", title="rows", format=",")]
    bars = chart.mark_bar(color=DATA, opacity=0.7, height=12).encode(x=x, tooltip=tooltip)
    return alt.layer(
        bars, chart.mark_text(align="left", dx=4).encode(x=x, text=alt.Text("label:N"))
    )


def _shares(found: Patterns, order: list[int], names: list[str]) -> Any:
    data = records(variable=names, share=found.shares[order])
    y = alt.Y("share:Q", title="missing", axis=alt.Axis(format=".0%", tickCount=3))
    tooltip = [alt.Tooltip("variable:N"), alt.Tooltip("share:Q", title="missing", format=".2%")]
    marks = alt.Chart(data).mark_bar(color=ALERT, opacity=0.8, width=16)
    return marks.encode(x=_axis(names, with_labels=False), y=y, tooltip=tooltip)


def _no_column(lost: list[str], known: Sequence[str]) -> FrameError:
    return FrameError(
        f"The table has no column '{short(str(lost[0]))}'." if lost else "No column is named.",
        where="missing_pattern(), argument variables",
        got=offenders(lost) if lost else "no names",
        need=f"columns of the table: {offenders(known)}",
        do=near_matches(str(lost[0]), list(known)) if lost else "leave variables out for all.",
        slug="no-such-column",
    )


def _no_rows() -> FrameError:
    return FrameError(
        "The table has no rows.",
        where="missing_pattern(), argument data",
        got="0 rows",
        need="1 row or more",
        do="check the filter applied to the table.",
        slug="no-rows",
    )
