"""Shrinkage: each group by its own data, by the model, and all groups pooled.

Room: plot/. One question per file: what does the model do to the estimates of the groups?
Takes: a `Fit` with its rows.
Gives: an Altair chart: dumbbells for one random effect, a plane of arrows for two.
Source: Gelman & Hill (2007), figures 12.1 and 12.3; Bates (2010), lme4, figure 4.8.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import altair as alt
import numpy as np

from echelon._types import FloatArray, IndexArray
from echelon.engine.kernel import INTERCEPT
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.measure.group_coefficients import GroupCoefficients, group_coefficients
from echelon.measure.group_regressions import factor_positions
from echelon.plot.chart import finish, records
from echelon.plot.random_terms import chosen_blocks, texts, unit_of
from echelon.plot.theme import BLACK, DATA, MODEL, ORANGE, WIDTH
from echelon.plot.thinning import sampled_groups
from echelon.typeset.numbers import count

WHERE = "shrinkage()"
NAMED, DRAWN = 60, 400  # groups whose names fit on an axis; groups that are drawn
ROW, TALL, SQUARE = 13, 480, 440  # height of a named group; of many; side of a plane
FEW = 4  # kinds of groups by their predictors that are marked in full
FAR = 1.5  # spreads beyond the middle 90% of own estimates at which the chart ends
OWN, PARTIAL = "own estimate (no pooling)", "model (partial pooling)"
EXPECTED, POOLED = "fixed effects", "one regression (complete pooling)"
KINDS = (OWN, PARTIAL, EXPECTED, POOLED)
COLOURS, SHAPES = (DATA, MODEL, BLACK, ORANGE), ("circle", "triangle", "cross", "diamond")


class _Shown(NamedTuple):
    """The groups of a chart, m of them: names, sizes, and two columns of coefficients each."""

    grouping: str
    labels: list[str]
    sizes: IndexArray
    own: FloatArray
    estimate: FloatArray
    expected: FloatArray
    pooled: FloatArray


def shrinkage(fit: Fit, grouping: str | None = None, x: str | None = None) -> Any:
    """Draw how far the model moves the estimates of the groups, and whereto.

    Arrows run from a group's own estimate (its data alone: least squares, or maximum likelihood on
    the scale of the link) to the coefficient of the model, which is drawn towards the fixed
    effects, the more the less the group's data say. One random effect: a line per group, from
    small groups at the top to large ones; several: the plane of intercept and slope. The
    regression that ignores groups is marked too. Above 400 groups a sample is drawn. Theory (8).

    Parameters
    ----------
    fit : a fitted model with its rows.
    grouping : name of a grouping factor; needed where the model has several.
    x : the random effect on the second axis, or the one to draw where there is one; None for the
        first slope.

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : the model has no random effects, or they belong to a multiple membership or
        to several linear predictors; the fit was saved without its rows.
    SpecError : no such grouping factor or random effect, or several factors and none named.

    Source
    ------
    `reliability(by_group=True)`, whose values these are in a Gaussian model.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep").fit
    >>> shrinkage(fit).to_dict()["title"]["text"]
    'Shrinkage of (Intercept) and days by subject'
    """
    position = _position(fit, grouping)
    found = group_coefficients(fit, position, WHERE)
    names = found.block.column_names
    axes = _axes(names, x)
    shown, notes = _chosen(found, axes)
    unit = unit_of(fit)
    if len(axes) == 1:
        chart, beyond = _dumbbells(shown, _title_of(names[axes[0]], unit))
    else:
        titles = (_title_of(names[axes[0]], unit), _title_of(names[axes[1]], unit))
        chart, beyond = _plane(shown, titles)
    what = " and ".join(names[a] for a in axes)
    how = "maximum likelihood" if fit.spec.is_generalized else "least squares"
    scale = f", on the {fit.spec.link} scale" if fit.spec.is_generalized else ""
    first = f"Arrows: from a group's own estimate ({how}{scale}) to the model's."
    if len(fit.design.rows.blocks) > 1:
        notes.append("Own estimates are given the rest of the model, other factors included.")
    if np.isnan(shown.pooled).all():
        notes.append("Complete pooling is not drawn: no intercept, or no finite estimate.")
    if beyond:
        notes.append(f"Own estimates that lie beyond the axes: {count(beyond)}.")
    return finish(chart, f"Shrinkage of {what} by {shown.grouping}", [first, *notes])


def _position(fit: Fit, grouping: str | None) -> int:
    chosen = chosen_blocks(fit, grouping, WHERE)
    positions = factor_positions(fit, grouping, WHERE)
    if len(chosen) > 1:
        names = [block.grouping for _, block in chosen]
        raise SpecError(
            "The model has several grouping factors, and none is named.",
            where=f"{WHERE}, argument grouping",
            got="no name",
            need=f"one of {offenders(names)}",
            do=f"name one: shrinkage('{names[0]}').",
            slug="unknown-grouping",
        )
    return positions[0]


def _axes(names: tuple[str, ...], x: str | None) -> tuple[int, ...]:
    """Choose the columns of the chart: the intercept (or the first) and a slope."""
    if x is not None and x not in names:
        raise SpecError(
            f"The groups have no random effect '{x}'.",
            where=f"{WHERE}, argument x",
            got=f"'{x}'",
            need=f"one of {offenders(names)}",
            do=near_matches(str(x), names),
            slug="unknown-random-effect",
        )
    first = names.index(INTERCEPT) if INTERCEPT in names else 0
    if len(names) == 1:
        return (first,)
    if x is not None and x != names[first]:
        return first, names.index(x)
    return first, next(i for i in range(len(names)) if i != first)


def _chosen(found: GroupCoefficients, axes: tuple[int, ...]) -> tuple[_Shown, list[str]]:
    """Take the columns and, of very many groups, a sample; word what is left out."""
    block = found.block
    sizes = np.bincount(block.memberships[0].codes, minlength=block.n_groups)
    columns = np.array(axes)
    has_own = np.asarray(np.isfinite(found.own[:, columns]).all(axis=1))
    kept, note = sampled_groups(np.where(has_own, sizes, 0), DRAWN)
    lost = np.flatnonzero(~has_own)
    notes = [note] if note else []
    if not note:
        kept = np.arange(block.n_groups)
    if len(kept) > DRAWN:
        kept, note = sampled_groups(sizes, DRAWN)
        notes.append(note)
    if len(lost):
        names = ", ".join(str(block.labels[i]) for i in lost[:5])
        more = f" and {count(len(lost) - 5)} more" if len(lost) > 5 else ""
        notes.append(
            f"No finite own estimate: {count(len(lost))} groups ({names}{more}); no arrow."
        )
    own = np.where(has_own[:, None], found.own[:, columns], np.nan)
    order = kept[np.lexsort((np.nan_to_num(own[kept, 0]), sizes[kept]))]
    return _Shown(
        block.grouping, texts(block.labels[order]).tolist(), sizes[order], own[order],
        found.estimate[np.ix_(order, columns)], found.expected[np.ix_(order, columns)],
        found.pooled[np.ix_(order, columns)],
    ), notes  # fmt: skip


def _dumbbells(shown: _Shown, title: str) -> tuple[Any, int]:
    """Draw a line per group, small groups at the top, and where all are pooled to."""
    m = len(shown.labels)
    is_named = m <= NAMED
    domain, beyond = _domain(shown, 0)
    own, estimate = shown.own[:, 0], shown.estimate[:, 0]
    angle = np.where(own > estimate, 270.0, np.where(own < estimate, 90.0, 0.0))
    data = records(
        group=shown.labels, rows=shown.sizes, row=np.arange(m), own=own, estimate=estimate,
        angle=angle,
    )  # fmt: skip
    axis = alt.Axis(labels=False, ticks=False, grid=False)
    if is_named:
        name = [f"{a} ({count(int(n))})" for a, n in zip(shown.labels, shown.sizes, strict=True)]
        axis = alt.Axis(
            labelExpr=f"{json.dumps(name)}[datum.value]", values=list(range(m)), grid=False,
            labelLimit=150,
            labelOverlap=False, tickCount=m,  # without it Vega thins the values

        )  # fmt: skip
    y = alt.Y(
        "row:Q",
        title=f"{shown.grouping} (rows)" if is_named else f"{count(m)} groups, small to large",
        axis=axis,
        scale=alt.Scale(domain=[m - 0.3, -0.7], nice=False, zero=False),
    )
    x = alt.X("own:Q", title=title, scale=alt.Scale(domain=domain, nice=False, zero=False))
    height = max(ROW * m, 70) if is_named else TALL
    base = alt.Chart(data)
    width = 1.2 if is_named else 0.5
    rule = base.mark_rule(color=MODEL, opacity=0.6, strokeWidth=width, clip=True)
    layers = [
        *_targets(shown, 0, y, height),
        rule.encode(x=x, x2=alt.X2("estimate:Q"), y=y),
        *_points(base, ("own:Q", "row:Q"), ("estimate:Q", "row:Q"), shown.grouping, m),
    ]
    return alt.layer(*layers).properties(width=WIDTH, height=height), beyond


def _targets(shown: _Shown, column: int, y: alt.Y, height: int) -> list[Any]:
    """Mark fixed effects and complete pooling: a rule where they are one number, else ticks."""
    layers = []
    for kind, dash, width, values in (
        (POOLED, [1, 0], 3.0, shown.pooled[:, column]),
        (EXPECTED, [4, 3], 1.4, shown.expected[:, column]),
    ):
        if not np.isfinite(values).all():
            continue
        color = _color(kind)
        if np.ptp(values) <= 1e-9 * (1 + np.abs(values).max()):
            data = records(value=values[:1], kind=[kind])
            rule = alt.Chart(data).mark_rule(strokeDash=dash, strokeWidth=width)
            layers.append(rule.encode(x=alt.X("value:Q"), color=color))
        else:
            data = records(value=values, row=np.arange(len(values)), kind=[kind] * len(values))
            tick = alt.Chart(data).mark_tick(
                orient="vertical", thickness=width, size=min(10.0, height / len(values)), clip=True
            )
            layers.append(tick.encode(x=alt.X("value:Q"), y=y, color=color))
    return layers


def _plane(shown: _Shown, titles: tuple[str, str]) -> tuple[Any, int]:
    """Draw an arrow per group in the plane of two coefficients."""
    m = len(shown.labels)
    (x_domain, lost), (y_domain, more) = _domain(shown, 0), _domain(shown, 1)
    move = (shown.estimate - shown.own) / [np.ptp(x_domain), np.ptp(y_domain)]
    angle = np.degrees(np.arctan2(move[:, 0], move[:, 1])) % 360
    data = records(
        group=shown.labels, rows=shown.sizes, own=shown.own[:, 0], own_y=shown.own[:, 1],
        estimate=shown.estimate[:, 0], estimate_y=shown.estimate[:, 1],
        angle=np.nan_to_num(angle),
    )  # fmt: skip
    x = alt.X("own:Q", title=titles[0], scale=alt.Scale(domain=x_domain, nice=False, zero=False))
    y = alt.Y("own_y:Q", title=titles[1], scale=alt.Scale(domain=y_domain, nice=False, zero=False))
    base = alt.Chart(data)
    width = 1.1 if m <= NAMED else 0.6
    rule = base.mark_rule(color=MODEL, opacity=0.55, strokeWidth=width, clip=True)
    layers = [
        rule.encode(x=x, x2=alt.X2("estimate:Q"), y=y, y2=alt.Y2("estimate_y:Q")),
        *_points(base, ("own:Q", "own_y:Q"), ("estimate:Q", "estimate_y:Q"), shown.grouping, m),
        *_centres(shown),
    ]
    return alt.layer(*layers).properties(width=SQUARE + 20, height=SQUARE), max(lost, more)


def _centres(shown: _Shown) -> list[Any]:
    """Mark what the fixed effects and the pooled regression say, of each kind of group."""
    layers = []
    for kind, one, many, values in (
        (POOLED, 260, 30, shown.pooled),
        (EXPECTED, 110, 14, shown.expected),
    ):
        distinct = np.unique(values[np.isfinite(values).all(axis=1)].round(12), axis=0)
        if not len(distinct):
            continue
        data = records(x=distinct[:, 0], y=distinct[:, 1], kind=[kind] * len(distinct))
        size, opacity = (one, 1.0) if len(distinct) <= FEW else (many, 0.5)
        point = alt.Chart(data).mark_point(filled=True, size=size, opacity=opacity, clip=True)
        tooltip = [alt.Tooltip("kind:N"), alt.Tooltip("x:Q", format=".4~g"),
                   alt.Tooltip("y:Q", format=".4~g")]  # fmt: skip
        layers.append(
            point.encode(
                x=alt.X("x:Q"), y=alt.Y("y:Q"), color=_color(kind), shape=_shape(), tooltip=tooltip
            )
        )
    return layers


def _points(
    base: alt.Chart, own: tuple[str, str], model: tuple[str, str], grouping: str, m: int
) -> list[Any]:
    """Draw own estimates, and the heads of the arrows."""
    fields = [(own[0], "own estimate"), (model[0], "model")]
    if own[1] != model[1]:
        fields += [(own[1], "own slope"), (model[1], "model's slope")]
    tooltip = [
        alt.Tooltip("group:N", title=grouping),
        alt.Tooltip("rows:Q", format=","),
        *(alt.Tooltip(field, title=title, format=".4~g") for field, title in fields),
    ]
    size = 34 if m <= NAMED else 14
    drawn = base.mark_point(filled=True, size=size, opacity=0.9, clip=True)
    own_points = drawn.transform_calculate(kind=f"'{OWN}'").encode(
        x=alt.X(own[0]), y=alt.Y(own[1]), color=_color(OWN), shape=_shape(), tooltip=tooltip
    )
    angle = alt.Angle("angle:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360]))
    heads = base.mark_point(filled=True, size=size * 1.4, opacity=1, clip=True)
    return [
        own_points,
        heads.transform_calculate(kind=f"'{PARTIAL}'").encode(
            x=alt.X(model[0]), y=alt.Y(model[1]), color=_color(PARTIAL),
            shape=_shape(), angle=angle, tooltip=tooltip,
        ),
    ]  # fmt: skip


def _color(kind: str) -> alt.Color:
    legend = alt.Legend(orient="bottom", columns=2, title=None, labelLimit=260)
    scale = alt.Scale(domain=list(KINDS), range=list(COLOURS))
    return alt.Color("kind:N", scale=scale, legend=legend)


def _shape() -> alt.Shape:
    scale = alt.Scale(domain=list(KINDS), range=list(SHAPES))
    legend = alt.Legend(orient="bottom", columns=2, title=None, labelLimit=260)
    return alt.Shape("kind:N", scale=scale, legend=legend)


def _domain(shown: _Shown, column: int) -> tuple[list[float], int]:
    """Hold all of the model's estimates and most own ones; count those that are left out."""
    own = shown.own[np.isfinite(shown.own[:, column]), column]
    held = [shown.estimate[:, column], shown.expected[:, column], shown.pooled[:, column]]
    inner = np.concatenate([values[np.isfinite(values)] for values in held])
    if len(own):
        low, high = np.quantile(own, [0.05, 0.95])
        reach = FAR * max(float(high - low), float(np.ptp(inner)) / 4)
        inner = np.append(inner, own[(own >= low - reach) & (own <= high + reach)])
    low, high = float(inner.min()), float(inner.max())
    air = 0.05 * ((high - low) or 1.0)
    domain = [low - air, high + air]
    return domain, int(((own < domain[0]) | (own > domain[1])).sum())


def _title_of(name: str, unit: str) -> str:
    return f"intercept ({unit})" if name == INTERCEPT else f"slope of {name} ({unit} per unit)"
