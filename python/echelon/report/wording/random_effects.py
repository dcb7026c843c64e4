"""Words for random effects: their shape, and groups unlike the others.

Room: report/wording.
Takes: findings of check/random_shape and outlying_groups.
Gives: `WORDS`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from echelon.check.finding import Finding
from echelon.report.verdict import names_in_words
from echelon.report.wording.effects import effects_text
from echelon.report.wording.words import Words, chance, robust
from echelon.typeset.numbers import count, fixed, percent, significant

HARM = (
    "Fixed effects and their standard errors hardly suffer; the intervals of variances, and "
    "predictions for new groups, do."
)


def random_skewness(finding: Finding) -> Words:
    """Word how lopsided the effects of groups are."""
    facts, title = finding.facts, "Random effects: symmetry"
    effect, value = _effect(facts), _value("skewness", finding)
    if facts["is_few"]:
        return _few(title, effect, value, facts)
    if finding.verdict == "fine":
        return Words(
            title,
            f"The random {effect} are about symmetric ({value}).",
            _seen(facts),
        )
    how = "strongly" if finding.verdict == "act" else "moderately"
    side = "above" if finding.value > 0 else "below"
    return Words(
        title,
        f"The random {effect} are {how} skewed, with some groups far {side} the others ({value}).",
        HARM,
        "Look for a predictor of the groups that is missing, and compare with robust standard "
        "errors.",
        robust(facts),
    )


def random_tails(finding: Finding) -> Words:
    """Word how heavy the tails of the effects of groups are."""
    facts, title = finding.facts, "Random effects: tails"
    effect, value = _effect(facts), _value("excess kurtosis", finding)
    if facts["is_few"]:
        return _few(title, effect, value, facts)
    if finding.verdict == "fine":
        return Words(
            title,
            f"The random {effect} have about the tails of a normal distribution ({value}).",
            _seen(facts),
        )
    if finding.value < 0:
        return Words(
            title,
            f"The random {effect} have lighter tails than a normal distribution, as two "
            f"kinds of groups would bring about ({value}).",
            HARM,
            "Look for a predictor that tells two kinds of groups apart.",
            robust(facts),
        )
    return Words(
        title,
        f"The random {effect} have heavier tails than a normal distribution ({value}).",
        f"Few groups decide about the variance between groups. {HARM}",
        "See which groups are far out, and what the estimates are without each of them.",
        _influence(facts),
    )


def random_joint_tails(finding: Finding) -> Words:
    """Word the joint shape of several effects per group."""
    facts, title = finding.facts, "Random effects: joint shape"
    effects = f"{effects_text(facts['names'])} by {facts['grouping']}"
    value = (
        f"Mardia's kurtosis {fixed(finding.value, 2)} times that of a normal distribution"
        f"{chance(finding, finding.value)}"
    )
    if facts["is_few"]:
        return _few(title, effects, value, facts)
    if finding.verdict == "fine":
        return Words(
            title,
            f"Taken together, the random {effects} look multivariate normal ({value}).",
            "Neither single groups nor odd combinations of effects stand out.",
        )
    return Words(
        title,
        f"Taken together, the random {effects} have heavier tails than a multivariate "
        f"normal distribution ({value}).",
        f"Some groups combine effects in an unusual way; covariances rest on them. {HARM}",
        "See which groups these are, and what the estimates are without each of them.",
        _influence(facts),
    )


def outlying_groups(finding: Finding) -> Words:
    """Word which groups are far from the others."""
    facts, title = finding.facts, "Outlying groups"
    grouping, n = facts["grouping"], facts["n_groups"]
    largest = significant(finding.value, 3)
    if facts["is_few"]:
        return Words(
            title,
            f"With {count(n)} groups of {grouping}, none can be told to be outlying (largest "
            f"distance {largest} standard deviations).",
            "The variance between so few groups is uncertain anyway; one can decide about it.",
        )
    if finding.verdict == "fine":
        return Words(
            title,
            f"No group of {grouping} is further out than chance puts it (largest distance of "
            f"{count(n)}: {largest} standard deviations, '{facts['farthest']}').",
            "No single group decides about the variance between groups.",
        )
    out = facts["n_out"]
    which = names_in_words([f"'{group}'" for group in facts["groups"]], 5)
    more = f", and {count(out - len(facts['groups']))} more" if out > len(facts["groups"]) else ""
    are = "group is" if out == 1 else "groups are"
    return Words(
        title,
        f"{count(out)} {are} unlike the other {count(n - out)} of {grouping}: {which}{more} "
        f"(largest distance {largest} standard deviations).",
        "The variance between groups is larger than the other groups say, and with it the standard "
        "errors of predictors of groups; their coefficients may be pulled.",
        "Look these groups up: what is different about them belongs into the model if it is known. "
        "Report the results with and without them.",
        _influence(facts),
    )


def _few(title: str, effect: str, value: str, facts: Mapping[str, Any]) -> Words:
    return Words(
        title,
        f"With {count(facts['n_groups'])} groups, little can be seen of the shape of the "
        f"random {effect} ({value}).",
        "A normal shape is assumed, not checked: intervals of variances rest on it.",
    )


def _effect(facts: Mapping[str, Any]) -> str:
    return f"{effects_text([facts['effect']])} by {facts['grouping']}"


def _value(measure: str, finding: Finding) -> str:
    text = f"{measure} {fixed(finding.value, 2)}"
    if finding.facts["is_few"]:
        return text
    groups = count(finding.facts["n_groups"])
    return f"{text}, {groups} groups{chance(finding, abs(finding.value))}"


def _seen(facts: Mapping[str, Any]) -> str:
    """Say how much of the shape the modes can show."""
    reliability = facts["reliability"]
    if reliability < 0.5:
        return (
            f"The groups show {percent(reliability)} of the variance of their effects: modes look "
            "normal then, whatever the effects are."
        )
    return "Intervals of variances and predictions for new groups can be taken as they are."


def _influence(facts: Mapping[str, Any]) -> str:
    option = ", refit=False" if facts["is_single"] else ""
    return f"print(fit.influence({str(facts['grouping'])!r}{option}))"


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "random_skewness": random_skewness,
    "random_tails": random_tails,
    "random_joint_tails": random_joint_tails,
    "outlying_groups": outlying_groups,
}
