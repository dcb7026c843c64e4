"""Residual spread by group: whether the variance within groups is the same everywhere.

Room: plot/. One chart, of two kinds: an interval per group, or the distribution of many.
Takes: a `Fit` with its rows, and a grouping factor.
Gives: an Altair chart of standard deviations of residuals within groups.
Source: Raudenbush & Bryk (2002), chapter 9, homogeneity of level-1 variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from echelon._optional import require
from echelon._types import FloatArray, IndexArray
from echelon.design.parts import RandomBlock
from echelon.errors import NotEstimableError
from echelon.fit import Fit, design_with_rows
from echelon.plot.chart import finish, records
from echelon.plot.labels import short
from echelon.plot.shown_residuals import block_of, row_residuals
from echelon.plot.theme import ALERT, BAND, DATA, HEIGHT, MODEL, REFERENCE, WIDTH
from echelon.typeset.numbers import count, percent, significant

WHERE = "plot.residual_spread()"
NAMED = 40  # groups whose names fit on an axis
MOST_SHOWN = 5  # of the extremes of many groups
SHARE = 0.95
MOST_BARS = 60
WIDEST = 1.6  # of the largest standard deviation: as far as the axis goes


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of residuals within groups, of those with two rows or more, (m,)."""

    labels: NDArray[np.object_]
    n: IndexArray
    sd: FloatArray
    low: FloatArray
    high: FloatArray
    pooled: float
    n_single: int


def residual_spread(fit: Fit, grouping: str | None = None, most: int = 200, seed: int = 0) -> Any:
    """Draw the standard deviation of the residuals in every group, sorted, with intervals.

    About the group's own mean, n - 1 df; intervals are those of a normal sample. With more than
    `most` groups: their distribution, beside what sampling alone would give if all groups had the
    pooled standard deviation.

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : a grouping factor; None for the one with the fewest groups.
    most : groups that have an interval each.
    seed : of randomized residuals (generalized models).

    Returns
    -------
    Altair chart, in units of the response; quantile residuals have no unit.

    Raises
    ------
    SpecError : the factor is not in the model.
    NotEstimableError : no random effects, no group with two rows, or no rows.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.residual_spread().title.text
    'Spread of the residuals by subject'
    """
    block = _factor(fit, grouping)
    values, title = row_residuals(fit, seed, WHERE)
    spread = spread_of(block, values)
    notes = [f"{spread.n_single:,} groups of one row have none."] if spread.n_single else []
    sd_title = f"SD of the {title}"
    if len(spread.sd) > most:
        chart, said = _distribution(spread, sd_title, block.grouping)
    else:
        chart, said = _intervals(spread, sd_title, block.grouping)
    return finish(chart, f"Spread of the residuals by {short(block.grouping)}", (*said, *notes))


def _factor(fit: Fit, grouping: str | None) -> RandomBlock:
    """Find the factor asked for, or the one with the fewest groups."""
    blocks = design_with_rows(fit, WHERE).rows.blocks
    usable = [block for block in blocks if len(block.memberships) == 1]
    if grouping is None and usable:
        return min(usable, key=lambda block: block.n_groups)
    if grouping is None:
        raise _no_groups(blocks[0].grouping if blocks else "")
    block = block_of(fit, grouping, WHERE, "grouping")
    if block is None or len(block.memberships) > 1:
        raise _no_groups(str(grouping))
    return block


def spread_of(block: RandomBlock, values: FloatArray) -> Spread:
    """Give standard deviations by group with 95% intervals, and the pooled one.

    Parameters
    ----------
    block : a grouping factor, one group per row.
    values : (n,) residuals.
    """
    codes = block.memberships[0].codes
    n = np.bincount(codes, minlength=block.n_groups)
    with np.errstate(all="ignore"):
        mean = np.bincount(codes, values, block.n_groups) / n
    squares = np.bincount(codes, np.square(values - mean[codes]), block.n_groups)
    known = np.flatnonzero(n > 1)
    if not len(known):
        raise _single_rows(block)
    df, squares = n[known] - 1.0, squares[known]
    special = require("scipy.special")
    low, high = (
        np.sqrt(squares / special.chdtri(df, tail)) for tail in ((1 - SHARE) / 2, (1 + SHARE) / 2)
    )
    sd = np.sqrt(squares / df)
    pooled = float(np.sqrt(squares.sum() / df.sum()))
    return Spread(block.labels[known], n[known], sd, low, high, pooled, int((n == 1).sum()))


def _intervals(spread: Spread, title: str, grouping: str) -> tuple[Any, tuple[str, ...]]:
    """Draw an interval per group, the smallest standard deviation at the bottom."""
    order = np.argsort(-spread.sd, kind="stable")
    names = [str(label) for label in spread.labels[order]]
    is_off = (spread.low > spread.pooled) | (spread.high < spread.pooled)
    data = records(
        rank=np.arange(len(order)), group=names, sd=spread.sd[order], low=spread.low[order],
        high=spread.high[order], n=spread.n[order].astype(int),
        differs=["yes" if off else "no" for off in is_off[order]],
    )  # fmt: skip
    has_names = len(order) <= NAMED
    y = (
        alt.Y("group:N", sort=None, title=grouping)
        if has_names
        else alt.Y("rank:Q", title=f"{grouping}, sorted", axis=None, scale=alt.Scale(reverse=True))
    )
    tooltip = [
        alt.Tooltip("group:N", title=grouping),
        *(alt.Tooltip(f"{name}:Q", format=".4~g") for name in ("sd", "low", "high")),
        alt.Tooltip("n:Q", title="rows"),
    ]
    colours = alt.Scale(domain=["no", "yes"], range=[DATA, ALERT])
    base = alt.Chart(data).encode(y=y, color=alt.Color("differs:N", scale=colours, legend=None))
    ends = [float(spread.low.min()), WIDEST * float(spread.sd.max())]
    domain = [ends[0], min(ends[1], float(spread.high.max()))]
    is_cut = bool((spread.high > domain[1]).any())
    x = alt.X("sd:Q", title=title, scale=alt.Scale(domain=domain))
    rule = alt.Chart(records(sd=[spread.pooled])).mark_rule(color=REFERENCE, strokeDash=[4, 3])
    layers = [
        rule.encode(x=x),
        base.mark_rule(clip=True).encode(
            x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), tooltip=tooltip
        ),
        base.mark_point(size=26).encode(x=x, tooltip=tooltip),
    ]
    if not has_names:
        layers.append(_extremes(data, is_off[order], y, title))
    off = percent(float(is_off.mean()))
    notes = (
        f"95% intervals, sorted; dashed: pooled over all groups, {significant(spread.pooled)}.",
        f"{count(int(is_off.sum()))} of {count(len(order))} intervals ({off}) leave it out; "
        "sampling alone leaves out about 5%.",
        *(["Long intervals go on beyond the chart."] if is_cut else []),
    )
    height = max(120, 15 * len(order)) if has_names else max(HEIGHT, min(3 * len(order), 640))
    return alt.layer(*layers).properties(width=WIDTH, height=height), notes


def _extremes(data: Any, is_off: Any, y: Any, title: str) -> Any:
    """Name the first and last groups that differ from the pooled value."""
    off = np.flatnonzero(is_off)
    ends = sorted({*off[:MOST_SHOWN].tolist(), *off[-MOST_SHOWN:].tolist()})
    apart: list[int] = []
    for place in ends:
        if not apart or place - apart[-1] >= max(1, len(is_off) // 45):
            apart.append(place)
    some = alt.InlineData(values=[data.values[place] for place in apart])
    text = alt.Chart(some).mark_text(limit=200, align="left", dx=5, fontSize=10)
    return text.encode(y=y, x=alt.X("high:Q", title=title), text=alt.Text("group:N"))


def _distribution(spread: Spread, title: str, grouping: str) -> tuple[Any, tuple[str, ...]]:
    """Draw how many groups have which standard deviation, and what sampling alone gives."""
    bars = min(MOST_BARS, round(2.5 * len(spread.sd) ** (1 / 3)))
    edges = np.linspace(spread.sd.min(), spread.sd.max(), bars + 1)
    seen = np.histogram(spread.sd, edges)[0]
    expected = expected_counts(spread, edges)
    data = records(x=edges[:-1], x2=edges[1:], n=seen, expected=expected)
    x = alt.X("x:Q", title=title, scale=alt.Scale(zero=False))
    y_title = f"number of groups ({grouping})"
    boxes = alt.Chart(data).mark_rect(color=DATA, opacity=0.6, stroke="white", strokeWidth=0.5)
    boxes = boxes.encode(
        x=x, x2=alt.X2("x2:Q"), y=alt.Y("n:Q", title=y_title), y2=alt.datum(0),
        tooltip=[
            alt.Tooltip("n:Q", title="groups"),
            alt.Tooltip("expected:Q", title="expected", format=".1f"),
        ],
    )  # fmt: skip
    middle = records(x=(edges[:-1] + edges[1:]) / 2, y=expected)
    line = alt.Chart(middle).mark_line(color=MODEL, strokeWidth=2)
    area = alt.Chart(middle).mark_area(color=MODEL, opacity=BAND)
    y = alt.Y("y:Q", title=y_title)
    last = np.argsort(-spread.sd)[:MOST_SHOWN]
    largest = records(
        x=spread.sd[last], y=np.zeros(len(last)), group=[str(v) for v in spread.labels[last]]
    )
    points = (
        alt.Chart(largest)
        .mark_point(color=ALERT, size=40)
        .encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip("group:N", title=grouping), alt.Tooltip("x:Q", title="SD")],
        )
    )
    names = ", ".join(f"{spread.labels[i]} ({significant(float(spread.sd[i]))})" for i in last)
    notes = (
        f"Bars: {count(len(spread.sd))} groups. Line: what sampling alone gives if all had the "
        f"pooled {significant(spread.pooled)}.",
        f"Largest: {names}.",
    )
    chart = alt.layer(boxes, area.encode(x=x, y=y), line.encode(x=x, y=y), points)
    return chart.properties(width=WIDTH, height=HEIGHT), notes


def expected_counts(spread: Spread, edges: FloatArray) -> FloatArray:
    """Count the groups expected between edges if all had the pooled variance, normal residuals.

    Parameters
    ----------
    spread : of m groups.
    edges : (k + 1,) standard deviations.

    Returns
    -------
    (k,) numbers of groups.
    """
    below = np.zeros(len(edges))
    for n, groups in zip(*np.unique(spread.n, return_counts=True), strict=True):
        df = n - 1.0
        below += groups * require("scipy.special").chdtr(df, df * (edges / spread.pooled) ** 2)
    return np.diff(below)


def _no_groups(name: str) -> NotEstimableError:
    return NotEstimableError(
        "There are no groups, each with rows of its own, whose spread could be compared.",
        where=WHERE,
        got=f"'{name}', whose groups share rows" if name else "a model without random effects",
        need="a grouping factor that divides the rows into groups",
        do="see scale_location() for the spread along the fitted values.",
        slug="spread-without-groups",
    )


def _single_rows(block: RandomBlock) -> NotEstimableError:
    return NotEstimableError(
        f"No group of '{block.grouping}' has a spread.",
        where=WHERE,
        got=f"{block.n_groups:,} groups of one row",
        need="groups of two rows or more",
        do="see scale_location() for the spread along the fitted values.",
        slug="spread-of-single-rows",
    )
