"""Alternative texts of charts: each read as a whole."""

from __future__ import annotations

from echelon.report.wording import pictures
from tests.golden import fits, generalized_fits


def test_every_text() -> None:
    fit = fits.school()
    assert pictures.coefficients(fit) == (
        "Forest chart: the coefficients of ses, sector (Public) and ses × sector (Public) as "
        "points with 95% intervals, beside a line at zero. The numbers are in the table of fixed "
        "effects."
    )
    assert pictures.effect(fit, "ses", "sector") == (
        "Effect chart: the mean of mathach as the model has it, along ses, apart for values of "
        "sector, with a 95% band and the data behind."
    )
    assert pictures.caterpillar(fit, fit.design.rows.blocks[0]) == (
        "Caterpillar chart: how far each of the 60 groups of school deviates from the average in "
        "the intercept and the effect of ses, sorted, with 95% intervals."
    )
    assert pictures.variance_shares(fit) == (
        "Bar chart: the variance of mathach shared out among predictors, school and school:class "
        "and what is left."
    )
    assert pictures.qq(generalized_fits.binomial()) == (
        "Quantile chart: quantile residuals of the 240 rows against those of a normal "
        "distribution, with the band in which simulated residuals lie."
    )
