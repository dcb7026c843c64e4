"""Sentences of a report on data and model: every one read as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from echelon.fit import Fit
from echelon.frame.columns import RowAccount
from echelon.report.wording import reporting
from echelon.storage.archive import without_rows
from tests.golden import fits, generalized_fits


def data(fit: Fit) -> str:
    return " ".join(reporting.data_sentences(fit))


def model(fit: Fit) -> str:
    return " ".join(reporting.model_sentences(fit))


def test_titles() -> None:
    assert reporting.report_title(fits.sleep()) == "A multilevel model of reaction"
    assert reporting.report_title(fits.no_groups()) == "A regression model of y"


def test_gaussian_with_rows_left_out() -> None:
    assert data(fits.school()) == (
        "The data (hsb.csv) have 2,400 rows. 12 rows were left out: 7 without mathach and 5 "
        "without ses; 2,388 rows were used. There are 60 groups of school, of 28 to 40 rows "
        "(median 40). There are 120 groups of school:class, of 8 to 20 rows (median 20)."
    )
    assert model(fits.school()) == (
        "The response mathach, normally distributed, is explained by ses, sector and ses:sector. "
        "The intercept and the effect of ses vary between groups of school, with all correlations "
        "among them. The intercept varies between groups of school:class."
    )


def test_one_row_outside_the_subset() -> None:
    fit = replace(fits.sleep(), rows=RowAccount(181, 180, None, (("subset", 1),)))
    assert data(fit).startswith(
        "The data (sleep) have 181 rows. 1 row was left out: 1 outside the subset that was asked "
        "for; 180 rows were used. There are 18 groups of subject, each of 10 rows."
    )


def test_no_groups_with_weights_and_offsets() -> None:
    assert data(fits.no_groups()) == (
        "The data have 50 rows, all of which were used. The rows are not grouped. Rows have the "
        "prior weights w. The offsets t and log(t) enter the linear predictor with the "
        "coefficient 1."
    )
    assert model(fits.no_groups()) == (
        "The response y, normally distributed, is explained by x. There are no random effects: "
        "the rows are taken as independent of each other."
    )


def test_uncorrelated_and_alone() -> None:
    assert model(fits.many_effects()).startswith(
        "The response y, normally distributed, is explained by its mean alone. The intercept, the "
        "effect of x1, the effect of x2,"
    )
    assert model(fits.many_effects()).endswith(
        "The intercept and the effect of x1 vary between groups of b, without correlations among "
        "them."
    )


def test_binomial() -> None:
    assert model(generalized_fits.binomial()) == (
        "The response use, of the binomial family with a logit link, is explained by age and "
        "urban. The intercept and the effect of urban (Y) vary between "
        "groups of district, with all correlations among them."
    )


def test_counts_with_an_offset_and_structural_zeros() -> None:
    fit = generalized_fits.zeros()
    assert data(fit).endswith(
        "The offset log(exposure) enters the linear predictor with the coefficient 1."
    )
    assert model(fit) == (
        "The response children, of the negative binomial (NB2) family with a log link, is "
        "explained by age and urban. Structural zeros have the formula ~ urban + "
        "(1 | district). The intercept varies between groups of district. The intercept of the "
        "zero part varies between groups of district."
    )


def test_ordered() -> None:
    assert model(generalized_fits.ordered()) == (
        "The response rating, of the cumulative ordinal family with a logit link, is "
        "explained by age. Effects "
        "that differ between thresholds have the formula ~ urban. The scale has the formula ~ age. "
        "The intercept varies between groups of district."
    )


def test_multinomial() -> None:
    assert model(generalized_fits.multinomial()).endswith(
        "The intercept of category car and the intercept of category train vary between groups of "
        "district, with all correlations among them."
    )


def test_saved_without_rows() -> None:
    fit = without_rows(fits.sleep())
    assert data(fit) == (
        "The data (sleep) have 180 rows, all of which were used. There are 18 groups of subject."
    )
    assert reporting.no_rows(fit) == (
        "The fit was saved without its 180 rows. Charts and diagnostics need them, and are not in "
        "this report: save the fit with its rows, or fit the model again."
    )


def test_without_a_table() -> None:
    assert reporting.no_rows(fits.sleep()) == (
        "The fit does not hold the columns of a table, because its response or its rows are not "
        "those of one. Charts of predictors and most diagnostics need them."
    )


@pytest.mark.parametrize("structure", ["us", "diag", "id", "cs", "hcs", "ar1", "toep"])
def test_every_structure_has_words(structure: str) -> None:
    assert reporting.STRUCTURES[structure].startswith("with")
