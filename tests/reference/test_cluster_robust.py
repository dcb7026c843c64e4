"""Robust standard errors against clubSandwich, R's sandwich, and outputs of HLM.

clubSandwich's numbers are of its working model at lme4's estimates: covariances agree to 1e-7 of
their scale, limited by theta. The numbers of `sandwich` were made with R 4.2.2, sandwich 3.0-2:

    data(Oats, package = "nlme"); O <- as.data.frame(Oats); O$nitro <- as.numeric(O$nitro)
    m <- lm(yield ~ nitro, O)
    vcovCL(m, cluster = ~ Block + Variety, type = "HC0", cadjust = FALSE)  # CR0; TRUE: CR1
    m <- lm(yield ~ nitro, O[-(1:5), ])
    vcovCL(m, cluster = ~ Block, type = "HC3", cadjust = TRUE)  # CR3; HC2: CR2; HC1: CR1S
"""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.infer.sandwich.robust import robust, robust_inference
from tests.reference.case import NAMES, load
from tests.reference.test_cases import fitted

ROBUST = [name for name in NAMES if "cluster_robust" in load(name).extra]


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR1S", "CR2", "CR3"])
@pytest.mark.parametrize("name", ROBUST)
def test_covariance(name: str, kind: str) -> None:
    theirs = load(name).extra["cluster_robust"][kind]
    vcov, _ = robust_inference(fitted(name).fit, kind)
    expected = np.array(theirs["vcov"])
    scale = np.sqrt(np.diag(expected))
    off = np.abs(vcov - expected) / np.outer(scale, scale)
    assert off.max() <= 2e-7
    table = robust(fitted(name).fit, kind)
    np.testing.assert_allclose(table["std_error"], list(theirs["se"].values()), rtol=1e-7)


@pytest.mark.parametrize("name", ROBUST)
def test_tests_of_cr2(name: str) -> None:
    """Satterthwaite's df, and p values, which inherit the last digits of t where they are tiny."""
    theirs = load(name).extra["cluster_robust"]["CR2"]["satterthwaite"].values()
    table = robust(fitted(name).fit, "CR2")
    np.testing.assert_allclose(table["df"], [row["df_Satt"] for row in theirs], rtol=1e-6)
    np.testing.assert_allclose(table["statistic"], [row["tstat"] for row in theirs], rtol=1e-5)
    expected = np.array([row["p_Satt"] for row in theirs])
    np.testing.assert_allclose(table["p_value"], expected, rtol=2e-4)


@pytest.mark.parametrize("name", ROBUST)
def test_tests_of_cr1(name: str) -> None:
    theirs = load(name).extra["cluster_robust"]["CR1"]["naive_t"].values()
    table = robust(fitted(name).fit, "CR1")
    assert table["df"].tolist() == [row["df_t"] for row in theirs]
    expected = np.array([row["p_t"] for row in theirs])
    np.testing.assert_allclose(table["p_value"], expected, rtol=2e-4)


def test_least_squares_in_one_way() -> None:
    """For a regression they are R's HC3, HC2 and HC1 with clusters, here of unequal size."""
    oats = load("lmm_oats_splitplot_reml").frame()[5:]
    fit = echelon.fit("yield ~ nitro", oats).fit
    block = oats["Block"].cast(str)
    for kind, expected in {
        "CR3": [16.914921478827, 56.558157422840],
        "CR2": [14.596925910319, 46.265913239957],
        "CR1S": [15.403956499744, 46.087741397316],
    }.items():
        vcov, _ = robust_inference(fit, kind, block)
        np.testing.assert_allclose(np.diag(vcov), expected, rtol=1e-12)


def test_least_squares_in_two_ways() -> None:
    oats = load("lmm_oats_splitplot_reml").frame()
    fit = echelon.fit("yield ~ nitro", oats).fit
    ways = [oats["Block"].cast(str), oats["Variety"].cast(str)]
    for kind, expected in {
        "CR0": [[32.5553669410, -10.58744855967], [-10.5874485597, 6.08796296296]],
        "CR1": [[46.4988238925, -18.2041149237], [-18.2041149237, 17.6072167756]],
    }.items():
        vcov, degrees = robust_inference(fit, kind, ways)
        np.testing.assert_allclose(vcov, expected, rtol=1e-10)
        assert degrees.rows(np.eye(2)).tolist() == [2.0, 2.0]


def test_hlm_robust_standard_errors() -> None:
    """Snijders & Bosker, example 4.1, by HLM (full maximum likelihood), as printed.

    Source: stats.oarc.ucla.edu/other/hlm/examples/ma-snijders/chapter-4. HLM stops its iterations
    at 1e-6 of the likelihood, which leaves five digits.
    """
    data = load("lmm_bdf_group_centred_reml").frame()
    fit = echelon.fit("langPOST ~ 1 + (1 | schoolNR)", data, method="ML")
    row = fit.robust("HLM").row(term="(Intercept)")
    assert row["estimate"] == pytest.approx(40.364049, rel=1e-5)
    assert row["std_error"] == pytest.approx(0.426363, rel=1e-5)
    assert row["df"] == 130
