"""Trajectories: the observed lines of groups, with the population's curve; or panels of groups.

Room: plot/. Draws; curves come from `marginal_means` and `predict`.
Takes: a `Fit` with its table, a numeric predictor such as time, a grouping factor.
Gives: an Altair chart.
Source: Singer & Willett (2003), chapter 2; docs/reference, charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from echelon.errors import NotEstimableError, SpecError
from echelon.families import family_of
from echelon.fit import Fit, frame_of
from echelon.plot.chart import finish, records
from echelon.plot.effect import LEGEND, Look, colour_options, estimate_layers
from echelon.plot.estimates import Asked, Moderator, estimates, moderators_of, read_asked
from echelon.plot.group_rows import chosen_groups, group_lines_of
from echelon.plot.notes import wrapped
from echelon.plot.observed_lines import MOST_PER_LINE, ObservedLines, observed_lines
from echelon.plot.theme import DATA, HEIGHT, MODEL, SMALL, WIDTH
from echelon.plot.thinning import MOST_POINTS
from echelon.plot.variables import Variable, grouping_of, line_variable, short
from echelon.typeset.numbers import percent_label

MOST, MOST_PANELS = 60, 12
PANELS_ACROSS = 4
SHORT = 22  # letters of a title beside a panel
POINTS = 25  # on the line of a panel


def trajectories(
    fit: Fit,
    x: str | None = None,
    by: str | None = None,
    grouping: str | None = None,
    groups: Sequence[object] | None = None,
    most: int | None = None,
    seed: int = 0,
    panels: bool = False,
    target: str = "conditional",
) -> Any:
    """Draw the observed line of each group, and the population's curve with its band.

    Parameters
    ----------
    fit : a fitted model that holds its table.
    x : a number of the fixed part, such as time; None for the one with a random slope, or the
        first that varies within groups.
    by : a moderator: its categories by colour, a curve for each (of a number: for its mean and
        one standard deviation to each side).
    grouping : factor whose groups are drawn; None for the one with the most groups.
    groups : labels of groups to draw; None for all or a random sample.
    most : groups at most; None for 60, and 12 panels.
    seed : of the sample.
    panels : a panel for each group, with its rows and its fitted line, in place of one view.
    target : of generalized models, as in `effect`.

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    SpecError : a name is not in the model, or a predictor is no number.
    NotEstimableError : no random effects, a fit without rows, or a response with categories.

    Notes
    -----
    A line joins the means of the group's rows at each value of `x`; where a group has more than
    20 values (of a response with categories, 8), those of 2 to 8 intervals with as many rows each.

    Source
    ------
    Curves are those of `marginal_means` and `predict`: tests/unit/plot/test_trajectories.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep")).fit
    >>> trajectories(fit).title.text
    'Trajectories of subject: reaction over days'
    """
    where = "fit.plot.trajectories()"
    block = grouping_of(fit, grouping, where, is_finest=True)
    frame_of(fit, where)
    variable = line_variable(fit, block, x, where)
    _check_response(fit, panels, where)
    if panels and by is not None:
        raise _by_in_panels(by)
    moderators = moderators_of(fit, variable, by, {}, where)
    count = most if most is not None else MOST_PANELS if panels else MOST
    chosen, sample = chosen_groups(block, groups, count, seed, where)
    is_ordered = family_of(fit.spec.family).response == "ordered"
    asked = read_asked(None, "response", target)
    asked = Asked(asked.at, asked.kind, asked.target, "score" if is_ordered else None)
    drawn = _panels if panels else _spaghetti
    chart, notes, width = drawn(fit, block, chosen, variable, moderators, asked)
    title = f"Trajectories of {short(block.grouping)}: {short(fit.design.response_name)} over "
    return finish(chart, title + variable.title, wrapped([sample, *notes], width))


def _spaghetti(
    fit: Fit, block: Any, chosen: Any, x: Variable, by: Sequence[Moderator], asked: Asked
) -> tuple[Any, list[str], int]:
    """Draw all lines in one view, the population's curve on top."""
    moderator = by[0].variable if by and not by[0].variable.is_number else None
    lines = observed_lines(fit, block, chosen, x, MOST_PER_LINE, moderator)
    found = estimates(fit, x, None, by, asked)
    colour = colour_options(by[0].variable.title, by[0].labels) if by else None
    look = Look(_as_number(x), found.title, found.is_share, colour)
    front = estimate_layers(found, look, found.by[0] if by else None, None, interval=True)
    marks = _own_lines(lines, look, block, moderator is not None)
    level = f"Thick: the population, with its {percent_label(fit.spec.conf_level)} confidence band."
    chart = alt.layer(*marks, *front).properties(width=WIDTH, height=HEIGHT)
    return chart, [*lines.notes, level, *found.notes], WIDTH + (LEGEND if by else 40)


def _own_lines(lines: ObservedLines, look: Look, block: Any, has_colour: bool) -> list[Any]:
    columns: dict[str, Any] = {"x": lines.x, "y": lines.y, "group": lines.labels}
    if has_colour:
        columns["by"] = lines.by
    n_lines = len(set(lines.labels))
    faint = 0.6 if n_lines <= 20 else 0.4 if n_lines <= 60 else 0.25
    colour: Any = alt.value(DATA)
    if has_colour and look.colour is not None:
        colour = alt.Color("by:N", **look.colour)
    chart = alt.Chart(records(**columns))
    shared = {
        "x": look.x_encoding,
        "y": look.y_of("y"),
        "detail": alt.Detail("group:N"),
        "color": colour,
        "tooltip": _tooltip(look, block.grouping),
    }
    line = chart.mark_line(strokeWidth=1.1, opacity=faint).encode(**shared)
    counts = dict.fromkeys(lines.labels, 0)
    for label in lines.labels:
        counts[label] += 1
    if min(counts.values()) > 1:
        return [line]
    return [line, chart.mark_circle(size=12, opacity=faint).encode(**shared)]


def _panels(
    fit: Fit, block: Any, chosen: Any, x: Variable, by: Sequence[Moderator], asked: Asked
) -> tuple[Any, list[str], int]:
    """Draw a panel for each group: its rows and its fitted line."""
    where = "fit.plot.trajectories()"
    per_group = max(MOST_POINTS // max(len(chosen), 1), 20)
    rows = observed_lines(fit, block, chosen, x, per_group, None)
    fitted = group_lines_of(fit, block, chosen, x, POINTS, where)
    found = estimates(fit, x, [x.low, x.high], (), asked)
    look = Look(_as_number(x), short(found.title, SHORT), found.is_share, None)
    names = [str(label) for label in block.labels]
    order = [names[place] for place in chosen]
    data = records(
        x=np.concatenate([rows.x, fitted.x]),
        y=np.concatenate([rows.y, fitted.estimate[:, 0]]),
        group=[*rows.labels, *[names[place] for place in fitted.group]],
        what=["observed"] * len(rows.x) + ["fitted"] * len(fitted.x),
    )
    small = alt.Axis(labelOverlap=True, tickCount=4)
    x_axis = alt.X("x:Q", title=look.x.title, scale=alt.Scale(zero=False), axis=small)
    shared = {"x": x_axis, "y": look.y_of("y"), "tooltip": _tooltip(look, block.grouping)}
    chart = alt.Chart()
    points = chart.mark_circle(color=DATA, size=22, opacity=0.8).encode(**shared)
    line = chart.mark_line(color=MODEL, strokeWidth=2).encode(**shared)
    layers = alt.layer(
        points.transform_filter("datum.what == 'observed'"),
        line.transform_filter("datum.what == 'fitted'"),
        data=data,
    ).properties(width=SMALL, height=SMALL)
    header = alt.Header(title=short(block.grouping), labelLimit=SMALL)
    facet = alt.Facet("group:N", sort=order, header=header)
    n_across = min(PANELS_ACROSS, len(order))
    width = max(n_across * (SMALL + 22), WIDTH)
    notes = ["Points: observed. Line: the group's fitted mean.", *rows.notes, fitted.note]
    return layers.facet(facet=facet, columns=n_across), notes, width


def _as_number(x: Variable) -> Variable:
    """Draw a number with two values on a scale, as lines do."""
    return Variable(x.name, (), x.mean, x.sd, x.low, x.high)


def _tooltip(look: Look, grouping: str) -> list[Any]:
    number = ".1%" if look.is_share else ".4~g"
    return [
        alt.Tooltip("group:N", title=short(grouping)),
        alt.Tooltip("x:Q", title=look.x.title, format=".4~g"),
        alt.Tooltip("y:Q", title=look.y_title, format=number),
    ]


def _check_response(fit: Fit, panels: bool, where: str) -> None:
    response = family_of(fit.spec.family).response
    if response == "nominal" or (response == "ordered" and panels):
        raise NotEstimableError(
            "A response with categories has no line of its own in each group.",
            where=where,
            got=f"family = '{fit.spec.family}'" + (", panels=True" if panels else ""),
            need="a response that is a number or has two outcomes",
            do="draw each category's probability: effect(x), or group_lines(x) by group.",
            slug="trajectories-of-categories",
        )


def _by_in_panels(by: object) -> SpecError:
    return SpecError(
        "Panels show one group each, and no moderator.",
        where="fit.plot.trajectories(), arguments by and panels",
        got=f"by = {by!r:.60}, panels = True",
        need="one of the two",
        do="leave by out, or draw one view with panels=False.",
        slug="moderators-of-chart",
    )
