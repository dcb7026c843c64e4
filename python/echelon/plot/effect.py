"""Effect chart: the mean along a predictor, the others held, the data behind.

Room: plot/. Draws; estimates come from `marginal_means`.
Takes: a `Fit`, a predictor, perhaps moderators and values to hold.
Gives: an Altair chart.
Source: Fox (2003), J. Stat. Software 8(15); infer/means/marginal_means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import numpy as np

from echelon.fit import Fit
from echelon.plot.backdrop import Rows, backdrop, rows_of, x_labels
from echelon.plot.chart import finish, records
from echelon.plot.estimates import (
    Asked,
    Estimates,
    Moderator,
    estimates,
    is_probability,
    moderators_of,
    read_asked,
)
from echelon.plot.notes import wrapped
from echelon.plot.theme import BAND, CATEGORIES, HEIGHT, MODEL, WIDTH
from echelon.plot.thinning import MOST_POINTS
from echelon.plot.variables import Variable, short, variable_of
from echelon.typeset.numbers import percent_label

PANEL_WIDTH, PANEL_HEIGHT, PANELS_PER_ROW = 230, 210, 3
NO_BANDS = "No bands: so many would hide each other."
SHORT = 34  # letters of a title beside a panel
MANY = 15  # categories on an axis whose labels would run into each other
STEP, WIDEST = 16, 1_400  # pixels of a category, of a view with many
LEGEND = 150  # pixels beside the view that a legend takes


def effect(
    fit: Fit,
    x: str,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | None = None,
    kind: str = "response",
    interval: bool = True,
    data: bool = True,
    target: str = "conditional",
) -> Any:
    """Draw the mean along a predictor, with a confidence band and the data behind.

    Other predictors are held: numbers at their mean, categories averaged with equal weights; the
    notes say at what. Numbers give a curve, categories points with intervals, ordered and nominal
    responses one of them for each category.

    Parameters
    ----------
    fit : a fitted model.
    x : a predictor of the fixed part, as it stands in the model.
    by : one or two moderators: by colour, then by panel.
    at : values by name: of what is held, of numeric moderators (else mean -+ 1 SD), of `x`.
    kind : 'response' (probabilities in per cent) or 'link'.
    interval : whether to draw confidence limits.
    data : whether to draw the rows, or shares observed, behind.
    target : of generalized models: 'conditional' for a group whose random effects are zero,
        'population' for the average over all groups.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    SpecError : a name is not in the fixed part, or an option does not exist.
    NotEstimableError : the data determine no mean.

    Source
    ------
    The numbers are those of `marginal_means`: tests/unit/plot/test_effect.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * sector + (1 | school)", ec.datasets.load("hsb")).fit
    >>> effect(fit, "ses", by="sector").title.text
    'Effect of ses on mathach by sector'
    """
    where = "fit.plot.effect()"
    variable = variable_of(fit, x, f"{where}, argument x")
    asked = read_asked(at, kind, target)
    by_what = moderators_of(fit, variable, by, asked.at, where)
    return draw(fit, variable, by_what, asked, interval, data)


@dataclass(frozen=True, slots=True)
class Look:
    """What all layers share: titles, per cent or not, colours, whether categories stand apart."""

    x: Variable
    y_title: str
    is_share: bool
    colour: dict[str, Any] | None

    @property
    def x_encoding(self) -> Any:
        """Horizontal axis: a scale of numbers, or categories in their order."""
        if self.x.is_number:
            return alt.X("x:Q", title=self.x.title, scale=alt.Scale(zero=False, nice=False))
        labels = x_labels(self.x)
        is_wide = sum(map(len, labels)) > 60
        angle = -90 if len(labels) > MANY else -35 if is_wide else 0
        axis = alt.Axis(labelAngle=angle, labelLimit=140)
        return alt.X("x:N", title=self.x.title, sort=list(labels), axis=axis)

    def y_of(self, field: str) -> Any:
        """Vertical axis, of a field."""
        scale = alt.Scale(zero=False)
        if self.is_share:
            axis = alt.Axis(format=".0%")
            return alt.Y(f"{field}:Q", title=self.y_title, scale=scale, axis=axis)
        return alt.Y(f"{field}:Q", title=self.y_title, scale=scale)

    @property
    def width(self) -> int:
        """Width of a view of its own: wider where there are many categories."""
        if self.x.is_number:
            return WIDTH
        return min(max(WIDTH, STEP * len(x_labels(self.x))), WIDEST)

    @property
    def bar(self) -> float:
        """Width of a bar in a category, so that neighbours do not touch."""
        series = 1 if self.colour is None else len(self.colour["sort"])
        return min(20.0, 0.6 * self.width / (len(x_labels(self.x)) * series))

    @property
    def scales(self) -> dict[str, Any]:
        """Give what the data behind are drawn with."""
        found = {"x": self.x_encoding, "y_of": self.y_of, "colour": self.colour}
        found |= {} if self.x.is_number else {"bar": self.bar}
        return found | ({} if self.offset is None else {"offset": self.offset})

    @property
    def offset(self) -> Any:
        """Neighbours within a category of x; None where there are none."""
        if self.x.is_number or self.colour is None:
            return None
        return alt.XOffset("by:N", sort=self.colour["sort"])


def draw(
    fit: Fit,
    x: Variable,
    by: Sequence[Moderator],
    asked: Asked,
    interval: bool,
    data: bool,
    what: str = "Effect",
) -> Any:
    """Draw estimates by colour and panel; arguments as of `effect`, read."""
    found = estimates(fit, x, None, by, asked)
    look, colours, panels = _arrange(fit, x, by, found)
    too_many = x.is_number and look.colour is not None
    too_many = too_many and len(set(colours or ())) > len(CATEGORIES)
    rows, why = _rows(fit, x, by, asked, data, bool(found.categories))
    notes = [*found.notes, why]
    is_dense = rows is not None and x.is_number and not look.is_share
    if panels and rows is not None and is_dense and len(rows.x) > MOST_POINTS:
        notes.append(f"Behind: a random sample of {MOST_POINTS:,} of {len(rows.x):,} rows.")
        rows = rows.sampled(MOST_POINTS)
    charts = []
    for label in panels.labels if panels else ("",):
        kept = [not panels or own == label for own in panels.own] if panels else None
        own_rows = rows
        if rows is not None and panels and rows.panels is not None:
            own_rows = rows.only(rows.panels == label)
        layer, said = _panel(fit, found, look, colours, kept, own_rows, interval and not too_many)
        notes += said
        charts.append(layer.properties(title=short(label, 30)) if panels else layer)
    if interval:
        notes.append(NO_BANDS if too_many else _said_of_limits(fit, x, found))
    title = _title(what, x, by, short(fit.design.response_name))
    if not panels:
        chart = charts[0].properties(width=look.width, height=HEIGHT)
        return finish(chart, title, wrapped(notes, look.width + (LEGEND if look.colour else 0)))
    n_across = min(PANELS_PER_ROW, len(charts))
    sized = [c.properties(width=PANEL_WIDTH, height=PANEL_HEIGHT) for c in charts]
    whole = alt.concat(*sized, columns=n_across).resolve_scale(x="shared", y="shared")
    return finish(whole, title, wrapped(notes, n_across * (PANEL_WIDTH + 40)))


def _said_of_limits(fit: Fit, x: Variable, found: Estimates) -> str:
    if not np.isfinite(found.low).any():
        return "No limits: their degrees of freedom or standard errors are not determined."
    shown = "Bands" if x.is_number else "Intervals"
    return f"{shown}: {percent_label(fit.spec.conf_level)} confidence."


def _title(what: str, x: Variable, by: Sequence[Moderator], response: str) -> str:
    names = [m.variable.title for m in by]
    if what == "Interaction":
        return f"Interaction of {' and '.join([x.title, *names])}: {response}"
    return f"Effect of {x.title} on {response}" + (f" by {' and '.join(names)}" if by else "")


@dataclass(frozen=True, slots=True)
class _Panels:
    """Panels: what each is called, and to which each estimate belongs."""

    labels: tuple[str, ...]
    own: list[str]


def _arrange(
    fit: Fit, x: Variable, by: Sequence[Moderator], found: Estimates
) -> tuple[Look, list[str] | None, _Panels | None]:
    """Decide what is told apart by colour and what by panel."""
    series: list[tuple[str, tuple[str, ...], list[str]]] = []
    if found.category is not None:
        name = short(fit.design.response_name)
        series.append((name, found.categories, found.category))
    for moderator, own in zip(by, found.by, strict=True):
        series.append((moderator.variable.title, moderator.labels, own))
    panels = None
    if len(series) > 1:
        name, labels, own = series[1]
        if len(series) > 2:
            _, more, others = series[2]
            labels = tuple(f"{a}, {b}" for a in labels for b in more)
            own = [f"{a}, {b}" for a, b in zip(own, others, strict=True)]
        named = {label: f"{name}: {label}" for label in labels}
        panels = _Panels(tuple(named.values()), [named[label] for label in own])
    colour = None
    if series:
        colour = colour_options(series[0][0], series[0][1])
    title = short(found.title, SHORT) if panels else found.title
    look = Look(x, title, found.is_share, colour)
    return look, series[0][2] if series else None, panels


def colour_options(title: str, labels: Sequence[str]) -> dict[str, Any]:
    """Give labels colours that all can tell apart, in their order."""
    domain = list(labels)
    scale = alt.Scale(domain=domain, scheme="viridis")
    if len(domain) <= len(CATEGORIES):
        scale = alt.Scale(domain=domain, range=list(CATEGORIES[: len(domain)]))
    return {"title": title, "scale": scale, "sort": domain}


def _rows(
    fit: Fit, x: Variable, by: Sequence[Moderator], asked: Asked, data: bool, of_categories: bool
) -> tuple[Rows | None, str]:
    """Take the rows that are drawn behind, or say why there are none."""
    if not data:
        return None, ""
    if fit.spec.is_generalized and asked.kind == "link":
        return None, "The response itself has no values on this scale: no data are drawn."
    if is_probability(fit) and not _has_shares(asked):
        return None, ""
    variables = [m.variable for m in by]
    first, second = (*variables, None, None)[:2]
    if of_categories:
        if second is not None:
            return None, ""
        first, second = None, first
    rows = rows_of(fit, x, first, second)
    if rows is None:
        return None, "The fit was saved without its rows: no data are drawn."
    if rows.colours is not None:  # at={...} may have left categories out
        rows = rows.only(np.isin(rows.colours.astype(str), list(by[0].labels)))
    if second is not None and rows.panels is None:
        return rows, "Behind: the same rows in every panel."
    if second is not None and rows.panels is not None:
        named = [f"{second.title}: {label}" for label in rows.panels]
        rows = replace(rows, panels=np.array(named, dtype=object))
    return rows, ""


def _has_shares(asked: Asked) -> bool:
    return asked.outcome in (None, "probability", "mean")


def _panel(
    fit: Fit,
    found: Estimates,
    look: Look,
    colours: list[str] | None,
    kept: list[bool] | None,
    rows: Rows | None,
    interval: bool,
) -> tuple[Any, tuple[str, ...]]:
    """Draw one panel: the data, then limits and estimates."""
    behind: list[Any] = []
    notes: tuple[str, ...] = ()
    if rows is not None:
        behind, notes = backdrop(fit, rows, look.x, (look.x.title, look.y_title), look.scales)
    front = estimate_layers(found, look, colours, kept, interval)
    has_cells = rows is not None and len(rows.x) > MOST_POINTS and not look.is_share
    if behind and has_cells and look.x.is_number and look.colour is not None:
        both = alt.layer(alt.layer(*behind), alt.layer(*front))
        return both.resolve_scale(color="independent"), notes
    return alt.layer(*behind, *front), notes


def estimate_layers(
    found: Estimates,
    look: Look,
    colours: list[str] | None,
    kept: list[bool] | None,
    interval: bool,
) -> list[Any]:
    """Draw estimates and limits: a curve with a band, or points with intervals."""
    labels = found.x if look.x.labels or look.x.is_number else [f"{v:.4g}" for v in found.x]
    columns: dict[str, list[Any]] = {
        "x": labels,
        "estimate": found.estimate.tolist(),
        "low": found.low.tolist(),
        "high": found.high.tolist(),
    }
    if colours is not None:
        columns["by"] = colours
    if kept is not None:
        columns = {
            name: [value for value, keep in zip(values, kept, strict=True) if keep]
            for name, values in columns.items()
        }
    chart = alt.Chart(records(**columns))
    colour: Any = alt.value(MODEL)
    if look.colour is not None:
        colour = alt.Color("by:N", **look.colour)
    shared: dict[str, Any] = {"x": look.x_encoding, "color": colour}
    if look.offset is not None:
        shared["xOffset"] = look.offset
    tooltip = _tooltip(look, interval)
    y = look.y_of("estimate")
    if look.x.is_number:
        band = chart.mark_area(opacity=BAND).encode(
            **shared, y=look.y_of("low"), y2=alt.Y2("high:Q")
        )
        line = chart.mark_line(strokeWidth=2.5).encode(**shared, y=y, tooltip=tooltip)
        return [band, line] if interval else [line]
    rule = chart.mark_rule(strokeWidth=2).encode(**shared, y=look.y_of("low"), y2=alt.Y2("high:Q"))
    point = chart.mark_point(size=70, opacity=1).encode(**shared, y=y, tooltip=tooltip)
    return [rule, point] if interval else [point]


def _tooltip(look: Look, interval: bool) -> list[Any]:
    number = ".1%" if look.is_share else ".4~g"
    tooltip = [alt.Tooltip("x:N", title=look.x.title)]
    if look.x.is_number:
        tooltip = [alt.Tooltip("x:Q", title=look.x.title, format=".4~g")]
    if look.colour is not None:
        tooltip.append(alt.Tooltip("by:N", title=look.colour["title"]))
    tooltip.append(alt.Tooltip("estimate:Q", title="estimate", format=number))
    if interval:
        tooltip.append(alt.Tooltip("low:Q", title="lower limit", format=number))
        tooltip.append(alt.Tooltip("high:Q", title="upper limit", format=number))
    return tooltip
