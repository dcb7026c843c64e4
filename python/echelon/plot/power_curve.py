"""Power curve: power over the size of a study, with its simulation intervals.

Room: plot/. Draws numbers that were found elsewhere; simulates nothing.
Takes: a table with a size, power, and its limits.
Gives: an Altair chart.
Source: docs/reference, charts.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon.errors import FrameError, offenders
from echelon.frame.columns import Categorical
from echelon.frame.convert import as_column
from echelon.frame.source import column_names, open_source
from echelon.plot.chart import finish, records
from echelon.plot.effect import colour_options
from echelon.plot.notes import wrapped
from echelon.plot.theme import HEIGHT, MODEL, REFERENCE, WIDTH
from echelon.plot.variables import short
from echelon.typeset.numbers import percent_label

USUAL = 0.8  # power that studies are planned for
KNOWN = ("power", "conf_low", "conf_high", "by")


def power_curve(
    table: Any, size: str | None = None, by: str | None = None, target: float = USUAL
) -> Any:
    """Draw power over the size of a study, with the line that it is planned for.

    Parameters
    ----------
    table : a Table, a dict or a dataframe with columns for the size, `power` and, if there are
        any, `conf_low` and `conf_high`, all in [0, 1].
    size : column of the size; None for `n`, or else the first that is none of the others.
    by : column of scenarios, a curve for each; None for `by` where there is one.
    target : power of the line, in (0, 1).

    Returns
    -------
    An Altair chart whose `save` writes SVG, PNG, PDF, HTML or JSON.

    Raises
    ------
    FrameError : a column is not there, or holds something else.

    Examples
    --------
    >>> power_curve({"n": [20, 40], "power": [0.55, 0.84]}).title.text
    'Power by n'
    """
    names = [str(name) for name in column_names(table)]
    size = size if size is not None else _size(names)
    by = by if by is not None else ("by" if "by" in names else None)
    has_limits = {"conf_low", "conf_high"} <= set(names)
    asked = [size, "power", *(["conf_low", "conf_high"] if has_limits else [])]
    lost = [name for name in (*asked, *([by] if by else [])) if name not in names]
    if lost:
        raise _no_column(lost[0], names)
    source = open_source(table, [*asked, *([by] if by else [])])
    columns = {"size": _numbers(source, size)}
    columns |= {name: _numbers(source, name) for name in asked[1:]}
    for name in asked[1:]:
        _check_share(name, columns[name])
    scenarios = None
    if by is not None:
        scenarios = _texts(source, by)
    chart = _chart(columns, scenarios, size, by, target)
    notes = ["Bars: limits of the power found." if has_limits else ""]
    notes.append(f"Dashed: power of {percent_label(target)}.")
    return finish(chart, f"Power by {short(size)}", wrapped(notes))


def _chart(
    columns: dict[str, Any], scenarios: list[str] | None, size: str, by: str | None, target: float
) -> Any:
    data: dict[str, Any] = dict(columns)
    colour: Any = alt.value(MODEL)
    if scenarios is not None:
        data["by"] = scenarios
        labels = list(dict.fromkeys(scenarios))
        colour = alt.Color("by:N", **colour_options("" if by == "by" else short(str(by)), labels))
    percent = alt.Axis(format=".0%")
    share = alt.Scale(domain=[0, 1])
    x = alt.X("size:Q", title=short(size), scale=alt.Scale(zero=False, padding=16))
    tooltip = [
        alt.Tooltip("size:Q", title=short(size), format=","),
        alt.Tooltip("power:Q", format=".1%"),
    ]
    if scenarios is not None:
        tooltip.insert(0, alt.Tooltip("by:N", title=short(str(by))))
    chart = alt.Chart(records(**data)).encode(x=x, color=colour)
    y = alt.Y("power:Q", title="power", scale=share, axis=percent)
    layers = [chart.mark_line(strokeWidth=2).encode(y=y)]
    if "conf_low" in data:
        tooltip.append(alt.Tooltip("conf_low:Q", title="lower limit", format=".1%"))
        tooltip.append(alt.Tooltip("conf_high:Q", title="upper limit", format=".1%"))
        low = alt.Y("conf_low:Q", title="power", scale=share, axis=percent)
        layers.append(chart.mark_rule(strokeWidth=1.5).encode(y=low, y2=alt.Y2("conf_high:Q")))
    layers.append(chart.mark_point(size=45, opacity=1).encode(y=y, tooltip=tooltip))
    line = alt.Chart(records(target=[target])).mark_rule(color=REFERENCE, strokeDash=[5, 3])
    aim = line.encode(y=alt.Y("target:Q", title="power", scale=share, axis=percent))
    return alt.layer(aim, *layers).properties(width=WIDTH, height=HEIGHT)


def _size(names: list[str]) -> str:
    if "n" in names:
        return "n"
    others = [name for name in names if name not in KNOWN]
    if not others:
        raise _no_column("n", names)
    return others[0]


def _numbers(source: Any, name: str) -> Any:
    column = as_column(source.column(name), None)
    if isinstance(column, Categorical):
        raise FrameError(
            f"Column '{short(name)}' of the power table holds no numbers.",
            where=f"power_curve(), column '{short(name)}'",
            got=f"categories {offenders(column.labels)}",
            need="numbers",
            do="name the column of sizes with size=..., that of scenarios with by=....",
            slug="power-table",
        )
    return column.values


def _texts(source: Any, name: str) -> list[str]:
    column = as_column(source.column(name), None)
    if isinstance(column, Categorical):
        return [str(column.labels[code]) for code in column.codes]
    return [f"{value:g}" for value in column.values]


def _check_share(name: str, values: Any) -> None:
    known = values[np.isfinite(values)]
    outside = known[(known < 0) | (known > 1)]
    if len(outside):
        raise FrameError(
            f"Column '{name}' of the power table has values outside of 0 to 1.",
            where=f"power_curve(), column '{name}'",
            got=offenders([float(value) for value in outside[:5]], len(outside)),
            need="shares in [0, 1]",
            do="divide percentages by 100.",
            slug="power-table",
        )


def _no_column(name: str, names: list[str]) -> FrameError:
    return FrameError(
        f"The power table has no column '{short(name)}'.",
        where="power_curve(), argument table",
        got=f"columns {offenders(names)}",
        need="columns for the size, power and, if there are any, conf_low and conf_high",
        do="rename the columns, or name them with size=... and by=....",
        slug="power-table",
    )
