"""Johnson-Neyman: for which values of a moderator a slope can be told from zero.

Room: infer/. Solves for the bounds; words them.
Takes: a `Fit`, the predictor, a numeric moderator.
Gives: `JohnsonNeyman`: bounds, regions, a curve to draw, sentences.
Source: docs/theory.md (23); Johnson & Neyman (1936); Bauer & Curran (2005); Esarey & Sumner
    (2018), Comparative Political Studies 51, 1144-1176, for the false discovery rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.design.recipe import NumberProfile
from echelon.errors import SpecError, offenders
from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.lines.crossing import crossings
from echelon.infer.lines.slopes import slope_notes, slope_rows, slope_scales
from echelon.infer.lines.zero_region import line, zero_region
from echelon.infer.means.reference_grid import reference_grid
from echelon.infer.sandwich.chosen import inference_of
from echelon.options import read_conf_level
from echelon.table import Table

DRAWN = 101  # values of the moderator in the table
LOOKED_AT = 401  # values between which a bound is looked for where the slope is no straight line
TESTED = 1_000  # values of the moderator over which false discoveries are counted
STRAIGHT = 1e-9
POSITIVE, NEGATIVE, UNCLEAR = "positive", "negative", "not distinguishable"


@dataclass(frozen=True, slots=True, eq=False)
class JohnsonNeyman:
    """Where a slope can be told from zero.

    `bounds` are the values of the moderator at which the limits of the slope touch zero, also
    outside of `range`, the range of the data; `regions` has low, high and slope ('positive',
    'negative', 'not distinguishable') of each piece of the range; `curve` the slope and its
    limits over the range. `critical_level` is the confidence level of the limits: above
    `conf_level` where false discoveries are controlled.
    """

    variable: str
    moderator: str
    bounds: tuple[float, ...]
    range: tuple[float, float]
    regions: Table
    curve: Table
    conf_level: float
    critical_level: float
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return repr(self.regions)

    def _repr_html_(self) -> str:
        return self.regions._repr_html_()


def johnson_neyman(
    fit: Fit,
    variable: str,
    moderator: str,
    *,
    at: Mapping[str, Any] | None = None,
    range: Sequence[float] | None = None,
    fdr: bool = False,
    move: str | None = None,
    df_method: str | None = None,
    robust: str | Counted | None = None,
    conf_level: float | None = None,
) -> JohnsonNeyman:
    """Find the values of a moderator for which the slope of a predictor can be told from zero.

    The bounds are where estimate^2 = t^2 variance: for a two-way interaction the roots of a
    quadratic in the moderator, t being solved for along with them where the degrees of freedom
    depend on the moderator; where the slope is no straight line in the moderator they are looked
    for within the range. Theory (23).

    Parameters
    ----------
    fit : a fitted model.
    variable : the predictor whose slope is asked for, see `slopes`.
    moderator : a predictor that is a number.
    at : values of other predictors, see `slopes`.
    range : low and high of the moderator; None for its range in the data.
    fdr : control the false discovery rate over the range (Esarey & Sumner): of 1,000 evenly
        spaced values of the moderator, Benjamini and Hochberg's procedure finds k with p values
        of at most alpha k / 1000; the limits then have level 1 - alpha max(k, 1) / 1000.
    move, df_method, robust : as in `slopes`.
    conf_level : of the limits, in (0, 1); None for that of the fit.

    Returns
    -------
    `JohnsonNeyman`.

    Raises
    ------
    SpecError : a name is not in the fixed part, the moderator has categories, or no such range.

    Notes
    -----
    Each bound is pointwise: where many values of the moderator are looked at, some slope will be
    told from zero by chance more often than alpha says; `fdr` answers that.

    Source
    ------
    Bounds against roots by brute force: tests/unit/infer/test_johnson_neyman.py.

    Examples
    --------
    >>> import echelon as ec
    >>> fit = ec.fit("mathach ~ ses * meanses + (1 | school)", ec.datasets.load("hsb"))
    >>> fit.johnson_neyman("ses", "meanses").regions["slope"].tolist()
    ['positive']
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    low, high = _range(fit, variable, moderator, range)
    inference = inference_of(fit, df_method, robust)
    question = _Question(fit, inference, variable, moderator, dict(at or {}), move)
    critical = _discovery_level(question, low, high, level) if fdr else level
    bounds = _bounds(question, low, high, critical)
    pieces = _pieces(question, bounds, low, high, critical)
    sentences = tuple([_sentence(variable, moderator, piece, low, high) for piece in pieces])
    values = np.linspace(low, high, DRAWN)
    regions = Table(
        {
            "low": np.array([piece[0] for piece in pieces]),
            "high": np.array([piece[1] for piece in pieces]),
            "slope": np.array([piece[2] for piece in pieces], dtype=object),
        },
        scales=dict.fromkeys(("low", "high"), moderator),
        title=f"Where the slope of {variable} can be told from zero, by {moderator}",
        notes=(
            *sentences,
            *_notes(question, bounds, (low, high), level, critical if fdr else None),
        ),
    )
    curve = Table(
        {moderator: values, **inference.rows(question.rows(values), critical)},
        scales={moderator: moderator, **slope_scales(variable)},
        title=f"Slope of {variable} by {moderator}",
    )
    ends = (low, high)
    return JohnsonNeyman(
        variable, moderator, bounds, ends, regions, curve, level, critical, sentences
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """The slope as a function of the moderator."""

    fit: Fit
    inference: LinearInference
    variable: str
    moderator: str
    at: Mapping[str, Any]
    move: str | None

    def rows(self, values: FloatArray) -> FloatArray:
        """Rows L (k, p) of the slope at values (k,) of the moderator."""
        at = {**self.at, self.moderator: values}
        grid = reference_grid(self.fit, [self.moderator], at)
        return slope_rows(self.fit, grid, self.variable, self.move)

    def excess(self, values: FloatArray, conf_level: float) -> FloatArray:
        """|slope| minus t standard errors, at values (k,)."""
        found = self.inference.rows(self.rows(values), conf_level)
        return np.asarray(np.abs(found["estimate"]) - found["conf_high"] + found["estimate"])


def _bounds(question: _Question, low: float, high: float, conf_level: float) -> tuple[float, ...]:
    """Solve for the bounds: by the quadratic if the slope is a straight line in the moderator."""
    middle, half = (low + high) / 2, (high - low) / 2
    first, centre, last = question.rows(np.array([low, middle, high]))
    bend = np.abs(first - 2 * centre + last).max(initial=0.0)
    if bend <= STRAIGHT * max(np.abs([first, last]).max(initial=0.0), 1e-300):
        if not question.inference.is_estimable(np.vstack([first, last])).all():
            return ()
        along = line(question.inference, centre, (last - first) / 2)
        return tuple([middle + half * u for u in zero_region(along, conf_level).bounds])
    points = np.linspace(low, high, LOOKED_AT)
    return tuple(crossings(lambda values: question.excess(values, conf_level), points))


def _discovery_level(question: _Question, low: float, high: float, conf_level: float) -> float:
    """Confidence level of limits that control the false discovery rate, Esarey & Sumner."""
    values = np.linspace(low, high, TESTED)
    p_values = np.sort(question.inference.rows(question.rows(values), conf_level)["p_value"])
    allowed = (1.0 - conf_level) * np.arange(1, TESTED + 1) / TESTED
    found = np.flatnonzero(p_values <= allowed)
    k = int(found[-1]) + 1 if len(found) else 1
    return 1.0 - float(allowed[k - 1])


Piece = tuple[float, float, str]


def _pieces(
    question: _Question, bounds: tuple[float, ...], low: float, high: float, conf_level: float
) -> list[Piece]:
    """Cut the range at the bounds and say what the slope is in each piece."""
    edges = [low, *[bound for bound in bounds if low < bound < high], high]
    pieces: list[Piece] = []
    for start, stop in pairwise(edges):
        middle = question.rows(np.array([(start + stop) / 2]))
        found = question.inference.rows(middle, conf_level)
        sign = UNCLEAR
        if found["conf_low"][0] > 0:
            sign = POSITIVE
        elif found["conf_high"][0] < 0:
            sign = NEGATIVE
        pieces.append((start, stop, sign))
    return pieces


def _sentence(variable: str, moderator: str, piece: Piece, low: float, high: float) -> str:
    start, stop, sign = piece
    slope = f"The slope of {variable} "
    slope += (
        "cannot be told from zero"
        if sign == UNCLEAR
        else f"is {sign} and distinguishable from zero"
    )
    if (start, stop) == (low, high):
        return f"{slope} everywhere from {moderator} = {low:.4g} to {high:.4g}."
    if start == low:
        return f"{slope} where {moderator} is below {stop:.4g}."
    if stop == high:
        return f"{slope} where {moderator} is above {start:.4g}."
    return f"{slope} where {moderator} is between {start:.4g} and {stop:.4g}."


def _notes(
    question: _Question,
    bounds: tuple[float, ...],
    span: tuple[float, float],
    level: float,
    critical: float | None,
) -> list[str]:
    """Say what was held, and what the limits are; `critical` where discoveries are controlled."""
    grid = reference_grid(
        question.fit, [question.moderator], {**question.at, question.moderator: 0.0}
    )
    notes = list(slope_notes(question.fit, grid, question.variable))
    if bounds:
        listed = ", ".join(
            f"{bound:.4g}" + ("" if span[0] <= bound <= span[1] else " (outside of the range)")
            for bound in bounds
        )
        notes.append(f"Limits touch zero at {question.moderator} = {listed}.")
    if critical is not None:
        notes.append(
            f"False discovery rate of {100 * (1 - level):.3g}% over the range:"
            f" limits at {100 * critical:.5g}%."
        )
    else:
        notes.append(f"Limits at {100 * level:g}%, at one value of the moderator at a time.")
    return notes


def _range(
    fit: Fit, variable: str, moderator: str, asked: Sequence[float] | None
) -> tuple[float, float]:
    """Read the range of the moderator; refuse moderators without one."""
    reference_grid(fit, [], {moderator: 0.0} if _is_number(fit, moderator) else {})
    profiles = {profile.name: profile for profile in fit.design.recipe.profiles}
    profile = profiles.get(moderator)
    if profile is None:
        reference_grid(fit, [moderator])  # says which variables there are
    if moderator == variable or not isinstance(profile, NumberProfile):
        raise _no_moderator(variable, moderator)
    if asked is None:
        return profile.minimum, profile.maximum
    ends = [float(value) for value in asked] if _is_pair(asked) else []
    if len(ends) == 2 and np.isfinite(ends).all() and ends[0] < ends[1]:
        return ends[0], ends[1]
    raise SpecError(
        "The range of the moderator is not low and high.",
        where="johnson_neyman(), option range",
        got=repr(asked)[:80],
        need="two finite numbers, the lower one first",
        do=f"write range=({profile.minimum:.4g}, {profile.maximum:.4g}), or leave range out.",
        slug="moderator-range",
    )


def _is_number(fit: Fit, name: str) -> bool:
    return any(p.name == name and isinstance(p, NumberProfile) for p in fit.design.recipe.profiles)


def _is_pair(asked: object) -> bool:
    numbers = list(asked) if hasattr(asked, "__iter__") and not isinstance(asked, str) else []
    kinds = [isinstance(value, int | float | np.number) for value in numbers]
    return len(kinds) == 2 and all(kinds)


def _no_moderator(variable: str, moderator: str) -> SpecError:
    is_same = variable == moderator
    return SpecError(
        f"'{moderator}' is the predictor itself."
        if is_same
        else f"The moderator '{moderator}' has categories, and no values between them.",
        where="johnson_neyman(), argument moderator",
        got=repr(moderator),
        need="a predictor that is a number, other than the one whose slope is asked for",
        do=f"show its slope with slopes('{variable}', by={offenders([moderator])}).",
        slug="moderator-not-number",
    )
