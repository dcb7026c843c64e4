"""Marginal means, contrasts and their adjustments against R's emmeans.

The cases' own numbers (`extra`), and those of means.json, which means.R has made. SPSS EMMEANS and
SAS LSMEANS are the means with equal weights.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon
from echelon.api import Result
from echelon.errors import RankWarning
from echelon.infer.means.marginal_means import MarginalMeans
from tests.reference.case import NAMES, load, read

MORE: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "means.json").read_text()
)
COLUMNS = {
    "estimate": "emmean",
    "std_error": "SE",
    "statistic": "t.ratio",
    "df": "df",
    "p_value": "p.value",
    "conf_low": "lower.CL",
    "conf_high": "upper.CL",
}
CASES = [
    (name, key)
    for name in NAMES
    for key, value in load(name).extra.items()
    if isinstance(value, dict) and "means" in value and "specs" in value
]
TIGHT = 1e-6


def agree(
    table: Any, rows: list[dict[str, Any]], tolerance: float = TIGHT, p_tolerance: float = 1e-6
) -> None:
    """Compare columns; limits are relative to the distance that they are from zero or estimate."""
    assert len(table["estimate"]) == len(rows)
    expected = {name: _column(rows, name) for name in COLUMNS}
    size = np.maximum(np.abs(expected["estimate"]), expected["std_error"])
    for name in [name for name in COLUMNS if name in table.columns]:
        ours, theirs = np.asarray(table[name], dtype=float), expected[name]
        if name == "p_value":
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=p_tolerance, err_msg=name)
            continue
        scale = np.abs(theirs) if name == "df" else size
        if name == "statistic":
            scale = np.maximum(np.abs(theirs), 1.0)
        if name.startswith("conf"):
            scale = np.maximum(scale, np.abs(theirs - expected["estimate"]))
        with np.errstate(invalid="ignore"):
            off = np.where(ours == theirs, 0.0, np.abs(ours - theirs) / scale)
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), err_msg=name)
        assert np.nanmax(off) <= tolerance, name


def _column(rows: list[dict[str, Any]], name: str) -> np.ndarray:
    keys = (name, COLUMNS[name])
    found = [next((row[key] for key in keys if key in row), None) for row in rows]
    return np.array([np.nan if v in (None, "NA") else float(v) for v in found])


@cache
def fitted(name: str) -> Result:
    case = load(name)
    options: dict[str, Any] = case.options
    return echelon.fit(case["formula"], case.frame(), **options)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_every_case(name: str, key: str) -> None:
    theirs = load(name).extra[key]
    means = fitted(name).marginal_means(
        theirs["specs"].lstrip("~ "), df_method=theirs.get("df_method", "residual")
    )
    agree(means, theirs["means"])
    for adjusted in [other for other in theirs if other.startswith("contrasts_")]:
        kind, adjust = theirs.get("contrast", "pairwise"), adjusted.removeprefix("contrasts_")
        table = means.contrasts(kind, adjust=adjust)
        assert table["contrast"].tolist() == [row["contrast"] for row in theirs[adjusted]]
        agree(table, theirs[adjusted])


def test_contrasts_of_contrasts() -> None:
    table = fitted("ols_warpbreaks_emmeans").contrasts(
        "wool * tension", interaction={"wool": "pairwise", "tension": "consecutive"}
    )
    theirs = load("ols_warpbreaks_emmeans").extra["interaction_contrasts"]
    assert table["tension"].tolist() == [row["tension_consec"] for row in theirs]
    assert table["wool"].tolist() == [row["wool_pairwise"] for row in theirs]
    for ours, printed in zip(table.rows(), theirs, strict=True):
        for column in ("estimate", "std_error", "statistic", "p_value"):
            name = COLUMNS[column] if column != "estimate" else column
            assert ours[column] == pytest.approx(printed[name], rel=1e-9), column


# --- the numbers of means.json -----------------------------------------------------------------


@cache
def warp() -> pl.DataFrame:
    tension = pl.col("tension").cast(pl.Enum(["L", "M", "H"]))
    return read("warpbreaks.csv").with_columns(tension)


@cache
def unbalanced() -> pl.DataFrame:
    gone = {1, 2, 3, 4, 5, 20, 33, 34, 50}
    rows = warp().with_row_index("i", 1).filter(~pl.col("i").is_in(list(gone))).drop("i")
    i = pl.int_range(1, len(rows) + 1)
    x = (i % 7) + pl.col("tension").to_physical() + 1
    return rows.with_columns(x=x.cast(pl.Float64), w=(1 + i % 3).cast(pl.Float64))


@cache
def model(name: str) -> Result:
    match name:
        case "full":
            return echelon.fit("breaks ~ wool * tension", warp())
        case "log":
            return echelon.fit("log(breaks) ~ wool * tension + x * wool", unbalanced())
        case "three":
            return echelon.fit("breaks ~ wool + tension + factor(w) + x", unbalanced())
        case "weighted":
            return echelon.fit("breaks ~ wool + tension + x", unbalanced(), weights="w")
        case "empty":
            rows = warp().filter(~((pl.col("wool") == "B") & (pl.col("tension") == "H")))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RankWarning)
                return echelon.fit("breaks ~ wool * tension", rows)
        case "oats":
            rows = read("Oats.csv").with_row_index("i", 1)
            rows = rows.filter(~pl.col("i").is_in([3, 17, 18, 40, 66]))
            return echelon.fit("yield ~ Variety * factor(nitro) + (1 | Block/Variety)", rows)
    raise AssertionError(name)


def tension() -> MarginalMeans:
    return model("full").marginal_means("tension")


# emmeans leaves pmvt and qmvt at their default error of 1e-3, and solves for qdunnx to 5e-4;
# the exact numbers of pmvt are below.
MVT = (1e-3, 5e-4)
BY_ERROR = {"mvt": MVT, "dunnettx": (1e-3, 1e-6)}


@pytest.mark.parametrize("adjust", ["scheffe", "sidak", "dunnettx", "mvt", "fdr"])
def test_comparisons_with_a_control(adjust: str) -> None:
    tolerance = BY_ERROR.get(adjust, (TIGHT, TIGHT))
    agree(tension().contrasts("control", adjust=adjust), MORE[f"control {adjust}"], *tolerance)


def test_dunnett_is_the_multivariate_t_of_a_common_control() -> None:
    agree(tension().contrasts("control"), MORE["control mvt"], *MVT)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("consecutive", "consec"),
        ("mean_change", "mean_chg"),
        ("effects", "eff"),
        ("polynomial", "poly"),
    ],
)
def test_families_of_contrasts(kind: str, name: str) -> None:
    table = tension().contrasts(kind, adjust="none")
    assert table["contrast"].tolist() == [row["contrast"] for row in MORE[name]]
    agree(table, MORE[name])
    assert table == tension().contrasts(name, adjust="none")


@pytest.mark.parametrize("adjust", ["scheffe", "BH"])
def test_adjusted_pairs(adjust: str) -> None:
    agree(tension().contrasts(adjust=adjust), MORE[f"pairwise {adjust}"])


def test_all_pairs_of_six_means() -> None:
    means = model("full").marginal_means("wool * tension")
    table = means.contrasts()
    assert table["contrast"].tolist() == [row["contrast"] for row in MORE["six pairs tukey"]]
    agree(table, MORE["six pairs tukey"])
    agree(means.contrasts(adjust="mvt"), MORE["six pairs mvt"], *MVT)


def test_multivariate_t_is_tukeys_where_the_design_is_balanced() -> None:
    """A second method: quadrature of the studentised range against directions on a sphere."""
    means = model("full").marginal_means("wool * tension")
    ours, exact = means.contrasts(adjust="mvt"), means.contrasts(adjust="tukey")
    np.testing.assert_allclose(ours["p_value"], exact["p_value"], rtol=0, atol=2e-5)
    near, far = (table["conf_high"] - table["estimate"] for table in (ours, exact))
    np.testing.assert_allclose(near, far, rtol=2e-5)


@pytest.mark.parametrize("adjust", ["sidak", "mvt", "scheffe", "bonferroni"])
def test_adjusted_means(adjust: str) -> None:
    means = model("full").marginal_means("tension", adjust=adjust, null=0)
    tolerance = BY_ERROR.get(adjust, (TIGHT, TIGHT))
    agree(means, MORE[f"means {adjust}"], *tolerance)


def test_more_interaction_contrasts() -> None:
    kinds = ["pairwise", "poly"]
    table = model("full").contrasts("wool * tension", interaction=kinds)
    agree(table, MORE["interaction"])


@pytest.mark.parametrize("weights", ["equal", "proportional", "outer", "cells"])
def test_weights(weights: str) -> None:
    for factor in ("tension", "wool"):
        means = model("log").marginal_means(factor, weights=weights)
        agree(means, MORE[f"{factor} {weights}"])
    agree(model("three").marginal_means("wool", weights=weights), MORE[f"three factors {weights}"])


@pytest.mark.parametrize("weights", ["proportional", "cells"])
def test_rows_count_with_their_prior_weights(weights: str) -> None:
    agree(model("weighted").marginal_means("wool", weights=weights), MORE[f"weighted {weights}"])


def test_back_transformation() -> None:
    means = model("log").marginal_means("tension", transform="response")
    agree(means, MORE["response"])
    ratios = means.contrasts()
    assert ratios["contrast"].tolist() == [row["contrast"] for row in MORE["ratios"]]
    agree(ratios, MORE["ratios"])
    root = echelon.fit("sqrt(breaks) ~ tension", warp())
    agree(root.marginal_means("tension", transform="response"), MORE["sqrt"])


def test_chosen_values() -> None:
    means = model("log").marginal_means("wool | x", at={"x": [2, 5]})
    agree(means, MORE["at"])
    agree(means.contrasts(), MORE["at pairs"])
    chosen = {"x": [2, 5, 9], "tension": ["L", "H"]}
    agree(model("log").marginal_means("wool", at=chosen), MORE["at averaged"])


def test_cells_without_rows() -> None:
    fit = model("empty")
    agree(fit.marginal_means("wool * tension"), MORE["empty"])
    agree(fit.marginal_means("tension"), MORE["empty tension"])
    agree(fit.marginal_means("tension", weights="cells"), MORE["empty cells"])


# lme4 stops within 1e-5 of the minimum, relative in the standard errors
DF = {"satterthwaite": 1e-4, "asymptotic": 1e-4, "kenward-roger": 1e-4}


@pytest.mark.parametrize("df_method", ["satterthwaite", "asymptotic", "kenward-roger"])
def test_a_mixed_model(df_method: str) -> None:
    ours = {"asymptotic": "normal"}.get(df_method, df_method)
    means = model("oats").marginal_means("nitro", df_method=ours)
    agree(means, MORE[f"oats {df_method}"], DF[df_method])
    agree(means.contrasts(), MORE[f"oats pairs {df_method}"], DF[df_method], 1e-5)
    table = means.contrasts("control", adjust="dunnettx")
    agree(table, MORE[f"oats dunnettx {df_method}"], 1e-3, 1e-5)


def test_multivariate_t_of_a_mixed_model() -> None:
    means = model("oats").marginal_means("nitro", df_method="normal")
    agree(means.contrasts("control"), MORE["oats control mvt"], *MVT)
    agree(means.contrasts(adjust="mvt"), MORE["oats pairs mvt"], *MVT)


@pytest.mark.parametrize(
    ("name", "fit", "specs", "kind", "tolerance"),
    [
        ("oats pairs exact", "oats", "nitro", "pairwise", 5e-6),
        ("oats control exact", "oats", "nitro", "control", 5e-6),
        ("unbalanced consecutive exact", "log", "wool * tension", "consecutive", 2e-5),
        ("unbalanced control exact", "log", "wool * tension", "control", 2e-5),
    ],
)
def test_multivariate_t_against_pmvt_at_a_small_error(
    name: str, fit: str, specs: str, kind: str, tolerance: float
) -> None:
    df_method = "normal" if fit == "oats" else None
    table = model(fit).marginal_means(specs, df_method=df_method).contrasts(kind, adjust="mvt")
    theirs = [row["p_value"] for row in MORE[name]]
    np.testing.assert_allclose(table["p_value"], theirs, rtol=0, atol=tolerance)


def test_an_offset_is_held_at_its_mean() -> None:
    rows = read("Orthodont.csv")
    formula = "distance ~ Sex + offset(0.5 * age) + (1 | Subject)"
    fit = echelon.fit(formula, rows, method="ML", df_method="normal")
    agree(fit.marginal_means("Sex", at={"Sex": ["Male", "Female"]}), MORE["offset"], 1e-5)


@pytest.mark.parametrize(
    ("name", "fit", "by"),
    [
        ("joint", "full", None),
        ("joint by wool", "full", "wool"),
        ("joint unbalanced", "log", None),
        ("joint unbalanced by wool", "log", "wool"),
        ("joint empty", "empty", None),
    ],
)
def test_joint_tests(name: str, fit: str, by: str | None) -> None:
    """emmeans prints F with three decimals, p in full; it leaves out what has no df."""
    table = model(fit).joint_tests(by)
    ours = {
        (row["term"], row.get("wool") if by else None): row for row in table.rows() if row["df_num"]
    }
    theirs = [row for row in MORE[name] if row["term"] != "(confounded)"]
    assert len(ours) == len(theirs)
    for row in theirs:
        own = ours[row["term"], row.get("wool") if by else None]
        assert (own["df_num"], own["df_den"]) == (row["df1"], row["df2"])
        assert own["statistic"] == pytest.approx(row["F.ratio"], abs=5.1e-4)
        assert own["p_value"] == pytest.approx(row["p.value"], rel=1e-6)
