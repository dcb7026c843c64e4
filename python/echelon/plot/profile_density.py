"""Profile densities: the shape that the likelihood gives to what is known of a parameter.

Room: plot/. One chart, small multiples.
Takes: a `Fit`, names of parameters.
Gives: an Altair chart of the density that belongs to a standard normal zeta.
Source: Bates (2010), section 1.5.3, profile density plots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit
from echelon.plot.chart import finish, records
from echelon.plot.profile_curves import ProfileCurve, profile_curves
from echelon.plot.theme import BAND, MODEL, REFERENCE

SIDE, HEIGHT, COLUMNS = 190, 120, 3
LEVELS = (0.5, 0.8, 0.95, 0.999)
SHADED = 0.95
NOTES = (
    "The density of a parameter if its zeta is standard normal. Shaded: the 95% interval;",
    "line: the estimate (ML). A long tail or a pile at an edge is what a standard error hides.",
)


def profile_density(fit: Fit, parameters: str | Sequence[str] | None = None) -> Any:
    """Draw the densities that the profiles imply: phi(zeta) times the slope of zeta.

    Parameters
    ----------
    fit : a fitted model; a REML fit is refitted by ML.
    parameters : names as in `conf_int`; None for all, at most 24.

    Returns
    -------
    Altair chart, a panel per parameter.

    Raises
    ------
    SpecError : a parameter does not exist.
    NotEstimableError : a quasi-likelihood, no rows of a generalized fit, or too many parameters.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> len(fit.plot.profile_density(["days", "sigma"]).concat)
    2
    """
    curves, notes = profile_curves(fit, parameters, LEVELS, "plot.profile_density()")
    panels = [_panel(curve) for curve in curves]
    chart = alt.concat(*panels, columns=min(COLUMNS, len(panels)))
    return finish(chart, "Densities implied by the profile likelihood", (*NOTES, *notes))


def density(curve: ProfileCurve) -> FloatArray:
    """Give the density (120,) at the fine places of a curve, per unit of the parameter."""
    normal = np.exp(-0.5 * curve.fine_zeta**2) / np.sqrt(2 * np.pi)
    return np.asarray(normal * np.maximum(curve.slope, 0.0))


def _panel(curve: ProfileCurve) -> Any:
    heights = density(curve)
    x = alt.X("x:Q", title=curve.parameter, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    y = alt.Y("y:Q", title="density", axis=alt.Axis(labels=False, ticks=False, grid=False))
    low, high = curve.limits[SHADED]
    is_inside = ~((curve.fine < low) | (curve.fine > high))  # an unknown limit bounds nothing
    inside = alt.Chart(records(x=curve.fine[is_inside], y=heights[is_inside]))
    line = alt.Chart(records(x=curve.fine, y=heights)).mark_line(color=MODEL)
    middle = alt.Chart(records(x=[curve.estimate])).mark_rule(color=REFERENCE, strokeWidth=1)
    tooltip = [alt.Tooltip("x:Q", title=curve.parameter, format=".5~g")]
    layers = [
        inside.mark_area(color=MODEL, opacity=BAND).encode(x=x, y=y),
        line.encode(x=x, y=y, tooltip=tooltip),
        middle.encode(x=x, tooltip=tooltip),
    ]
    return alt.layer(*layers).properties(width=SIDE, height=HEIGHT)
