"""What a summary says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon.report.content import MAX_ROWS, summarise
from echelon.report.section import Summary
from tests.golden import fits, generalized_fits


def headings(summary: Summary) -> list[list[str]]:
    return [[column.heading for column in section.columns] for section in summary.sections]


def test_sections_in_order() -> None:
    assert headings(summarise(fits.sleep())) == [
        [
            "Fixed effects",
            "estimate",
            "std. error",
            "t",
            "df",
            "p value",
            "95% low",
            "95% high",
        ],
        ["Random effects", "", "variance", "std. dev.", "share", "correlation"],
        ["Fit criteria", "-2 log likelihood", "log likelihood", "AIC", "BIC", "parameters"],
    ]


def test_the_title_of_other_families_names_the_link() -> None:
    assert summarise(generalized_fits.binomial()).title == (
        "Generalized linear mixed model (binomial, logit link, ML: Laplace): 240 rows in 30 groups "
        "of district (contraception.csv)"
    )


def test_a_fit_without_a_source() -> None:
    assert summarise(replace(fits.sleep(), source="")).title == (
        "Linear mixed model (Gaussian, REML): 180 rows in 18 groups of subject"
    )


def test_no_random_effects() -> None:
    summary = summarise(fits.no_groups())
    assert summary.title == "Linear model (Gaussian, REML): 50 rows"
    assert summary.equations == ()
    assert headings(summary)[1] == ["Variance", "variance", "std. dev."]


def test_hundreds_of_coefficients_are_cut_and_the_rest_counted() -> None:
    rng = np.random.default_rng(0)
    n, p = 300, 250
    data = {f"x{k}": rng.normal(size=n) for k in range(p - 1)}
    names = " + ".join(data)
    fit = fits.hand_set(
        f"y ~ {names}", {**data, "y": rng.normal(size=n)}, np.ones(p), np.ones(p), [], 1.0
    )
    section = summarise(fit).sections[0]
    assert len(section.columns[0].cells) == MAX_ROWS
    assert section.notes == ("50 more rows in fixed_effects.", "df of the residuals.")


def test_correlations_stand_beside_the_second_effect_and_below() -> None:
    rng = np.random.default_rng(0)
    data = {name: rng.normal(size=60) for name in ("y", "a", "b")} | {"g": np.arange(60) // 6}
    fit = fits.hand_set(
        "y ~ 1 + (a + b | g)", data, [0.0], [0.5], [[[1, 0, 0], [0.6, 0.8, 0], [0, 1, 0]]], 1.0
    )
    columns = summarise(fit).sections[1].columns[-2:]
    assert [column.heading for column in columns] == ["corr.", ""]
    assert [column.cells for column in columns] == [
        ("", "0.60", "0.00", ""),
        ("", "", "0.80", ""),
    ]


def test_seven_effects_have_their_correlations_in_a_panel() -> None:
    sections = headings(summarise(fits.many_effects()))
    assert sections[2] == ["Correlations in a", "1", "2", "3", "4", "5", "6"]
