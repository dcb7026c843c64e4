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
from echelon.report.wording import results
from echelon.report.wording.lexicon import LEXICON, Worded
from echelon.report.wording.results import results_paragraph
from echelon.report.wording.words import Words


def test_a_gaussian_fit() -> None:
    fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
    assert results_paragraph(fit.fit) == (
        "The coefficient of days was 10.47, 95% CI [7.21, 13.73], t(17.0) = 6.77, p < .001. "
        "Between "
        "groups of subject the standard deviation was 24.7 for the intercept and 5.92 for days. Of "
        "the variance that the fixed effects leave, 72.2% lay between groups of subject, ICC = "
        ".72, 95% CI [.56, .84]. The fixed effects explained 27.9% of the variance (marginal R² = "
        ".28), fixed and random effects together 79.9% (conditional R² = .80)."
    )


def test_ratios_of_a_generalized_fit() -> None:
    fit = ec.fit("use ~ urban + (1 | district)", "contraception", family="binomial")
    text = results_paragraph(fit.fit)
    assert text.startswith("The odds ratio for urban (Y) was 1.9")
    row = fit.exponentiated().row(term="urban[Y]")
    assert (
        f"{row['odds_ratio']:.3f}, 95% CI [{row['conf_low']:.3f}, {row['conf_high']:.3f}], z"
        in text
    )


def test_an_interaction_is_explained() -> None:
    fit = ec.fit("mathach ~ ses * sector + (1 | school)", "hsb")
    text = results_paragraph(fit.fit)
    assert "The coefficient of ses × sector (Catholic) was -1.31" in text
    assert (
        "The coefficient of a predictor that takes part in an interaction is the one where the "
        "other predictor is zero, or at its reference category." in text
    )


def test_no_random_effects() -> None:
    text = results_paragraph(ec.fit("mathach ~ ses", "hsb").fit)
    assert text.endswith(
        "t(7183) = 32.78, p < .001. The predictors explained 13.0% of the variance (R² = .13)."
    )


def test_a_boundary_is_said_first() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit("mathach ~ ses * sector + (ses | school)", "hsb")
    assert results_paragraph(fit.fit).startswith(
        "The fit is singular, on the boundary of what is possible, in correlation of (Intercept) "
        "and ses | school: the data show no more variation than this, and tests of what is on the "
        "boundary do not hold. The coefficient of ses was"
    )


def test_a_search_that_did_not_end_and_a_column_too_many() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    data = {"y": rng.normal(size=60), "x": x, "twice": 2 * x, "g": np.repeat(np.arange(6), 10)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        fit = ec.fit("y ~ x + twice + (x | g)", data, control={"max_evaluations": 1})
    text = results_paragraph(fit.fit)
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
    text = results_paragraph(fit.fit)
    assert "The coefficient of x7" in text
    assert "The coefficient of x8" not in text
    assert " 3 more coefficients are in the table. " in text


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ("ff", "The diagnosis found nothing to distrust."),
        ("fl", "1 finding deserves a look."),
        (
            "al",
            "These findings limit what can be concluded. Sentence 0. 1 further finding deserves a "
            "look.",
        ),
        (
            "aaaaaall",
            "These findings limit what can be concluded. Sentence 0. Sentence 1. Sentence 2. "
            "Sentence 3. 2 more are in the diagnosis. 2 further findings deserve a look.",
        ),
    ],
)
def test_cautions(verdicts: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full: dict[str, Any] = {"f": "fine", "l": "look", "a": "act"}
    found = tuple(
        Worded(
            "Topic",
            Finding("name", "", "size", 1.0, 2.0, 3.0, full[v], "echelon: a test"),
            Words("Topic: question", f"Sentence {i}.", "Meaning."),
        )
        for i, v in enumerate(verdicts)
    )
    monkeypatch.setattr(results, "worded", lambda _: found)
    fit = ec.fit("reaction ~ days + (1 | subject)", "sleep").fit
    text = results_paragraph(fit, Diagnosis({}, (), 0))
    assert text.removeprefix(results_paragraph(fit) + " ") == expected


def test_every_finding_has_words() -> None:
    assert len(LEXICON) > 20
