"""How an outcome varies over groups, as tables: numbers, two categories or counts.

Room: report/. Sets what `measure.describe` counted of an outcome.
Takes: a `Description` that has an outcome.
Gives: blocks of lines for `describe`.
Source: docs/reference, describe.
"""

from __future__ import annotations

from echelon.measure.binary import GroupShare, Prevalence
from echelon.measure.describe import Description, GroupingDescription
from echelon.measure.one_way import Spread
from echelon.measure.outcome_kind import Events
from echelon.typeset import numbers
from echelon.typeset.layout import Column, grid, printable

_NORMAL = "  By analysis of variance; the interval is exact for normal data (Wald 1940)."
_OBSERVED = (
    "  On the observed scale, by analysis of variance of 0 and 1; the interval by the jackknife "
    "over groups."
)
_LATENT = (
    "  By moments: the normal distribution of logits that has this prevalence and this observed "
    "ICC, its variance over itself plus pi^2/3. By model: a logistic model without predictors, "
    "by quadrature; its interval is symmetric on the logit scale."
)
_POISSON = (
    "  Dispersion is the variance within groups over the mean, 1 for Poisson counts; expected "
    "zeros are those of Poisson counts with the mean of each group, predictors aside."
)


def outcome_blocks(description: Description, outcome: str, width: int) -> list[list[str]]:
    """Describe the outcome of a description in blocks of lines.

    Parameters
    ----------
    description : what `measure.describe.describe` found.
    outcome : name of the outcome.
    width : columns of the terminal.

    Returns
    -------
    Blocks, in order; sentences in them are not folded yet.
    """
    if description.events is not None:
        return _binary(description, description.events, outcome, width)
    blocks = [grid(_spreads(description, outcome), width)]
    if description.tally is not None:
        blocks = [_tally(description, outcome), *blocks, _counts(description, outcome, width)]
    return [*blocks, [*grid(_likeness(description, outcome), width), _NORMAL]]


def event_name(events: Events, outcome: str) -> str:
    """Name the event in print, e.g. 'use = Y'."""
    return f"{printable(outcome)} = {printable(events.event)}"


def _binary(description: Description, events: Events, outcome: str, width: int) -> list[list[str]]:
    name, n = event_name(events, outcome), events.n_events + events.n_other
    share = numbers.percent(events.n_events / n)
    sentence = (
        f"{name} in {numbers.count(events.n_events)} of {numbers.count(n)} rows ({share}), "
        f"{printable(events.other)} in the others."
    )
    extremes = [
        grid(_extremes(each, each.prevalence, name), width)
        for each in description.groupings
        if each.prevalence is not None and each.n_groups > 1 and each.n_one_row < each.n_groups
    ]
    return [
        [sentence],
        grid(_shares(description, events, name), width),
        *extremes,
        [*grid(_likeness(description, name), width), _OBSERVED],
        [*grid(_latent(description, name), width), _LATENT],
    ]


def _shares(description: Description, events: Events, name: str) -> tuple[Column, ...]:
    found = [p for p in (each.prevalence for each in description.groupings) if p is not None]
    heads = ("lowest", "25%", "median", "75%", "highest")
    places = (
        Column(head, tuple(numbers.percent(p.shares[k]) for p in found))
        for k, head in enumerate(heads)
    )
    return (
        Column(f"Share of {name}", _names(description), "left"),
        *places,
        Column(f"all {printable(events.other)}", tuple(numbers.count(p.n_without) for p in found)),
        Column(f"all {printable(events.event)}", tuple(numbers.count(p.n_only) for p in found)),
    )


def _extremes(
    grouping: GroupingDescription, prevalence: Prevalence, name: str
) -> tuple[Column, ...]:
    """Set groups in ascending order of their share, those in the middle left out."""
    gap: list[GroupShare | None] = [None] if prevalence.highest else []
    rows = [*prevalence.lowest, *gap, *reversed(prevalence.highest)]
    return (
        Column(
            f"Groups of {printable(grouping.grouping)}",
            tuple("..." if row is None else printable(row.group) for row in rows),
            "left",
        ),
        Column("rows", tuple("" if row is None else numbers.count(row.n_rows) for row in rows)),
        Column(name, tuple("" if row is None else numbers.count(row.n_events) for row in rows)),
        Column("share", tuple("" if row is None else numbers.percent(row.share) for row in rows)),
    )


def _latent(description: Description, name: str) -> tuple[Column, ...]:
    found = [p for p in (each.prevalence for each in description.groupings) if p is not None]
    level = numbers.percent_label(_found(description)[0].conf_level)
    return (
        Column(f"ICC of the logit of {name}", _names(description), "left"),
        Column("by moments", tuple(numbers.percent(p.latent_icc) for p in found)),
        Column(f"{level} low", tuple(numbers.percent(p.latent_low) for p in found)),
        Column(f"{level} high", tuple(numbers.percent(p.latent_high) for p in found)),
        Column("by model", tuple(numbers.percent(p.model_icc) for p in found)),
        Column(f"{level} low", tuple(numbers.percent(p.model_low) for p in found)),
        Column(f"{level} high", tuple(numbers.percent(p.model_high) for p in found)),
    )


def _tally(description: Description, outcome: str) -> list[str]:
    tally = description.tally
    assert tally is not None  # the caller has looked
    mean, variance = (numbers.significant(value) for value in (tally.mean, tally.variance))
    ratio = numbers.significant(tally.variance / tally.mean)
    zeros = numbers.percent(tally.n_zero / description.rows.n_used)
    return [
        f"{printable(outcome)} looks like counts: mean {mean}, variance {variance} ({ratio} times "
        f"the mean), {zeros} of the rows zero."
    ]


def _counts(description: Description, outcome: str, width: int) -> list[str]:
    found = [c for c in (each.counts for each in description.groupings) if c is not None]
    columns = (
        Column(f"Counts of {printable(outcome)} within", _names(description), "left"),
        Column("dispersion", tuple(numbers.significant(c.dispersion) for c in found)),
        Column("zeros", tuple(numbers.percent(c.zeros) for c in found)),
        Column("zeros expected", tuple(numbers.percent(c.zeros_expected) for c in found)),
    )
    return [*grid(columns, width), _POISSON]


def _names(description: Description) -> tuple[str, ...]:
    return tuple(printable(each.grouping) for each in description.groupings)


def _spreads(description: Description, outcome: str) -> tuple[Column, ...]:
    spreads = _found(description)
    rows = [(s.mean, s.sd_within, s.sd_between) for s in spreads]
    cells = list(zip(*numbers.number_rows(rows, [_precision(s) for s in spreads], 3), strict=True))
    return (
        Column(f"Spread of {printable(outcome)}", _names(description), "left"),
        Column("mean", cells[0]),
        Column("SD within", cells[1]),
        Column("SD between", cells[2]),
    )


def _precision(spread: Spread) -> float:
    known = [sd for sd in (spread.sd_within, spread.sd_between) if sd > 0]
    return min(known, default=spread.mean)


def _likeness(description: Description, name: str) -> tuple[Column, ...]:
    spreads = _found(description)
    level = numbers.percent_label(spreads[0].conf_level)
    return (
        Column(f"ICC of {printable(name)}", _names(description), "left"),
        Column("ICC", tuple(numbers.percent(s.icc) for s in spreads)),
        Column(f"{level} low", tuple(numbers.percent(s.icc_low) for s in spreads)),
        Column(f"{level} high", tuple(numbers.percent(s.icc_high) for s in spreads)),
        Column("design effect", tuple(numbers.fixed(s.design_effect, 2) for s in spreads)),
        Column("effective rows", tuple(numbers.rounded_count(s.effective_n) for s in spreads)),
    )


def _found(description: Description) -> list[Spread]:
    return [each.spread for each in description.groupings if each.spread is not None]
