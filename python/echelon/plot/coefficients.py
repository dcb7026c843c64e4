"""Coefficients as a forest: estimates with intervals, of one model or several.

Room: plot/. One chart.
Takes: fits with names.
Gives: an Altair chart with a row per term, in the order of the formula.
Source: Gelman (2008), Statistics in Medicine 27, 2865-2873, on scaling by standard deviations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from echelon._types import FloatArray
from echelon.building.named_models import fit_of, read_models
from echelon.errors import NotEstimableError, SpecError, near_matches, offenders
from echelon.fit import Fit, design_with_rows
from echelon.infer import exponentiated, fixed_effects
from echelon.infer.coefficients.exponentiated import ratio_of
from echelon.plot.chart import finish, records
from echelon.plot.labels import short
from echelon.plot.theme import CATEGORIES, MODEL, REFERENCE, WIDTH
from echelon.typeset.numbers import percent_label

WHERE = "plot.coefficients()"
INTERCEPT = "(Intercept)"
MOST_RATIO = 1e6  # separation has no end
FEWEST_TICKS = 4
TICK_DIGITS = ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3))
ROW, STEP = 26, 15  # pixels per term, and per further model
OTHER_UNITS = "The models have other responses or links: their units differ."
STANDARDIZED = "Per standard deviation of the column of each term, not per unit."


def coefficients(
    fit: Fit,
    *others: Any,
    names: Sequence[str] | None = None,
    terms: Sequence[str] | None = None,
    intercept: bool = False,
    exponentiate: bool | None = None,
    standardize: bool = False,
) -> Any:
    """Draw the fixed effects with their confidence intervals, a colour per model.

    Parameters
    ----------
    fit : a fitted model.
    others : more models, results or fits.
    names : of all models, this one first; default 'Model 1', 'Model 2', ...
    terms : coefficients by name, in the order wanted; None for all.
    intercept : whether the intercept has a row; it often dwarfs the rest.
    exponentiate : odds, rate or mean ratios on a log scale; None: where all links give one.
    standardize : per standard deviation of each column of X, so that sizes compare.

    Returns
    -------
    Altair chart; the line at zero (one, for ratios) is no effect.

    Raises
    ------
    SpecError : no such term, names that do not fit, or something that is no fitted model.
    NotEstimableError : nothing is left to draw, or e to a coefficient means nothing.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    >>> fit.plot.coefficients().title.text
    'Fixed effects on reaction'
    """
    named = read_models((fit, *others), names, WHERE)
    fits = {name: fit_of(model, k, WHERE) for k, (name, model) in enumerate(named.items())}
    columns = {_ratio_column(each) for each in fits.values()}
    if exponentiate is None:
        exponentiate = len(columns) == 1 and None not in columns and not standardize
    rows, notes = [], _notes(list(fits.values()), exponentiate, standardize)
    for name, each in fits.items():
        rows += _rows(name, each, exponentiate, standardize)
    chosen = _chosen(rows, terms, intercept)
    drawn = [row for row in rows if row["term"] in chosen and np.isfinite(row["estimate"])]
    lost = [row["term"] for row in rows if row["term"] in chosen and row not in drawn]
    if lost:
        notes.append(f"Not estimated: {offenders(dict.fromkeys(lost))}.")
    if not drawn:
        raise _nothing(bool(rows))
    title = (
        f"Fixed effects on {' and '.join(short(name) for name in _responses(list(fits.values())))}"
    )
    axis = _axis_title(fit, columns, exponentiate, standardize)
    return finish(_forest(drawn, chosen, list(fits), axis, exponentiate), title, notes)


def readable(term: str) -> str:
    """Write a coefficient as people say it: 'ses:sector[Catholic]' as 'ses × sector: Catholic'."""
    parts = re.findall(r"(?:\[[^\]]*\]|\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`|[^:])+", term)
    return " × ".join(re.sub(r"^([^()\[\]]+)\[(.+)\]$", r"\1: \2", part) for part in parts) or term


def _rows(name: str, fit: Fit, is_ratio: bool, is_standard: bool) -> list[dict[str, Any]]:
    """List estimate and interval of every term of a model."""
    scale = _column_sds(fit) if is_standard else np.ones(len(fit.design.fixed_names))
    table = fixed_effects(fit)
    numbers = {key: table[key] * scale for key in ("estimate", "conf_low", "conf_high")}
    if is_ratio and not is_standard:
        ratios, column = exponentiated(fit), _ratio_column(fit)
        numbers = {key: ratios[key] for key in ("conf_low", "conf_high")}
        numbers["estimate"] = ratios[str(column)]
    elif is_ratio:
        sign = _sign(fit)
        ends = {"estimate": "estimate", "conf_low": "conf_low", "conf_high": "conf_high"}
        if sign < 0:
            ends |= {"conf_low": "conf_high", "conf_high": "conf_low"}
        numbers = {key: np.exp(sign * numbers[end]) for key, end in ends.items()}
    return [
        {
            "model": name,
            "term": str(term),
            **{key: float(values[k]) for key, values in numbers.items()},
            "p_value": float(table["p_value"][k]),
        }
        for k, term in enumerate(table["term"])
    ]


def _ratio_column(fit: Fit) -> str | None:
    ratio = ratio_of(fit.spec)
    return None if ratio is None else ratio.column


def _sign(fit: Fit) -> float:
    ratio = ratio_of(fit.spec)
    if ratio is None:
        exponentiated(fit)  # words the error
    return 1.0 if ratio is None else ratio.sign


def _column_sds(fit: Fit) -> FloatArray:
    """Give the standard deviation (p,) of each column of X; 1 for the intercept."""
    rows = design_with_rows(fit, WHERE).rows
    sds = np.array([float(np.std(column, ddof=1)) for column in rows.fixed_columns])
    return np.where(sds > 0, sds, 1.0)


def _chosen(
    rows: list[dict[str, Any]], terms: Sequence[str] | None, has_intercept: bool
) -> list[str]:
    """Order terms as asked, or as in the formulas, those of later models after those known."""
    known: list[str] = list(dict.fromkeys(row["term"] for row in rows))
    if terms is None:
        slopes = [term for term in known if has_intercept or not term.endswith(INTERCEPT)]
        return slopes or known
    asked = [terms] if isinstance(terms, str) else list(terms)
    for term in asked:
        if term not in known:
            raise SpecError(
                f"The models have no fixed effect '{term}'.",
                where=f"{WHERE}, argument terms",
                got=f"{term!r:.80}",
                need=f"one of {offenders(known)}",
                do=near_matches(str(term), known),
                slug="unknown-parameter",
            )
    return asked


def _notes(fits: list[Fit], is_ratio: bool, is_standard: bool) -> list[str]:
    levels = sorted({percent_label(fit.spec.conf_level) for fit in fits})
    notes = [f"Points: estimates; lines: {' and '.join(levels)} confidence intervals."]
    ratio = ratio_of(fits[0].spec)
    if is_ratio and ratio is not None:
        notes.append(ratio.meaning)
    if is_standard:
        notes.append(STANDARDIZED)
    units = {(fit.design.response_name, fit.spec.link) for fit in fits}
    if len(units) > 1:
        notes.append(OTHER_UNITS)
    return notes


def _responses(fits: list[Fit]) -> list[str]:
    return list(dict.fromkeys(fit.design.response_name for fit in fits))


def _axis_title(fit: Fit, columns: set[str | None], is_ratio: bool, is_standard: bool) -> str:
    per = "standard deviation" if is_standard else "unit"
    ratio = ratio_of(fit.spec)
    if is_ratio and ratio is not None and len(columns) == 1:
        return f"{ratio.noun} per {per} (log scale)"
    if is_ratio:
        return f"exp(coefficient) per {per} (log scale)"
    if fit.spec.is_generalized:
        return f"change of the linear predictor ({fit.spec.link} link) per {per}"
    return f"change of {fit.design.response_name} per {per}"


def _labels(chosen: list[str]) -> dict[str, str]:
    """Readable names, or the terms themselves where two would read the same."""
    labels = {term: readable(term) for term in chosen}
    said = list(labels.values())
    return {term: term if said.count(label) > 1 else label for term, label in labels.items()}


def _forest(
    drawn: list[dict[str, Any]], chosen: list[str], models: list[str], title: str, is_ratio: bool
) -> Any:
    labels, several = _labels(chosen), len(models) > 1
    keys = ("model", "term", "estimate", "conf_low", "conf_high", "p_value")
    columns = {key: [row[key] for row in drawn] for key in keys}
    data = records(**columns, label=[labels[term] for term in columns["term"]])
    order = [label for term, label in labels.items() if term in columns["term"]]
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=320, grid=several))
    x = _ratio_axis(drawn, title) if is_ratio else alt.X("estimate:Q", title=title)
    tooltip = [
        alt.Tooltip("term:N"),
        *([alt.Tooltip("model:N")] if several else []),
        *(alt.Tooltip(f"{key}:Q", format=".4~g") for key in keys[2:5]),
        alt.Tooltip("p_value:Q", title="p", format=".3~g"),
    ]
    encodings: dict[str, Any] = {"y": y, "tooltip": tooltip, "color": alt.value(MODEL)}
    if several:
        colours = alt.Scale(domain=models, range=[CATEGORIES[k % 8] for k in range(len(models))])
        encodings["color"] = alt.Color("model:N", title=None, scale=colours)
        encodings["yOffset"] = alt.YOffset("model:N", sort=models)
    base = alt.Chart(data).encode(**encodings)
    nothing = alt.Chart(records(estimate=[1.0 if is_ratio else 0.0]))
    height = len(order) * (ROW + STEP * (len(models) - 1))
    return alt.layer(
        nothing.mark_rule(strokeDash=[4, 3], color=REFERENCE).encode(x=x),
        base.mark_rule(strokeWidth=2, clip=True).encode(
            x=alt.X("conf_low:Q", title=title), x2=alt.X2("conf_high:Q")
        ),
        base.mark_point(size=48, opacity=1, clip=True).encode(x=x),
    ).properties(width=WIDTH, height=max(70, height))


def _ratio_axis(drawn: list[dict[str, Any]], title: str) -> Any:
    """Make a log axis as wide as the intervals, with ticks at 1, 2 and 5."""
    ends = np.array([[row["conf_low"], row["conf_high"], row["estimate"]] for row in drawn])
    known = np.append(ends[np.isfinite(ends) & (ends > 0)], 1.0)
    low, high = float(known.min() / 1.1), float(known.max() * 1.1)
    low, high = max(low, 1 / MOST_RATIO), min(high, MOST_RATIO)
    axis = alt.Axis(values=_ratio_ticks(low, high), format="~g")
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return alt.X("estimate:Q", title=title, scale=scale, axis=axis)


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Choose round ratios between two: powers of ten, or finer until there are four."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in TICK_DIGITS:
        ticks = [round(digit * 10.0**power, 12) for power in powers for digit in digits]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= FEWEST_TICKS:
            return inside
    step = 10.0 ** np.floor(np.log10((high - low) / 2))
    return [
        round(float(k * step), 12) for k in range(int(np.ceil(low / step)), int(high / step) + 1)
    ]


def _nothing(has_terms: bool) -> NotEstimableError:
    return NotEstimableError(
        "There is no fixed effect to draw.",
        where=WHERE,
        got="coefficients that were not estimated"
        if has_terms
        else "a model without fixed effects",
        need="at least one estimated fixed effect",
        do="draw the random effects: plot.caterpillar().",
        slug="no-fixed-effects",
    )
