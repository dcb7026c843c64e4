"""Slopes against emmeans::emtrends, and against differences of predictions."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.lines.slopes import NOT_DETERMINED, moderator_grid, slope_rows

# R 4.2.2, emmeans 1.8.4.1, lmerTest 3.1.3, lme4 with bobyqa, rhoend = 1e-10:
#   m1 <- lmer(mathach ~ ses*sector*meanses + minority + (1|school), hsb)
#   emtrends(m1, ~sector*meanses, var = "ses", at = list(meanses = mean(meanses) + c(-1,0,1)*sd))
#   emtrends(m1, ~sector, var = "ses"); pairs of it
#   m2 <- lmer(mathach ~ poly(ses,2)*minority + log(meanses+3) + (1|school), hsb)
#   emtrends(m2, ~minority, var = "ses", at = list(ses = 0.5), delta.var = 1e-5)
#   emtrends(m2, ~1, var = "meanses", delta.var = 1e-5)
#   m3 <- lmer(mathach ~ ns(ses,3)*sector + (1|school), hsb)
#   emtrends(m3, ~sector, var = "ses", delta.var = 1e-5)
# df are printed with two decimals; difference quotients carry 1e-6 to 1e-5, ours none.
THREE_WAY = {
    "estimate": [
        2.189310137694, 0.909945900462, 2.659928509921, 1.201640092649, 3.130546882148,
        1.493334284836,
    ],
    "std_error": [
        0.174358309478, 0.263926645837, 0.154933799385, 0.169364096511, 0.254436506710,
        0.195900543687,
    ],
    "df": [6926.82, 6481.81, 7168.23, 7120.00, 5098.92, 7087.19],
    "conf_low": [
        1.847514406896, 0.392562568136, 2.356212560458, 0.869636124361, 2.631742088597,
        1.109310690504,
    ],
}  # fmt: skip
LINEAR = 1e-6
QUOTIENT = 2e-5  # the error of R's difference quotient at delta.var = 1e-5


@cache
def fitted(formula: str) -> Any:
    return ec.fit(formula, ec.datasets.load("hsb"))


def slopes(formula: str, *arguments: Any, **options: Any) -> Any:
    return fitted(formula).slopes(*arguments, **options)


M1 = "mathach ~ ses*sector*meanses + minority + (1|school)"
M2 = "mathach ~ poly(ses, 2)*minority + log(meanses + 3) + (1|school)"
M3 = "mathach ~ ns(ses, df=3)*sector + (1|school)"


def agrees(table: Any, numbers: dict[str, list[float]], relative: float) -> None:
    for name, expected in numbers.items():
        if name == "df":
            np.testing.assert_allclose(table[name], expected, atol=0.006 + 1e-5 * max(expected))
        else:
            np.testing.assert_allclose(table[name], expected, rtol=relative, err_msg=name)


def test_simple_slopes_are_those_of_emtrends() -> None:
    table = slopes(M1, "ses", by=["sector", "meanses"])
    agrees(table, THREE_WAY, LINEAR)
    assert table["sector"].tolist() == ["Public", "Catholic"] * 3
    middle = {name: values[2:4] for name, values in THREE_WAY.items()}
    agrees(slopes(M1, "ses", by="sector"), middle, LINEAR)
    assert table.notes == (  # the slope depends on nothing else
        "meanses: mean and one SD to each side, over the rows.",
        "Degrees of freedom: Satterthwaite.",
    )
    assert slopes(M1, "ses").notes == (
        "Averaged over sector, with equal weights.",
        "At meanses = 0.006138.",
        "Degrees of freedom: Satterthwaite.",
    )
    assert slopes(M2, "ses", "minority").notes == (
        "At ses = 0.0001434.",
        "Degrees of freedom: Satterthwaite.",
    )


def test_differences_of_slopes_are_those_of_pairs() -> None:
    # pairs(emtrends(m1, ~sector, var = "ses"))
    numbers = {"estimate": [1.45828841727], "std_error": [0.228685262359], "df": [7166.37]}
    table = slopes(M1, "ses", "sector", compare=True)
    agrees(table, numbers, LINEAR)
    assert table["contrast"].tolist() == ["Public - Catholic"]
    within = slopes(M1, "ses", ["sector", "meanses"], compare="pairwise", within="meanses")
    assert len(within) == 3
    agrees(within, {"estimate": [1.279364237232, 1.458288417272, 1.63721259731]}, LINEAR)


def test_adjusted_slopes() -> None:
    plain, adjusted = (slopes(M1, "ses", "sector", adjust=how) for how in (None, "bonferroni"))
    np.testing.assert_allclose(adjusted["p_value"], 2 * plain["p_value"])
    assert (adjusted["conf_low"] < plain["conf_low"]).all()
    assert slopes(M1, "ses", "sector", adjust="tukey").notes[-2].startswith("P values")


def test_curves_have_the_slope_of_the_raw_column() -> None:
    found = slopes(M2, "ses", "minority", {"ses": 0.5})
    agrees(
        found,
        {
            "estimate": [2.0136384920, 1.4517547874],
            "std_error": [0.176699371750, 0.314062001504],
            "df": [7176.13, 7162.59],
            "conf_high": [2.36002131935, 2.06740903477],
        },
        QUOTIENT,
    )
    logarithm = slopes(M2, "meanses")
    numbers = {"estimate": [2.86916914356], "std_error": [0.363483297493], "df": [189.13]}
    agrees(logarithm, numbers, QUOTIENT)
    assert logarithm["term"].tolist() == ["meanses"]
    spline = {
        "estimate": [3.04011134860, 1.59284112599],
        "std_error": [0.322267624697, 0.360143583626],
        "df": [7172.29, 7175.28],
    }
    agrees(slopes(M3, "ses", "sector"), spline, QUOTIENT)


def test_a_slope_is_the_limit_of_differences_of_predictions() -> None:
    result = fitted(M2)
    h = 1e-4
    rows = {"ses": [0.3 + h, 0.3 - h], "minority": ["Yes"] * 2, "meanses": [0.1] * 2}
    up, down = result.predict(rows, random="none")
    found = result.slopes("ses", at={"ses": 0.3, "minority": ["Yes"], "meanses": 0.1})
    np.testing.assert_allclose(found["estimate"], (up - down) / (2 * h), rtol=1e-8)


def test_within_and_between_slopes() -> None:
    raw = "mathach ~ ses + gm(ses, school) + (1 | school)"
    centred = "mathach ~ cwc(ses, school) + gm(ses, school) + (1 | school)"
    beta = fitted(centred).beta
    for formula in (raw, centred):  # the same model, written twice
        within = slopes(formula, "ses")["estimate"]
        between = slopes(formula, "ses", move="group")["estimate"]
        np.testing.assert_allclose(within, beta["cwc(ses, school)"], rtol=1e-7)
        np.testing.assert_allclose(between, beta["gm(ses, school)"], rtol=1e-7)
    only = slopes("mathach ~ gm(ses, school) + (1 | school)", "ses")["estimate"]
    own = fitted("mathach ~ gm(ses, school) + (1 | school)").beta
    np.testing.assert_allclose(only, own["gm(ses, school)"])
    contextual = slopes(raw, "gm(ses, school)")["estimate"]
    np.testing.assert_allclose(
        contextual, beta["gm(ses, school)"] - beta["cwc(ses, school)"], rtol=1e-7
    )


def test_scaled_columns_give_slopes_per_raw_unit() -> None:
    plain = slopes("mathach ~ ses * minority + (1 | school)", "ses", "minority")
    scaled = slopes("mathach ~ scale(ses) * minority + (1 | school)", "ses", "minority")
    for name in ("estimate", "std_error", "df", "p_value"):
        np.testing.assert_allclose(plain[name], scaled[name], rtol=1e-6)


def test_cross_level_interactions() -> None:
    formula = "mathach ~ ses * meanses + (ses || school)"
    fit = fitted(formula).fit
    grid = moderator_grid(fit, ["meanses"])
    L = slope_rows(fit, grid, "ses")
    values = grid.columns()["meanses"]
    np.testing.assert_allclose(L, np.column_stack([0 * values, 0 * values + 1, 0 * values, values]))
    table = slopes(formula, "ses", "meanses")
    expected = linear_inference(fit).rows(L, 0.95)
    np.testing.assert_allclose(table["conf_low"], expected["conf_low"])


def test_a_binary_number_is_a_moderator_with_two_values() -> None:
    data = ec.datasets.load("hsb").with_columns(two=(pl.col("minority") == "Yes").cast(pl.Int64))
    table = ec.fit("mathach ~ ses * two + (1 | school)", data).slopes("ses", "two")
    assert table["two"].tolist() == [0.0, 1.0]


def test_robust_errors_and_other_degrees_of_freedom() -> None:
    result = fitted("mathach ~ ses * sector + (1 | school)")
    robust = result.robust("CR2").row(term="ses")
    found = result.slopes("ses", "sector", robust="CR2").row(sector="Public")
    assert found["std_error"] == pytest.approx(robust["std_error"], rel=1e-9)
    assert found["df"] == pytest.approx(robust["df"], rel=1e-6)
    assert np.isinf(result.slopes("ses", df_method="normal")["df"]).all()


def test_aliased_columns_give_no_slope_and_no_random_effects_are_needed() -> None:
    data = ec.datasets.load("hsb").with_columns(twice=2 * pl.col("ses"))
    with pytest.warns(ec.errors.RankWarning):
        fit = ec.fit("mathach ~ ses + twice + sector", data)
    lost = fit.slopes("ses")
    assert np.isnan(lost["estimate"]).all()
    assert lost.notes[0] == NOT_DETERMINED
    plain = ec.fit("mathach ~ ses + sector", data)
    assert plain.slopes("ses")["estimate"][0] == pytest.approx(plain.beta["ses"])


def test_names_of_any_alphabet() -> None:
    data = ec.datasets.load("hsb").rename({"ses": "niveau économique"})
    fit = ec.fit("mathach ~ poly(`niveau économique`, 2) + (1 | school)", data)
    assert len(fit.slopes("niveau économique")) == 1
