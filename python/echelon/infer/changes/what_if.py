"""What if: the predicted outcome of the same units after a change of predictors.

Room: infer/. Predicts before and after, and bounds the difference.
Takes: a `Fit`, the table that was fitted, and the changes.
Gives: `WhatIf`.
Source: docs/theory.md (23); McCulloch & Searle (2001), chapter 13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon._types import FloatArray
from echelon.errors import SpecError, near_matches
from echelon.fit import Fit
from echelon.infer.changes import averages as averaging
from echelon.infer.changes.averages import Averages
from echelon.infer.changes.response_changes import ResponseChanges
from echelon.infer.changes.what_if_change import Change, parse_changes
from echelon.infer.changes.what_if_rows import Scenario, read_units, scenario
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.coefficients.linear import COLUMNS, LinearInference
from echelon.infer.distributions import distributions
from echelon.infer.lines.slopes import outcome_notes
from echelon.infer.means.mean_notes import outcome_said
from echelon.infer.means.outcomes import Outcome, no_outcome, read_outcome
from echelon.options import option_fault, read_conf_level
from echelon.table import Table

VERB = "what_if()"
CAUSAL = (
    "What the model predicts is what would happen only if the coefficients are causal: no omitted"
    " variable explains both predictor and outcome."
)
NOT_DETERMINED = (
    "The data do not determine the difference: the change breaks a relation among predictors that"
    " holds in all rows of the fit."
)
MOST_DRAWN = 200  # averages whose joint covariance is formed for draws


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The answer to a what-if question.

    `table` has one row per average: `baseline` and `changed`, the predicted means before and
    after; `estimate`, their difference, with its uncertainty. `means` bounds the two predicted
    means themselves. `changes` are the changes in words; `draws` (n, m) are simulated differences
    of the m averages, jointly, or None.
    """

    table: Table
    means: Table
    changes: tuple[str, ...]
    draws: FloatArray | None

    def __repr__(self) -> str:
        return repr(self._shown())

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()

    def _shown(self) -> Table:
        """Leave out of print what makes the table too wide for a page."""
        kept = {k: v for k, v in self.table.data.items() if k not in ("n_obs", "std_error", "df")}
        return Table(kept, title=self.table.title, notes=self.table.notes)


def what_if(
    fit: Fit,
    data: Any = None,
    change: Mapping[str, Any] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    where: str | None = None,
    random: str = "all",
    df_method: str | None = None,
    conf_level: float | None = None,
    draws: int | None = None,
    seed: Any = None,
    outcome: str | None = None,
) -> WhatIf:
    """Predict the outcome of the same units after a change of predictors, with its uncertainty.

    The rows are encoded before and after the change and averaged; each average is a combination
    x'beta + z'b, and so is the difference. Its standard error has the uncertainty of beta and,
    where a changed predictor has a random slope, of the slopes of these very groups, and what the
    two have in common. Theory (23). Of a generalized model the predicted means, probabilities or
    counts of the rows are averaged, linearised in beta and b for their uncertainty. Theory (28).

    Parameters
    ----------
    fit : a fitted model.
    data : the table that was fitted, because a fit keeps no raw columns; or other units.
    change : what happens to each predictor: "* 1.10", "/ 2", "+ 5", "- 5", "10%" (ten per cent
        more), "= 3" or a number (set), or a category. Parsed, never evaluated.
    by : a column of the data, a list of them, or a grouping factor: one average per value; None
        for one over all rows.
    where : which rows change, as a subset: "sector == 'Public'"; averages are over all rows.
    random : 'all' predicts for the groups as they are, 'none' for their population; of a
        generalized model 'none' is a group whose random effects are zero, and 'population' the
        average over the random effects.
    df_method : how degrees of freedom are counted, as in `fit`.
    conf_level : of the intervals, in (0, 1); None for that of the fit.
    draws : number of simulated differences to keep, for functions of several averages.
    seed : of the draws: whole number, SeedSequence or Generator.
    outcome : of a generalized model, as in `marginal_means`: what is predicted.

    Returns
    -------
    `WhatIf`. Its table has the columns of `by`, then n_obs, baseline, changed, estimate
    (changed - baseline), std_error, df, conf_low, conf_high, in response units. df is infinite,
    the interval normal, where random slopes take part.

    Raises
    ------
    NotEstimableError : no table.
    SpecError : a change that cannot be read, of no predictor, or to no category.
    FrameError : the table lacks a column, or the condition cannot be read.

    Notes
    -----
    A group mean in the formula, gm(x, g), moves with the mean change of the group's units, and
    cwc(x, g) is a deviation from the moved mean: when all members change alike only the group
    mean moves, and the effect is the between-group one. A column of group means that was computed
    in the data stays as it is; change it, too. Notes below the table say how many rows leave the
    range of the data. Costs two encodings of the rows and a factorisation.

    Source
    ------
    Checked against predict() on a changed table, the dense twin's joint covariance, and emmeans.

    Examples
    --------
    >>> import echelon as ec
    >>> hsb = ec.datasets.load("hsb")
    >>> fit = ec.fit("mathach ~ ses + (ses | school)", hsb)
    >>> answer = fit.what_if(hsb, {"ses": "+ 0.5"}, by="sector", where="sector == 'Public'")
    >>> answer.table["estimate"].round(2).tolist()
    [1.26, 0.0]
    """
    level = fit.spec.conf_level if conf_level is None else read_conf_level(conf_level)
    positions = positions_of(fit, random, VERB)
    chosen = read_outcome(fit, "response", outcome) if fit.spec.is_generalized else None
    if chosen is None and outcome not in (None, "mean"):
        raise no_outcome(fit, str(outcome), ("mean",))
    changes = parse_changes(change, VERB)
    units = read_units(fit, data, VERB)
    asked = scenario(fit, units, changes, where, by, positions, VERB)
    codes, m = asked.averaging.codes, asked.averaging.n_averages
    if chosen is not None:
        return _generalized(
            fit, asked, chosen, random.casefold(), (changes, where), level, draws, seed
        )
    before = averaging.average(asked.before, positions, codes, m)
    after = averaging.average(asked.after, positions, codes, m)
    moved = averaging.difference(after, before)
    inference = linear_inference(fit, df_method)
    bounds = bounded(fit, inference, moved, level)
    labels = asked.averaging.labels
    words = tuple([one.text for one in changes])
    notes = (*asked.notes, *_lost(bounds["estimate"]), *outcome_notes(fit), CAUSAL)
    table = Table(
        {
            **labels,
            "n_obs": np.bincount(codes[codes >= 0], minlength=m),
            "baseline": averaging.estimates(fit, before),
            "changed": averaging.estimates(fit, after),
            **{name: bounds[name] for name in _SHOWN},
        },
        scales=dict.fromkeys(("baseline", "changed", *_SCALED), "response"),
        title=_title(words, where),
        notes=notes,
    )
    simulated = None if draws is None else _draws(fit, inference, moved, draws, seed)
    return WhatIf(table, _means(fit, inference, (before, after), labels, level), words, simulated)


def _generalized(
    fit: Fit,
    asked: Scenario,
    outcome: Outcome,
    random: str,
    change: tuple[tuple[Change, ...], str | None],
    level: float,
    draws: int | None,
    seed: Any,
) -> WhatIf:
    """Answer for a generalized model, on the scale of the response."""
    codes, m = asked.averaging.codes, asked.averaging.n_averages
    predictor = ResponseChanges(fit, outcome, random)
    before, after = (
        predictor.average(rows, channels, asked.positions, codes, m)
        for rows, channels in zip((asked.before, asked.after), asked.channels, strict=True)
    )
    moved = predictor.difference(after, before)
    bounds = predictor.bounded(moved, level)
    n_values = max(len(outcome.axis), 1)
    labels = {name: np.tile(column, n_values) for name, column in asked.averaging.labels.items()}
    if outcome.axis:
        names = np.array(outcome.axis, dtype=object)
        labels[fit.design.response_name] = np.repeat(names, m)
    words = tuple([one.text for one in change[0]])
    is_population = random == "population"  # no group by itself takes part
    notes = [text for text in asked.notes if not (is_population and text.startswith("Groups of"))]
    table = Table(
        {
            **labels,
            "n_obs": np.tile(np.bincount(codes[codes >= 0], minlength=m), n_values),
            "baseline": before.values,
            "changed": after.values,
            **{name: bounds[name] for name in _SHOWN},
        },
        scales=dict.fromkeys(("baseline", "changed", *_SCALED), "response"),
        title=_title(words, change[1]),
        notes=(*outcome_said(fit, outcome, random), *notes, CAUSAL),
    )
    ends = [predictor.bounded(one, level, on_link=True) for one in (before, after)]
    simulated = None
    if draws is not None:
        count = _count(draws, len(moved.values))
        simulated = _simulated(moved.values, predictor.covariance(moved), count, seed)
    return WhatIf(table, _mean_table(ends, labels), words, simulated)


def _lost(estimate: FloatArray) -> tuple[str, ...]:
    """Say why differences (m,) are missing."""
    return (NOT_DETERMINED,) if np.isnan(estimate).any() else ()


_SHOWN = ("estimate", "std_error", "df", "conf_low", "conf_high")
_SCALED = ("estimate", "std_error", "conf_low", "conf_high")


def bounded(
    fit: Fit, inference: LinearInference, averages: Averages, conf_level: float
) -> dict[str, FloatArray]:
    """Estimate, test and bound averages.

    By t with the df of the fixed effects where no random effect takes part, else by the normal.

    Returns
    -------
    Columns estimate, std_error, statistic, df, p_value, conf_low, conf_high, (m,) each; NaN where
    the data do not determine an average.
    """
    if not averages.has_random:
        columns = inference.rows(averages.X, conf_level, -averages.offset)
        for name in ("estimate", "conf_low", "conf_high"):
            columns[name] = columns[name] + averages.offset
        return columns
    known = np.where(inference.is_estimable(averages.X), 1.0, np.nan)
    estimate = known * averaging.estimates(fit, averages)
    std_error = known * np.sqrt(averaging.variances(fit, averages))
    df = np.full(len(estimate), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    margin = distributions.t_quantile(conf_level, df) * std_error
    p_value = distributions.t_p_value(statistic, df)
    values = (estimate, std_error, statistic, df, p_value, estimate - margin, estimate + margin)
    return dict(zip(COLUMNS, values, strict=True))


def positions_of(fit: Fit, random: object, verb: str) -> tuple[int, ...]:
    """Read `random`: the places of the blocks whose modes take part."""
    choices = ("all", "none", *(("population",) if fit.spec.is_generalized else ()))
    if not isinstance(random, str) or random.casefold() not in choices:
        raise SpecError(
            f"The option random cannot be {random!r}.",
            where=f"{verb}, option random",
            got=repr(random),
            need="'all' or 'none'" + ", or 'population'" * fit.spec.is_generalized,
            do=near_matches(str(random), choices),
            slug="unknown-random",
        )
    return tuple(range(len(fit.design.rows.blocks))) if random.casefold() != "none" else ()


def _means(
    fit: Fit,
    inference: LinearInference,
    pair: tuple[Averages, Averages],
    labels: Mapping[str, NDArray[Any]],
    conf_level: float,
) -> Table:
    """Bound the predicted means before and after, one below the other."""
    return _mean_table([bounded(fit, inference, one, conf_level) for one in pair], labels)


def _mean_table(
    pair: Sequence[Mapping[str, FloatArray]], labels: Mapping[str, NDArray[Any]]
) -> Table:
    before, after = pair
    m = len(before["estimate"])
    return Table(
        {
            **{name: np.concatenate([values, values]) for name, values in labels.items()},
            "scenario": np.array(["baseline"] * m + ["changed"] * m, dtype=object),
            **{name: np.concatenate([before[name], after[name]]) for name in _SHOWN},
        },
        scales=dict.fromkeys(_SCALED, "response"),
        title="Predicted means before and after",
    )


def _draws(
    fit: Fit, inference: LinearInference, averages: Averages, draws: object, seed: Any
) -> FloatArray:
    """Simulate differences jointly from their normal distribution, (draws, m)."""
    count = _count(draws, len(averages.X))
    if averages.has_random:
        spread = averaging.covariance(fit, averages)
    else:
        spread = inference.covariance(averages.X)
    return _simulated(averaging.estimates(fit, averages), spread, count, seed)


def _count(draws: object, m: int) -> int:
    """Read the number of draws of m averages."""
    is_count = isinstance(draws, int) and not isinstance(draws, bool) and draws > 0
    if is_count and m <= MOST_DRAWN:
        return int(str(draws))
    raise option_fault(
        f"The option draws cannot be {draws!r}."
        if not is_count
        else "There are too many averages for joint draws.",
        "draws",
        repr(draws) if not is_count else f"{m:,} averages",
        "a whole number above zero" if not is_count else f"at most {MOST_DRAWN} averages",
        "write draws=1000." if not is_count else "average by something with fewer values.",
        "draws-count",
    )


def _simulated(centre: FloatArray, spread: FloatArray, count: int, seed: Any) -> FloatArray:
    """Draw from a normal distribution, (count, m)."""
    generator = _generator(seed)
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn: FloatArray = centre + generator.standard_normal((count, len(centre))) @ root.T
    return drawn


def _generator(seed: Any) -> np.random.Generator:
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise option_fault(
            f"The seed cannot be {seed!r:.40}.",
            "seed",
            f"{seed!r:.80}",
            "a whole number of at least 0, or a numpy SeedSequence or Generator",
            "write seed=1, for example, or leave seed out.",
            "seed",
        ) from None


def _title(words: tuple[str, ...], where: str | None) -> str:
    return f"What if {', '.join(words)}" + (f", where {where}" if where is not None else "")
