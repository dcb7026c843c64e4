"""Residuals against fitted values or a predictor: whether anything is left to explain.

Room: plot/. One chart.
Takes: a `Fit` with its rows, and a level.
Gives: an Altair chart: points or counts, a zero line, binned means with intervals.
Source: Gelman & Hill (2007), section 5.6; Dunn & Smyth (1996); Loy & Hofmann (2014).
"""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.fit import Fit, design_with_rows
from echelon.plot.chart import finish, records
from echelon.plot.labels import short
from echelon.plot.shown_residuals import (
    Axis,
    block_of,
    fitted_axis,
    group_modes,
    names_of,
    predictor_axis,
    row_residuals,
)
from echelon.plot.smooth import binned, smooth_layers
from echelon.plot.theme import HEIGHT, REFERENCE, WIDTH
from echelon.plot.thinning import cloud

WHERE = "plot.residuals()"
GIVEN_MODES = (
    "Given the conditional modes, whose shrinkage alone makes the means rise a little if groups "
    "are small."
)
RANDOMIZED = "Randomized quantile residuals given the modes (Dunn & Smyth), seed {seed}."
SAME = "All have the same place on the axis: nothing can be seen along it."
JITTER = 0.28  # of the distance between categories


def residuals(fit: Fit, level: int | str = 1, against: str = "fitted", seed: int = 0) -> Any:
    """Draw residuals of a level against fitted values or a predictor, with binned means.

    Level 1: residuals of the rows given the modes; of generalized models randomized quantile
    residuals. A grouping factor: its conditional modes, term by term, against what the fixed
    effects expect of the group. A bend or slope in the means is structure that the model lacks.

    Parameters
    ----------
    fit : a fitted model with its rows.
    level : 1, or the name of a grouping factor.
    against : "fitted", or a column of the table; of groups its means.
    seed : of randomized residuals and of the sideways scatter of categories.

    Returns
    -------
    Altair chart. Above 2,000 points it shows counts in cells.

    Raises
    ------
    SpecError : there is no such level or column.
    NotEstimableError : the fit was saved without its rows.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.residuals().title.text
    'Residuals of level 1 against fitted reaction'
    """
    design_with_rows(fit, WHERE)
    block = block_of(fit, level, WHERE)
    is_fitted = against == "fitted"
    axis = fitted_axis(fit, block) if is_fitted else predictor_axis(fit, block, against, WHERE)
    names = names_of(fit, block)
    if block is None:
        shown, title = row_residuals(fit, seed, WHERE)
        note = RANDOMIZED.format(seed=seed) if fit.spec.is_generalized else GIVEN_MODES
        note = note if fit.design.rows.blocks or fit.spec.is_generalized else ""
        chart, notes = _panel(axis, shown, title, names, "row", seed)
        return finish(
            chart, f"Residuals of level 1 against {short(axis.title, 60)}", _said(note, *notes)
        )
    panels, notes = [], ()
    for term, modes in group_modes(fit, block):
        panel, notes = _panel(axis, modes, f"mode of {term}", names, "group", seed)
        panels.append(panel)
    note = "Conditional modes are shrunken towards zero, those of small groups most."
    chart = panels[0] if len(panels) == 1 else alt.concat(*panels, columns=2)
    return finish(chart, f"Conditional modes of {short(block.grouping)}", _said(note, *notes))


def _said(*notes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for note in notes if note))


def _panel(
    axis: Axis, y: FloatArray, y_title: str, names: Any, unit: str, seed: int
) -> tuple[Any, tuple[str, ...]]:
    """Draw one cloud with its zero line and smooth; notes say what they are."""
    bins = binned(axis.values, y, bool(axis.labels))
    x, position = axis.values, alt.X("x:Q", title=axis.title, scale=alt.Scale(zero=False))
    if axis.labels:
        x = x + np.random.default_rng([seed, 1]).uniform(-JITTER, JITTER, len(x))
        position = alt.X("x:Q", title=axis.title, axis=_category_labels(axis.labels))
    points, notes = cloud(x, y, axis.title, y_title, names, unit)
    zero = alt.Chart(records(y=[0.0])).mark_rule(strokeDash=[4, 3], color=REFERENCE)
    layers = [points, zero.encode(y=alt.Y("y:Q", title=y_title))]
    if bins is not None:
        layers += smooth_layers(bins, position, y_title, len(y))
        notes = (bins.note, *notes)
    elif len(np.unique(axis.values)) < 2:
        notes = (SAME, *notes)
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), notes


def _category_labels(labels: tuple[str, ...]) -> alt.Axis:
    words = json.dumps(labels, ensure_ascii=False)
    return alt.Axis(values=list(range(len(labels))), labelExpr=f"{words}[datum.value]", grid=False)
