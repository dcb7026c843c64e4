"""Variance shares: what the variance of the response is made of, as one bar.

Room: plot/. One question per file.
Takes: a `Fit`.
Gives: an Altair chart: stacked bars with their names beside them.
Source: Johnson (2014), Methods in Ecology and Evolution 5, 944-946; Rights & Sterba (2019),
    Psychological Methods 24, 309-338.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import numpy as np

from echelon.errors import NotEstimableError
from echelon.fit import Fit
from echelon.infer.components.generalized_fits import check_gaussian
from echelon.measure.icc_kinds import icc_table, require_groups
from echelon.measure.r_squared_partition import Partition, partition
from echelon.options import read_choice
from echelon.plot.chart import finish, records
from echelon.plot.placing import spread
from echelon.plot.theme import CATEGORIES, DATA
from echelon.table import Table
from echelon.typeset.layout import fold
from echelon.typeset.numbers import percent, significant

WHERE = "variance_shares()"
KINDS = ("levels", "rights-sterba")
BAR, TALL = 90, 300  # width of a bar, height of the chart
LINE = 15  # least distance of two labels, in pixels
LETTER = 6.3  # pixels of a letter of a label, about
NOTE = 80  # letters of a line of a note
RESIDUAL = "residual"
SOURCES = {
    "f1": "level-1 predictors, fixed slopes",
    "f2": "level-2 predictors, fixed slopes",
    "f": "predictors, fixed slopes",
    "v": "random slopes",
    "m": "random intercepts",
    "e": RESIDUAL,
}


class _Share(NamedTuple):
    """A part of a bar: its name, its variance, and more for the tooltip."""

    name: str
    variance: float
    share: float
    more: str = ""


def variance_shares(fit: Fit, kind: str = "levels") -> Any:
    """Draw what the variance of the response is made of.

    "levels" shares what the fixed effects leave among the random terms and the residual: the
    values of `icc()`. "rights-sterba" shares the whole variance among its sources: predictors by
    fixed slopes (by level, where they are centred), random slopes, random intercepts and residual;
    where levels can be told apart, also within and between groups. Theory (22) and (30).

    Parameters
    ----------
    fit : a fitted model; Gaussian for "rights-sterba".
    kind : "levels" or "rights-sterba".

    Returns
    -------
    An Altair chart; `save` writes it.

    Raises
    ------
    NotEstimableError : the model has no random effects; there is no variance of the response on
        the scale of the link; "rights-sterba" of a generalized model.
    SpecError : no such kind.

    Source
    ------
    `icc_table` and `r_squared_partition`.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses + (1 | school)", "hsb").fit
    >>> variance_shares(fit).to_dict()["title"]["text"]
    'Shares of the variance of mathach'
    """
    require_groups(fit, WHERE)
    if read_choice("kind", kind, KINDS) == "levels":
        bars, notes = _by_level(fit)
    else:
        bars, notes = _by_source(fit)
    notes = [line for note in notes for line in fold(note, NOTE)]
    return finish(_stacks(bars), f"Shares of the variance of {fit.design.response_name}", notes)


def _by_level(fit: Fit) -> tuple[dict[str, list[_Share]], list[str]]:
    table = icc_table(fit)
    unit = "" if fit.spec.is_generalized else f" {fit.design.response_name}²"
    bars: dict[str, list[_Share]] = {}
    if not np.isfinite(table["variance"]).all():
        raise _unknown()
    for row in table.rows():
        name = f"{fit.design.response_name}: {row['category']}" if "category" in row else ""
        bars.setdefault(name, []).append(_of_row(row))
    notes = []
    for name, parts in bars.items():
        total = significant(sum(part.variance for part in parts), 4)
        of = f" ({name})" if name else ""
        notes.append(f"Total{of}: {total}{unit}, what the fixed effects leave.")
    return bars, [*notes[:3], *_kept_notes(table, fit)]


def _of_row(row: dict[str, Any]) -> _Share:
    name = row["grouping"]
    text = name if name == RESIDUAL else f"{name}: {row['term']}"
    more = ""
    if row["conf_low"] is not None:
        more = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    return _Share(text, row["variance"], np.nan if row["icc"] is None else row["icc"], more)


def _unknown() -> NotEstimableError:
    return NotEstimableError(
        "The variance has no shares: a part of it is infinite, or not known.",
        where=WHERE,
        got="a variance that no number holds",
        need="finite variances",
        do="look at fit.icc(); bring predictors, offset and response to moderate scales.",
        slug="shares-unknown",
    )


def _kept_notes(table: Table, fit: Fit) -> list[str]:
    """Keep of the notes of the table what a reader of the chart needs."""
    scale = [note for note in table.notes if note.startswith("On the scale")]
    slopes = [note.split(";")[0] for note in table.notes if note.startswith("With random slopes")]
    return [*(scale if fit.spec.is_generalized else []), *[f"{note}." for note in slopes]]


def _by_source(fit: Fit) -> tuple[dict[str, list[_Share]], list[str]]:
    check_gaussian(
        fit,
        "The partition of Rights & Sterba is of a Gaussian response.",
        f"{WHERE}, kind='rights-sterba'",
        "draw kind='levels', on the scale of the link.",
    )
    at, why = partition(fit, WHERE)
    keys: dict[str, tuple[str, ...]] = {"total": ("f", "v", "m", "e")}
    if not why:
        keys = {
            "total": ("f1", "f2", "v", "m", "e"),
            "within groups": ("f1", "v", "e"),
            "between groups": ("f2", "m"),
        }
    bars = {name: _of_keys(at, own) for name, own in keys.items()}
    total = significant(sum(part.variance for part in bars["total"]), 4)
    notes = [f"Total: {total} {fit.design.response_name}², by Rights & Sterba's sources."]
    if why:
        notes.append(f"Levels are not told apart: {why}.")
    return bars, notes


def _of_keys(at: Partition, keys: tuple[str, ...]) -> list[_Share]:
    values = {"f": at.f, "f1": at.f1, "f2": at.f2, "v": at.v, "m": at.m, "e": at.residual}
    whole = sum(values[key] for key in keys)
    return [
        _Share(SOURCES[key], values[key], values[key] / whole if whole > 0 else np.nan)
        for key in keys
    ]


def _stacks(bars: dict[str, list[_Share]]) -> Any:
    """Draw bars side by side, each with the names of its parts at its right."""
    names = list(dict.fromkeys(part.name for parts in bars.values() for part in parts))
    others = [name for name in names if name != RESIDUAL]
    colours = [CATEGORIES[i % len(CATEGORIES)] for i in range(len(others))]
    scale = alt.Scale(domain=[*others, RESIDUAL], range=[*colours, DATA])
    color = alt.Color("source:N", scale=scale, legend=None)
    panels = [_stack(name, parts, color, i == 0) for i, (name, parts) in enumerate(bars.items())]
    return panels[0] if len(panels) == 1 else alt.hconcat(*panels, spacing=16)


def _stack(title: str, parts: list[_Share], color: alt.Color, is_first: bool) -> Any:
    shares = np.nan_to_num(np.array([part.share for part in parts]))
    top = 1 - np.cumsum(np.append(0.0, shares))
    middle = (top[:-1] + top[1:]) / 2
    height = max(TALL, LINE * (len(parts) + 1))
    labels = [f"{part.name}  {percent(part.share)}" for part in parts]
    longest = max(len(label) for label in labels)
    width = BAR + 40 + LETTER * min(longest, 60)
    data = records(
        source=[part.name for part in parts], label=labels, share=shares, high=top[:-1],
        low=top[1:], left=np.zeros(len(parts)), right=np.full(len(parts), float(BAR)),
        middle=middle, place=spread(middle, LINE / height, 0.0, 1.0),
        near=np.full(len(parts), BAR + 3.0), far=np.full(len(parts), BAR + 18.0),
        variance=[part.variance for part in parts], limits=[part.more for part in parts],
    )  # fmt: skip
    tooltip = [
        alt.Tooltip("source:N"),
        alt.Tooltip("share:Q", format=".2%"),
        alt.Tooltip("variance:Q", format=".4~g"),
        *([alt.Tooltip("limits:N", title="interval")] if any(part.more for part in parts) else []),
    ]
    axis = alt.Axis(
        format=".0%", labels=is_first, ticks=is_first, domain=False, tickCount=5, grid=False
    )
    across = alt.Scale(domain=[0, width], nice=False, zero=False)
    x = alt.X("left:Q", axis=None, scale=across)
    y = alt.Y("low:Q", title="share of variance" if is_first else None, axis=axis,
              scale=alt.Scale(domain=[0, 1], nice=False))  # fmt: skip
    chart = alt.Chart(data)
    bar = chart.mark_rect(stroke="white", strokeWidth=1)
    rule = chart.mark_rule(strokeWidth=0.7).encode(
        x=alt.X("near:Q"), x2=alt.X2("far:Q"), y=alt.Y("middle:Q"), y2=alt.Y2("place:Q")
    )
    text = chart.mark_text(align="left", dx=4, baseline="middle", fontSize=11.5, limit=60 * LETTER)
    panel = alt.layer(
        bar.encode(
            x=x, x2=alt.X2("right:Q"), y=y, y2=alt.Y2("high:Q"), color=color, tooltip=tooltip
        ),
        rule.encode(
            x=alt.X("near:Q"), x2=alt.X2("far:Q"), y=alt.Y("middle:Q"), y2=alt.Y2("place:Q")
        ),
        text.encode(x=alt.X("far:Q"), y=alt.Y("place:Q"), text=alt.Text("label:N")),
    ).properties(width=width, height=height)
    return panel.properties(title=title) if title else panel
