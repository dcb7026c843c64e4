"""The data behind an effect: points, cells, spreads by category, or observed shares.

Room: plot/. Summarises rows so that a reader still sees the estimate.
Takes: a `Fit` with its table, the predictor, perhaps a moderator with categories.
Gives: layers for a chart, and notes that say what they are.
Source: docs/reference, charts: from 5 to 10^6 points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.plot.chart import records
from echelon.plot.estimates import is_probability
from echelon.plot.theme import DATA
from echelon.plot.thinning import MOST_POINTS, cloud
from echelon.plot.variables import Variable, has_table, values_of

SHARES = 15  # intervals of a number in which shares are observed
JITTERED = 400  # points by category; more become spreads
AS_OBSERVED = "Behind: the rows as observed, not adjusted for other predictors."
SPREAD = (0.05, 0.25, 0.75, 0.95)  # quantiles of rows in a category
WIDEST = 0.32  # of a jittered point from the middle of its category, in shares of its width


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a fit as they are drawn: x (n,), y (n,), weights (n,), names (n,) of groups.

    `colours` (n,) labels a moderator with categories, None where the rows are not told apart;
    `shown` says of each row (n,) of another moderator's label, for panels.
    """

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    names: Any
    colours: Any = None
    panels: Any = None

    def only(self, kept: Any) -> Rows:
        """Choose rows."""
        names = None if self.names is None else self.names[kept]
        colours = None if self.colours is None else self.colours[kept]
        panels = None if self.panels is None else self.panels[kept]
        return Rows(self.x[kept], self.y[kept], self.weights[kept], names, colours, panels)

    def sampled(self, most: int) -> Rows:
        """Choose at most so many rows, at random, the same ones each time."""
        return self.only(np.sort(np.random.default_rng(0).choice(len(self.x), most, replace=False)))


def rows_of(fit: Fit, x: Variable, colour: Variable | None, panel: Variable | None) -> Rows | None:
    """Take the rows of a fit; None where it holds no table.

    Parameters
    ----------
    fit : a fitted model.
    x : the predictor.
    colour, panel : moderators; only those with categories tell rows apart.

    Returns
    -------
    `Rows`; y is the response, the share of successes, or the code of its category.
    """
    if not has_table(fit):
        return None
    design = fit.design
    trials = np.ones(design.n_obs) if design.trials is None else design.trials
    y = design.y / trials if is_probability(fit) else design.y
    names = None
    single = [block for block in design.rows.blocks if len(block.memberships) == 1]
    if single:
        block = max(single, key=lambda block: block.n_groups)
        names = np.asarray(block.labels, dtype=object)[block.memberships[0].codes]
    return Rows(values_of(fit, x), y, trials, names, _labels(fit, colour), _labels(fit, panel))


def backdrop(
    fit: Fit, rows: Rows, x: Variable, titles: tuple[str, str], scales: Mapping[str, Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """Draw the rows behind an estimate.

    Parameters
    ----------
    fit : a fitted model, drawn on the scale of the response.
    rows : of the fit, or of one panel.
    x : the predictor.
    titles : of the axes.
    scales : 'x' encoding of the estimate, 'y_of' that makes one of a field, 'colour' options of
        its colour or None, 'offset' of neighbours in a category.

    Returns
    -------
    Layers, and notes.
    """
    if not len(rows.x):
        return [], ()
    if is_probability(fit):
        return _shares(fit, rows, x, scales)
    if x.is_number:
        return _points(rows, titles, scales)
    return _by_category(rows, x, scales)


def _labels(fit: Fit, variable: Variable | None) -> Any:
    if variable is None or variable.is_number:
        return None
    values = values_of(fit, variable)
    if variable.labels:
        return np.array(variable.labels, dtype=object)[values.astype(int)]
    return np.array([f"{value:.4g}" for value in values], dtype=object)


def _points(
    rows: Rows, titles: tuple[str, str], scales: Mapping[str, Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """Draw the rows as points, in the colour of their moderator, or as cells with counts."""
    few = len(rows.x) <= MOST_POINTS
    if rows.colours is None or scales["colour"] is None or not few:
        layer, notes = cloud(rows.x, rows.y, *titles, names=rows.names, unit="row")
        said = AS_OBSERVED if few else ""
        return [layer if few else layer.mark_rect(opacity=0.55)], (said, *notes)
    columns: dict[str, Any] = {"x": rows.x, "y": rows.y, "by": list(rows.colours)}
    tooltip = [alt.Tooltip("x:Q", title=titles[0]), alt.Tooltip("y:Q", title=titles[1])]
    if rows.names is not None:
        columns["name"] = [str(name) for name in rows.names]
        tooltip.insert(0, alt.Tooltip("name:N", title="group"))
    marks = alt.Chart(records(**columns)).mark_circle(
        size=22, opacity=0.6 if len(rows.x) <= 200 else 0.25
    )
    layer = marks.encode(
        x=scales["x"],
        y=scales["y_of"]("y"),
        color=alt.Color("by:N", **scales["colour"]),
        tooltip=tooltip,
    )
    return [layer], (AS_OBSERVED,)


def _by_category(
    rows: Rows, x: Variable, scales: Mapping[str, Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """Draw the rows of each category: as jittered points, or their middle half and 5 to 95%."""
    labels = x_labels(x)
    codes = rows.x.astype(int) if x.labels else (rows.x > x.low).astype(int)
    if len(codes) <= JITTERED and "offset" not in scales:
        rng = np.random.default_rng(0)
        offset = rng.uniform(-WIDEST, WIDEST, len(codes))
        data = records(x=[labels[code] for code in codes], y=rows.y, offset=offset)
        layer = alt.Chart(data).mark_circle(size=20, color=DATA, opacity=0.5)
        shift = alt.XOffset("offset:Q", scale=alt.Scale(domain=[-0.5, 0.5]))
        layer = layer.encode(x=scales["x"], y=scales["y_of"]("y"), xOffset=shift)
        return [layer], ("Behind: the rows as observed, moved sideways at random.",)
    return _spreads(rows, codes, labels, x, scales)


def _spreads(
    rows: Rows, codes: Any, labels: tuple[str, ...], x: Variable, scales: Mapping[str, Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """Draw the spread of the rows of each category, and of a moderator's categories within it."""
    has_colour = rows.colours is not None and scales["colour"] is not None
    series = scales["colour"]["sort"] if has_colour else [""]
    found: list[tuple[Any, ...]] = []
    for name in series:
        own = rows.colours == name if has_colour else np.ones(len(codes), dtype=bool)
        for code, label in enumerate(labels):
            y = rows.y[own & (codes == code)]
            if len(y):
                found.append((label, name, len(y), *np.quantile(y, SPREAD).tolist()))
    if not found:
        return [], ()
    names = ("x", "by", "n", "q0", "q1", "q2", "q3")
    chart = alt.Chart(records(**dict(zip(names, zip(*found, strict=True), strict=True))))
    tooltip = [alt.Tooltip("x:N", title=x.title), alt.Tooltip("n:Q", title="rows", format=",")]
    shared: dict[str, Any] = {"x": scales["x"], "tooltip": tooltip}
    if "offset" in scales:
        shared["xOffset"] = scales["offset"]
    layers = []
    for low, high, size in (("q0", "q3", scales["bar"] / 5), ("q1", "q2", scales["bar"])):
        marks = chart.mark_bar(color=DATA, opacity=0.25, width=size)
        layers.append(marks.encode(**shared, y=scales["y_of"](low), y2=alt.Y2(f"{high}:Q")))
    return layers, ("Behind: the middle half of the rows (wide bar), and 5 to 95% (narrow).",)


def _shares(
    fit: Fit, rows: Rows, x: Variable, scales: Mapping[str, Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """Draw the shares observed, in intervals of a number or in categories."""
    places, middles = _places(rows, x)
    found = shares_observed(fit, rows, places, len(middles))
    if not found["n"]:
        return [], ()
    columns = {"x": [middles[place] for place in found.pop("place")], **found}
    tooltip = [alt.Tooltip("y:Q", title="observed", format=".1%")]
    tooltip.append(alt.Tooltip("n:Q", title="rows", format=","))
    colour: Any = alt.value(DATA)
    if "by" in columns and scales["colour"] is not None:
        colour = alt.Color("by:N", **scales["colour"])
    marks = alt.Chart(records(**columns)).mark_point(filled=False, strokeWidth=1.2, opacity=0.75)
    size = alt.Size("n:Q", scale=alt.Scale(range=[12, 130]), legend=None)
    encodings = {"x": scales["x"], "y": scales["y_of"]("y"), "color": colour, "size": size}
    if not x.is_number and "offset" in scales:
        encodings["xOffset"] = scales["offset"]
    what = "with similar values" if x.is_number else "in each category"
    note = f"Open circles: shares observed among rows {what}, larger where there are more rows."
    return [marks.encode(**encodings, tooltip=tooltip)], (note,)


def shares_observed(fit: Fit, rows: Rows, places: Any, n_places: int) -> dict[str, Any]:
    """Count shares by place, and by moderator: fields place, y, n, and by where there are any."""
    has_categories = len(fit.design.categories) > 2
    series = np.zeros(len(places), dtype=np.int64)
    labels: list[str] = []
    if rows.colours is not None and not has_categories:
        labels = sorted(set(rows.colours.tolist()))
        place_of = {label: i for i, label in enumerate(labels)}
        series = np.array([place_of[label] for label in rows.colours.tolist()])
    cells = series * n_places + places
    size = max(len(labels), 1) * n_places
    total = np.bincount(cells, rows.weights, size)
    counts = np.bincount(cells, minlength=size)
    kept = np.flatnonzero(total > 0)
    found: dict[str, Any] = {"place": [], "y": [], "n": []}
    if has_categories or labels:
        found["by"] = []
    outcomes = enumerate(fit.design.categories) if has_categories else [(-1, "")]
    for code, category in outcomes:
        hits = rows.y * rows.weights if code < 0 else rows.weights * (rows.y == code)
        share = np.bincount(cells, hits, size)[kept] / total[kept]
        found["place"] += (kept % n_places).tolist()
        found["y"] += share.tolist()
        found["n"] += counts[kept].tolist()
        if has_categories:
            found["by"] += [str(category)] * len(kept)
        elif labels:
            found["by"] += [labels[i] for i in (kept // n_places).tolist()]
    return found


def x_labels(x: Variable) -> tuple[str, ...]:
    """Label what is drawn as categories: those of a factor, or the two values of a number."""
    return x.labels or tuple(f"{value:.4g}" for value in (x.low, x.high))


def _places(rows: Rows, x: Variable) -> tuple[Any, list[Any]]:
    """Place rows (n,) in categories, or in intervals with about as many rows each."""
    if not x.is_number:
        codes = rows.x.astype(int) if x.labels else (rows.x > x.low).astype(int)
        return codes, list(x_labels(x))
    edges = np.unique(np.quantile(rows.x, np.linspace(0, 1, SHARES + 1)[1:-1]))
    places = np.searchsorted(edges, rows.x, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    sums = np.bincount(places, rows.x, len(edges) + 1)
    return places, (sums / np.maximum(counts, 1)).tolist()
