"""The results paragraph: coefficients, variation between groups, variance explained, cautions.

Room: report/wording. Words tables and findings; computes nothing.
Takes: a `Fit`, and its `Diagnosis` or None.
Gives: sentences ready for the results section of an article.
Source: American Psychological Association (2020), sections 6.43 and 6.44.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from echelon.check.diagnosis import Diagnosis
from echelon.errors import EchelonError
from echelon.families import family_of
from echelon.fit import Fit
from echelon.infer.coefficients.exponentiated import exponentiated, ratio_of
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.variances import variance_components
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import (
    coefficient_test,
    interval_text,
    share_text,
    term_text,
    unbroken,
)
from echelon.report.wording.effects import (
    INTERCEPT,
    PARTS,
    boundary_text,
    effect_text,
    parts_of,
    split_name,
)
from echelon.report.wording.lexicon import worded
from echelon.report.wording.reporting import LINKS
from echelon.typeset import numbers
from echelon.typeset.layout import printable

MOST_TERMS = 8
MOST_CAUTIONS = 3
# Findings that the paragraph says in its own words, before any number.
SAID = ("convergence", "boundary", "not_estimated")
INTERACTION = (
    "The coefficient of a predictor that takes part in an interaction is the one where the other "
    "predictor is zero, or at its reference category."
)
_BRACKET = re.compile(r" \([^()]*\)")
_SENTENCE = re.compile(r"(?<=[a-z0-9)%])\. (?=[A-Z0-9(])")


def results_paragraph(fit: Fit, diagnosis: Diagnosis | None = None) -> str:
    """Write the results paragraph of a fit.

    What limits the fit (not converged, singular, coefficients that were not estimated) is said
    first, because it changes how everything after it is to be read.

    Parameters
    ----------
    fit : a fitted model.
    diagnosis : its findings; those to act on are named. None: none are.

    Returns
    -------
    One paragraph of plain sentences, whose statistics do not break over lines.
    """
    sentences = [
        *_limits(fit),
        *_coefficients(fit),
        *_variation(fit),
        *_shares(fit),
        *_explained(fit),
        *_cautions(diagnosis),
    ]
    return unbroken(printable(" ".join(sentences)))


def _limits(fit: Fit) -> Iterator[str]:
    """Say what makes these numbers less than the estimates of this model."""
    verdict = fit.estimates.verdict
    if not verdict.is_converged:
        yield "The search did not converge: these numbers are not the estimates asked for."
    if verdict.is_singular:
        facts = [boundary_text(each) for each in verdict.boundary] or ["some random effects"]
        are = "is" if len(facts) == 1 and verdict.boundary else "are"
        yield (
            f"The fit is singular: {names_in_words(facts)} {are} on the boundary of what is "
            "possible. The data show no more variation than this, and tests of what is on the "
            "boundary do not hold."
        )
    names = zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
    aliased = [term_text(name) for name, is_estimated in names if not is_estimated]
    if aliased:
        yield f"{names_in_words(aliased)} could not be told apart from other predictors."


def _coefficients(fit: Fit) -> Iterator[str]:
    parts, ratio = parts_of(fit), ratio_of(fit.spec)
    ratios = {} if ratio is None else {row["term"]: row for row in exponentiated(fit).rows()}
    rows = [
        row
        for row in fixed_effects(fit).rows()
        if row["estimate"] is not None and split_name(row["term"], parts)[1] != INTERCEPT
    ]
    noun = "coefficient" if ratio is None else ratio.noun.partition(" (")[0]
    for row in rows[:MOST_TERMS]:
        of = _of_term(row["term"], parts, noun)
        said = _estimate(fit, row)
        if ratio is not None:
            said = _ratio(fit, ratios[row["term"]], ratio.column)
        yield f"The {noun} {of} was {said}{_test(row)}."
    if len(rows) > MOST_TERMS:
        yield f"The table has {numbers.count(len(rows) - MOST_TERMS)} more."
    if any(":" in row["term"] for row in rows[:MOST_TERMS]):
        yield INTERACTION
    others = [PARTS[name] for name in fit.spec.parts if name in PARTS]
    if others:
        yield f"The tables have the coefficients of {names_in_words(others)}."


def _of_term(name: str, parts: Mapping[str, str], noun: str) -> str:
    """Say what a number is of: 'of ses', 'for temp (warm), category 2'."""
    part, rest = split_name(name, parts)
    where = f", {part}," if part else ""
    return f"{'of' if noun == 'coefficient' else 'for'} {term_text(rest)}{where}"


def _test(row: dict[str, Any]) -> str:
    values = [_number(row[name]) for name in ("statistic", "df", "p_value")]
    if math.isnan(values[0]):
        return ", without a standard error"
    return f", {coefficient_test(*values)}"


def _estimate(fit: Fit, row: dict[str, Any]) -> str:
    names = ("estimate", "conf_low", "conf_high")
    values = tuple(_number(row[name]) for name in names)
    cells = numbers.number_rows([values], [_number(row["std_error"])])[0]
    return f"{cells[0]}{_interval(fit, *cells[1:])}"


def _ratio(fit: Fit, row: dict[str, Any], column: str) -> str:
    values = tuple(_number(row[name]) for name in (column, "conf_low", "conf_high"))
    cells = numbers.number_rows([values], values[:1], digits=3)[0]
    return f"{cells[0]}{_interval(fit, *cells[1:])}"


def _interval(fit: Fit, low: str, high: str) -> str:
    """Write an interval after a comma; nothing where there is none."""
    if numbers.MISSING in (low, high):
        return ""
    return f", {interval_text(fit.spec.conf_level, low, high)}"


def _variation(fit: Fit) -> Iterator[str]:
    rows = [row for row in variance_components(fit).rows() if not row["term_2"]]
    parts, spreads = parts_of(fit), dict[str, list[str]]()
    for row in rows:
        if row["grouping"] != "residual" and row["term_1"]:
            value = numbers.significant(_number(row["std_dev"]), 3)
            effect = effect_text(row["term_1"], parts)
            spreads.setdefault(row["grouping"], []).append(f"{value} for {effect}")
    for grouping, values in spreads.items():
        yield (f"The standard deviation between groups of {grouping} was {names_in_words(values)}.")


def _shares(fit: Fit) -> Iterator[str]:
    """Say which share of the variance lies between groups."""
    try:
        table = icc_table(fit)
    except EchelonError:
        return
    rows = [row for row in table.rows() if row["grouping"] != "residual" and row["icc"] is not None]
    if any("category" in row for row in rows):
        for grouping in dict.fromkeys(row["grouping"] for row in rows):
            found = [
                f"{share_text(row['icc'])} (category {row['category']})"
                for row in rows
                if row["grouping"] == grouping
            ]
            yield f"The ICC of {grouping} {_scale(fit)}was {names_in_words(found)}."
        return
    clauses: list[str] = []
    for grouping in dict.fromkeys(row["grouping"] for row in rows):
        own = [row for row in rows if row["grouping"] == grouping]
        share = sum(_number(row["icc"]) for row in own)
        limits = [share_text(_number(own[0][name])) for name in ("conf_low", "conf_high")]
        interval = _interval(fit, *limits) if len(own) == 1 else ""  # of one term, not of a sum
        lay = "lay " if not clauses else ""
        clauses.append(
            f"{numbers.percent(share)} {lay}between groups of {grouping}, "
            f"ICC = {share_text(share)}{interval}"
        )
    if clauses:
        said = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
        yield f"Of the variance that the fixed effects leave{_scale(fit, ' ').rstrip()}, {said}."


def _scale(fit: Fit, space: str = "") -> str:
    """Name the scale of shares of a generalized model."""
    if not fit.spec.is_generalized or fit.spec.link == "identity":
        return ""
    return f"{space}on the scale of the {LINKS.get(fit.spec.link, fit.spec.link)} link "


def _explained(fit: Fit) -> Iterator[str]:
    """Say which share of the variance is explained, where there is one and are predictors."""
    if family_of(fit.spec.family).response == "nominal" or not _predictors(fit):
        return
    try:
        table = r_squared(fit)
    except EchelonError:
        return
    found: dict[str, float] = {}
    for row in table.rows():
        if row["measure"].startswith("Nakagawa") and row["value"] is not None:
            found.setdefault(row["part"].split(" ")[0], _number(row["value"]))
    scale = " on the same scale" if _scale(fit) and fit.design.rows.blocks else _scale(fit, " ")
    scale = scale.rstrip()
    if "marginal" in found and not fit.design.rows.blocks:
        share = found["marginal"]
        yield (
            f"The predictors explained {numbers.percent(share)} of the variance{scale}, "
            f"R² = {share_text(share)}."
        )
    elif {"marginal", "conditional"} <= found.keys():
        yield (
            f"The fixed effects explained {numbers.percent(found['marginal'])} of the variance"
            f"{scale} (marginal R² = {share_text(found['marginal'])}), fixed and random effects "
            f"together {numbers.percent(found['conditional'])} "
            f"(conditional R² = {share_text(found['conditional'])})."
        )


def _predictors(fit: Fit) -> bool:
    return any(name != INTERCEPT for name in fit.design.fixed_names)


def _cautions(diagnosis: Diagnosis | None) -> Iterator[str]:
    """Say what to act on, shortly: the numbers are in the diagnosis."""
    if diagnosis is None:
        return
    found = worded(diagnosis)
    urgent = [
        _short(each.words.sentence)
        for each in found
        if each.finding.verdict == "act" and each.finding.name not in SAID
    ]
    n_look = sum(each.finding.verdict == "look" for each in found)
    if urgent:
        these = "One finding limits" if len(urgent) == 1 else "These findings limit"
        yield f"{these} what can be concluded."
        yield from urgent[:MOST_CAUTIONS]
    more = []
    if len(urgent) > MOST_CAUTIONS:
        more.append(f"{numbers.count(len(urgent) - MOST_CAUTIONS)} more of them")
    if n_look:
        ones = "finding that deserves" if n_look == 1 else "findings that deserve"
        more.append(f"{numbers.count(n_look)} {ones} a look")
    if more:
        yield f"The diagnosis {'also ' if urgent else ''}has {names_in_words(more)}."
    if found and all(each.finding.verdict == "fine" for each in found):
        yield "The diagnosis found nothing to distrust."


def _short(sentence: str) -> str:
    """Keep the first sentence of a finding, without its brackets."""
    first = _SENTENCE.split(sentence, maxsplit=1)[0].rstrip(".")
    return f"{_BRACKET.sub('', first)}."


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
