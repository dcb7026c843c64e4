"""Scale-location: whether the spread of the residuals changes with the fitted value.

Room: plot/. One chart.
Takes: a `Fit` with its rows.
Gives: an Altair chart: root of the size of standardized residuals, with binned means.
Source: Cleveland (1993), Visualizing Data, spread-location plots.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon.fit import Fit, design_with_rows
from echelon.plot.chart import finish, records
from echelon.plot.labels import short
from echelon.plot.shown_residuals import fitted_axis, names_of
from echelon.plot.smooth import binned, smooth_layers
from echelon.plot.theme import HEIGHT, REFERENCE, WIDTH
from echelon.plot.thinning import cloud
from echelon.residuals import residuals

WHERE = "plot.scale_location()"
FLAT = "Dashed: their mean. A level line means constant variance."


def scale_location(fit: Fit, seed: int = 0) -> Any:
    """Draw the root of the size of standardized residuals against the fitted values.

    Residuals over sigma, or randomized quantile residuals of generalized models. If the variance
    is what the model says everywhere, their binned means lie on one level.

    Parameters
    ----------
    fit : a fitted model with its rows.
    seed : of randomized residuals.

    Returns
    -------
    Altair chart. Above 2,000 rows it shows counts in cells.

    Raises
    ------
    NotEstimableError : the fit was saved without its rows.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.scale_location().title.text
    'Spread of the residuals against fitted reaction'
    """
    design_with_rows(fit, WHERE)
    kind = "quantile" if fit.spec.is_generalized else "standardized"
    size = np.sqrt(np.abs(residuals(fit, kind, seed=seed)))
    axis, y_title = fitted_axis(fit, None), f"√|{kind} residual|"
    points, notes = cloud(axis.values, size, axis.title, y_title, names_of(fit, None), "row")
    known = size[np.isfinite(size)]
    mean = [float(known.mean())] if len(known) else []
    level = alt.Chart(records(y=mean)).mark_rule(strokeDash=[4, 3], color=REFERENCE)
    layers = [points, level.encode(y=alt.Y("y:Q", title=y_title))]
    bins = binned(axis.values, size)
    if bins is not None:
        x = alt.X("x:Q", title=axis.title, scale=alt.Scale(zero=False))
        layers += smooth_layers(bins, x, y_title, len(size))
        notes = (bins.note, *notes)
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    return finish(chart, f"Spread of the residuals against {short(axis.title, 60)}", (FLAT, *notes))
