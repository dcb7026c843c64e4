"""QQ plot of the conditional modes: whether groups vary as a normal distribution says.

Room: plot/. One question per file.
Takes: a `Fit`.
Gives: an Altair chart, one panel per random effect.
Source: Lange & Ryan (1989), Annals of Statistics 17, 624-642; David & Nagaraja (2003), order
    statistics, for the band.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon._optional import require
from echelon._types import FloatArray, IndexArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.distributions.normal import normal_margin
from echelon.plot.chart import finish, records
from echelon.plot.placing import spread
from echelon.plot.random_terms import RandomTerm, random_terms
from echelon.plot.theme import ALERT, BAND, HEIGHT, MODEL, REFERENCE, WIDTH
from echelon.typeset.numbers import count, percent_label

WHERE = "random_qq()"
TAIL, MIDDLE = 150, 500  # points at each end, and between them, where there are very many
LABELLED = 5  # most extreme outliers that are named
LINE = 13  # least distance of two labels, in pixels
LEAST_SHARE = 1e-8  # of the variance between groups that the modes must show
APPROXIMATE = (
    "Generalized model: the band is approximate; where groups have few rows the modes are not",
    "normal even if the random effects are.",
)


def random_qq(fit: Fit, grouping: str | None = None, term: str | None = None) -> Any:
    """Draw the conditional modes of each random effect against the normal distribution.

    Each mode is divided by its standard deviation under the model, the root of the variance
    between groups less the conditional variance, because the modes of small groups are shrunken
    more. If the random effects are normal the points follow the line. The band is pointwise: it
    holds each ordered value with the confidence level of the fit, from the distribution of order
    statistics, with the modes taken as independent. In a generalized model it is a guide: modes of
    groups with few rows are not normal even if the effects are. Theory (8) and (25).

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all.
    term : name of a random effect; None for all, as small multiples.

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : the model has no random effects, or none that varies, or they have no
        standard errors (a generalized fit without its rows).
    SpecError : no such grouping factor or random effect.

    Source
    ------
    Lange & Ryan (1989), weighted normal plots.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep").fit
    >>> random_qq(fit, term="days").to_dict()["title"]["text"]
    'Normal QQ plot of the conditional modes by subject'
    """
    terms = random_terms(fit, grouping, term, WHERE)
    scaled = [(each, standardised(each)) for each in terms]
    shown = [(each, z) for each, z in scaled if np.isfinite(z).any()]
    if not shown:
        raise _no_variance(terms)
    level = fit.spec.conf_level
    panels = [_panel(each, z, level, len(shown) > 1) for each, z in shown]
    chart = panels[0]
    if len(panels) > 1:
        chart = alt.concat(*panels, columns=2, spacing=30)
    names = ", ".join(dict.fromkeys(each.grouping for each, _ in shown))
    notes = [
        "Modes divided by their standard deviation under the model;"
        f" band: {percent_label(level)} pointwise.",
        *(APPROXIMATE if fit.spec.is_generalized else ()),
        *_notes(scaled, level),
    ]
    return finish(chart, f"Normal QQ plot of the conditional modes by {names}", notes)


def standardised(term: RandomTerm) -> FloatArray:
    """Divide modes (J,) by sqrt(tau^2 - conditional variance); NaN where the data add nothing."""
    variance = term.std_dev**2 - term.std_error**2
    known = variance > LEAST_SHARE * term.std_dev**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, term.estimate / np.sqrt(variance), np.nan)


def _panel(term: RandomTerm, z: FloatArray, level: float, is_small: bool) -> Any:
    known = np.flatnonzero(np.isfinite(z))
    order = known[np.argsort(z[known], kind="stable")]
    m = len(order)
    kept = _kept(m)
    normal, low, high = _band(kept.astype(float) + 1.0, m, level)
    extent = max(float(normal[-1]), 0.5) * 1.08
    reference = alt.Chart(records(x=[-extent, extent], y=[-extent, extent]))
    line = reference.mark_line(color=REFERENCE, strokeDash=[4, 3], strokeWidth=1)
    x_title = "expected of a normal distribution"
    y_title = f"{term.name}: standardised mode"
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(zero=False))
    y = alt.Y("y:Q", title=y_title)
    band = alt.Chart(records(x=normal, low=low, high=high)).mark_area(opacity=BAND, color=MODEL)
    band = band.encode(x=x, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"))
    width = WIDTH - 120 if is_small else WIDTH
    height = HEIGHT if is_small else HEIGHT + 40
    points = _points(term, z, order[kept], normal, x, y, level)
    layers = [band, line.encode(x=x, y=y), *points]
    layers += _labels(term, z, order, kept, normal, level, height)
    panel = alt.layer(*layers).properties(width=width, height=height)
    return panel.properties(title=f"{term.name} | {term.grouping}") if is_small else panel


def _kept(m: int) -> IndexArray:
    """Choose which of m ordered points are drawn: all, or the ends and some between them."""
    if m <= 2 * TAIL + MIDDLE:
        return np.arange(m)
    between = np.linspace(TAIL, m - TAIL - 1, MIDDLE).astype(np.int64)
    return np.unique(np.concatenate([np.arange(TAIL), between, np.arange(m - TAIL, m)]))


def _band(i: FloatArray, m: int, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Medians and quantiles of the i-th of m ordered standard normal values."""
    special = require("scipy.special")

    def quantile(p: float) -> FloatArray:
        return np.asarray(special.ndtri(special.betaincinv(i, m + 1 - i, p)), dtype=float)

    return quantile(0.5), quantile((1 - level) / 2), quantile((1 + level) / 2)


def _points(
    term: RandomTerm,
    z: FloatArray,
    shown: IndexArray,
    normal: FloatArray,
    x: alt.X,
    y: alt.Y,
    level: float,
) -> list[Any]:
    is_out = np.abs(z[shown]) > _limit(z, level)
    margin = normal_margin(level) * term.std_error[shown]
    data = records(
        group=term.labels[shown], x=normal, y=z[shown], estimate=term.estimate[shown],
        low=term.estimate[shown] - margin, high=term.estimate[shown] + margin, outlying=is_out,
    )  # fmt: skip
    size = 26 if len(shown) <= 200 else 12
    tooltip = [
        alt.Tooltip("group:N", title=term.grouping),
        *(alt.Tooltip(f"{name}:Q", format=".4~g") for name in ("estimate", "low", "high")),
        alt.Tooltip("y:Q", title="standardised", format=".3f"),
    ]
    color = alt.condition("datum.outlying", alt.value(ALERT), alt.value(MODEL))
    chart = alt.Chart(data).mark_circle(size=size, opacity=0.8)
    return [chart.encode(x=x, y=y, color=color, tooltip=tooltip)]


def _labels(
    term: RandomTerm,
    z: FloatArray,
    order: IndexArray,
    kept: IndexArray,
    normal: FloatArray,
    level: float,
    height: int,
) -> list[Any]:
    """Name the most extreme outliers, towards the middle of the chart and apart."""
    shown = order[kept]
    worst = np.argsort(-np.abs(z[shown]), kind="stable")[:LABELLED]
    worst = worst[np.abs(z[shown[worst]]) > _limit(z, level)]
    layers = []
    reach = float(z[order[-1]] - z[order[0]]) or 1.0
    for is_high in (True, False):
        own = worst[(z[shown[worst]] > 0) == is_high]
        if not len(own):
            continue
        wanted = z[shown[own]]
        places = spread(wanted, LINE * reach / height, float(z[order[0]]), float(z[order[-1]]))
        data = records(x=normal[own], y=places, group=term.labels[shown[own]])
        text = alt.Chart(data).mark_text(
            align="right" if is_high else "left", dx=-7 if is_high else 7,
            color=ALERT, fontSize=10.5, limit=140,
        )  # fmt: skip
        layers.append(text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text=alt.Text("group:N")))
    return layers


def _limit(z: FloatArray, level: float) -> float:
    """Size that the largest of J standard normal values exceeds with 1 - level at most."""
    return normal_margin(1 - (1 - level) / max(int(np.isfinite(z).sum()), 1))


def _notes(scaled: list[tuple[RandomTerm, FloatArray]], level: float) -> list[str]:
    notes = []
    n_out = [int((np.abs(z[np.isfinite(z)]) > _limit(z, level)).sum()) for _, z in scaled]
    if sum(n_out):
        notes.append("Red: beyond what the largest of so many normal values would be (Bonferroni).")
    for term, z in scaled:
        n, known = len(z), int(np.isfinite(z).sum())
        name = f"{term.name} | {term.grouping}"
        if not known:
            notes.append(f"{name} is not shown: its variance is estimated as zero.")
        elif known < n:
            notes.append(f"{name}: {count(n - known)} groups that say nothing are left out.")
        if known > 2 * TAIL + MIDDLE:
            notes.append(
                f"{name}: {count(known)} groups; the {TAIL} at each end and"
                f" {MIDDLE} between them are drawn."
            )
    return notes


def _no_variance(terms: tuple[RandomTerm, ...]) -> NotEstimableError:
    if all(np.isnan(term.std_error).all() for term in terms):
        got = "a generalized fit without its rows, whose modes have no standard errors"
        do = "save with rows=True, or fit the model again."
    else:
        names = ", ".join(f"{term.name} | {term.grouping}" for term in terms[:3])
        got = f"variance zero: {names}"
        do = "read the verdict of the fit, and leave the term out."
    return NotEstimableError(
        "There are no conditional modes to set against a normal distribution.",
        where=WHERE,
        got=got,
        need="a random effect with a variance above zero",
        do=do,
        slug="no-spread",
    )
