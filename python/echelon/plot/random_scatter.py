"""Scatter matrix of the conditional modes: whether intercepts and slopes go together.

Room: plot/. One question per file.
Takes: a `Fit` with several random effects of one grouping factor.
Gives: an Altair chart: scatter with ellipse below the diagonal, histograms on it, words above.
Source: Pinheiro & Bates (2000), section 1.4; Murdoch & Chow (1996), ellipses of correlation.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.plot.chart import finish, records
from echelon.plot.random_terms import RandomTerm, covariance_of, random_terms
from echelon.plot.theme import ALERT, DATA, MODEL, RAMP, REFERENCE
from echelon.plot.thinning import CELLS, MOST_POINTS
from echelon.typeset.numbers import count, fixed

WHERE = "random_scatter()"
MOST = 5  # random effects in a matrix
BARS = 20  # of a histogram, at most
RADIUS = float(np.sqrt(-2 * np.log(0.05)))  # of an ellipse that holds 95% of a bivariate normal
WORDS = ((0.1, "negligible"), (0.3, "weak"), (0.5, "moderate"), (0.999, "strong"))
SIDE = {2: 240, 3: 185, 4: 150, 5: 125}  # of a cell, by their number


def random_scatter(fit: Fit, grouping: str | None = None) -> Any:
    """Draw the conditional modes of each pair of random effects, with the model's correlation.

    Each ellipse holds 95% of the groups' true effects if the model is right: it is that of the
    estimated covariance matrix, not of the modes. Modes are shrunken, so they fill it only where
    groups have much data, and their own correlation is another number. On the diagonal are
    histograms of the modes; above it, the correlations of the model. Theory (8).

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all that have several random effects.

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : no factor has two random effects.
    SpecError : the grouping factor is not in the model.

    Source
    ------
    `variance_components` and `conditional_modes`.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep").fit
    >>> random_scatter(fit).to_dict()["title"]["subtitle"][1]
    '(Intercept) with days: correlation 0.07, negligible.'
    """
    by_position: dict[int, list[RandomTerm]] = {}
    for term in random_terms(fit, grouping, None, WHERE):
        by_position.setdefault(term.position, []).append(term)
    several = {k: terms for k, terms in by_position.items() if len(terms) > 1}
    if not several:
        raise _single([terms[0] for terms in by_position.values()])
    matrices, notes = [], ["Ellipse: 95% of groups by the estimated covariance; points: modes."]
    for position, terms in several.items():
        covariance = covariance_of(fit, position)
        matrices.append(_matrix(terms[:MOST], covariance))
        notes += _notes(terms, covariance)
    chart = matrices[0] if len(matrices) == 1 else alt.vconcat(*matrices, spacing=30)
    names = ", ".join(terms[0].grouping for terms in several.values())
    return finish(chart, f"Random effects of {names}", notes)


def ellipse(covariance: FloatArray, n: int = 121) -> FloatArray:
    """Trace the ellipse (n, 2) that holds 95% of a bivariate normal distribution around zero."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, n)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    path: FloatArray = (RADIUS * (vectors * np.sqrt(np.maximum(values, 0.0))) @ circle).T
    return path


def correlation(covariance: FloatArray, a: int, b: int) -> float:
    """Correlation of two random effects; NaN where one does not vary."""
    size = float(np.sqrt(covariance[a, a] * covariance[b, b]))
    return float(covariance[a, b]) / size if size > 0 else float("nan")


def _matrix(terms: list[RandomTerm], covariance: FloatArray) -> Any:
    r = len(terms)
    side = SIDE[r]
    domains = [_domain(term, RADIUS * term.std_dev) for term in terms]
    rows = []
    for i in range(r):
        cells = []
        for j in range(r):
            if i == j:
                cell = _histogram(terms[i], domains[i])
            elif i > j:
                cell = _scatter(terms[j], terms[i], covariance[np.ix_([j, i], [j, i])],
                                domains[j], domains[i])  # fmt: skip
            else:
                cell = _words(correlation(covariance, i, j))
            cells.append(cell.properties(width=side, height=side))
        rows.append(alt.hconcat(*cells, spacing=14))
    return alt.vconcat(*rows, spacing=14).resolve_scale(color="independent")


def _domain(term: RandomTerm, reach: float) -> list[float]:
    """Hold all modes and the ellipse, with some air."""
    low = min(float(term.estimate.min()), -reach)
    high = max(float(term.estimate.max()), reach)
    air = 0.06 * ((high - low) or 1.0)
    return [low - air, high + air]


def _scatter(
    across: RandomTerm, up: RandomTerm, covariance: FloatArray, x: list[float], y: list[float]
) -> Any:
    path = ellipse(covariance)
    outline = alt.Chart(records(x=path[:, 0], y=path[:, 1], order=np.arange(len(path))))
    axes = {"x": _axis(alt.X, "x:Q", across.name, x), "y": _axis(alt.Y, "y:Q", up.name, y)}
    line = outline.mark_line(color=MODEL, strokeWidth=1.8).encode(
        **axes, order=alt.Order("order:Q")
    )
    if len(across.estimate) > MOST_POINTS:
        return alt.layer(_cells(across, up, axes), line)
    data = records(group=across.labels, x=across.estimate, y=up.estimate)
    points = alt.Chart(data).mark_circle(size=22, color=DATA, opacity=0.75)
    tooltip = [
        alt.Tooltip("group:N", title=across.grouping),
        alt.Tooltip("x:Q", title=across.name, format=".4~g"),
        alt.Tooltip("y:Q", title=up.name, format=".4~g"),
    ]
    return alt.layer(points.encode(**axes, tooltip=tooltip), line)


def _cells(across: RandomTerm, up: RandomTerm, axes: dict[str, Any]) -> Any:
    """Count groups in the cells of a grid, where points would hide each other."""
    counts, x, y = np.histogram2d(across.estimate, up.estimate, bins=CELLS)
    i, j = np.nonzero(counts)
    data = records(x=x[i], x2=x[i + 1], y=y[j], y2=y[j + 1], n=counts[i, j].astype(int))
    color = alt.Color("n:Q", scale=alt.Scale(type="log", range=list(RAMP)), legend=None)
    chart = alt.Chart(data).mark_rect()
    return chart.encode(
        **axes, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), color=color, tooltip=[alt.Tooltip("n:Q")]
    )


def _histogram(term: RandomTerm, domain: list[float]) -> Any:
    bars = int(np.clip(2 * np.sqrt(len(term.estimate)), 5, BARS))
    counts, edges = np.histogram(term.estimate, bins=bars)
    used = np.flatnonzero(counts)
    data = records(low=edges[used], high=edges[used + 1], n=counts[used], zero=np.zeros(len(used)))
    chart = alt.Chart(data).mark_rect(color=DATA, opacity=0.7, stroke="white", strokeWidth=0.5)
    return chart.encode(
        x=_axis(alt.X, "low:Q", term.name, domain), x2=alt.X2("high:Q"),
        y=alt.Y("zero:Q", title="number of groups", axis=alt.Axis(tickMinStep=1, tickCount=5)),
        y2=alt.Y2("n:Q"), tooltip=[alt.Tooltip("n:Q", title="groups", format=",")],
    )  # fmt: skip


def _words(value: float) -> Any:
    colour = ALERT if abs(value) >= WORDS[-1][0] else REFERENCE
    text = fixed(value, 2) if value == value else "none"
    chart = alt.Chart(records(text=[text], word=[_strength(value)]))
    number = chart.mark_text(fontSize=26, color=colour, dy=-8).encode(text=alt.Text("text:N"))
    return alt.layer(number, chart.mark_text(fontSize=11, dy=16).encode(text=alt.Text("word:N")))


def _axis(kind: Any, field: str, name: str, domain: list[float]) -> Any:
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    return kind(field, title=name, scale=scale, axis=alt.Axis(tickCount=5))


def _strength(value: float) -> str:
    if value != value:
        return "an effect does not vary"
    return next((word for limit, word in WORDS if abs(value) < limit), "at the boundary")


def _notes(terms: list[RandomTerm], covariance: FloatArray) -> list[str]:
    notes = []
    r = min(len(terms), MOST)
    pairs = [(i, j) for i in range(r) for j in range(i + 1, r)]
    for i, j in pairs[:3]:
        value = correlation(covariance, i, j)
        number = f"correlation {fixed(value, 2)}, " if value == value else ""
        notes.append(f"{terms[i].name} with {terms[j].name}: {number}{_strength(value)}.")
    if len(terms) > MOST:
        notes.append(f"{terms[0].grouping}: the first {MOST} of {len(terms)} random effects.")
    if len(terms[0].estimate) > MOST_POINTS:
        notes.append(f"Shade: number of groups in a cell, of {count(len(terms[0].estimate))}.")
    return notes


def _single(terms: list[RandomTerm]) -> NotEstimableError:
    names = ", ".join(f"{term.name} | {term.grouping}" for term in terms[:3])
    return NotEstimableError(
        "A scatter matrix needs two random effects of the same groups.",
        where=WHERE,
        got=f"one for each factor: {names}",
        need="a factor with several, e.g. (1 + x | school)",
        do="draw caterpillar() or random_qq(), which take one; or add a random slope.",
        slug="one-random-effect",
    )
