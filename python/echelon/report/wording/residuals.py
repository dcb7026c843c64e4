"""Words for level-1 residuals: shape, outlying rows, variance, memory.

Room: report/wording.
Takes: findings of check/residual_shape, variance_by_group, variance_along, autocorrelation.
Gives: `WORDS`.
Source: docs/reference, diagnostics.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from echelon.check.finding import Finding
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import p_text
from echelon.report.wording.words import Words, chance, robust
from echelon.typeset.numbers import count, fixed, percent, significant


def residual_skewness(finding: Finding) -> Words:
    """Word how lopsided the residuals are."""
    facts, title = finding.facts, "Level-1 residuals: symmetry"
    value = f"skewness {fixed(finding.value, 2)}{chance(finding, abs(finding.value))}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The level-1 residuals are about symmetric ({value}).",
            "Nothing that intervals or tests would suffer from.",
        )
    side = "high" if finding.value > 0 else "low"
    how = "strongly" if finding.verdict == "act" else "moderately"
    log = _logarithm(finding.facts) if finding.value > 0 else ""
    return Words(
        title,
        f"The level-1 residuals are {how} skewed, with a long tail of {side} values ({value}).",
        "Coefficients are still unbiased and their standard errors nearly right with many groups; "
        "prediction intervals for single rows have the wrong shape: too short on one side.",
        "Model the logarithm of the response, which is above zero throughout, and look again."
        if log
        else "Look for a missing predictor or a limit of the scale, and compare the standard "
        "errors with robust ones.",
        log or robust(facts),
    )


def residual_tails(finding: Finding) -> Words:
    """Word how heavy the tails are."""
    facts, title = finding.facts, "Level-1 residuals: tails"
    value = (
        f"excess kurtosis {fixed(finding.value, 2)}; {percent(facts['share_beyond'])} of the rows "
        f"beyond 3 standard deviations, {percent(facts['expected'])} expected"
        f"{chance(finding, abs(finding.value))}"
    )
    if finding.verdict == "fine":
        return Words(
            title,
            f"The level-1 residuals have about the tails of a normal distribution ({value}).",
            "Nothing that intervals or tests would suffer from.",
        )
    if finding.value < 0:
        return Words(
            title,
            f"The level-1 residuals have lighter tails than a normal distribution ({value}).",
            "Standard errors are right; prediction intervals are too long. Two groups of rows, or "
            "a scale with a floor and a ceiling, look like this.",
            "Look for a binary predictor that is missing, or for limits of the scale.",
            robust(facts),
        )
    return Words(
        title,
        f"The level-1 residuals have heavier tails than a normal distribution ({value}).",
        "A few rows decide much: the residual variance is uncertain, and estimates are less "
        "precise than they could be. Prediction intervals are too long for most rows and too "
        "short for some.",
        "Compare with Student's t, which lets single rows be far off.",
        'print(fit.refit(data=data, family="student"))',
    )


def outlying_rows(finding: Finding) -> Words:
    """Word which rows are far out."""
    facts, title = finding.facts, "Outlying rows"
    largest, usual = significant(finding.value, 3), significant(facts["expected"], 3)
    if finding.verdict == "fine":
        return Words(
            title,
            f"No row is further out than chance puts it: the largest of {count(facts['n'])} "
            f"level-1 residuals is {largest} standard deviations, about {usual} being usual.",
            "No single row decides about the residual variance.",
        )
    n = facts["n_rows"]
    which = names_in_words([str(row) for row in facts["rows"]], 5)
    more = "or more " if facts["is_more"] else ""
    rest = f", the farthest {which}" if n > len(facts["rows"]) else f": {which}"
    rows = "row is" if n == 1 else f"rows {more}are"
    return Words(
        title,
        f"{count(n)} {rows} further out than chance would put any of {count(facts['n'])}{rest} "
        f"(counted from 0; largest residual {largest} standard deviations, {usual} being usual).",
        "The residual variance, and with it every standard error, is larger than the other rows "
        "say; coefficients may be pulled.",
        "Look these rows up in the data. Correct what is an error; otherwise report the results "
        "with and without them.",
        _without(facts),
    )


def variance_by_group(finding: Finding) -> Words:
    """Word whether groups differ in their residual variance."""
    facts, about = finding.facts, finding.about
    title = "Residual variance by group"
    h = ""
    if not math.isnan(facts["h"]):
        h = f"; H = {fixed(facts['h'], 1)} with {count(facts['h_df'])} df, "
        h += p_text(facts["h_p_value"])
    levene = "" if finding.p_value is None else f"Levene's {p_text(finding.p_value)}"
    value = f"ratio {fixed(finding.value, 2)}, {levene}{h}{chance(finding, finding.value)}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"Rows vary about as much in all groups of {about} ({value}).",
            "One residual variance for all groups will do.",
        )
    return Words(
        title,
        f"Rows vary more in some groups of {about} than in others ({value}; the most in "
        f"{names_in_words(facts['widest'], 3)}).",
        "Standard errors of effects within groups, and modes and prediction intervals of single "
        "groups, are too short where rows vary much and too long elsewhere. Coefficients are "
        "unbiased.",
        "Compare with robust standard errors; then look for a predictor, or a random slope, that "
        "the groups differ by, and model the variance with dispersion= if one explains it.",
        robust(facts),
    )


def variance_by_category(finding: Finding) -> Words:
    """Word whether categories differ in their residual variance."""
    facts, about = finding.facts, finding.about
    title = "Residual variance by category"
    value = f"ratio {fixed(finding.value, 2)}{chance(finding, finding.value)}"
    if finding.verdict == "fine":
        return Words(
            title,
            f"Rows vary about as much in all categories of {about} ({value}).",
            "One residual variance for all categories will do.",
        )
    return Words(
        title,
        f"Rows vary {fixed(finding.value, 1)} times as much in '{facts['highest']}' as in "
        f"'{facts['lowest']}', categories of {about} ({value} of standard deviations).",
        "Standard errors of differences between the categories, and prediction intervals within "
        "them, average over both: too short in the one, too long in the other.",
        "Let the residual variance depend on the predictor.",
        f'print(fit.refit(data=data, dispersion="~ {facts["quoted"]}"))',
    )


def variance_along_fitted(finding: Finding) -> Words:
    """Word whether the residuals fan out along the fitted values."""
    facts, title = finding.facts, "Residual variance along fitted values"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The residuals vary about as much where fitted values are high as where they are low "
            f"({_ratio(finding)}).",
            "One residual variance will do.",
        )
    log = _logarithm(facts) if finding.value > 1 and not facts["is_generalized"] else ""
    if facts["is_generalized"]:
        advice = "Look for a missing predictor, or let the dispersion depend on a predictor."
    elif log:
        advice = "Model the logarithm of the response, which is above zero throughout."
    else:
        advice = "Look for a missing predictor or a limit of the scale; compare robust errors."
    return Words(
        title,
        f"The residuals vary {_more_or_less(finding)} where fitted values are high "
        f"({_ratio(finding)}).",
        "Standard errors and above all prediction intervals are too short where the residuals vary "
        "much, and too long elsewhere; tests of predictors that go with the fitted values suffer.",
        advice,
        log or robust(facts),
    )


def variance_along_predictor(finding: Finding) -> Words:
    """Word whether the residuals fan out along a predictor."""
    facts, about = finding.facts, finding.about
    title = "Residual variance along a predictor"
    if finding.verdict == "fine":
        return Words(
            title,
            f"The residuals vary about as much where {about} is high as where it is low "
            f"({_ratio(finding)}).",
            f"One residual variance will do for all values of {about}.",
        )
    code = robust(facts)
    advice = f"Look for a missing predictor or a random slope of {about}."
    if facts["has_dispersion"]:
        code = f'print(fit.refit(data=data, dispersion="~ {facts["quoted"]}"))'
        advice = f"Let the variance depend on {about}; see also whether its slope varies."
    return Words(
        title,
        f"The residuals vary {_more_or_less(finding)} where {about} is high ({_ratio(finding)}).",
        f"The standard error of the slope of {about} is wrong, and prediction intervals are too "
        "short where the residuals vary much, too long elsewhere.",
        advice,
        code,
    )


def autocorrelation(finding: Finding) -> Words:
    """Word whether neighbours in time are alike."""
    facts, title = finding.facts, "Autocorrelation within groups"
    order = finding.about or "the order of the rows"
    value = (
        f"correlation {fixed(finding.value, 2)}, {count(facts['n_pairs'])} pairs, by {order} "
        f"within {facts['grouping']}{chance(finding, abs(finding.value))}"
    )
    if finding.verdict == "fine":
        return Words(
            title,
            f"Residuals that follow each other are not alike ({value}).",
            "Rows of a group can be taken as independent, given its random effects.",
        )
    if finding.value < 0:
        meaning = (
            "A random effect may take up what belongs to single rows, or neighbours alternate: "
            "standard errors of effects that change over time are too large rather than too small."
        )
        said = "Residuals that follow each other lie on opposite sides"
    else:
        meaning = (
            "The rows of a group say less than their number: standard errors of effects that "
            "change slowly over time are too small, and forecasts of the next row too cautious."
        )
        said = "Residuals that follow each other are alike"
    larger = facts["larger"] if finding.value > 0 else ""
    advice = "Compare with robust standard errors; they allow any dependence within groups."
    if larger:
        advice = (
            f"Let the groups change at their own pace: add {facts['term']} and see whether the "
            "memory goes; if not, use robust standard errors."
        )
    if not finding.about:
        advice = f"This matters if the rows of a group are in the order of time. {advice}"
    code = (
        f"print(fit.compare(fit.refit(data=data, formula={larger!r})))" if larger else robust(facts)
    )
    return Words(title, f"{said} ({value}).", meaning, advice, code)


def _more_or_less(finding: Finding) -> str:
    if finding.value > 1:
        return f"{fixed(finding.value, 1)} times as much"
    return f"{fixed(finding.value, 2)} times as much"


def _size(finding: Finding) -> float:
    return max(finding.value, 1 / finding.value)


def _ratio(finding: Finding) -> str:
    text = f"ratio {fixed(finding.value, 2)} of the standard deviations in the outer thirds"
    return text + chance(finding, _size(finding))


def _logarithm(facts: Mapping[str, Any]) -> str:
    """Fit the logarithm, where the response is a column of positive numbers."""
    left, _, right = str(facts["formula"]).partition(" ~ ")
    is_column = "(" not in left and "/" not in left
    if not (facts["is_positive"] and is_column):
        return ""
    return f"print(fit.refit(data=data, formula={f'log({left}) ~ {right}'!r}))"


def _without(facts: Mapping[str, Any]) -> str:
    if facts["has_subset"] or facts["is_more"]:
        return ""
    rows = ", ".join(str(row) for row in facts["rows"])
    return (
        f"kept = [row not in {{{rows}}} for row in range({facts['n_read']})]\n"
        "print(fit.refit(data=data, subset=kept))"
    )


WORDS: Mapping[str, Callable[[Finding], Words]] = {
    "residual_skewness": residual_skewness,
    "residual_tails": residual_tails,
    "outlying_rows": outlying_rows,
    "variance_by_group": variance_by_group,
    "variance_by_category": variance_by_category,
    "variance_along_fitted": variance_along_fitted,
    "variance_along_predictor": variance_along_predictor,
    "autocorrelation": autocorrelation,
}
