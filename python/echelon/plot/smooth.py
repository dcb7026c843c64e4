"""Means along an axis, with intervals: the smooth of a cloud of points.

Room: plot/. Averages what is drawn; knows no model.
Takes: coordinates (n,).
Gives: `Bins`, their layers for a chart, and the sentence that says what they are.
Source: Gelman & Hill (2007), section 5.6, binned residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.infer.distributions.distributions import t_quantile
from echelon.plot.chart import records
from echelon.plot.theme import ALERT, MODEL
from echelon.plot.thinning import MOST_POINTS

MOST_BINS = 20
FEWEST_ROWS = 8  # in a bin, for its mean to say something
FEWEST_IN_INTERVAL = 5  # below, an interval is so wide that it hides the points
FEW_VALUES = 12  # distinct values that have a bin each
CONF_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Bins:
    """Means of y by bins of x: all arrays (k,); bounds are NaN in a bin of few rows."""

    x: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    n: IndexArray
    note: str
    has_line: bool


def binned(x: FloatArray, y: FloatArray, is_category: bool = False) -> Bins | None:
    """Average y in bins of x: of each value where these are few, else bins of equal size.

    Parameters
    ----------
    x, y : (n,) coordinates; pairs that are not finite are left out.
    is_category : x are codes: a bin each, however many.

    Returns
    -------
    Bins with 95% t intervals of their means; None where there are too few rows for two bins.
    """
    is_finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[is_finite], y[is_finite]
    if not len(x):
        return None
    values, codes = np.unique(x, return_inverse=True)
    is_few = 1 < len(values) <= min(FEW_VALUES, len(x) // 2)
    if is_few or (is_category and len(x) > len(values)):
        note = "Dots: means with 95% intervals."
    else:
        count = min(MOST_BINS, round(2 * len(x) ** (1 / 3)), len(x) // FEWEST_ROWS)
        if count < 2 or len(values) < 2:
            return None
        codes = np.empty(len(x), dtype=np.int64)
        codes[np.argsort(x, kind="stable")] = np.arange(len(x)) * count // len(x)
        note = f"Line: means in {count} bins of equal size, with 95% intervals."
    return _averaged(x, y, codes.ravel(), note)


def _averaged(x: FloatArray, y: FloatArray, codes: IndexArray, note: str) -> Bins:
    n = np.bincount(codes)
    mean = np.bincount(codes, y) / n
    squares = np.bincount(codes, np.square(y - mean[codes]))
    with np.errstate(all="ignore"):
        error = np.sqrt(squares / (n - 1) / n)
        t = t_quantile(CONF_LEVEL, np.maximum(n - 1, 1))
        margin = np.where(n >= FEWEST_IN_INTERVAL, t * error, np.nan)
    x_mean = np.bincount(codes, x) / n
    return Bins(x_mean, mean, mean - margin, mean + margin, n, note, note.startswith("Line"))


def smooth_layers(bins: Bins, x: Any, y_title: str, n_points: int) -> list[Any]:
    """Draw the means with their intervals, and a line through them.

    Parameters
    ----------
    bins : what `binned` gave.
    x : encoding of the field x, with the title of the axis.
    y_title : of the other axis.
    n_points : points behind; over cells with counts the means need another colour.
    """
    data = records(x=bins.x, y=bins.mean, low=bins.low, high=bins.high, n=bins.n.astype(int))
    tooltip = [
        alt.Tooltip("y:Q", title="mean", format=".4~g"),
        alt.Tooltip("low:Q", title="from", format=".4~g"),
        alt.Tooltip("high:Q", title="to", format=".4~g"),
        alt.Tooltip("n:Q", title="points in the bin"),
    ]
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False))
    base = alt.Chart(data)
    colour = MODEL if n_points <= MOST_POINTS else ALERT
    rule = base.mark_rule(color=colour, strokeWidth=1.5)
    layers = [
        rule.encode(x=x, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"), tooltip=tooltip)
    ]
    if bins.has_line:
        layers.append(base.mark_line(color=colour, strokeWidth=1.5).encode(x=x, y=y))
    layers.append(
        base.mark_point(color=colour, size=28 if bins.has_line else 70).encode(
            x=x, y=y, tooltip=tooltip
        )
    )
    return layers
