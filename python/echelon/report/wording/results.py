"""The results paragraph: coefficients, variation between groups, variance explained, cautions.

Room: report/wording. Words tables and findings; computes nothing.
Takes: a `Fit`, and its `Diagnosis` or None.
Gives: sentences ready for the results section of an article.
Source: American Psychological Association (2020), sections 6.43 and 6.44.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from echelon.check.diagnosis import Diagnosis
from echelon.errors import EchelonError
from echelon.fit import Fit
from echelon.infer.coefficients.exponentiated import exponentiated, ratio_of
from echelon.infer.coefficients.wald import fixed_effects
from echelon.infer.components.variances import variance_components
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.report.verdict import names_in_words
from echelon.report.wording.apa import interval_text, share_text, term_text, coefficient_test
from echelon.report.wording.lexicon import worded
from echelon.typeset import numbers

MOST_TERMS = 8
MOST_CAUTIONS = 4


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
    One paragraph of plain sentences.
    """
    return " ".join(
        [
            *_limits(fit),
            *_coefficients(fit),
            *_variation(fit),
            *_explained(fit),
            *_cautions(diagnosis),
        ]
    )


def _limits(fit: Fit) -> Iterator[str]:
    """Say what makes these numbers less than the estimates of this model."""
    verdict = fit.estimates.verdict
    if not verdict.is_converged:
        yield "The search did not converge: these numbers are not the estimates asked for."
    if verdict.is_singular:
        facts = list(verdict.boundary) or ["the variation in some direction"]
        yield (
            f"The fit is singular, on the boundary of what is possible, in {names_in_words(facts)}:"
            " the data show no more variation than this, and tests of what is on the boundary do "
            "not hold."
        )
    names = zip(fit.design.fixed_names, fit.estimates.is_estimated, strict=True)
    aliased = [term_text(name) for name, is_estimated in names if not is_estimated]
    if aliased:
        yield f"{names_in_words(aliased)} could not be told apart from other predictors."


def _coefficients(fit: Fit) -> Iterator[str]:
    table = fixed_effects(fit)
    ratio = ratio_of(fit.spec)
    ratios = {} if ratio is None else {row["term"]: row for row in exponentiated(fit).rows()}
    rows = [row for row in table.rows() if row["estimate"] is not None]
    shown = [row for row in rows if row["term"] != "(Intercept)"][:MOST_TERMS]
    for row in shown:
        test = coefficient_test(*(_number(row[name]) for name in ("statistic", "df", "p_value")))
        if ratio is None:
            said = f"The coefficient of {term_text(row['term'])} was {_estimate(fit, row)}"
        else:
            found = ratios[row["term"]]
            said = f"The {ratio.noun} for {term_text(row['term'])} was "
            said += _ratio(fit, found, ratio.column)
        yield f"{said}, {test}."
    more = len(rows) - len(shown) - any(row["term"] == "(Intercept)" for row in rows)
    if more > 0:
        yield f"{numbers.count(more)} more coefficients are in the table."
    if any(":" in row["term"] for row in shown):
        yield (
            "The coefficient of a predictor that takes part in an interaction is the one where "
            "the other predictor is zero, or at its reference category."
        )


def _estimate(fit: Fit, row: dict[str, Any]) -> str:
    names = ("estimate", "conf_low", "conf_high")
    values = tuple(_number(row[name]) for name in names)
    cells = numbers.number_rows([values], [_number(row["std_error"])])[0]
    return f"{cells[0]}, {interval_text(fit.spec.conf_level, *cells[1:])}"


def _ratio(fit: Fit, row: dict[str, Any], column: str) -> str:
    values = tuple(_number(row[name]) for name in (column, "conf_low", "conf_high"))
    cells = numbers.number_rows([values], values[:1], digits=3)[0]
    return f"{cells[0]}, {interval_text(fit.spec.conf_level, *cells[1:])}"


def _variation(fit: Fit) -> Iterator[str]:
    rows = [row for row in variance_components(fit).rows() if not row["term_2"]]
    spreads: dict[str, list[str]] = {}
    for row in rows:
        if row["grouping"] != "residual" and row["term_1"]:
            value = numbers.significant(_number(row["std_dev"]), 3)
            term = term_text(row["term_1"])
            spreads.setdefault(row["grouping"], []).append(f"{value} for {term}")
    for grouping, values in spreads.items():
        yield f"Between groups of {grouping} the standard deviation was {names_in_words(values)}."
    try:
        shares = icc_table(fit)
    except EchelonError:
        return
    for row in shares.rows():
        if row["grouping"] != "residual" and row["icc"] is not None:
            share = _number(row["icc"])
            low, high = (share_text(_number(row[name])) for name in ("conf_low", "conf_high"))
            yield (
                f"Of the variance that the fixed effects leave, {numbers.percent(share)} lay "
                f"between groups of {row['grouping']}, ICC = {share_text(share)}, "
                f"{interval_text(fit.spec.conf_level, low, high)}."
            )


def _explained(fit: Fit) -> Iterator[str]:
    try:
        table = r_squared(fit)
    except EchelonError:
        return
    found: dict[str, float] = {}
    for row in table.rows():
        if row["measure"].startswith("Nakagawa") and row["value"] is not None:
            found.setdefault(row["part"].split(" ")[0], _number(row["value"]))
    if "marginal" in found and not fit.design.rows.blocks:
        share = found["marginal"]
        yield (
            f"The predictors explained {numbers.percent(share)} of the variance "
            f"(R² = {share_text(share)})."
        )
    elif {"marginal", "conditional"} <= found.keys():
        yield (
            f"The fixed effects explained {numbers.percent(found['marginal'])} of the variance "
            f"(marginal R² = {share_text(found['marginal'])}), fixed and random effects together "
            f"{numbers.percent(found['conditional'])} "
            f"(conditional R² = {share_text(found['conditional'])})."
        )


def _cautions(diagnosis: Diagnosis | None) -> Iterator[str]:
    if diagnosis is None:
        return
    found = worded(diagnosis)
    urgent = [each.words.sentence for each in found if each.finding.verdict == "act"]
    n_look = sum(each.finding.verdict == "look" for each in found)
    if urgent:
        yield "These findings limit what can be concluded."
        yield from urgent[:MOST_CAUTIONS]
        if len(urgent) > MOST_CAUTIONS:
            yield f"{numbers.count(len(urgent) - MOST_CAUTIONS)} more are in the diagnosis."
    if n_look:
        ones = "finding deserves" if n_look == 1 else "findings deserve"
        yield f"{numbers.count(n_look)} {'further ' * bool(urgent)}{ones} a look."
    if found and not urgent and not n_look:
        yield "The diagnosis found nothing to distrust."


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
