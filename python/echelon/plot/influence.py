"""Influence: the groups, or rows, that would change the estimates if they were not there.

Room: plot/. One chart.
Takes: a `Fit` with its rows, a grouping factor and a measure.
Gives: an Altair chart: the measure by group or against size or leverage, extremes named.
Source: Cook (1977); Belsley, Kuh & Welsch (1980); Loy & Hofmann (2014), HLMdiag.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit, design_with_rows
from echelon.measure.influence import COOK, MANY, ROWS
from echelon.measure.influence import influence as influence_of
from echelon.measure.leverage import leverage
from echelon.options import read_choice
from echelon.plot.chart import finish, records
from echelon.plot.labels import short, spaced
from echelon.plot.theme import ALERT, DATA, HEIGHT, REFERENCE, WIDTH
from echelon.plot.thinning import MOST_POINTS
from echelon.table import Table
from echelon.typeset.numbers import count, significant

WHERE = "plot.influence()"
MEASURES = ("cooks_distance", "mdffits", "cov_ratio", "cov_trace")
TITLES = {
    "cooks_distance": "Cook's distance",
    "mdffits": "MDFFITS",
    "cov_ratio": "covariance ratio",
    "cov_trace": "covariance trace",
}
FAR = "Dashed: third quartile + 3 interquartile ranges (Loy & Hofmann 2014)."
NAMED = 30  # groups whose names fit on an axis
REFITS = 200  # of generalized models, beyond which one step is taken instead


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of every group or row (m,), what it stands against, its thresholds and centre."""

    unit: str
    names: list[str]
    x: FloatArray
    x_title: str
    y: FloatArray
    thresholds: tuple[float, ...]
    notes: tuple[str, ...]
    centre: float = 0.0


def influence(
    fit: Fit,
    grouping: str | None = None,
    measure: str = "cooks_distance",
    refit: bool | None = None,
) -> Any:
    """Draw how much the estimates would change without each group, the influential ones named.

    Up to 30 groups: a line each, sorted. More: against the size of the group; rows of a Gaussian
    model: against their leverage. The dashed threshold is a rule of thumb, cited in the notes: it
    says which groups to look at, not which to leave out.

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : a grouping factor, or "rows"; None for the factor with the fewest groups.
    measure : "cooks_distance", "mdffits", "cov_ratio" or "cov_trace".
    refit : whether every deletion is a refit; None: up to 3,000 groups (generalized: 200), and
        beyond with variances held (generalized: by one step).

    Returns
    -------
    Altair chart. Above 2,000 points only the largest are drawn.

    Raises
    ------
    SpecError : there is no such factor or measure, or its groups need a refit.
    NotEstimableError : the fit was saved without its rows, or the measure needs a refit.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.influence().title.text
    "Cook's distance without each subject"
    """
    design_with_rows(fit, WHERE)
    measure = read_choice("measure", measure, MEASURES)
    found = _measured(fit, grouping, measure, refit)
    title = f"{TITLES[measure][0].upper()}{TITLES[measure][1:]} without each {short(found.unit)}"
    if not np.isfinite(found.y).any():
        raise _no_measure(measure, found)
    if len(found.y) <= NAMED:
        return finish(_named(found, TITLES[measure]), title, found.notes)
    chart, notes = _scattered(found, TITLES[measure])
    return finish(chart, title, (*found.notes, *notes))


def _measured(fit: Fit, grouping: str | None, measure: str, refit: bool | None) -> Measured:
    is_rows = grouping == ROWS or (grouping is None and not fit.design.rows.blocks)
    if is_rows and not fit.spec.is_generalized and measure == "cooks_distance" and not refit:
        return _of_rows(fit)
    n_groups = fit.design.n_obs if is_rows else _n_groups(fit, grouping)
    if refit is None:
        refit = n_groups <= (REFITS if fit.spec.is_generalized else MANY)
    found = influence_of(fit, grouping, refit)
    if measure not in found.table:
        raise _needs_refit(measure, n_groups)
    thresholds, note = threshold(found.table, measure, _n_coefficients(fit))
    sizes = found.table["n_rows"].astype(float)
    said = tuple(line for line in found.table.notes if not line.startswith("Pointed out"))
    centre = 1.0 if measure == "cov_ratio" else 0.0
    unit = "row" if found.grouping == ROWS else found.grouping
    names = [str(label) for label in found.table["group"]]
    return Measured(
        unit,
        names,
        sizes,
        "rows in the group",
        found.table[measure],
        thresholds,
        (note, *said),
        centre,
    )


def _of_rows(fit: Fit) -> Measured:
    """Cook's distance of the rows by their leverage: no refit, whatever their number."""
    table = leverage(fit)
    cutoff = _far(table["cooks_distance"])
    notes = (FAR, "Without refits, theta held: of least squares, with the leverage of this model.")
    names = [str(row) for row in table["row"]]
    return Measured(
        "row", names, table["leverage"], "leverage", table["cooks_distance"], (cutoff,), notes
    )


def threshold(table: Table, measure: str, p: int) -> tuple[tuple[float, ...], str]:
    """Give the thresholds of a measure, and the note that cites them.

    Parameters
    ----------
    table : of `measure.influence`.
    measure : one of `MEASURES`.
    p : coefficients of the model.

    Returns
    -------
    Cook's distance: 4 / groups. Covariance ratio: 1 -+ 3p/n, n the groups (Belsley, Kuh & Welsch).
    Others: third quartile + 3 interquartile ranges (Loy & Hofmann).
    """
    n_groups, values = len(table), table[measure]
    if measure == "cooks_distance":
        cutoff = COOK / n_groups
        return (cutoff,), f"Dashed: 4 / groups = {significant(cutoff)} (a rule of thumb)."
    if measure == "cov_ratio":
        ends = (1 - 3 * p / n_groups, 1 + 3 * p / n_groups)
        note = (
            "Below 1: estimates are more precise without the group. Dashed: 1 ± 3p / groups "
            "(Belsley, Kuh & Welsch 1980)."
        )
        return tuple(end for end in ends if end > 0), note
    return (_far(values),), FAR


def _far(values: FloatArray) -> float:
    """Give the third quartile + 3 interquartile ranges of what is known."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.25, 0.75]) if len(known) else (0.0, 0.0)
    return float(high + 3 * (high - low))


def _is_beyond(found: Measured) -> Any:
    """Which groups lie outside the thresholds, (m,)."""
    with np.errstate(invalid="ignore"):
        if len(found.thresholds) == 2:
            return (found.y < found.thresholds[0]) | (found.y > found.thresholds[1])
        return found.y > found.thresholds[0]


def _order(found: Measured) -> Any:
    """Positions with a finite value, those furthest out first."""
    known = np.flatnonzero(np.isfinite(found.y))
    return known[np.argsort(-np.abs(found.y[known] - found.centre), kind="stable")]


def _encodings(found: Measured, title: str) -> tuple[Any, list[Any]]:
    colours = alt.Scale(domain=["within", "beyond"], range=[DATA, ALERT])
    tooltip = [
        alt.Tooltip("name:N", title=found.unit),
        alt.Tooltip("y:Q", title=title, format=".3~g"),
        alt.Tooltip("x:Q", title=found.x_title, format=".4~g"),
    ]
    return alt.Color("side:N", scale=colours, legend=None), tooltip


def _data(found: Measured, places: Any) -> Any:
    beyond = _is_beyond(found)
    return records(
        name=[found.names[i] for i in places],
        x=found.x[places],
        y=found.y[places],
        side=["beyond" if beyond[i] else "within" for i in places],
    )


def _named(found: Measured, title: str) -> Any:
    """Draw a line per group with its name, the largest on top."""
    colour, tooltip = _encodings(found, title)
    base = alt.Chart(_data(found, _order(found)))
    y = alt.Y("name:N", sort=None, title=found.unit)
    x = alt.X(
        "y:Q", title=title, scale=alt.Scale(zero=not found.centre), axis=alt.Axis(tickCount=7)
    )
    stem = base.mark_rule(strokeWidth=2).encode(y=y, x=x, x2=alt.datum(found.centre), color=colour)
    dots = base.mark_point(size=50, opacity=1).encode(y=y, x=x, color=colour, tooltip=tooltip)
    limits = alt.Chart(records(y=list(found.thresholds)))
    rule = limits.mark_rule(strokeDash=[4, 3], color=REFERENCE).encode(x=x)
    height = max(90, 17 * len(found.y))
    return alt.layer(stem, dots, rule).properties(width=WIDTH, height=height)


def _scattered(found: Measured, title: str) -> tuple[Any, tuple[str, ...]]:
    """Draw points against size or leverage; the furthest are named."""
    order, notes = _order(found), []
    beyond = _is_beyond(found)
    notes.append(f"{count(int(beyond.sum()))} of {count(len(found.y))} beyond; the furthest named.")
    if len(order) > MOST_POINTS:
        notes.append(f"Drawn: the {count(MOST_POINTS)} furthest.")
    shown = order[:MOST_POINTS]
    colour, tooltip = _encodings(found, title)
    x = alt.X("x:Q", title=found.x_title, scale=alt.Scale(zero=False))
    y = alt.Y("y:Q", title=title, scale=alt.Scale(zero=not found.centre))
    base = alt.Chart(_data(found, shown))
    points = base.mark_circle(size=34, opacity=0.7).encode(x=x, y=y, color=colour, tooltip=tooltip)
    limits = alt.Chart(records(y=list(found.thresholds)))
    rule = limits.mark_rule(strokeDash=[4, 3], color=REFERENCE).encode(y=y)
    wanted = [i for i in shown.tolist() if beyond[i]] or shown[:3].tolist()
    text = alt.Chart(_data(found, spaced(found.x, found.y, wanted)))
    text = text.mark_text(limit=200, align="left", dx=6, fontSize=10).encode(
        x=x, y=y, text=alt.Text("name:N")
    )
    return alt.layer(points, rule, text).properties(width=WIDTH, height=HEIGHT), tuple(notes)


def _n_groups(fit: Fit, grouping: str | None) -> int:
    blocks = fit.design.rows.blocks
    sizes = {block.grouping: block.n_groups for block in blocks}
    return sizes.get(grouping or "", min(sizes.values(), default=0))


def _n_coefficients(fit: Fit) -> int:
    generalized = fit.estimates.generalized
    extra = 0 if generalized is None else int(np.isfinite(generalized.extra).sum())
    return fit.estimates.n_estimated + extra


def _no_measure(measure: str, found: Measured) -> NotEstimableError:
    return NotEstimableError(
        f"No {TITLES[measure]} can be computed.",
        where=WHERE,
        got=f"{len(found.y):,} deletions, none of which leaves fixed effects to compare",
        need="at least one fixed effect, and rows that determine it without a group",
        do="see residual_spread() and qq() instead.",
        slug="influence-measure",
    )


def _needs_refit(measure: str, n_groups: int) -> NotEstimableError:
    return NotEstimableError(
        f"Without a refit a generalized model has no {TITLES[measure]}.",
        where=f"{WHERE}, arguments measure and refit",
        got=f"measure = '{measure}', one step for each of {n_groups:,} groups",
        need="a refit without each group",
        do='write refit=True, or measure="cooks_distance".',
        slug="influence-measure",
    )
