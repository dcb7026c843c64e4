"""ICC and R-squared against performance (R), r2mlm's equations, Stata and a textbook.

performance 0.10.2 takes sigma^2 for the residual variance of weighted rows where we average
sigma^2 / weight, and with `||` it sees the first of a factor's terms only; each is said where it
is compared.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import echelon
from echelon.fit import Fit
from echelon.measure.icc_kinds import icc_table
from echelon.measure.r_squared import r_squared
from echelon.table import Table
from tests.reference.case import load, read
from tests.reference.test_cases import MIXED, fitted
from tests.reference.tolerances import tolerance

WEIGHTED = "lmm_sleep_weights_reml"
FIRST_TERM_ONLY = {"lmm_sleep_uncorrelated_reml"}  # performance leaves `days` of `||` out
COMPARED = [name for name in MIXED if name not in FIRST_TERM_ONLY | {WEIGHTED}]


@cache
def explained(name: str) -> Table:
    return r_squared(fitted(name).fit)


def value(name: str, measure: str, part: str) -> float:
    return float(explained(name).row(measure=measure, part=part)["value"])


@pytest.mark.parametrize("name", COMPARED)
def test_nakagawa(name: str) -> None:
    """Marginal and conditional; of a singular fit by the case's sums over rows.

    There performance has no conditional one, and its marginal one leaves the random effects out of
    the total: 0.2103 in lmm_hsb_grand_mean_subset_reml, where their share is 0.13.
    """
    case, limit = load(name), 2 * tolerance(name, "std_dev")
    theirs, parts = case.extra["performance_icc_r2"]["r2"], case.extra["variance_parts"]
    if case["singular"]:
        fixed, random, residual = parts.values()
        total = fixed + random + residual
        theirs = {"marginal": fixed / total, "conditional": (fixed + random) / total}
    ours = {part: value(name, "Nakagawa & Schielzeth", part) for part in theirs}
    assert ours == pytest.approx(theirs, abs=limit)
    assert 0 <= ours["marginal"] <= ours["conditional"] <= 1


@pytest.mark.parametrize("name", [*COMPARED, *FIRST_TERM_ONLY])
def test_parts_and_unadjusted_icc(name: str) -> None:
    """The case's own sums over rows, for models that performance cannot split, too."""
    case, limit = load(name), 4 * tolerance(name, "std_dev")
    parts = case.extra["variance_parts"]
    table = icc_table(fitted(name).fit, "unadjusted")
    ours = dict(zip(table["grouping"], table["variance"], strict=True))
    total = sum(parts.values())
    assert ours["fixed"] == pytest.approx(parts["var_fixed"], rel=limit, abs=1e-12)
    assert ours["residual"] == pytest.approx(parts["var_residual"], rel=limit)
    assert table["icc"][1:-1].sum() == pytest.approx(case["icc"]["unadjusted"], abs=limit)
    assert table["variance"].sum() == pytest.approx(total, rel=limit)


def test_weighted_rows() -> None:
    """performance's shares come out once sigma^2 takes the place of our mean residual variance."""
    fit, case = fitted(WEIGHTED).fit, load(WEIGHTED)
    table = icc_table(fit, "unadjusted")
    fixed, random, residual = table["variance"]
    theirs = case.extra["performance_icc_r2"]["r2"]
    total = fixed + random + fit.estimates.sigma**2
    assert fixed / total == pytest.approx(theirs["marginal"], abs=2e-5)
    assert (fixed + random) / total == pytest.approx(theirs["conditional"], abs=2e-5)
    weights = case.frame()["w"].to_numpy()
    assert residual == pytest.approx(fit.estimates.sigma**2 * np.mean(1 / weights), rel=1e-12)


# R, with the equations of r2MLM (Rights & Sterba): within = ses_cwc and its products, between =
# ses_mean and sector, random = ses_cwc, estimates of lmer() with bobyqa, rhoend = 1e-9.
R2MLM_CENTRED = {
    "total f1": 0.04949927719406, "total f2": 0.13007203047596, "total v": 0.00092571607309,
    "total m": 0.04987303992867, "within f1": 0.06036092877155, "within v": 0.00112884642197,
    "between f2": 0.72284297749017, "between m": 0.27715702250983,
}  # fmt: skip
R2MLM_AS_IT_IS = {
    "total f": 0.3170916989892, "total v": 0.0148706559324, "total m": 0.0938662680155,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("lmm_hsb_slopes_as_outcomes_reml", R2MLM_CENTRED),
        ("lmm_exam_slope_ml", R2MLM_AS_IT_IS),
    ],
)
def test_rights_and_sterba(name: str, theirs: dict[str, float]) -> None:
    ours = {part: value(name, "Rights & Sterba", part) for part in theirs}
    assert ours == pytest.approx(theirs, abs=1e-7)  # lmer's theta was not polished


def test_raudenbush_and_bryk_textbook() -> None:
    """Raudenbush & Bryk (2002), pp. 74 and 79: 69 % of tau_00 by MEAN SES, 6.3 % of sigma^2."""
    part = "(Intercept) | school"
    ours = value("lmm_hsb_means_as_outcomes_reml", "Raudenbush & Bryk", part)
    assert ours == pytest.approx(0.69, abs=0.005)
    ours = value("lmm_hsb_random_coef_reml", "Raudenbush & Bryk", "residual")
    assert ours == pytest.approx(0.063, abs=0.0005)


@pytest.mark.parametrize(
    "name",
    [
        "lmm_hsb_means_as_outcomes_reml", "lmm_hsb_ancova_cwc_reml",
        "lmm_hsb_slopes_as_outcomes_reml",
    ],
)  # fmt: skip
def test_reductions_by_lme4s_variances(name: str) -> None:
    """By hand from the variances that lme4 printed for the model and for the null model."""
    null, case = load("lmm_hsb_unconditional_reml"), load(name)
    before, after = null["random"][0]["sd"][0] ** 2, case["random"][0]["sd"][0] ** 2
    ours = value(name, "Raudenbush & Bryk", "(Intercept) | school")
    assert ours == pytest.approx(1 - after / before, abs=2e-5)
    ours = value(name, "Raudenbush & Bryk", "residual")
    assert ours == pytest.approx(1 - (case["sigma"] / null["sigma"]) ** 2, abs=2e-5)
    if len(case["random"][0]["sd"]) > 1:
        return  # Snijders & Bosker's is of another fit, without the slope
    sizes = load(name).frame().group_by("school").len()["len"].to_numpy()
    harmonic = len(sizes) / (1 / sizes).sum()
    for part, size in (("level 1", 1.0), ("level 2", harmonic)):
        left = (after + case["sigma"] ** 2 / size) / (before + null["sigma"] ** 2 / size)
        assert value(name, "Snijders & Bosker", part) == pytest.approx(1 - left, abs=2e-5)


def test_snijders_and_bosker_without_the_slopes() -> None:
    """A model with random slopes has the values of the same model with random intercepts."""
    for part in ("level 1", "level 2"):
        ours = value("lmm_hsb_random_coef_reml", "Snijders & Bosker", part)
        assert ours == value("lmm_hsb_ancova_cwc_reml", "Snijders & Bosker", part)


def test_unconditional_icc_is_that_of_the_null_model() -> None:
    fit = fitted("lmm_hsb_slopes_as_outcomes_reml").fit
    theirs = load("lmm_hsb_unconditional_reml")["icc"]["adjusted"]
    table = icc_table(fit, "unconditional")
    assert table["icc"][0] == pytest.approx(theirs, abs=1e-6)
    assert table == icc_table(fitted("lmm_hsb_unconditional_reml").fit, "unconditional")


# Stata, `mixed gsp private emp hwy water other unemp || region: || state:` and `estat icc`:
# www.stata.com/features/overview/intraclass-correlations-for-multilevel-models
ESTAT_ICC = {
    "region": (0.159893, 0.127627, 0.0287143, 0.5506202),
    "region:state": (0.8516265, 0.0301733, 0.7823466, 0.9016272),
}


@cache
def productivity() -> Fit:
    frame = read("productivity.csv.gz")
    formula = "gsp ~ private + emp + hwy + water + other + unemp + (1 | region/state)"
    return echelon.fit(formula, frame, method="ML").fit


@pytest.mark.parametrize("grouping", ESTAT_ICC)
def test_stata_estat_icc(grouping: str) -> None:
    """To 1e-5: at the theta of Stata's ICC, lme4's criterion is higher by 4e-11 than at ours."""
    row = icc_table(productivity(), "levels").row(grouping=grouping)
    ours = [row[name] for name in ("icc", "std_error", "conf_low", "conf_high")]
    assert ours == pytest.approx(ESTAT_ICC[grouping], rel=1e-5)
