"""Profile zeta: how the likelihood falls away on both sides of every estimate.

Room: plot/. One chart, small multiples.
Takes: a `Fit`, names of parameters.
Gives: an Altair chart of zeta by value, with the limits of 50, 80 and 95% intervals.
Source: Bates (2010), section 1.5.1; docs/theory.md (19).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from echelon.fit import Fit
from echelon.infer.distributions.distributions import normal_quantile
from echelon.plot.chart import finish, records
from echelon.plot.profile_curves import CHART_LEVELS, ProfileCurve, profile_curves
from echelon.plot.theme import BLUE, GREEN, MODEL, ORANGE, REFERENCE
from echelon.typeset.numbers import percent_label

SIDE = 170
COLUMNS = 3
WIDEST = 0.99  # as far as the curves go
COLOURS = (ORANGE, GREEN, BLUE)
NOTE = (
    "zeta: signed root of the rise in -2 log likelihood. The straighter the line, the better "
    "estimate ± z × standard error; a bend means limits that are not symmetric."
)


def profile(fit: Fit, parameters: str | Sequence[str] | None = None) -> Any:
    """Draw the profile zeta of every parameter, cut at its 50, 80 and 95% intervals.

    Parameters
    ----------
    fit : a fitted model; a REML fit is refitted by ML.
    parameters : names as in `conf_int`; None for all, at most 24.

    Returns
    -------
    Altair chart, a panel per parameter. Points are those that were computed; the line joins them.

    Raises
    ------
    SpecError : a parameter does not exist.
    NotEstimableError : a quasi-likelihood, no rows of a generalized fit, or too many parameters.

    Notes
    -----
    Some thirty minimisations per parameter, which read rows only in generalized models.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> len(fit.plot.profile(["days", "sigma"]).concat)
    2
    """
    levels = (*CHART_LEVELS, WIDEST)
    curves, notes = profile_curves(fit, parameters, levels, "plot.profile()")
    panels = [_panel(curve) for curve in curves]
    chart = alt.concat(*panels, columns=min(COLUMNS, len(panels)))
    return finish(chart, "Profile likelihood", (*_folded(NOTE), *notes))


def _folded(note: str) -> list[str]:
    return [part if part.endswith(".") else f"{part}." for part in note.split(". ", 1)]


def _panel(curve: ProfileCurve) -> Any:
    x = alt.X("x:Q", title=curve.parameter, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title="zeta")
    line = alt.Chart(records(x=curve.fine, y=curve.fine_zeta)).mark_line(color=MODEL)
    points = alt.Chart(records(x=curve.values, y=curve.zeta)).mark_point(size=12, color=MODEL)
    tooltip = [alt.Tooltip("x:Q", title=curve.parameter, format=".5~g"), "y:Q"]
    zero = alt.Chart(records(y=[0.0])).mark_rule(color=REFERENCE, strokeWidth=0.7)
    cuts = alt.Chart(_cuts(curve)).mark_rule(strokeWidth=2)
    names = [percent_label(level) for level in CHART_LEVELS]
    colour = alt.Scale(domain=names, range=list(COLOURS))
    cuts = cuts.encode(
        x=x,
        y=y,
        y2=alt.datum(0),
        color=alt.Color("level:N", title="interval", scale=colour),
        tooltip=[
            alt.Tooltip("level:N", title="interval"),
            alt.Tooltip("x:Q", title="limit", format=".5~g"),
        ],
    )
    layers = [zero.encode(y=y), cuts, line.encode(x=x, y=y)]
    layers.append(points.encode(x=x, y=y, tooltip=tooltip))
    return alt.layer(*layers).properties(width=SIDE, height=SIDE)


def _cuts(curve: ProfileCurve) -> Any:
    """Both limits of every interval, from the curve down to zero; none at an end of the space."""
    xs, ys, names = [], [], []
    for level in CHART_LEVELS:
        z = normal_quantile((1 + level) / 2)
        for sign, limit in zip((-1, 1), curve.limits[level], strict=True):
            if np.isfinite(limit):
                at = np.interp(limit, curve.fine, curve.fine_zeta)
                is_inside = abs(abs(at) - z) < 0.1 * z
                xs.append(limit)
                ys.append(sign * z if is_inside else at)
                names.append(percent_label(level))
    return records(x=xs, y=ys, level=names)
