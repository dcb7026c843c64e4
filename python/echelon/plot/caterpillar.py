"""Caterpillar: the conditional modes of all groups in order, with their intervals.

Room: plot/. One question per file: which groups differ from the average, and how surely?
Takes: a `Fit`.
Gives: an Altair chart, one panel per random effect.
Source: Goldstein & Healy (1995), JRSS A 158, 175-177; Bates et al. (2015), figure 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray, IndexArray
from echelon.engine.kernel import INTERCEPT
from echelon.errors import SpecError, near_matches, offenders
from echelon.fit import Fit
from echelon.infer.distributions.normal import normal_margin
from echelon.options import option_fault, read_conf_level, shown
from echelon.plot.chart import finish, records
from echelon.plot.placing import outlying, spread
from echelon.plot.random_terms import RandomTerm, random_terms, unit_of
from echelon.plot.theme import ALERT, BAND, MODEL, REFERENCE, WIDTH
from echelon.typeset.numbers import count, percent_label

WHERE = "caterpillar()"
NAMED = 60  # groups whose names fit on an axis
DRAWN = 3_000  # groups whose intervals are drawn one by one
STEPS = 300  # of a ribbon
ROW, TALL = 13, 480  # height of a named group; of a panel without names
LINE = 13  # least distance of two labels, in pixels


class _Asked(NamedTuple):
    """What a panel is to show."""

    conf_level: float
    is_sorted: bool
    label: bool | tuple[str, ...]
    most: int
    unit: str


def caterpillar(
    fit: Fit,
    grouping: str | None = None,
    term: str | None = None,
    *,
    conf_level: float | None = None,
    sort: bool = True,
    label: bool | Sequence[Any] = True,
    most: int = 8,
) -> Any:
    """Draw the conditional modes of all groups with their intervals, sorted.

    The modes are deviations from the fixed part, shrunken towards zero; their intervals are given
    the estimates of the model. Red groups are off the average: zero is outside their interval even
    when the error is shared among all groups (Bonferroni); see `random_qq` for groups that are
    further off than a normal distribution puts them. Above 60 groups the axis has no names, and
    the most extreme of these groups are labelled; above 3,000 the intervals become a ribbon
    by rank. The chart says so. Theory (8) and (25).

    Parameters
    ----------
    fit : a fitted model.
    grouping : name of a grouping factor; None for all.
    term : name of a random effect, such as "(Intercept)"; None for all, as small multiples.
    conf_level : of the intervals, in (0, 1); None for that of the fit.
    sort : by the size of the mode; False keeps the order of the labels.
    label : True labels groups off the average, False none, a list the groups that it names.
    most : groups off the average that are labelled, at most.

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : the model has no random effects.
    SpecError : no such grouping factor, random effect or group; an option cannot be read.

    Notes
    -----
    One factorisation for the conditional variances; the file grows with the groups up to 3,000.

    Source
    ------
    Values of `conditional_modes`.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep").fit
    >>> caterpillar(fit, term="days").to_dict()["title"]["text"]
    'Conditional modes by subject'
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    terms = random_terms(fit, grouping, term, WHERE)
    named = label if isinstance(label, bool) else _read_names(label, terms)
    asked = _Asked(level, bool(sort), named, _read_most(most), unit_of(fit))
    panels = [_panel(each, asked, len(terms) > 1) for each in terms]
    chart = panels[0]
    if len(panels) > 1:
        chart = alt.concat(*panels, columns=2, spacing=30).resolve_scale(x="independent")
    groupings = list(dict.fromkeys(each.grouping for each in terms))
    return finish(chart, f"Conditional modes by {', '.join(groupings)}", _notes(terms, asked))


def _panel(term: RandomTerm, asked: _Asked, is_small: bool) -> Any:
    """Draw one random effect: zero, intervals or a ribbon, points, labels."""
    n = len(term.estimate)
    order = np.argsort(term.estimate, kind="stable") if asked.is_sorted else np.arange(n)[::-1]
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(1, n + 1)
    out, _ = outlying(term.estimate, term.std_error, asked.conf_level, n)
    width = WIDTH - 120 if is_small else WIDTH
    height = max(ROW * n, 60) if n <= NAMED else TALL
    x_title = _x_title(term, asked.unit)
    zero = alt.Chart(records(x=[0.0])).mark_rule(strokeDash=[4, 3]).encode(x=alt.X("x:Q"))
    margin = normal_margin(asked.conf_level) * term.std_error
    limits = (term.estimate - margin, term.estimate + margin)
    layers: list[Any] = []
    if n > DRAWN:
        layers += _ribbon(term.estimate[order], limits[0][order], limits[1][order], x_title, term)
        drawn = _labelled(term, asked, out)
    else:
        drawn = np.arange(n)
    if len(drawn):
        layers += _intervals(term, rank, limits, drawn, np.isin(drawn, out), x_title)
    chosen = _labelled(term, asked, out) if n > NAMED else out[:0]
    domain = _domain(limits, term.estimate, 0.14 if len(chosen) else 0.02)
    zero = zero.encode(x=alt.X("x:Q", scale=alt.Scale(domain=domain, nice=False), title=x_title))
    if len(chosen):
        layers += _labels(term, rank, limits, chosen, height)
    panel = alt.layer(zero, *layers).properties(width=width, height=height)
    if not is_small:
        return panel
    heading = alt.Title(
        f"{term.name} | {term.grouping}", subtitle=f"{_share(len(out), term)} off the average"
    )
    return panel.properties(title=heading)


def _intervals(
    term: RandomTerm,
    rank: IndexArray,
    limits: tuple[FloatArray, FloatArray],
    drawn: IndexArray,
    is_out: NDArray[np.bool_],
    x_title: str,
) -> list[Any]:
    """Draw intervals and points of the groups at `drawn`."""
    n = len(rank)
    data = records(
        group=term.labels[drawn], rank=rank[drawn], estimate=term.estimate[drawn],
        low=limits[0][drawn], high=limits[1][drawn], outlying=is_out,
    )  # fmt: skip
    color = alt.condition("datum.outlying", alt.value(ALERT), alt.value(MODEL))
    tooltip = [
        alt.Tooltip("group:N", title=term.grouping),
        *(alt.Tooltip(f"{name}:Q", format=".4~g") for name in ("estimate", "low", "high")),
    ]
    shared = {"y": _y(term, rank), "color": color, "tooltip": tooltip}
    thick = 1.6 if n <= NAMED else max(0.25, min(1.2, 200 / n))
    opacity = 1.0 if n <= NAMED else 0.55
    base = alt.Chart(data)
    rules = base.mark_rule(strokeWidth=thick, opacity=opacity).encode(
        x=alt.X("low:Q", title=x_title), x2=alt.X2("high:Q"), **shared
    )
    size = 40 if n <= NAMED else max(4.0, min(22.0, 4_000 / n))
    return [
        rules,
        base.mark_point(filled=True, size=size, opacity=1).encode(x=alt.X("estimate:Q"), **shared),
    ]


def _ribbon(
    estimate: FloatArray, low: FloatArray, high: FloatArray, x_title: str, term: RandomTerm
) -> list[Any]:
    """Average sorted modes and limits over neighbouring ranks."""
    n = len(estimate)
    edges = np.unique(np.linspace(0, n, STEPS + 1).astype(np.int64))
    sizes = np.diff(edges)
    data = records(
        rank=(edges[:-1] + edges[1:] + 1) / 2,
        estimate=np.add.reduceat(estimate, edges[:-1]) / sizes,
        low=np.add.reduceat(low, edges[:-1]) / sizes,
        high=np.add.reduceat(high, edges[:-1]) / sizes,
    )
    y = _y(term, np.arange(n))
    base = alt.Chart(data)
    band = base.mark_area(orient="horizontal", opacity=BAND, color=MODEL).encode(
        y=y, x=alt.X("low:Q", title=x_title), x2=alt.X2("high:Q")
    )
    line = base.mark_line(orient="horizontal", color=MODEL, strokeWidth=1.5)
    return [band, line.encode(y=y, x=alt.X("estimate:Q"), order=alt.Order("rank:Q"))]


def _labels(
    term: RandomTerm,
    rank: IndexArray,
    limits: tuple[FloatArray, FloatArray],
    chosen: IndexArray,
    height: int,
) -> list[Any]:
    """Write the names of groups beside their intervals, apart from each other."""
    n = len(rank)
    layers = []
    reach = float(np.nanmax(limits[1]) - np.nanmin(limits[0])) or 1.0
    for is_high in (True, False):
        own = chosen[(term.estimate[chosen] > 0) == is_high]
        if not len(own):
            continue
        limit = np.nan_to_num(limits[int(is_high)][own])
        gap = LINE * n / height
        level = spread(rank[own].astype(float), gap, 1.0, float(n))
        place = _clear_of(limits[int(is_high)], rank, level, gap / 2, is_high)
        place = np.maximum(place, limit) if is_high else np.minimum(place, limit)
        place += (0.02 if is_high else -0.02) * reach
        data = records(group=term.labels[own], x=limit, x2=place, rank=rank[own], y2=level)
        leader = alt.Chart(data).mark_rule(strokeWidth=0.6, color=REFERENCE)
        layers.append(
            leader.encode(x=alt.X("x:Q"), x2=alt.X2("x2:Q"), y=alt.Y("rank:Q"), y2=alt.Y2("y2:Q"))
        )
        text = alt.Chart(data).mark_text(
            align="left" if is_high else "right", dx=3 if is_high else -3,
            baseline="middle", fontSize=10.5, color=ALERT, limit=130,
        )  # fmt: skip
        layers.append(text.encode(x=alt.X("x2:Q"), y=alt.Y("y2:Q"), text=alt.Text("group:N")))
    return layers


def _clear_of(
    limit: FloatArray, rank: IndexArray, level: FloatArray, half: float, is_high: bool
) -> FloatArray:
    """Find where (m,) the intervals of the ranks around each label end."""
    furthest = np.nanmax if is_high else np.nanmin
    known = np.nan_to_num(limit)
    near = [np.append(known[np.abs(rank - at) <= max(half, 1.0)], 0.0) for at in level.tolist()]
    return np.array([furthest(values) for values in near])


def _domain(
    limits: tuple[FloatArray, FloatArray], estimate: FloatArray, room: float
) -> list[float]:
    """Let the axis hold all intervals, and leave a share of it for names."""
    low = float(np.nanmin(np.append(np.nan_to_num(limits[0], nan=0.0), estimate)))
    high = float(np.nanmax(np.append(np.nan_to_num(limits[1], nan=0.0), estimate)))
    reach = (high - low) or 1.0
    return [low - room * reach, high + room * reach]


def _labelled(term: RandomTerm, asked: _Asked, out: IndexArray) -> IndexArray:
    if asked.label is True:
        return out[: asked.most]
    if asked.label is False:
        return out[:0]
    return np.flatnonzero(np.isin(term.labels.astype(str), asked.label)).astype(np.int64)


def _y(term: RandomTerm, rank: IndexArray) -> alt.Y:
    """Place groups by name, or by rank where there are too many names."""
    n = len(rank)
    if n <= NAMED:
        names = term.labels[np.argsort(-rank)].tolist()
        return alt.Y("group:N", sort=names, title=term.grouping, axis=alt.Axis(labelLimit=150))
    title = f"{term.grouping}: {count(n)} groups by rank"
    axis = alt.Axis(labels=False, ticks=False, grid=False)
    return alt.Y(
        "rank:Q",
        title=title,
        axis=axis,
        scale=alt.Scale(domain=[-0.02 * n, 1 + 1.02 * n], nice=False),
    )


def _x_title(term: RandomTerm, unit: str) -> str:
    if term.name.endswith(INTERCEPT):
        return f"deviation from the average ({unit})"
    return f"deviation of the slope of {term.name} ({unit} per unit)"


def _notes(terms: tuple[RandomTerm, ...], asked: _Asked) -> list[str]:
    level = percent_label(asked.conf_level)
    found = [outlying(t.estimate, t.std_error, asked.conf_level, 1)[1] for t in terms]
    notes = [f"{level} intervals, given the estimates of the model."]
    if any(np.isnan(t.std_error).all() for t in terms):
        notes = ["No intervals: the fit was saved without its rows."]
    still = [f"{t.name} | {t.grouping}" for t in terms if t.std_dev == 0]
    if still:
        notes.append(f"The variance is estimated as zero: {', '.join(still[:3])}.")
    if sum(found):
        single = f"; {_share(found[0], terms[0])}" if len(terms) == 1 else ""
        notes.append(f"Red: off the average at {level}, all groups together (Bonferroni){single}.")
    if asked.label is True and any(
        k > asked.most and len(t.labels) > NAMED for k, t in zip(found, terms, strict=True)
    ):
        notes.append(f"Names: the {asked.most} most extreme.")
    if any(len(t.labels) > DRAWN for t in terms):
        notes.append("Band: limits averaged over groups of neighbouring rank.")
    return notes


def _share(n_out: int, term: RandomTerm) -> str:
    return f"{count(n_out)} of {count(len(term.labels))}"


def _read_names(label: object, terms: tuple[RandomTerm, ...]) -> tuple[str, ...]:
    if not isinstance(label, Iterable):
        raise option_fault(
            f"The option label cannot be {shown(label)}.",
            "label",
            shown(label),
            "True, False or a list of groups",
            "write label=False for no names, or the groups that you want named.",
            "unknown-option-value",
        )
    names = (label,) if isinstance(label, str) else tuple(str(name) for name in label)
    known = list(dict.fromkeys(name for term in terms for name in term.labels.tolist()))
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise SpecError(
            f"Group '{unknown[0]}' is not among the groups drawn.",
            where=f"{WHERE}, argument label",
            got=offenders(unknown),
            need=f"groups of {terms[0].grouping}: {offenders(known)}",
            do=near_matches(unknown[0], known[:5_000]),
            slug="unknown-group",
        )
    return names


def _read_most(most: object) -> int:
    if isinstance(most, int) and not isinstance(most, bool) and 0 <= most <= NAMED:
        return most
    raise option_fault(
        f"The option most cannot be {shown(most)}.",
        "most",
        shown(most),
        f"a whole number from 0 to {NAMED}",
        "write most=8, for example.",
        "labels-most",
    )
