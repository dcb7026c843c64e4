"""Reliabilities, chi-squares and regressions by group, against printed outputs of HLM.

HLM stops its EM iterations early, so that its variances, and all that rests on them, have four to
five digits. Regressions by group rest on no iteration.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import echelon
from echelon.result import Result
from tests.reference.case import load


@cache
def school_means() -> Result:
    """Snijders & Bosker (1999), example 4.1, full maximum likelihood.

    Source: stats.oarc.ucla.edu/other/hlm/examples/ma-snijders/chapter-4.
    """
    data = load("lmm_bdf_group_centred_reml").frame()
    return echelon.fit("langPOST ~ 1 + (1 | schoolNR)", data, method="ML")


@cache
def slopes_by_school() -> Result:
    """High School & Beyond with four random coefficients, by HLM 6.02.

    Source: www1.udel.edu/it/help/math-stat-software/hlm-statistical-output-file.html.
    """
    formula = (
        "mathach ~ size + sector + pracad + disclim + himinty + meanses * minority + sex + ses"
        " + (minority + sex + ses | school)"
    )
    return echelon.fit(formula, echelon.datasets.load("hsb"))


def test_homogeneity_of_school_means() -> None:
    row = school_means().homogeneity().row(term="(Intercept)")
    assert row["statistic"] == pytest.approx(733.95978, rel=2e-5)
    assert (row["df"], row["n_groups"]) == (130, 131)
    assert row["variance"] == pytest.approx(19.43043, rel=1e-4)


# intercept, minority, female, ses
REGRESSIONS = {
    "1224": (12.88837, -8.72320, -3.00562, 1.47322),
    "1288": (13.13595, -2.86801, 0.88435, 2.71298),
    "1296": (3.68352, 5.55066, -1.69086, 0.91791),
    "1358": (12.71682, -9.79049, -1.27271, 3.29899),
    "1374": (14.61781, -9.02146, -4.15738, 4.69677),
    "1461": (15.12214, -14.59908, -2.15309, 5.02255),
    "1477": (14.47103, -2.04262, -0.70881, 1.10533),
    "1499": (11.38238, -1.14141, -2.72635, 3.28197),
    "1637": (11.38385, -5.72649, 1.14472, 1.42944),
}


def test_regressions_by_school() -> None:
    table = slopes_by_school().reliability(by_group=True)
    own = table["own_estimate"].reshape(-1, 4)
    known = np.isfinite(own).all(axis=1)
    labels = [str(label) for label in table["group"][::4][known]]
    assert labels[: len(REGRESSIONS)] == list(REGRESSIONS), "schools that HLM lists, and no other"
    expected = list(REGRESSIONS.values())
    np.testing.assert_allclose(own[known][: len(REGRESSIONS)], expected, rtol=0, atol=5.1e-6)


# Raudenbush & Bryk (2002), chapter 4, as in test_published.py: written down from memory
CHI_SQUARES = {
    "1 + (1 | school)": [(1660.2, 159)],
    "meanses + (1 | school)": [(633.5, 158)],
    "cwc(ses, school) + (cwc(ses, school) | school)": [(1770.9, 159), (213.4, 159)],
    "(meanses + sector) * cwc(ses, school) + (cwc(ses, school) | school)": [
        (605.3, 157),
        (162.3, 157),
    ],
}


@pytest.mark.parametrize("right", CHI_SQUARES)
def test_high_school_and_beyond(right: str) -> None:
    """HLM's residual variance differs in the fourth digit, and the chi-squares with it."""
    fit = echelon.fit(f"mathach ~ {right}", echelon.datasets.load("hsb"))
    table = fit.homogeneity()
    expected = CHI_SQUARES[right]
    assert table["statistic"].tolist() == pytest.approx([chi for chi, _ in expected], rel=1e-3)
    assert table["df"].tolist() == [df for _, df in expected]
