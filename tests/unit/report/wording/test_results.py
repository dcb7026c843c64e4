"""The results paragraph, in whole."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import echelon as ec
from echelon.check.diagnosis import Diagnosis
from echelon.check.finding import Finding
from echelon.errors import EchelonWarning
from echelon.fit import Fit
from echelon.report.wording import results
from echelon.report.wording.apa import FIRM
from echelon.report.wording.lexicon import LEXICON, Worded
from echelon.report.wording.results import results_paragraph
from echelon.report.wording.words import Words


def plain(fit: Fit, diagnosis: Diagnosis | None = None) -> str:
    """The paragraph with plain blanks: which of them are firm is tested apart."""
    return results_paragraph(fit, diagnosis).replace(FIRM, " ")


def test_statistics_do_not_break_over_lines() -> None:
    text = results_paragraph(ec.fit("mathach ~ ses", "hsb").fit)
    assert (
        f"95%{FIRM}CI{FIRM}[2.993,{FIRM}3.374], t(7183){FIRM}={FIRM}32.78, p{FIRM}<{FIRM}" in text
    )


def test_a_gaussian_fit() -> None:
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    assert plain(fit.fit) == (
        "The coefficient of days was 10.47, 95% CI [7.21, 13.73], t(17.0) = 6.77, p < .001. The "
        "standard deviation between groups of subject was 24.7 for the intercept and 5.92 for the "
        "effect of days. Of the variance that the fixed effects leave, 72.2% lay between groups of "
        "subject, ICC = .72, 95% CI [.56, .84]. The fixed effects explained 27.9% of the variance "
        "(marginal R² = .28), fixed and random effects together 79.9% (conditional R² = .80)."
    )


def test_ratios_of_a_generalized_fit() -> None:
    fit = ec.fit("use ~ urban + (1 | district)", "contraception", family="binomial")
    text = plain(fit.fit)
    assert text.startswith("The odds ratio for urban (Y) was 1.9")
    row = fit.exponentiated().row(term="urban[Y]")
    assert (
        f"{row['odds_ratio']:.3f}, 95% CI [{row['conf_low']:.3f}, {row['conf_high']:.3f}], z"
        in text
    )


def test_an_interaction_is_explained() -> None:
    fit = ec.fit("mathach ~ ses * sector + (1 | school)", "hsb")
    text = plain(fit.fit)
    assert "The coefficient of ses × sector (Catholic) was -1.31" in text
    assert (
        "The coefficient of a predictor that takes part in an interaction is the one where the "
        "other predictor is zero, or at its reference category." in text
    )


def test_no_random_effects() -> None:
    text = plain(ec.fit("mathach ~ ses", "hsb").fit)
    assert text.endswith(
        "t(7183) = 32.78, p < .001. The predictors explained 13.0% of the variance, R² = .13."
    )


def test_a_boundary_is_said_first() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit("mathach ~ ses * sector + (ses | school)", "hsb")
    assert plain(fit.fit).startswith(
        "The fit is singular: the correlation of the intercepts and the slopes of ses by school is "
        "on the boundary of what is possible. The data show no more variation than this, and tests "
        "of what is on the boundary do not hold. The coefficient of ses was"
    )


def test_a_search_that_did_not_end_and_a_column_too_many() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    data = {"y": rng.normal(size=60), "x": x, "twice": 2 * x, "g": np.repeat(np.arange(6), 10)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit("y ~ x + twice + (x | g)", data, control={"max_evaluations": 1})
    text = plain(fit.fit)
    assert text.startswith(
        "The search did not converge: these numbers are not the estimates asked for."
    )
    assert "twice could not be told apart from other predictors." in text
    assert "The coefficient of twice" not in text


def test_many_terms_are_left_to_the_table() -> None:
    rng = np.random.default_rng(3)
    names = [f"x{i}" for i in range(11)]
    data = {name: rng.normal(size=200) for name in names}
    data |= {"y": rng.normal(size=200), "g": np.repeat(np.arange(20), 10)}
    fit = ec.fit(f"y ~ {' + '.join(names)} + (1 | g)", data, method="ML")
    text = plain(fit.fit)
    assert "The coefficient of x7" in text
    assert "The coefficient of x8" not in text
    assert " The table has 3 more. " in text


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("ff", "The diagnosis found nothing to distrust."),
        ("fl", "The diagnosis has 1 finding that deserves a look."),
        (
            "al",
            "One finding limits what can be concluded. Sentence 0. The diagnosis also has 1 "
            "finding that deserves a look.",
        ),
        (
            "aaaaaall",
            "These findings limit what can be concluded. Sentence 0. Sentence 1. Sentence 2. "
            "The diagnosis also has 3 more of them and 2 findings that deserve a look.",
        ),
    ],
)
def test_cautions(verdicts: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full: dict[str, Any] = {"f": "fine", "l": "look", "a": "act"}
    found = tuple(
        Worded(
            "Topic",
            Finding("name", "", "size", 1.0, 2.0, 3.0, full[v], "echelon: a test"),
            Words("Topic: question", f"Sentence {i} (1.5). Another.", "Meaning."),
        )
        for i, v in enumerate(verdicts)
    )
    monkeypatch.setattr(results, "worded", lambda _: found)
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep").fit
    text = plain(fit, Diagnosis({}, (), 0))
    assert text.removeprefix(plain(fit) + " ") == expected


def test_what_was_said_before_is_no_caution(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep").fit
    finding = Finding("convergence", "", "size", 1.0, 2.0, 3.0, "act", "echelon: a test")
    found = (Worded("Convergence", finding, Words("Convergence", "It did not.", "Nothing.")),)
    monkeypatch.setattr(results, "worded", lambda _: found)
    assert plain(fit, Diagnosis({}, (), 0)) == plain(fit)


def test_two_factors_share_a_sentence_and_nothing_is_explained_by_nothing() -> None:
    text = plain(ec.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin").fit)
    assert text == (
        "The standard deviation between groups of plate was 0.847 for the intercept. The standard "
        "deviation between groups of sample was 1.93 for the intercept. Of the variance that the "
        "fixed effects leave, 15.1% lay between groups of plate, ICC = .15, 95% CI [.05, .40], and "
        "78.5% between groups of sample, ICC = .79, 95% CI [.49, .93]."
    )


def test_terms_of_one_factor_are_added_up() -> None:
    fit = ec.fit("reaction ~ days + (1 | subject) + (0 + days | subject)", "sleep").fit
    assert plain(fit).count("between groups of subject, ICC = ") == 1


def test_the_scale_of_a_link_and_other_parts() -> None:
    fit = ec.fit("calls ~ food + (1 | nest)", "owls", family="nbinom2", zero="~ 1 + (1 | nest)")
    text = plain(fit.fit)
    assert "The tables have the coefficients of the zero part. " in text
    assert " for the intercept of the zero part. Of the variance that the fixed effects" in text
    assert " leave on the scale of the log link, " in text
    assert " of the variance on the same scale (marginal" in text


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_categories_without_standard_errors() -> None:
    fit = ec.fit("rating ~ temp + (1 | judge)", "wine", family="multinomial")
    text = plain(fit.fit)
    assert "The relative risk ratio for temp (warm), category 2, was" in text
    assert ", without a standard error. " in text
    assert "(Intercept)" not in text
    assert "[-, -]" not in text
    assert "The ICC of judge on the scale of the logit link was .39 (category 2), " in text
    assert "R²" not in text


def test_every_finding_has_words() -> None:
    assert len(LEXICON) > 20
