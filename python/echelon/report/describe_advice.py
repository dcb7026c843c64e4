"""What follows for a model from the facts of a description: one sentence or two per finding.

Room: report/. Words what `measure.describe` found; a kind of outcome may change the advice.
Takes: a `Description`.
Gives: lines of advice.
Source: McNeish & Stapleton (2016) for groups; Peduzzi et al. (1996) for events per coefficient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from echelon.measure.describe import (
    FEW_GROUPS,
    SMALL_GROUP,
    SOME_GROUPS,
    Description,
    Finding,
    GroupingDescription,
    Topic,
)
from echelon.measure.outcome_kind import Events
from echelon.typeset import numbers
from echelon.typeset.layout import printable

EVENTS_PER_COEFFICIENT = 10


def advice(description: Description) -> Iterator[str]:
    """Say what a model of these data could support: first the outcome, then factor by factor."""
    if description.events is not None and description.outcome is not None:
        yield _support(description.events, description.outcome)
    for grouping in description.groupings:
        yield from grouping_advice(grouping, description)


def grouping_advice(grouping: GroupingDescription, description: Description) -> Iterator[str]:
    """Say what follows from the findings of one factor."""
    name = printable(grouping.grouping)
    special = _BINARY if description.events else _COUNTS if description.tally else {}
    words = _ADVICE | special
    for finding in grouping.findings:
        yield f"{name}: {words[finding.topic](finding)}"
    spread = grouping.spread
    if spread is not None and spread.icc_low == 0:
        yield (
            f"{name}: the interval of the ICC reaches zero; a variance "
            "between groups is not certain in these data."
        )


def _support(events: Events, outcome: str) -> str:
    is_rare = events.n_events <= events.n_other
    rarer = min(events.n_events, events.n_other)
    name = printable(f"{outcome} = {events.event if is_rare else events.other}")
    number = rarer // EVENTS_PER_COEFFICIENT
    rule = f"at {EVENTS_PER_COEFFICIENT} per coefficient (Peduzzi et al. 1996)"
    start = f"{name} is the rarer outcome: its {numbers.count(rarer)} row{'s' * (rarer > 1)}"
    if not number:
        return f"{start} {'are' if rarer > 1 else 'is'} too few for any predictor {rule}."
    plural = "coefficient" if number == 1 else "coefficients"
    return (
        f"{start} support about {numbers.count(number)} {plural} {rule}; for predictors of groups, "
        "the number of groups is the limit."
    )


def _one_row(finding: Finding) -> str:
    single = finding.value == 1
    who, tells = ("group has", "it tells") if single else ("groups have", "they tell")
    return (
        f"{_count(finding)} {who} one row; {tells} nothing about the spread "
        "within groups, but may stay in the model."
    )


def _uniform(finding: Finding) -> str:
    single = finding.value == 1
    who, them = (
        ("group has", "it, its own fixed effect")
        if single
        else ("groups have", "them, their own fixed effects")
    )
    return (
        f"{_count(finding)} {who} the same outcome in every row; a random effect can describe "
        f"{them} would be infinite."
    )


def _count(finding: Finding) -> str:
    return numbers.count(int(finding.value))


_Words = dict[Topic, Callable[[Finding], str]]

_ADVICE: _Words = {
    "one-group": lambda _: (
        "one group only; a random effect cannot be estimated. Leave this factor out, or check the "
        "filter applied to it."
    ),
    "few-groups": lambda finding: (
        f"{_count(finding)} groups, fewer than {FEW_GROUPS}; the variance "
        "between groups will be known poorly and standard errors of group-level predictors will "
        "be too small. Use REML, and consider the groups as fixed effects."
    ),
    "some-groups": lambda finding: (
        f"{_count(finding)} groups, fewer than {SOME_GROUPS}; use REML "
        "rather than ML, keep to one or two random effects per group, and few group-level "
        "predictors."
    ),
    "small-groups": lambda finding: (
        f"the typical group has {numbers.half(finding.value)} rows, fewer than {SMALL_GROUP}; a "
        "random intercept is possible if groups are many, random slopes hardly."
    ),
    "one-row-groups": _one_row,
    "all-one-row": lambda _: (
        "every group has one row; variance between groups and residual variance cannot be told "
        "apart. This factor cannot have a random effect."
    ),
    "uniform-groups": _uniform,
    "overdispersed": lambda finding: (
        f"within groups the variance is {numbers.significant(finding.value)} times the mean, more "
        f"than {finding.threshold:g}; if predictors do not explain it, the standard errors of a "
        'Poisson model will be too small. Compare with family="nbinom2".'
    ),
}

# No REML beyond the Gaussian family.
_NOT_GAUSSIAN: _Words = {
    "few-groups": lambda finding: (
        f"{_count(finding)} groups, fewer than {FEW_GROUPS}; the variance "
        "between groups will be known poorly and estimated too small, and so will standard errors "
        "of group-level predictors. Consider the groups as fixed effects."
    ),
    "some-groups": lambda finding: (
        f"{_count(finding)} groups, fewer than {SOME_GROUPS}; keep to one or two random effects "
        "per group, and few group-level predictors."
    ),
}
_BINARY: _Words = _NOT_GAUSSIAN | {
    "small-groups": lambda finding: (
        f"the typical group has {numbers.half(finding.value)} rows, fewer than {SMALL_GROUP}; a "
        "random intercept is possible if groups are many, random slopes hardly. Laplace may "
        'understate the variance in so small groups: try quadrature="auto".'
    ),
    "all-one-row": lambda _: (
        "every group has one row; the variance between groups cannot be told from the chance of "
        "a single outcome. This factor cannot have a random effect."
    ),
}
_COUNTS: _Words = _NOT_GAUSSIAN | {
    "all-one-row": lambda _: (
        "every group has one row; a random effect of it is one of each row, which takes up "
        "variance beyond the mean in a Poisson model, and cannot be told apart in others."
    ),
}
