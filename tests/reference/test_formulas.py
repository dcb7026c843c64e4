"""The same models asked for in other ways: functions of the formula, level equations, libraries.

The reference numbers are those of the case; only the derived columns are made by echelon.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import echelon
from echelon.errors import SingularFitWarning
from tests.reference.case import load, read
from tests.reference.test_cases import fitted

# case, formula over the raw data, options
FORMULAS = [
    ("lmm_hsb_ancova_cwc_reml", "mAch ~ cwc(ses, school) + (1 | school)", {}),
    ("lmm_hsb_means_as_outcomes_reml", "mAch ~ gm(ses, school) + (1 | school)", {}),
    (
        "lmm_hsb_slopes_as_outcomes_reml",
        "mAch ~ gm(ses, school) * cwc(ses, school) + sector * cwc(ses, school)"
        " + (cwc(ses, school) | school)",
        {},
    ),
    (
        "lmm_hsb_grand_mean_subset_reml",
        "mAch ~ cgm(ses) + sx + minrty + (cgm(ses) + minrty | school)",
        {},
    ),
    (
        "lmm_bdf_group_centred_reml",
        "langPOST ~ cwc(IQ.verb, schoolNR) + gm(IQ.verb, schoolNR) + sex + Minority"
        " + (cwc(IQ.verb, schoolNR) | schoolNR)",
        {},
    ),
    (
        "lmm_bdf_cross_level_ml",
        "langPOST ~ IQ.ver.cen * avg.IQ.ver.cen + center(ses) + (IQ.ver.cen | schoolNR)",
        {},
    ),
    ("lmm_scotssec_crossed_reml", "attain ~ cgm(verbal) + sex + (1 | primary) + (1 | second)", {}),
    ("lmm_orthodont_slope_reml", "distance ~ I(age - 11) * Sex + (I(age - 11) | Subject)", {}),
    (
        "lmm_orthodont_offset_ml",
        "distance ~ Sex * I(age - 11) + offset(0.5 * age) + (1 | Subject)",
        {"offset": None},
    ),
    ("lmm_oats_splitplot_reml", "yield ~ Variety * factor(nitro) + (1 | Block/Variety)", {}),
    ("lmm_sleep_uncorrelated_reml", "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", {}),
    ("lmm_sleep_uncorrelated_reml", "Reaction ~ Days + diag(Days | Subject)", {}),
    ("lmm_sleep_slope_reml", "Reaction ~ 1 + Days + us(1 + Days | Subject)", {}),
    ("lmm_machines_nested_reml", "score ~ Machine + (1 | Worker/Machine)", {}),
    ("lmm_machines_nested_reml", "score ~ Machine + cs(0 + Machine | Worker)", {}),
    ("lmm_pastes_nested_reml", "strength ~ (1 | batch) + (1 | sample)", {}),
    ("lmm_oxide_source_reml", "Thickness ~ Source + (1 | Lot) + (1 | Lot:Wafer)", {}),
]


def refit(name: str, formula: Any, data: Any, changes: dict[str, Any]) -> Any:
    """Fit in another way."""
    options = {k: v for k, v in (load(name).options | changes).items() if v is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)
        return echelon.fit(formula, data, **options)


@pytest.mark.parametrize(("name", "formula", "changes"), FORMULAS)
def test_formula(name: str, formula: str, changes: dict[str, Any]) -> None:
    expected = load(name)
    fit = refit(name, formula, expected.frame(), changes)
    np.testing.assert_allclose(fit.objective, -2 * expected["loglik"], rtol=1e-8)
    theirs = np.array([[row["est"], row["se"]] for row in expected["fixed"].values()])
    scale = np.maximum(abs(theirs[:, 0]), theirs[:, 1])
    ours = np.array(list(fit.beta.values()))
    np.testing.assert_allclose(ours / scale, theirs[:, 0] / scale, atol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.vcov)), theirs[:, 1], rtol=1e-6)


def test_level_equations() -> None:
    """Intercepts and slopes as outcomes, written as Raudenbush and Bryk do."""
    name = "lmm_hsb_slopes_as_outcomes_reml"
    equations = echelon.levels("""
        level 1 (pupil):  mAch = b0 + b1*cwc(ses) + r
        level 2 (school): b0 = g00 + g01*gm(ses) + g02*sector + u0
                          b1 = g10 + g11*gm(ses) + g12*sector + u1
    """)
    fit = refit(name, equations, load(name).frame(), {})
    expected = fitted(name)
    np.testing.assert_allclose(fit.objective, expected.objective, rtol=1e-10)
    np.testing.assert_allclose(sorted(fit.beta.values()), sorted(expected.beta.values()), rtol=1e-6)


@pytest.mark.parametrize("library", ["pandas", "arrow", "dict", "lazy"])
def test_libraries_give_the_same_bits(library: str) -> None:
    """Where the columns come from changes nothing, to the last bit."""
    name = "lmm_sleep_slope_reml"
    frame = load(name).frame()
    data = {
        "pandas": frame.to_pandas,
        "arrow": frame.to_arrow,
        "dict": lambda: {column: frame[column].to_list() for column in frame.columns},
        "lazy": frame.lazy,
    }[library]()
    other = refit(name, load(name)["formula"], data, {})
    assert other.objective == fitted(name).objective
    np.testing.assert_array_equal(other.theta, fitted(name).theta)


def test_subset_is_the_filter() -> None:
    name = "lmm_hsb_subset_kr_reml"
    case = load(name)
    raw = read("Hsb82.csv.gz")
    keep = raw["school"].cast(int) <= 2500
    formula = "mAch ~ gm(ses, school) * cwc(ses, school) + sector + (cwc(ses, school) | school)"
    by_mask = refit(name, formula, raw, {"subset": keep.to_numpy()})
    # the reference category is Public in the case, Catholic by alphabet here: same likelihood
    np.testing.assert_allclose(by_mask.objective, -2 * case["loglik"], rtol=1e-8)
    assert by_mask.n_obs == case["nobs"]
