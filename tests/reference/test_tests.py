"""Tests and intervals of the fixed effects against lmerTest, pbkrtest, lme4 and nlme."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.infer.coefficients.hypothesis import hypothesis_tests
from echelon.infer.coefficients.inference import linear_inference
from tests.reference.case import NAMES, OUT_OF_SCOPE, load
from tests.reference.names import coefficient
from tests.reference.test_cases import fitted

IN_SCOPE = [name for name in NAMES if name not in OUT_OF_SCOPE]
WITH_DF = [name for name in IN_SCOPE if load(name).numbers.get("df_method") == "Satterthwaite"]
# lmerTest differentiates numerically (numDeriv), to about 1e-7 of a df, more where the curvature
# is small; ours is good to 1e-9. Of types 1 to 3 it also rounds L to seven digits (zapsmall).
DF = 1e-5
F = 2e-6  # twice that of a t statistic, which has the 1e-6 of a coefficient and its error


@pytest.mark.parametrize("name", WITH_DF)
def test_t_df_and_p_by_satterthwaite(name: str) -> None:
    expected, table = load(name)["fixed"], fitted(name).fixed_effects
    for row in table.rows():
        theirs = expected[coefficient(row["term"])]
        if theirs.get("df") is None:
            continue
        assert row["df"] == pytest.approx(theirs["df"], rel=DF)
        error = 1e-6 * max(1.0, abs(theirs["t"]))
        assert row["statistic"] == pytest.approx(theirs["t"], abs=2 * error)
        # d log p / d log t is about t^2, or df where t is far out.
        slope = min(theirs["t"] ** 2, theirs["df"]) + 1
        assert row["p_value"] == pytest.approx(theirs["p"], rel=1e-5 * slope, abs=1e-290)


def _tables(name: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    extra = load(name).extra
    yield 3, "satterthwaite", extra.get("anova_type3_satterthwaite", {})
    yield 3, "satterthwaite", extra.get("anova_tables_satterthwaite", {})
    for key, table in extra.get("anova_tables", {}).items():
        kind, _, method = key.partition("_")
        yield int(kind[-1]), method, table


ANOVA = [name for name in IN_SCOPE if any(table for *_, table in _tables(name))]


def test_there_are_analyses_of_variance() -> None:
    assert len(ANOVA) == 31


@pytest.mark.parametrize("name", ANOVA)
def test_anova(name: str) -> None:
    fit = fitted(name)
    for kind, method, table in _tables(name):
        ours = {frozenset(r["term"].split(":")): r for r in fit.anova(kind, method).rows()}
        assert len(ours) == len(table) or not table
        for term, theirs in table.items():
            row = ours[frozenset(term.split(":"))]
            assert row["df_num"] == theirs["NumDF"]
            assert row["df_den"] == pytest.approx(theirs["DenDF"], rel=DF)
            assert row["statistic"] == pytest.approx(theirs["F value"], rel=F)
            if method == "satterthwaite":  # lmerTest's sums of squares leave out KR's factor
                assert row["sum_sq"] == pytest.approx(theirs["Sum Sq"], rel=2 * F)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lmm_sleep_slope_reml", "kr_F_days"),
        ("lmm_machines_slope_reml", "kr_F"),
        ("lmm_hsb_subset_kr_reml", "kr_F_interaction"),
    ],
)
def test_a_hypothesis_by_kenward_roger(name: str, key: str) -> None:
    theirs = load(name).extra[key]
    table = hypothesis_tests(fitted(name).fit, theirs["L"], "kenward_roger")
    joint = table.row(hypothesis="joint")
    assert (joint["test"], joint["df_num"]) == ("F", theirs["ndf"])
    assert joint["statistic"] == pytest.approx(theirs["F"], rel=F)
    assert joint["df"] == pytest.approx(theirs["ddf"], rel=1e-6)
    assert joint["p_value"] == pytest.approx(theirs["p"], rel=1e-5)


@pytest.mark.parametrize("name", [n for n in IN_SCOPE if "wald_ci_95" in load(n).extra])
def test_normal_intervals_are_lme4s(name: str) -> None:
    fit, expected = fitted(name), load(name).extra["wald_ci_95"]
    table = fit.refit(df_method="normal").fixed_effects
    for row in table.rows():
        low, high = expected[coefficient(row["term"])]
        # As for coefficients: relative to the larger of value and standard error.
        limit = 2e-6 * max(abs(row["estimate"]), row["std_error"])
        assert row["conf_low"] == pytest.approx(low, abs=limit)
        assert row["conf_high"] == pytest.approx(high, abs=limit)


def df_of(fit: ec.Result, method: str) -> dict[str, float]:
    inference = linear_inference(fit.fit, method)
    df = inference.rows(np.eye(len(inference.names)), 0.95)["df"]
    return dict(zip(inference.names, df.tolist(), strict=True))


@cache
def _egsingle() -> ec.Result:
    data = ec.datasets.load("egsingle")
    return ec.fit("math ~ year * female + lowinc + (1 | schoolid/childid)", data)


def test_between_and_within_is_nlmes_inner_and_outer() -> None:
    """R: lme(math ~ year*female + lowinc, random = ~1|schoolid/childid)$fixDF$X, nlme 3.1-162.

    nlme gives the intercept the df of level 1 (5507); ours are SAS's, those of the top level.
    """
    assert df_of(_egsingle(), "between_within") == {
        "(Intercept)": 58, "year": 5507, "female[Male]": 1660, "lowinc": 58,
        "year:female[Male]": 5507,
    }  # fmt: skip


def test_between_and_within_for_one_factor() -> None:
    """R: lme(mathach ~ ses*sector, random = ~1|school): 7023, 158, 7023; SAS: 158 for sector."""
    data = ec.datasets.load("hsb")
    assert df_of(ec.fit("mathach ~ ses * sector + (1 | school)", data), "between_within") == {
        "(Intercept)": 158, "ses": 7023, "sector[Catholic]": 158, "ses:sector[Catholic]": 7023,
    }  # fmt: skip


def test_containment_of_a_split_plot_is_its_analysis_of_variance() -> None:
    """Whole plots 10, subplots 45: the strata of aov(), which SAS's contain reproduces."""
    df = df_of(fitted("lmm_oats_splitplot_reml"), "containment")
    assert {term: n for term, n in df.items() if ":" not in term and "nitro" not in term} == {
        "(Intercept)": 5, "Variety[Marvellous]": 10, "Variety[Victory]": 10,
    }  # fmt: skip
    assert {n for term, n in df.items() if "nitro" in term} == {45}


def test_level_df_are_raudenbush_and_bryks() -> None:
    """HSB, slopes as outcomes: J - S - 1 with two level-2 predictors (Bryk 2002: 157 in all)."""
    df = df_of(fitted("lmm_hsb_slopes_as_outcomes_reml"), "level")
    assert set(df.values()) == {157.0}
    three = df_of(_egsingle(), "level")
    assert three["lowinc"] == 60 - 2
    assert three["female[Male]"] == 1721 - 60 - 1
    assert three["year"] == three["year:female[Male]"] == 7230 - 60 - 1721 - 2


# R 4.2.2, lmerTest 3.1.3:
#   d <- droplevels(subset(lme4::cake, !(recipe=="B" & temperature %in% c("195","225")) &
#                                      !(as.integer(replicate) > 9 & recipe=="C")))
#   d$temperature <- factor(d$temperature, ordered=FALSE); d <- d[-c(1,5,17,60,61,100),]
#   anova(lmer(angle ~ recipe*temperature + (1|recipe:replicate), d), type=t)
EMPTY_CELLS = {
    1: ([0.560776071098, 16.836041636798, 1.279263246859],
        [35.7317848019, 146.1029960318, 146.1314277564]),
    2: ([0.344827796742, 16.836041636798, 1.279263246859],
        [36.2529732083, 146.1029960318, 146.1315889412]),
    3: ([0.284189615444, 16.075713841507, 1.279263246859],
        [36.2999242969, 146.1369253634, 146.1315889412]),
}  # fmt: skip
# The same with recipe*poly(temp, 2), type 3. Its type 2 of recipe differs from ours by definition:
# lmerTest takes poly() for a factor that contains recipe's effect, SAS and echelon for numbers.
CURVED = ([0.206792786071, 31.088288989906, 0.691503164280],
          [36.1855551336, 153.0574754173, 153.0983415767])  # fmt: skip


@cache
def _cake_with_holes() -> pl.DataFrame:
    frame = load("lmm_cake_reml").frame().with_columns(
        pl.col("temperature").cast(pl.String),
        pl.col("replicate").cast(pl.String).cast(pl.Int64),
    )  # fmt: skip
    is_hole = (pl.col("recipe") == "B") & pl.col("temperature").is_in(["195", "225"])
    is_late = (pl.col("recipe") == "C") & (pl.col("replicate") > 9)
    rest = frame.filter(~is_hole & ~is_late).with_row_index("i", 1)
    return rest.filter(~pl.col("i").is_in([1, 5, 17, 60, 61, 100])).drop("i")


@pytest.mark.parametrize("coding", ["treatment", "sum"])
@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_anova_with_empty_cells_is_lmertests_whatever_the_coding(coding: str) -> None:
    fit = ec.fit(
        "angle ~ recipe * temperature + (1 | recipe:replicate)",
        _cake_with_holes(),
        contrasts={"recipe": coding, "temperature": coding},
    )
    for kind, (statistic, df_den) in EMPTY_CELLS.items():
        table = fit.anova(kind)
        np.testing.assert_allclose(table["statistic"], statistic, rtol=1e-6)
        # Several rows: Fai and Cornelius' df of types 1 and 2 depend a little on the coding.
        tolerance = 1e-5 if coding == "treatment" or kind == 3 else 1e-3
        np.testing.assert_allclose(table["df_den"], df_den, rtol=tolerance)


@pytest.mark.parametrize("coding", ["treatment", "poly", "helmert"])
def test_type_3_does_not_depend_on_the_coding(coding: str) -> None:
    formula = "angle ~ recipe * poly(temp, 2) + (1 | recipe:replicate)"
    table = ec.fit(formula, _cake_with_holes(), contrasts={"recipe": coding}).anova(3)
    np.testing.assert_allclose(table["statistic"], CURVED[0], rtol=1e-6)
    np.testing.assert_allclose(table["df_den"], CURVED[1], rtol=1e-5)
