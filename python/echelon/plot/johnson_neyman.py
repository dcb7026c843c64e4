"""Johnson-Neyman chart: a slope over its moderator, and where it can be told from zero.

Room: plot/. Draws what infer/lines/johnson_neyman finds.
Takes: a `Fit`, a predictor and a numeric moderator.
Gives: an Altair chart.
Source: Johnson & Neyman (1936); Bauer & Curran (2005), figure 3.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon import infer
from echelon.fit import Fit
from echelon.infer.lines.johnson_neyman import JohnsonNeyman
from echelon.plot.chart import finish, records
from echelon.plot.notes import wrapped
from echelon.plot.theme import ALERT, BAND, BLACK, DATA, HEIGHT, MODEL, REFERENCE, WIDTH
from echelon.plot.variables import has_table, level_of, short, values_of, variable_of

DRAWN_BELOW = 60  # height of the histogram, in pixels
BARS = 40
COLOURS = {"positive": MODEL, "negative": ALERT, "not distinguishable": DATA}
WORDS = {
    "positive": "positive",
    "negative": "negative",
    "not distinguishable": "not told from zero",
}


def johnson_neyman(fit: Fit, x: str, by: str, **options: Any) -> Any:
    """Draw the slope of a predictor over its moderator, with the regions of significance shaded.

    Parameters
    ----------
    fit : a fitted model.
    x : the predictor whose slope is asked for.
    by : a moderator that is a number.
    options : at, range, fdr, move, df_method, robust, conf_level, as in `johnson_neyman`.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON: the curve, its bounds by
    value, and a histogram of the moderator.

    Raises
    ------
    SpecError : a name is not in the fixed part, or the moderator has categories.

    Source
    ------
    Curve and bounds are those of `johnson_neyman`: tests/unit/plot/test_johnson_neyman.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * meanses + (1 | school)", ec.datasets.load("hsb")).fit
    >>> johnson_neyman(fit, "ses", "meanses").title.text
    'Slope of ses by meanses'
    """
    variable_of(fit, x, "fit.plot.johnson_neyman(), argument x")
    variable_of(fit, by, "fit.plot.johnson_neyman(), argument by")
    found = infer.johnson_neyman(fit, x, by, **options)
    low, high = found.range
    notes = [*found.sentences, f"Band: {100 * found.critical_level:.4g}% confidence."]
    kept = [n for n in found.regions.notes if n not in found.sentences and not _is_known(n)]
    axis = alt.Scale(domain=[low, high], nice=False, zero=False)
    slope = f"slope of {short(x)}"
    if fit.spec.is_generalized:
        slope += f", {fit.spec.link} scale"
    titles = "" if has_table(fit) else short(by), slope
    above = alt.layer(*_layers(found, axis, titles)).properties(width=WIDTH, height=HEIGHT)
    parts = [above]
    if has_table(fit):
        bars, said = _histogram(fit, by, found, axis)
        parts.append(bars)
        kept.append(said)
    chart = alt.vconcat(*parts, spacing=6)
    title = f"Slope of {short(x)} by {short(by)}"
    return finish(chart, title, wrapped([*notes, *kept], WIDTH + 150))


def _is_known(note: str) -> bool:
    """Whether a note says what the band says."""
    return note.startswith("Limits at")


def _layers(found: JohnsonNeyman, axis: alt.Scale, titles: tuple[str, str]) -> list[Any]:
    """Draw regions, zero, the curve with its band, and the bounds with their values."""
    moderator, (x_title, slope) = short(found.moderator), titles
    regions = found.regions
    labels = [WORDS[str(name)] for name in regions["slope"]]
    scale = alt.Scale(domain=list(WORDS.values()), range=list(COLOURS.values()))
    shown = [word for word in WORDS.values() if word in labels]
    legend = alt.Legend(title=f"slope of {short(found.variable, 24)}", values=shown)
    colour = alt.Color("slope:N", scale=scale, legend=legend)
    x = alt.X("x:Q", title=x_title, scale=axis)
    data = records(x=regions["low"], x2=regions["high"], slope=labels)
    shading = alt.Chart(data).mark_rect(opacity=0.09).encode(x=x, x2=alt.X2("x2:Q"), color=colour)
    curve = found.curve
    line_data = records(
        x=curve[found.moderator],
        estimate=curve["estimate"],
        low=curve["conf_low"],
        high=curve["conf_high"],
    )
    chart = alt.Chart(line_data)
    y = alt.Y("estimate:Q", title=slope)
    band = chart.mark_area(color=MODEL, opacity=BAND).encode(
        x=x, y=alt.Y("low:Q", title=slope), y2=alt.Y2("high:Q")
    )
    tooltip = [
        alt.Tooltip("x:Q", title=moderator, format=".4~g"),
        alt.Tooltip("estimate:Q", title="slope", format=".4~g"),
        alt.Tooltip("low:Q", title="lower limit", format=".4~g"),
        alt.Tooltip("high:Q", title="upper limit", format=".4~g"),
    ]
    line = chart.mark_line(color=MODEL, strokeWidth=2.5).encode(x=x, y=y, tooltip=tooltip)
    zero = alt.Chart(records(zero=[0.0])).mark_rule(color=REFERENCE, strokeDash=[2, 2])
    rules = _bounds(found, axis, x_title)
    return [shading, zero.encode(y=alt.Y("zero:Q", title=slope)), band, line, *rules]


def _bounds(found: JohnsonNeyman, axis: alt.Scale, x_title: str) -> list[Any]:
    low, high = found.range
    inside = [bound for bound in found.bounds if low <= bound <= high]
    if not inside:
        return []
    x = alt.X("x:Q", title=x_title, scale=axis)
    tooltip = [alt.Tooltip("x:Q", title=f"bound of {short(found.moderator)}", format=".4~g")]
    layers = []
    for place, bound in enumerate(inside):  # a line of text for each: bounds may be close
        data = records(x=[bound], text=[f"{bound:.3g}"])
        chart = alt.Chart(data)
        layers.append(chart.mark_rule(color=BLACK, strokeDash=[5, 3]).encode(x=x, tooltip=tooltip))
        side = -1 if bound > (low + high) / 2 else 1
        align: Any = "right" if side < 0 else "left"
        text = chart.mark_text(align=align, dx=4 * side, baseline="top", color=BLACK)
        layers.append(text.encode(x=x, y=alt.value(4 + 14 * place), text=alt.Text("text:N")))
    return layers


def _histogram(fit: Fit, by: str, found: JohnsonNeyman, axis: alt.Scale) -> tuple[Any, str]:
    """Count rows by the moderator, or groups where it has one value in each."""
    values = values_of(fit, variable_of(fit, by, "fit.plot.johnson_neyman(), argument by"))
    block, unit = level_of(fit, values), "rows"
    if block is not None:
        codes, unit = block.memberships[0].codes, f"groups of {short(block.grouping)}"
        own = np.zeros(block.n_groups)
        own[codes] = values
        values = own
    low, high = found.range
    counts, edges = np.histogram(values, bins=BARS, range=(low, high))
    data = records(x=edges[:-1], x2=edges[1:], n=counts, zero=np.zeros(BARS))
    tooltip = [
        alt.Tooltip("n:Q", title=unit, format=","),
        alt.Tooltip("x:Q", title="from", format=".4~g"),
        alt.Tooltip("x2:Q", title="to", format=".4~g"),
    ]
    marks = alt.Chart(data).mark_rect(color=DATA, opacity=0.7, stroke="white", strokeWidth=0.5)
    bars = marks.encode(
        x=alt.X("x:Q", title=short(by), scale=axis),
        x2=alt.X2("x2:Q"),
        y=alt.Y("n:Q", title="count", axis=alt.Axis(tickCount=2)),
        y2=alt.Y2("zero:Q"),
        tooltip=tooltip,
    )
    return bars.properties(width=WIDTH, height=DRAWN_BELOW), f"Below: {unit}, by {short(by)}."
