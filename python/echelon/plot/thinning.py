"""Many points: cells with counts, or a sample of groups; and the sentence that says so.

Room: plot/. Decides what a reader can still see.
Takes: coordinates (n,), or groups (J,).
Gives: layers for a chart, positions of what is kept, notes.
Source: docs/reference, charts: from 5 to 10^6 points.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.plot.chart import records
from echelon.plot.theme import DATA, RAMP

MOST_POINTS = 2_000  # points on a view before they hide each other
CELLS = 60  # cells along each axis


def cloud(
    x: FloatArray, y: FloatArray, x_title: str, y_title: str, names: Any = None, unit: str = "row"
) -> tuple[Any, tuple[str, ...]]:
    """Draw points, or where they are many the count in each cell of a grid.

    Parameters
    ----------
    x, y : (n,) coordinates; pairs that are not finite are left out, and counted in a note.
    x_title, y_title : of the axes, with units where there are any.
    names : (n,) what a tooltip names, e.g. the group of each row; None for nothing.
    unit : what a point is, in the singular, for the notes.

    Returns
    -------
    A chart of one layer with fields x and y, and notes for the subtitle.
    """
    is_finite = np.isfinite(x) & np.isfinite(y)
    n_lost = int(len(x) - is_finite.sum())
    notes = (f"{n_lost:,} {unit}s without a finite value are not shown.",) if n_lost else ()
    x, y = x[is_finite], y[is_finite]
    axes = {
        "x": alt.X("x:Q", title=x_title, scale=alt.Scale(zero=False)),
        "y": alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False)),
    }
    if len(x) > MOST_POINTS:
        note = f"Shade: number of {unit}s in a cell, of {len(x):,}."
        return _cells(x, y, x_title, y_title), (note, *notes)
    columns: dict[str, Any] = {"x": x, "y": y}
    tooltip = [alt.Tooltip("x:Q", title=x_title, format=".4~g")]
    tooltip.append(alt.Tooltip("y:Q", title=y_title, format=".4~g"))
    if names is not None:
        columns["name"] = [str(name) for name in np.asarray(names, dtype=object)[is_finite]]
        tooltip.insert(0, alt.Tooltip("name:N", title=unit))
    opacity = 0.75 if len(x) <= 200 else 0.35
    chart = alt.Chart(records(**columns)).mark_circle(size=22, color=DATA, opacity=opacity)
    return chart.encode(**axes, tooltip=tooltip), notes


def _cells(x: FloatArray, y: FloatArray, x_title: str, y_title: str) -> Any:
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=CELLS)
    i, j = np.nonzero(counts)
    data = records(
        x=x_edges[i], x2=x_edges[i + 1], y=y_edges[j], y2=y_edges[j + 1], n=counts[i, j].astype(int)
    )
    scale = alt.Scale(type="log", range=list(RAMP))
    chart = alt.Chart(data).mark_rect()
    return chart.encode(
        x=alt.X("x:Q", title=x_title, scale=alt.Scale(zero=False)),
        x2=alt.X2("x2:Q"),
        y=alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False)),
        y2=alt.Y2("y2:Q"),
        color=alt.Color("n:Q", title="count", scale=scale),
        tooltip=[alt.Tooltip("n:Q", title="count")],
    )


def sampled_groups(sizes: IndexArray, most: int, seed: int = 0) -> tuple[IndexArray, str]:
    """Choose groups to show: all of them, or a random sample of those with two rows or more.

    Parameters
    ----------
    sizes : (J,) rows of each group.
    most : groups that a chart can show.
    seed : of the sample; the same groups for the same seed.

    Returns
    -------
    Positions (m,) in order, and a note; empty where all are shown.
    """
    candidates = np.flatnonzero(sizes > 0)
    if len(candidates) <= most:
        return candidates, ""
    larger = np.flatnonzero(sizes > 1)
    pool = larger if len(larger) >= most else candidates
    chosen = np.sort(np.random.default_rng(seed).choice(pool, most, replace=False))
    return chosen, f"A random sample of {most:,} of {len(candidates):,} groups."
