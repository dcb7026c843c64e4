"""Fitted lines of groups, each over its own range, with the population's line on top.

Room: plot/. Draws; predictions come from `predict`, the population from `marginal_means`.
Takes: a `Fit`, a numeric predictor, a grouping factor.
Gives: an Altair chart.
Source: docs/reference, charts; Gelman & Hill (2007), chapter 12.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np

from echelon.fit import Fit
from echelon.plot.chart import finish, records
from echelon.plot.effect import PANEL_HEIGHT, PANEL_WIDTH, PANELS_PER_ROW, Look
from echelon.plot.estimates import Estimates, estimates, read_asked
from echelon.plot.group_rows import GroupLines, chosen_groups, group_lines_of
from echelon.plot.notes import wrapped
from echelon.plot.theme import BAND, DATA, HEIGHT, MODEL, WIDTH
from echelon.plot.variables import grouping_of, line_variable, short, variable_of
from echelon.typeset.numbers import percent_label

MOST = 200  # lines that can still be told apart in a bundle
POINTS = 15  # on each line


def group_lines(
    fit: Fit,
    x: str | None = None,
    grouping: str | None = None,
    most: int = MOST,
    seed: int = 0,
    groups: Any = None,
    target: str = "conditional",
) -> Any:
    """Draw the fitted line of each group over its own range, and the population's on top.

    A line holds the group's other predictors at their mean in the group (categories: at the most
    frequent), with the group's conditional modes; the population's holds them as `effect` does.

    Parameters
    ----------
    fit : a fitted model.
    x : a number of the fixed part; None for the one with a random slope, or the first that varies
        within groups.
    grouping : factor whose groups are drawn; None for the first.
    most : groups at most, a random sample where there are more.
    seed : of the sample.
    groups : labels of the groups to draw; None for all or the sample.
    target : of the population's line in generalized models, as in `effect`.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    SpecError : a name is not in the model, or a predictor is no number.
    NotEstimableError : no random effects, rows in several groups, or a fit without rows.

    Source
    ------
    Lines are those of `predict`, the population's that of `marginal_means`:
    tests/unit/plot/test_group_lines.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> group_lines(fit).title.text
    'Fitted lines of subject: reaction over days'
    """
    where = "fit.plot.group_lines()"
    block = grouping_of(fit, grouping, where)
    variable = line_variable(fit, block, x, where)
    asked = read_asked(None, "response", target)
    chosen, sample = chosen_groups(block, groups, most, seed, where)
    lines = group_lines_of(fit, block, chosen, variable, POINTS, where)
    variable = replace(variable, is_binary=False)
    found = estimates(fit, variable_of(fit, variable.name, where), None, (), asked)
    look = Look(variable, found.title, found.is_share, None)
    names = np.array([short(str(label)) for label in block.labels[chosen]], dtype=object)
    labels = names[np.searchsorted(chosen, lines.group)]
    title = f"Fitted lines of {short(block.grouping)}: {short(fit.design.response_name)} over"
    level = percent_label(fit.spec.conf_level)
    band = f"Thick line: the population, with its {level} confidence band."
    notes = [sample, lines.note, band, *found.notes]
    charts = [
        _layers(look, lines, labels, found, place, block.grouping)
        for place in range(max(len(lines.categories), 1))
    ]
    if not lines.categories:
        chart = charts[0].properties(width=WIDTH, height=HEIGHT)
        return finish(chart, f"{title} {variable.title}", wrapped(notes, WIDTH + 40))
    sized = [
        one.properties(
            width=PANEL_WIDTH,
            height=PANEL_HEIGHT,
            title=f"{short(fit.design.response_name)}: {short(name, 30)}",
        )
        for one, name in zip(charts, lines.categories, strict=True)
    ]
    n_across = min(PANELS_PER_ROW, len(sized))
    whole = alt.concat(*sized, columns=n_across).resolve_scale(x="shared", y="shared")
    width = max(n_across * (PANEL_WIDTH + 40), WIDTH)
    return finish(whole, f"{title} {variable.title}", wrapped(notes, width))


def _layers(
    look: Look, lines: GroupLines, labels: Any, found: Estimates, place: int, grouping: str
) -> Any:
    """Draw the lines of the groups of one outcome, and the population's."""
    data = records(x=lines.x, y=lines.estimate[:, place], group=labels)
    n_lines = len(np.unique(lines.group))
    faint = 0.55 if n_lines <= 30 else 0.35 if n_lines <= 100 else 0.22
    number = ".1%" if look.is_share else ".4~g"
    tooltip = [
        alt.Tooltip("group:N", title=short(grouping)),
        alt.Tooltip("x:Q", title=look.x.title, format=".4~g"),
        alt.Tooltip("y:Q", title="fitted", format=number),
    ]
    chart = alt.Chart(data)
    shared = {
        "x": look.x_encoding,
        "y": look.y_of("y"),
        "detail": alt.Detail("group:N"),
        "tooltip": tooltip,
    }
    own = chart.mark_line(color=DATA, strokeWidth=1.1, opacity=faint).encode(**shared)
    layers = [own]
    alone = [g for g, n in zip(*np.unique(lines.group, return_counts=True), strict=True) if n == 1]
    if alone:
        kept = np.isin(lines.group, alone)
        dots = records(x=lines.x[kept], y=lines.estimate[kept, place], group=labels[kept])
        marks = alt.Chart(dots).mark_circle(color=DATA, size=16, opacity=0.6)
        layers.append(marks.encode(**shared))
    return alt.layer(*layers, *population_layers(look, found, place))


def population_layers(look: Look, found: Estimates, place: int = 0) -> list[Any]:
    """Draw the population's curve and its band, of one category of the response."""
    kept = np.ones(len(found.x), dtype=bool)
    if found.category is not None:
        kept = np.array(found.category, dtype=object) == found.categories[place]
    data = records(
        x=np.array(found.x, dtype=float)[kept],
        estimate=found.estimate[kept],
        low=found.low[kept],
        high=found.high[kept],
    )
    number = ".1%" if look.is_share else ".4~g"
    tooltip = [
        alt.Tooltip("x:Q", title=look.x.title, format=".4~g"),
        alt.Tooltip("estimate:Q", title="population", format=number),
        alt.Tooltip("low:Q", title="lower limit", format=number),
        alt.Tooltip("high:Q", title="upper limit", format=number),
    ]
    chart, x = alt.Chart(data), look.x_encoding
    band = chart.mark_area(color=MODEL, opacity=BAND).encode(
        x=x, y=look.y_of("low"), y2=alt.Y2("high:Q")
    )
    line = chart.mark_line(color=MODEL, strokeWidth=3)
    return [band, line.encode(x=x, y=look.y_of("estimate"), tooltip=tooltip)]
