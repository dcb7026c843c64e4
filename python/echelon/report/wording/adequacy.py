"""The words for findings about data and design.

Room: report/wording. Holds sentences; decides nothing.
Takes: findings of check/: sizes of the sample, missing values, what the groups do.
Gives: `Words` by the name of the finding.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from echelon.check.finding import Finding
from echelon.report.wording.predictors import listed
from echelon.report.wording.words import Words
from echelon.typeset import numbers


def number_of_groups(finding: Finding) -> Words:
    """Word what so many groups can tell."""
    facts, group = finding.facts, finding.about
    count = numbers.count(int(finding.value))
    title = f"Number of groups of {group}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"There are {count} groups of {group}.",
            "That is enough for the variances between groups and their standard errors.",
        )
    code, advice = _few_groups(facts)
    if finding.verdict == "look":
        return Words(
            title,
            f"There are {count} groups of {group}, no more than 50.",
            f"{_tests(facts)} The variances between groups are known roughly: their Wald standard "
            "errors and intervals are too narrow.",
            advice,
            code,
        )
    return Words(
        title,
        f"There are only {count} groups of {group}.",
        "Coefficients of predictors that vary within groups can be trusted. The variances between "
        "groups, effects of predictors of groups, ICC, and predictions for new groups cannot: they "
        "rest on a handful of groups.",
        f"{advice} Consider {group} as a categorical predictor instead: then conclusions are about "
        "these groups.",
        code,
    )


def _tests(facts: Mapping[str, object]) -> str:
    if facts["is_generalized"]:
        return "Fixed effects can be trusted; tests of predictors of groups are a little too bold."
    return (
        "Fixed effects can be trusted, and so can their tests with degrees of freedom that fit "
        "(Satterthwaite, Kenward-Roger)."
    )


def _few_groups(facts: Mapping[str, object]) -> tuple[str, str]:
    """Choose the next step that the model allows: its code and the advice."""
    profile = "Read profile intervals of the variances."
    if facts["is_generalized"]:
        return 'print(fit.conf_int(method="profile"))', profile
    if facts["method"] == "ML":
        advice = "Fit by REML: maximum likelihood makes variances of few groups too small."
        return 'print(fit.refit(method="REML"))', advice
    if facts["df_method"] != "kenward_roger":
        advice = "Test by Kenward-Roger, and read profile intervals of the variances."
        return 'print(fit.refit(df_method="kenward_roger").fixed_effects)', advice
    return 'print(fit.conf_int(method="profile"))', profile


def rows_per_group(finding: Finding) -> Words:
    """Word what the rows of a group can tell of its effects."""
    facts, group = finding.facts, finding.about
    median = numbers.half(facts["median"])
    sizes = f"{numbers.count(facts['smallest'])} to {numbers.count(facts['largest'])}"
    n_effects = len(facts["effects"])
    title = f"Rows in each group of {group}"
    effects = "one random effect" if n_effects == 1 else f"{n_effects} random effects"
    rows = "row" if facts["median"] == 1 else "rows"
    sentence = f"The median group of {group} has {median} {rows} ({sizes}) for {effects}."
    if facts["smallest"] == facts["largest"]:
        sentence = f"Every group of {group} has {median} {rows} for {effects}."
    if facts["n_single"]:
        single = "One group has" if facts["n_single"] == 1 else (
            f"{numbers.count(facts['n_single'])} of {numbers.count(facts['n_groups'])} groups have"
        )  # fmt: skip
        sentence += f" {single} a single row."
    if finding.verdict == "fine":
        return Words(title, sentence, "That is enough to tell groups and residuals apart.")
    meaning = (
        "Fixed effects can be trusted if there are many groups. The variance between groups and "
        "the residual variance are hard to tell apart, and effects of single groups are little "
        "more than the average."
    )
    if finding.verdict == "act":
        meaning = (
            "With no more rows than random effects a typical group tells nothing about the "
            "residual variance: the variances rest on the larger groups alone, and effects of "
            "single groups cannot be trusted."
        )
    advice = "Keep the random part small, and see how reliable the effects of groups are."
    return Words(title, sentence, meaning, advice, "print(fit.reliability())")


def groups_per_predictor(finding: Finding) -> Words:
    """Word how many groups there are for each coefficient of their predictors."""
    facts, group = finding.facts, finding.about
    value = numbers.significant(finding.value, 2)
    n = facts["n_coefficients"]
    title = f"Groups per predictor of {group}"
    counted = "one coefficient" if n == 1 else f"{numbers.count(n)} coefficients"
    sentence = (
        f"{numbers.count(facts['n_groups'])} groups of {group} have to tell {counted} of their "
        f"predictors ({listed(facts['predictors'])}), {value} groups for each."
    )
    if finding.verdict == "fine":
        return Words(title, sentence, "That is enough: rows do not count here, groups do.")
    return Words(
        title,
        sentence,
        "Rows do not count for predictors of groups, groups do: these coefficients are fitted to "
        "chance in part, and tests among them are weak. Coefficients of predictors within groups "
        "are not harmed.",
        "Keep only the predictors of groups that the question needs, chosen before looking.",
    )


def events_per_parameter(finding: Finding) -> Words:
    """Word how many events there are for each fixed effect."""
    facts = finding.facts
    value = numbers.significant(finding.value, 2)
    events = numbers.rounded_count(facts["events"])
    title = "Events per fixed effect"
    what = {
        "binary": f"There are {events} cases of the rarer outcome",
        "count": f"There are {events} events",
        "ordered": f"The ordered outcome is worth {events} cases",
        "nominal": f"There are {events} cases of the rarest category",
    }[facts["response"]]
    n = facts["n_parameters"]
    effects = "one fixed effect" if n == 1 else f"{numbers.count(n)} fixed effects"
    sentence = f"{what} for {effects}, {value} for each."
    if finding.verdict == "fine":
        return Words(title, sentence, "That is enough for estimates and their standard errors.")
    return Words(
        title,
        sentence,
        "Coefficients are too far from zero on average, Wald intervals too narrow, and fitted "
        "probabilities too extreme; signs of large effects can be trusted, sizes cannot.",
        "Leave out what the question does not need, and read profile intervals, not Wald's.",
        'print(fit.conf_int(method="profile"))',
    )


def rows_left_out(finding: Finding) -> Words:
    """Word how many rows are missing, and of which variable."""
    facts = finding.facts
    title = "Missing values"
    if not facts["n_lost"]:
        return Words(title, "No row was left out for a missing value.", "The sample is complete.")
    by_variable = [
        f"{name} ({numbers.count(count)})"
        for name, count in sorted(facts["by_variable"].items(), key=lambda pair: -pair[1])
    ]
    were = "was" if facts["n_lost"] == 1 else "were"
    sentence = (
        f"{numbers.count(facts['n_lost'])} of {numbers.count(facts['n_asked'])} rows, "
        f"{numbers.percent(finding.value)}, {were} left out because a value is missing: "
        f"{listed(by_variable)}."
    )
    if finding.verdict == "fine":
        return Words(title, sentence, "So few rows hardly change any number.")
    return Words(
        title,
        sentence,
        "All numbers are about the complete rows. They are those of the whole sample only if what "
        "is missing does not depend on the outcome once the predictors are known; otherwise means, "
        "slopes and variances between groups are biased.",
        "See who is left out and compare them with the others; impute the values (with the groups "
        "in the imputation model), or say why complete rows will do.",
        "print(fit.rows_dropped)",
    )


def grouping_matters(finding: Finding) -> Words:
    """Word what ignoring the groups would have done."""
    facts = finding.facts
    groups = listed(facts["groupings"])
    value, ratio = numbers.significant(facts["effect"], 3), facts["ratio"]
    title = "What the grouping does"
    where = "the mean of the response" if facts["is_generalized"] else finding.about
    where = "the intercept" if where == "(Intercept)" else where
    worth = numbers.rounded_count(facts["n"] / facts["effect"])
    rows = numbers.count(facts["n"])
    code = "print(fit.compare_ols())"
    if finding.verdict != "fine":
        return Words(
            title,
            f"The grouping by {groups} hardly matters: the largest design effect is {value} "
            f"({where}).",
            "A plain regression would give the same fixed effects and nearly the same standard "
            "errors. The random effects do no harm, and keep the design in the model.",
            "Keep the model if the design has groups; a plain regression is a fair summary of it.",
            code,
        )
    if ratio < 1:
        return Words(
            title,
            f"The grouping by {groups} makes {where} more precise: its design effect is {value}.",
            f"A plain regression would report a standard error {numbers.fixed(1 / ratio, 2)} times "
            "as large as it is.",
        )
    consequence = "would mislead: its" if facts["misleads"] else "would be somewhat off: its"
    return Words(
        title,
        f"The grouping by {groups} matters: the largest design effect is {value} ({where}), so "
        f"that {rows} rows are worth {worth} independent ones for it.",
        f"A regression that ignores the groups {consequence} standard error would be too small by "
        f"a factor of {numbers.fixed(ratio, 2)}, intervals too narrow and p values too small.",
    )


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "number_of_groups": number_of_groups,
    "rows_per_group": rows_per_group,
    "groups_per_predictor": groups_per_predictor,
    "events_per_parameter": events_per_parameter,
    "rows_left_out": rows_left_out,
    "grouping_matters": grouping_matters,
}
