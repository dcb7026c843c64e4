"""The trade-off: how much of one predictor offsets a change of another.

Room: infer/. Solves for the change after which the predicted mean is what it was.
Takes: a `Fit`, the table that was fitted, the predictor to solve for, and the other changes.
Gives: `TradeOff`, a Table with sentences.
Source: docs/theory.md (23); Fieller (1954), Journal of the Royal Statistical Society B 16,
    175-185.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from echelon._types import FloatArray
from echelon.errors import DesignError, SpecError
from echelon.fit import Fit
from echelon.frame.columns import Categorical
from echelon.infer.changes import averages as averaging
from echelon.infer.changes.averages import Averages
from echelon.infer.changes.response_changes import ResponseChanges, one_number
from echelon.infer.changes.what_if import CAUSAL, bounded, positions_of
from echelon.infer.changes.what_if_change import Change, parse_changes
from echelon.infer.changes.what_if_rows import Scenario, Units, read_units, scenario
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.distributions import distributions
from echelon.infer.lines.crossing import crossings
from echelon.infer.lines.zero_region import Line, ZeroRegion, zero_region
from echelon.options import read_conf_level
from echelon.table import Table

VERB = "trade_off()"
STRAIGHT = 1e-9  # share of the columns by which a straight line may be missed
LOOKED_AT = 41  # changes at which a curve is looked at, within twice the range on either side
MOST_SENTENCES = 6
BETWEEN, OUTSIDE, EVERYWHERE = "between", "outside", "everywhere"


@dataclass(frozen=True, slots=True)
class Answer:
    """The change that offsets the others, for one average: the estimate and what is compatible."""

    estimate: float
    std_error: float
    df: float
    region: ZeroRegion


NO_ANSWER = Answer(np.nan, np.nan, np.nan, ZeroRegion(EVERYWHERE, np.nan, np.nan))
NO_EFFECT = Answer(0.0, 0.0, np.nan, ZeroRegion(BETWEEN, 0.0, 0.0))


def trade_off(
    fit: Fit,
    data: Any = None,
    offset: str = "",
    against: Mapping[str, Any] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    where: str | None = None,
    random: str = "all",
    df_method: str | None = None,
    conf_level: float | None = None,
    outcome: str | None = None,
) -> Table:
    """Solve for the change of one predictor that makes up for a change of others.

    "How much more staffing offsets 15 more minutes of waiting?": the amount to add to every
    unit's `offset` so that the mean predicted outcome is what it was. In a model that is linear
    in it, the amount is a ratio, - effect / slope, and its interval is Fieller's: all amounts
    after which the difference cannot be told from zero. It may be unbounded, which is said.
    Elsewhere, and on the response's scale of a generalized model, root and limits are found by
    search. Theory (23) and (28).

    Parameters
    ----------
    fit : a fitted model.
    data : the table that was fitted, because a fit keeps no raw columns; or other units.
    offset : the predictor to solve for, a column of numbers.
    against : what happens to the others, as in `what_if`: {"waiting": "+ 15"}.
    by, where, random, df_method, conf_level, outcome : as in `what_if`; the outcome is one number,
        of ordered categories their mean number ('score').

    Returns
    -------
    Table with the columns of `by`, then effect (of the changes in `against`, response units),
    estimate (the amount to add, in units of `offset`), std_error (delta method), df, conf_low,
    conf_high, interval ('between' the limits; 'outside': only the values that the note names are
    ruled out; 'everywhere': none is), and a sentence per average below it.

    Raises
    ------
    NotEstimableError : no table.
    SpecError : as in `what_if`; `offset` has categories, or is among the changes.

    Source
    ------
    Fieller (1954). Coverage by simulation in tests/unit/infer/test_trade_off.py.

    Examples
    --------
    >>> import echelon as ec
    >>> hsb = ec.datasets.load("hsb")
    >>> fit = ec.fit("mathach ~ ses + minority + (1 | school)", hsb)
    >>> answer = fit.trade_off(hsb, "ses", {"minority": "Yes"}, where="minority == 'No'")
    >>> answer["estimate"].round(2).tolist()
    [1.38]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    changes = parse_changes(against, VERB)
    if offset in [one.name for one in changes]:
        raise _twice(offset)
    question = _Question(
        fit,
        read_units(fit, data, VERB),
        offset,
        changes,
        where,
        by,
        positions_of(fit, random, VERB),
    )
    inference = linear_inference(fit, df_method)
    if fit.spec.is_generalized:
        chosen = one_number(fit, outcome, VERB)
        changed = ResponseChanges(fit, chosen, random.casefold())
        judge = partial(question.judged, changed, conf_level=level)
        answers = _curved(question, judge, level)
        return _table(question, answers, judge(0.0)["estimate"], level)
    start, step = question.moved(0.0), question.range
    slope = _slope(question, start, step)
    if slope is not None:
        answers = _straight(fit, inference, start, slope, level)
    else:
        answers = _curved(
            question, lambda amount: bounded(fit, inference, question.moved(amount), level), level
        )
    effect = averaging.estimates(fit, start)
    return _table(question, answers, effect, level)


class _Question:
    """What is asked: everything but the amount."""

    def __init__(
        self,
        fit: Fit,
        units: Units,
        offset: str,
        changes: tuple[Change, ...],
        where: str | None,
        by: str | Sequence[str] | None,
        positions: tuple[int, ...],
    ) -> None:
        self.fit, self.units, self.offset, self.changes = fit, units, offset, changes
        self._where, self._by, self._positions = where, by, positions
        column = units.frame.columns.get(offset)
        if isinstance(column, Categorical):
            raise _not_a_number(offset)
        self.asked = self.scenario(0.0)
        self.range = float(np.ptp(column.values)) or 1.0 if column is not None else 1.0

    def scenario(self, amount: float) -> Scenario:
        """Rows before, and after all changes with `amount` added to the offset."""
        added = Change(self.offset, "+", amount, f"+ {amount:g}")
        changes = (*self.changes, added)
        return scenario(self.fit, self.units, changes, self._where, self._by, self._positions, VERB)

    def moved(self, amount: float) -> Averages:
        """Average after minus before."""
        asked = self.asked if amount == 0.0 else self.scenario(amount)
        codes, m = asked.averaging.codes, asked.averaging.n_averages
        pair = [
            averaging.average(rows, self._positions, codes, m)
            for rows in (asked.after, asked.before)
        ]
        return averaging.difference(*pair)

    def judged(
        self, changed: ResponseChanges, amount: float, conf_level: float
    ) -> Mapping[str, FloatArray]:
        """Bound the changes of the means of a generalized model."""
        asked = self.asked if amount == 0.0 else self.scenario(amount)
        codes, m = asked.averaging.codes, asked.averaging.n_averages
        before, after = (
            changed.average(rows, channels, asked.positions, codes, m)
            for rows, channels in zip((asked.before, asked.after), asked.channels, strict=True)
        )
        return changed.bounded(changed.difference(after, before), conf_level)

    def in_words(self) -> str:
        """Word the changes to make up for."""
        return ", ".join(one.text for one in self.changes)


def _slope(question: _Question, start: Averages, step: float) -> Averages | None:
    """Give the change of the averages per unit of the offset; None where it is not constant."""
    half, full = question.moved(step / 2), question.moved(step)
    rise = averaging.difference(full, half)
    bend = averaging.difference(rise, averaging.difference(half, start))
    slope = averaging.scaled(averaging.difference(full, start), 1 / step)
    size = _size(full) + _size(start)
    return slope if _size(bend) <= STRAIGHT * size else None


def _size(averages: Averages) -> float:
    sizes = [averages.X, averages.offset, *[part.Z for part in averages.parts]]
    return max(float(np.abs(values).max(initial=0.0)) for values in sizes)


def _straight(
    fit: Fit, inference: LinearInference, start: Averages, slope: Averages, conf_level: float
) -> list[Answer]:
    """Solve effect + amount * slope = 0 for each average, with Fieller's limits."""
    m = len(start.X)
    answers = []
    for i in range(m):
        pick = np.zeros((2, m))
        pick[0, i] = 1.0
        pair = averaging.combine([(pick, start), (pick[::-1], slope)])
        along = _line(fit, inference, pair)
        a, b = along.estimate
        if not (np.isfinite([a, b]).all() and b != 0.0):
            answers.append(NO_ANSWER)
            continue
        if a == 0.0 and along.covariance[0, 0] == 0.0:  # no row of this average changes
            answers.append(NO_EFFECT)
            continue
        amount = float(-a / b)
        weights = np.array([1.0, amount])
        std_error = float(np.sqrt(weights @ along.covariance @ weights) / abs(b))
        region = zero_region(along, conf_level)
        answers.append(Answer(amount, std_error, along.df(amount), region))
    return answers


def _line(fit: Fit, inference: LinearInference, pair: Averages) -> Line:
    """Make the line effect + amount * slope, with or without random effects."""
    known = np.where(inference.is_estimable(pair.X), 1.0, np.nan)
    estimate = known * averaging.estimates(fit, pair)
    if pair.has_random:
        return Line(estimate, averaging.covariance(fit, pair), lambda amount: np.inf)
    L = pair.X

    def df(amount: float) -> float:
        row = L[1] if np.isinf(amount) else L[0] + amount * L[1]
        return float(inference.degrees.rows(row[None, :])[0])

    return Line(estimate, inference.covariance(L), df)


def _curved(
    question: _Question, judge: Callable[[float], Mapping[str, FloatArray]], conf_level: float
) -> list[Answer]:
    """Search for the root nearest to zero and for where the difference leaves its limits."""

    @lru_cache(maxsize=4096)
    def at(amount: float) -> Mapping[str, FloatArray]:
        try:
            return judge(amount)
        except DesignError:  # a logarithm of what is not positive, say
            nothing = np.full(question.asked.averaging.n_averages, np.nan)
            return {"estimate": nothing, "std_error": nothing, "df": nothing}

    def column(name: str, amounts: FloatArray, i: int) -> FloatArray:
        return np.array([at(float(amount))[name][i] for amount in amounts])

    def excess(amounts: FloatArray, i: int) -> FloatArray:
        t = distributions.t_quantile(conf_level, column("df", amounts, i))
        size = np.abs(column("estimate", amounts, i))
        return np.asarray(size - t * column("std_error", amounts, i))

    points = np.linspace(-2 * question.range, 2 * question.range, LOOKED_AT)
    step = 1e-4 * question.range
    answers = []
    for i in range(question.asked.averaging.n_averages):
        roots = crossings(partial(column, "estimate", i=i), points)
        if not roots:
            answers.append(NO_ANSWER)
            continue
        root = min(roots, key=abs)
        edges = crossings(partial(excess, i=i), points)
        low = max([edge for edge in edges if edge <= root], default=-np.inf)
        high = min([edge for edge in edges if edge >= root], default=np.inf)
        near = column("estimate", np.array([root - step, root + step]), i)
        std_error = float(at(root)["std_error"][i] * 2 * step / abs(near[1] - near[0]))
        region = ZeroRegion(BETWEEN, low, high)
        answers.append(Answer(root, std_error, float(at(root)["df"][i]), region))
    return answers


def _table(
    question: _Question, answers: list[Answer], effect: FloatArray, conf_level: float
) -> Table:
    labels = question.asked.averaging.labels
    limits = [
        (one.region.low, one.region.high) if one.region.kind == BETWEEN else (-np.inf, np.inf)
        for one in answers
    ]
    notes = (*_sentences(question, answers, conf_level), *_range_notes(question, answers))
    amounts = ("estimate", "std_error", "conf_low", "conf_high")
    return Table(
        {
            **labels,
            "effect": effect,
            "estimate": np.array([one.estimate for one in answers]),
            "std_error": np.array([one.std_error for one in answers]),
            "df": np.array([one.df for one in answers]),
            "conf_low": np.array([low for low, _ in limits]),
            "conf_high": np.array([high for _, high in limits]),
            "interval": np.array([one.region.kind for one in answers], dtype=object),
        },
        scales={"effect": "response"} | dict.fromkeys(amounts, question.offset),
        title=f"Change of {question.offset} that offsets {question.in_words()}",
        notes=(*notes, CAUSAL),
    )


def _sentences(question: _Question, answers: list[Answer], conf_level: float) -> list[str]:
    labels = question.asked.averaging.labels
    sentences = []
    for i, answer in enumerate(answers[:MOST_SENTENCES]):
        own = ", ".join(f"{name} {values[i]}" for name, values in labels.items())
        head = f"{own}: " if own else ""
        sentences.append(head + _sentence(question, answer, conf_level))
    return sentences


def _sentence(question: _Question, answer: Answer, conf_level: float) -> str:
    """Say one answer in words, unbounded limits above all."""
    name, words = question.offset, question.in_words()
    if np.isnan(answer.estimate):
        return f"no change of {name} that was looked at offsets {words}."
    if answer is NO_EFFECT:
        return f"{words} changes nothing, and there is nothing to offset."
    text = f"{words} is offset by {name} {answer.estimate:+.4g}"
    low, high, percent = answer.region.low, answer.region.high, f"{100 * conf_level:g}%"
    if answer.region.kind == BETWEEN and np.isfinite([low, high]).all():
        return f"{text} ({percent} limits {low:.4g} to {high:.4g})."
    if answer.region.kind == BETWEEN:
        side = f"at least {low:.4g}" if np.isfinite(low) else f"at most {high:.4g}"
        side = side if np.isfinite(low) or np.isfinite(high) else "any that was looked at"
        return f"{text}; the data do not bound it on both sides: {side} ({percent})."
    if answer.region.kind == OUTSIDE:
        return (
            f"{text}, but the limits are unbounded: the effect of {name} cannot be told from zero,"
            f" and only changes between {low:.4g} and {high:.4g} are ruled out ({percent})."
        )
    return (
        f"{text}, but no change is ruled out: neither the effect of {name} nor that of"
        f" {words} can be told from zero ({percent})."
    )


def _range_notes(question: _Question, answers: list[Answer]) -> list[str]:
    """Say what the largest change does to the range of the data."""
    finite = [one.estimate for one in answers if np.isfinite(one.estimate)]
    if not finite:
        return []
    return list(question.scenario(max(finite, key=abs)).notes)


def _twice(offset: str) -> SpecError:
    return SpecError(
        f"The predictor '{offset}' cannot offset a change of itself.",
        where=f"{VERB}, arguments offset and against",
        got=repr(offset),
        need="two different predictors",
        do="name another predictor as offset.",
        slug="trade-off-twice",
    )


def _not_a_number(offset: str) -> SpecError:
    return SpecError(
        f"The predictor '{offset}' has categories; no amount of it can be solved for.",
        where=f"{VERB}, argument offset",
        got=repr(offset),
        need="a predictor that is a number",
        do="compare its categories with what_if().",
        slug="trade-off-of-categories",
    )
