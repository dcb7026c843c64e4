"""Group sizes: how many rows the groups have.

Room: plot/. One question per file: is there enough in each group, and are groups alike in size?
Takes: a `Fit`.
Gives: an Altair chart, one panel per grouping factor.
Source: docs/reference, charts.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.fit import Fit
from echelon.measure.moments import group_sizes as sizes_of
from echelon.measure.moments import is_single
from echelon.plot.chart import finish, records
from echelon.plot.random_terms import chosen_blocks
from echelon.plot.theme import HEIGHT, MODEL, RED, WIDTH
from echelon.typeset.numbers import count, fixed, half

WHERE = "group_sizes()"
SINGLE = 45  # widest range of sizes that has a bar for each size
BARS = 30  # of a histogram
WIDE_AXIS = 7  # sizes that the axis has room for, at least
SKEWED = 20  # largest size over the median from which the axis is logarithmic


def group_sizes(fit: Fit, grouping: str | None = None) -> Any:
    """Draw how many rows the groups have, with their mean and median.

    Each bar counts groups. Many groups of one row say little about variances between and within
    groups; very unequal sizes make the average group and the average row different things. In a
    multiple membership the size of a group is the sum of its weights.

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all.

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : the model has no random effects; or the fit was saved without the rows that
        sizes are counted in.
    SpecError : the grouping factor is not in the model.

    Source
    ------
    Counts of the rows used.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses + (1 | school)", "hsb").fit
    >>> group_sizes(fit).to_dict()["title"]["subtitle"]
    ['school: 160 groups of 14 to 67 rows; mean 44.9, median 47.']
    """
    chosen = chosen_blocks(fit, grouping, WHERE)
    panels, notes = [], []
    for position, block in chosen:
        sizes = sizes_of(fit, position, WHERE)
        panels.append(_panel(block.grouping, sizes, len(chosen) > 1))
        notes.append(_note(block, sizes))
    chart = alt.concat(*panels, columns=2, spacing=30) if len(panels) > 1 else panels[0]
    return finish(chart, "Rows per group", notes)


def _panel(grouping: str, sizes: FloatArray, is_small: bool) -> Any:
    edges, is_log = _edges(sizes)
    counts = np.histogram(sizes, edges)[0]
    used = np.flatnonzero(counts)
    air = 0.0 if is_log else max((WIDE_AXIS - float(edges[-1] - edges[0])) / 2, 0.0)
    domain = [float(edges[0]) - air, float(edges[-1]) + air]
    scale = alt.Scale(type="log" if is_log else "linear", zero=False, domain=domain, nice=False)
    rows = [_range(low, high) for low, high in pairwise(edges.tolist())]
    data = records(
        size=[rows[i] for i in used], low=edges[used], high=edges[used + 1],
        groups=counts[used], zero=np.zeros(len(used)),
    )  # fmt: skip
    axis = alt.Axis(format=",d", values=_ticks(edges, is_log), grid=False)
    x = alt.X("low:Q", title=f"rows per group ({grouping})", scale=scale, axis=axis)
    bars = alt.Chart(data).mark_rect(color=MODEL, opacity=0.8, stroke="white", strokeWidth=0.5)
    most = np.array([0.0, float(counts.max())])
    whole = alt.Axis(format=",d", values=_ticks(most, is_log=False))
    bars = bars.encode(
        x=x, x2=alt.X2("high:Q"),
        y=alt.Y("zero:Q", title="number of groups", axis=whole), y2=alt.Y2("groups:Q"),
        tooltip=[alt.Tooltip("size:N", title="rows"), alt.Tooltip("groups:Q", format=",")],
    )  # fmt: skip
    width = WIDTH - 120 if is_small else WIDTH
    panel = alt.layer(bars, *_middles(sizes)).properties(width=width, height=HEIGHT - 60)
    return panel.properties(title=grouping) if is_small else panel


def _middles(sizes: FloatArray) -> list[Any]:
    """Mark mean and median, their names on the sides that keep them apart."""
    mean, median = float(sizes.mean()), float(np.median(sizes))
    layers: list[Any] = []
    if sizes.min() == sizes.max():
        return layers
    for name, value, dash, is_right in (
        ("median", median, [1, 0], median > mean),
        ("mean", mean, [4, 3], median <= mean),
    ):
        written = half(value) if name == "median" and 2 * value % 1 == 0 else fixed(value, 1)
        data = records(x=[value], text=[f"{name} {written}"])
        rule = alt.Chart(data).mark_rule(color=RED, strokeDash=dash, strokeWidth=1.5)
        layers.append(rule.encode(x=alt.X("x:Q"), tooltip=[alt.Tooltip("text:N")]))
        text = alt.Chart(data).mark_text(
            align="left" if is_right else "right", dx=4 if is_right else -4, dy=-6,
            baseline="bottom", color=RED, fontSize=11,
        )  # fmt: skip
        layers.append(text.encode(x=alt.X("x:Q"), y=alt.value(0), text=alt.Text("text:N")))
    return layers


def _edges(sizes: FloatArray) -> tuple[FloatArray, bool]:
    """Choose the edges of the bars, and whether they are even on a logarithmic axis."""
    low, high = float(sizes.min()), float(sizes.max())
    is_whole = bool((sizes == np.round(sizes)).all())
    is_log = low > 0 and high > SKEWED * float(np.median(sizes))
    if is_whole and high - low < SINGLE and not is_log:
        return np.arange(low - 0.5, high + 1.0), False
    if not is_log:
        step = max(np.ceil((high - low) / BARS), 1.0) if is_whole else (high - low) / BARS or 1.0
        return low + step * np.arange(np.floor((high - low) / step) + 2) - 0.5 * is_whole, False
    edges = np.geomspace(low, high, BARS + 1)
    if is_whole:  # a bar between whole numbers, none of them empty by rounding
        edges = np.unique(np.append(np.round(edges), high + 1.0)) - 0.5
    else:
        edges[-1] *= 1 + 1e-9
    return edges, True


def _ticks(edges: FloatArray, is_log: bool) -> list[float]:
    """Choose whole numbers for the axis: 1, 2, 5, 10, ... on a logarithmic one."""
    low, high = float(edges[0]), float(edges[-1])
    steps = [m * 10.0**k for k in range(10) for m in (1, 2, 5)]
    if is_log:
        return [value for value in steps if low <= value <= high]
    step = next(value for value in steps if (high - low) / value <= 10)
    first = int(np.ceil(low / step))
    return [step * k for k in range(first, int(np.floor(high / step)) + 1)]


def _range(low: float, high: float) -> str:
    first, last = np.ceil(low), np.ceil(high) - 1
    return count(int(first)) if first >= last else f"{count(int(first))} to {count(int(last))}"


def _note(block: RandomBlock, sizes: FloatArray) -> str:
    whole: IndexArray = np.round(sizes).astype(np.int64)
    n_one = int((whole == 1).sum())
    low, high = int(whole.min()), int(whole.max())
    between = f"{count(low)} rows each" if low == high else f"{count(low)} to {count(high)} rows"
    median = float(np.median(sizes))
    middle = half(median) if 2 * median % 1 == 0 else fixed(median, 1)
    text = f"{block.grouping}: {count(len(sizes))} groups of {between}"
    text += "" if low == high else f"; mean {fixed(float(sizes.mean()), 1)}, median {middle}"
    text += f"; {count(n_one)} of one row" if n_one else ""
    return f"{text}." if is_single(block) else f"{text} (sums of membership weights)."
