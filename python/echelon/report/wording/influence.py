"""The words for findings about influence.

Room: report/wording. Holds sentences; decides nothing.
Takes: findings of check/: groups and rows on which the estimates hang.
Gives: `Words` by the name of the finding.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from echelon.check.finding import Finding
from echelon.report.wording.effects import coefficient_text
from echelon.report.wording.predictors import listed, sentence_case
from echelon.report.wording.words import Words
from echelon.typeset import numbers


def influential_groups(finding: Finding) -> Words:
    """Word how far all fixed effects move without a group."""
    facts, group = finding.facts, finding.about
    value = numbers.significant(finding.value, 2)
    title = f"Influence of groups of {group}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"No group of {group} moves the fixed effects far: the largest Cook's distance is "
            f"{value} ({_named(facts)}).{_held(facts)}",
            "The fixed effects do not hang on one group.",
        )
    named = facts["groups"] or (facts["worst"],)
    n_above, cutoff = facts["n_above"], numbers.significant(facts["cutoff"], 2)
    above = ""
    if n_above:
        are = "is" if n_above == 1 else "are"
        which = f"first of all {listed(named)}" if n_above > len(named) else listed(named)
        above = (
            f" {numbers.count(n_above)} of {numbers.count(facts['n_groups'])} groups {are} above "
            f"the usual 4 / groups = {cutoff}: {which}."
        )
    turned = facts["turned"]
    conclusion = "No coefficient crosses the 5% line without it."
    if turned:
        conclusion = (
            f"Without it {listed(turned)} would be on the other side of the 5% line: that "
            "conclusion is about one group."
        )
    return Words(
        title,
        f"Leaving out {_named(facts)} moves the fixed effects by a Cook's distance of "
        f"{value}.{above}{_held(facts)}",
        f"The fixed effects and their tests depend on {_named(facts)} being in the sample. "
        f"{conclusion}",
        "Check the data of this group. Keep it unless they are wrong, and report the results with "
        "and without it.",
        f"print(fit.influence({group!r}{_argument(facts)}))",
    )


def changed_estimates(finding: Finding) -> Words:
    """Word how far a coefficient moves without a group."""
    facts, group = finding.facts, finding.about
    value, coefficient = numbers.significant(finding.value, 2), coefficient_text(facts["term"])
    title = f"Coefficients without one group of {group}"
    before, after = (numbers.significant(facts[key]) for key in ("with_it", "without_it"))
    moved = (
        f"without {_named(facts)} {coefficient} is {after} instead of {before}, "
        f"{value} standard errors away"
    )
    if finding.verdict == "fine":
        return Words(
            title,
            f"No coefficient hangs on one group of {group}: the largest change is that {moved}."
            f"{_held(facts)}",
            "Every coefficient is about the groups together.",
        )
    return Words(
        title,
        f"One group of {group} decides about a coefficient: {moved}.{_held(facts)}",
        f"{sentence_case(coefficient)}, its interval and its test say much about {_named(facts)}, "
        "and less about the other groups.",
        f"Look at {_named(facts)}: is it another kind of group, is a predictor missing, or are "
        "its data wrong? Report the coefficient with and without it.",
        f"changes = fit.influence({group!r}{_argument(facts)})\nprint(changes.dfbetas)",
    )


def inflated_errors(finding: Finding) -> Words:
    """Word whether a group makes the standard errors larger."""
    facts, group = finding.facts, finding.about
    value, ratio = numbers.fixed(finding.value, 2), numbers.significant(facts["cov_ratio"], 2)
    title = f"Precision without one group of {group}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"No group of {group} makes the standard errors much larger: the one that does so "
            f"most, {_named(facts)}, by a factor of {value} (COVRATIO {ratio}).{_held(facts)}",
            "The precision of the fixed effects does not hang on one group.",
        )
    return Words(
        title,
        f"The data of {_named(facts)} are so unlike the other groups that they make the standard "
        f"errors {value} times as large (COVRATIO {ratio}).{_held(facts)}",
        "The variances between groups and the standard errors are larger, and the shrinkage of all "
        "other groups is weaker, because of them.",
        "Check the data of this group, and report the variances with and without it.",
        f"print(fit.influence({group!r}{_argument(facts)}))",
    )


def influential_rows(finding: Finding) -> Words:
    """Word how far the fixed effects move without a row."""
    facts = finding.facts
    value = numbers.significant(finding.value, 2)
    title = "Influence of rows"
    worst = f"row {facts['worst']}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"No row moves the fixed effects far: the largest Cook's distance is {value} ({worst}, "
            "counted from 0).",
            "The fixed effects do not hang on one observation.",
        )
    rows = [str(row) for row in facts["rows"]]
    many = (
        f" Rows above {numbers.significant(finding.look, 1)}: {listed(rows)}."
        if len(rows) > 1
        else ""
    )
    residual, leverage = (
        numbers.fixed(facts["residual"], 1),
        numbers.fixed(facts["leverage"], 2),
    )
    return Words(
        title,
        f"One row moves the fixed effects by a Cook's distance of {value}: {worst} (counted from "
        f"0), with a standardized residual of {residual} and a leverage of {leverage}.{many}",
        "The fixed effects and their standard errors would be others without one observation.",
        "Check the row for errors of typing or coding; report the results with and without it.",
        "print(fit.leverage())",
    )


def _named(facts: Mapping[str, object]) -> str:
    """Name a group with its factor: 'school 3427'."""
    return f"{facts['grouping']} {facts['worst']}"


def _held(facts: Mapping[str, object]) -> str:
    """Say what was held or approximated to leave out many groups."""
    if not facts["is_held"]:
        return ""
    if facts["is_generalized"]:
        return " (One step by the group's score, without a refit.)"
    return " (The variances were held at their estimates: there are too many groups to refit.)"


def _argument(facts: Mapping[str, object]) -> str:
    return ", refit=False" if facts["is_held"] else ""


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "influential_groups": influential_groups,
    "changed_estimates": changed_estimates,
    "inflated_errors": inflated_errors,
    "influential_rows": influential_rows,
}
