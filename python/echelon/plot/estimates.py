"""What the fixed part predicts along a predictor: the numbers that effect charts draw.

Room: plot/. Lays out values and asks `marginal_means`; computes no estimate itself.
Takes: a `Fit`, a predictor, moderators, what to hold.
Gives: `Estimates`: columns of plain fields, titles, notes.
Source: infer/means/marginal_means; Fox (2003), J. Stat. Software 8(15) (effect displays).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.errors import NotEstimableError, SpecError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.means.marginal_means import marginal_means
from echelon.options import read_at, read_choice
from echelon.plot.variables import Variable, short, variable_of
from echelon.table import Table

DRAWN = 61  # values of a number along a curve
DRAWN_AVERAGES = 21  # where each is an integral over random effects
KINDS, TARGETS = ("response", "link"), ("conditional", "population")
LEFT_OUT = ("Degrees of freedom",)  # notes of a table that a chart does without


@dataclass(frozen=True, slots=True)
class Moderator:
    """A moderator, its values as asked of `marginal_means`, and how each is called."""

    variable: Variable
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: values `at`, scale ('response' or 'link'), target and outcome."""

    at: Mapping[str, Any]
    kind: str = "response"
    target: str = "conditional"
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates of m combinations: `x` (m,), labels (m,) by moderator, category (m,) or None.

    `categories` are those of the response, empty where it has one mean. `is_share`: estimates
    are probabilities, and shown in per cent.
    """

    x: list[Any]
    by: tuple[list[str], ...]
    category: list[str] | None
    categories: tuple[str, ...]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    is_share: bool
    title: str
    notes: tuple[str, ...]


def read_asked(at: Mapping[str, Any] | None, kind: str, target: str) -> Asked:
    """Read the options that effect charts share."""
    scale, whom = read_choice("kind", kind, KINDS), read_choice("target", target, TARGETS)
    return Asked(read_at(at), scale, whom)


def moderators_of(
    fit: Fit, x: Variable, by: str | Sequence[str] | None, at: Mapping[str, Any], where: str
) -> tuple[Moderator, ...]:
    """Choose the values of moderators: all categories; of a number those of `at`, or mean -+ 1 SD.

    Raises
    ------
    SpecError : a moderator is not in the fixed part, is the predictor itself, or is the third.
    """
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    if len(names) > 2:
        raise _too_many(names, where)
    found = []
    for name in names:
        variable = variable_of(fit, name, f"{where}, argument by")
        if name == x.name or names.count(name) > 1:
            raise _same(name, where)
        found.append(_moderator(variable, at))
    return tuple(found)


def estimates(
    fit: Fit, x: Variable, values: Sequence[Any] | None, by: Sequence[Moderator], asked: Asked
) -> Estimates:
    """Estimate means along a predictor, for each combination of its moderators.

    Parameters
    ----------
    fit : a fitted model.
    x : the predictor.
    values : (k,) of it; None for 61 values over its range, or for its categories.
    by : moderators, with their values.
    asked : values held, scale, target, outcome.

    Returns
    -------
    `Estimates`, each number from `marginal_means`.

    Raises
    ------
    NotEstimableError : the data determine none of them.
    """
    at = {**asked.at, **{m.variable.name: list(m.values) for m in by}}
    if values is not None:
        at[x.name] = list(values)
    elif x.name not in at and not x.labels:
        if x.low == x.high:
            raise _one_value(x)
        drawn = DRAWN_AVERAGES if asked.target == "population" else DRAWN
        at[x.name] = np.linspace(x.low, x.high, drawn) if x.is_number else [x.low, x.high]
    names = [m.variable.name for m in by]
    table = marginal_means(
        fit,
        [x.name, *names],
        at=at,
        scale=asked.kind,
        target=asked.target,
        outcome=asked.outcome,
    ).table
    if not np.isfinite(table["estimate"]).any():
        raise _not_determined(fit, x)
    return _read(fit, x, by, asked, table)


def _read(fit: Fit, x: Variable, by: Sequence[Moderator], asked: Asked, table: Table) -> Estimates:
    keep = np.isfinite(table["estimate"])
    own = table.columns[1 + len(by)]
    category: list[str] | None = None
    categories: tuple[str, ...] = ()
    if own != "estimate":  # one more axis: the categories of the response
        category = [str(label) for label in table[own][keep]]
        categories = tuple(dict.fromkeys(str(label) for label in table[own]))
    scale = table.scales["estimate"]
    moderators = tuple(_labelled(m, table[m.variable.name][keep]) for m in by)
    kept = [note for note in table.notes if not note.startswith(LEFT_OUT)]
    notes = (*kept, *[m.note for m in by])
    values = table[x.name][keep]
    return Estimates(
        x=[str(value) for value in values] if x.labels else values.tolist(),
        by=moderators,
        category=category,
        categories=categories,
        estimate=table["estimate"][keep],
        low=table["conf_low"][keep],
        high=table["conf_high"][keep],
        is_share=scale == "probability",
        title=outcome_title(fit, asked, scale, bool(categories)),
        notes=notes,
    )


def outcome_title(fit: Fit, asked: Asked, scale: str, has_categories: bool) -> str:
    """Name what is drawn on the vertical axis."""
    response = short(fit.design.response_name)
    if asked.outcome == "score":
        return f"Mean category number of {response}"
    if scale == "probability":
        if has_categories:
            return f"Probability of each {response}"
        categories = fit.design.categories
        event = (
            f"{response} = {short(str(categories[1]), 20)}" if len(categories) == 2 else response
        )
        return f"Probability of {event}"
    if not fit.spec.is_generalized:
        return response
    if asked.kind == "response":
        return f"Mean of {response}"
    return f"{response}, {scale.removesuffix(' scale')} scale"


def is_probability(fit: Fit) -> bool:
    """Whether the mean of the response is a share of rows, or of trials."""
    return family_of(fit.spec.family).response in ("binary", "ordered", "nominal")


def _moderator(variable: Variable, at: Mapping[str, Any]) -> Moderator:
    name = variable.name
    if variable.labels:
        if name not in at:
            return Moderator(variable, variable.labels, variable.labels)
        chosen = at[name] if isinstance(at[name], list | tuple | np.ndarray) else [at[name]]
        texts = tuple(str(value) for value in chosen)
        return Moderator(variable, tuple(chosen), texts)
    if name in at:
        values = tuple(np.atleast_1d(np.asarray(at[name], dtype=np.float64)).tolist())
        return Moderator(variable, values, tuple(f"{value:.4g}" for value in values))
    if variable.is_binary:
        values = (variable.low, variable.high)
        return Moderator(variable, values, tuple(f"{value:.4g}" for value in values))
    if variable.low == variable.high:
        return Moderator(variable, (variable.low,), (f"{variable.low:.4g}",))
    steps = ((-1, "mean − 1 SD"), (0, "mean"), (1, "mean + 1 SD"))
    values = tuple(variable.mean + step * variable.sd for step, _ in steps)
    decimals = 2 - math.floor(math.log10(variable.sd))  # a mean of 1e-4 SD is written as 0
    rounded = (round(value, decimals) + 0.0 for value in values)
    pairs = zip(rounded, steps, strict=True)
    labels = tuple(f"{value:.3g} ({word})" for value, (_, word) in pairs)
    note = f"{variable.title}: mean and one SD to each side, over the rows."
    return Moderator(variable, values, labels, note)


def _labelled(moderator: Moderator, column: Any) -> list[str]:
    """Word the values (m,) of a moderator as the legend does."""
    if moderator.variable.labels:
        return [str(value) for value in column]
    known = np.asarray(moderator.values, dtype=np.float64)
    places = np.abs(np.asarray(column, dtype=np.float64)[:, None] - known).argmin(axis=1)
    return [moderator.labels[place] for place in places]


def _too_many(names: list[str], where: str) -> SpecError:
    return SpecError(
        "A chart shows two moderators at most: by colour and by panel.",
        where=f"{where}, argument by",
        got=f"{len(names)} moderators",
        need="one or two names",
        do="hold the others with at={...}, or draw a chart for each of their values.",
        slug="moderators-of-chart",
    )


def _same(name: str, where: str) -> SpecError:
    return SpecError(
        f"'{name}' is named twice.",
        where=f"{where}, arguments x and by",
        got=repr(name),
        need="different predictors",
        do="name another moderator, or leave by out.",
        slug="moderators-of-chart",
    )


def _one_value(x: Variable) -> NotEstimableError:
    return NotEstimableError(
        f"'{x.name}' has one value in all rows, and no line along it.",
        where=f"predictor '{x.name}'",
        got=f"{x.low:.4g} everywhere",
        need="two different values or more",
        do="leave the predictor out: its coefficient is not determined, either.",
        slug="effect-not-determined",
    )


def _not_determined(fit: Fit, x: Variable) -> NotEstimableError:
    return NotEstimableError(
        f"The data do not determine the means along '{x.name}'.",
        where=f"model of '{fit.design.response_name}'",
        got="only estimates that depend on coefficients that could not be estimated",
        need="cells with rows, and predictors that are no combinations of each other",
        do="leave the predictors out that were dropped, or hold others with at={...}.",
        slug="effect-not-determined",
    )
