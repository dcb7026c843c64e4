"""The trade-off: the amount by prediction, its limits by brute force, coverage by simulation."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import echelon as ec
from echelon.infer.coefficients.inference import linear_inference
from echelon.infer.distributions import distributions

HSB = ec.datasets.load("hsb")
FEWER = HSB.gather_every(4)


@cache
def fitted(formula: str) -> Any:
    return ec.fit(formula, HSB)


def test_the_amount_brings_the_mean_back() -> None:
    fit = fitted("mathach ~ ses + sector + size + (ses || school)")
    table = fit.trade_off(HSB, "ses", {"size": "+ 500"}, by="sector")
    for row in table.rows():
        change = {"ses": f"+ {row['estimate']:.17g}".replace("+ -", "- "), "size": "+ 500"}
        again = fit.what_if(HSB, change, by="sector").table.row(sector=row["sector"])
        assert again["estimate"] == pytest.approx(0, abs=1e-10)
        effect = fit.what_if(HSB, {"size": "+ 500"}, by="sector").table.row(sector=row["sector"])
        assert row["effect"] == pytest.approx(effect["estimate"])


def test_limits_are_those_of_fieller() -> None:
    fit = fitted("mathach ~ ses + minority + (1 | school)")
    row = fit.trade_off(HSB, "ses", {"minority": "Yes"}, where="minority == 'No'").row()
    share = (HSB["minority"] == "No").mean()
    inference = linear_inference(fit.fit)
    for amount in (row["conf_low"], row["conf_high"]):
        found = inference.rows(np.array([[0, amount * share, share]]), 0.95)
        t = distributions.t_quantile(0.95, found["df"])
        assert abs(found["statistic"][0]) == pytest.approx(float(t[0]), rel=1e-9)
    assert row["estimate"] == pytest.approx(-fit.beta["minority[Yes]"] / fit.beta["ses"])
    v, b = fit.vcov, fit.beta
    gradient = np.array([0, b["minority[Yes]"] / b["ses"] ** 2, -1 / b["ses"]])
    assert row["std_error"] == pytest.approx(np.sqrt(gradient @ v @ gradient))
    assert row["interval"] == "between"


def test_a_curve_is_solved_by_search() -> None:
    fit = ec.fit("mathach ~ poly(ses, 2) + minority + (1 | school)", FEWER)
    table = fit.trade_off(FEWER, "ses", {"minority": "Yes"})
    row = table.row()
    for amount, is_root in ((row["estimate"], True), (row["conf_high"], False)):
        change = {"ses": f"+ {amount:.17g}", "minority": "Yes"}
        again = fit.what_if(FEWER, change).table.row()
        if is_root:
            assert again["estimate"] == pytest.approx(0, abs=1e-9)
        else:
            assert again["conf_low"] == pytest.approx(0, abs=1e-9)
    assert 0.05 < row["std_error"] < 0.5


def test_a_curve_out_of_its_domain_is_not_looked_at() -> None:
    data = FEWER.with_columns(income=(pl.col("ses") + 4).exp())
    fit = ec.fit("mathach ~ log(income) + minority + (1 | school)", data)
    row = fit.trade_off(data, "income", {"minority": "Yes"}).row()
    change = {"income": f"+ {row['estimate']:.17g}", "minority": "Yes"}
    assert fit.what_if(data, change).table["estimate"][0] == pytest.approx(0, abs=1e-9)
    none = fit.trade_off(data, "income", {"minority": "No"})
    assert np.isnan(none["estimate"][0])  # less income than anyone has
    assert none.notes[0] == ("no change of income that was looked at offsets minority = No.")


@cache
def _noise() -> tuple[Any, dict[str, Any]]:
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(2, 60))
    y = 2 * x + rng.normal(size=60) + np.repeat(2 * rng.normal(size=12), 5)
    data = {"y": y, "x": x, "z": z, "g": np.repeat(np.arange(12), 5)}
    return ec.fit("y ~ x + z + (1 | g)", data), data


def test_unbounded_limits_are_said_in_words() -> None:
    fit, data = _noise()
    outside = fit.trade_off(data, "z", {"x": "+ 1"})
    row = outside.row()
    assert (row["interval"], row["conf_low"], row["conf_high"]) == ("outside", -np.inf, np.inf)
    assert "the limits are unbounded: the effect of z cannot be told from zero" in outside.notes[0]
    other = {**data, "w": np.random.default_rng(9).normal(size=60)}
    nothing = ec.fit("y ~ x + z + w + (1 | g)", other).trade_off(other, "z", {"w": "+ 1"})
    assert nothing["interval"][0] == "everywhere"
    assert "no change is ruled out" in nothing.notes[0]
    bounded = fit.trade_off(data, "x", {"z": "+ 1"})
    assert bounded.notes[0].startswith("z + 1 is offset by x ")


def test_where_nothing_changes_there_is_nothing_to_offset() -> None:
    fit = fitted("mathach ~ ses + sector + (1 | school)")
    table = fit.trade_off(HSB, "ses", {"sector": "Public"}, by="sector")
    row = table.row(sector="Public")
    assert [row[name] for name in ("effect", "estimate", "conf_low", "conf_high")] == [0.0] * 4
    assert row["interval"] == "between"
    assert table.notes[0] == (
        "sector Public: sector = Public changes nothing, and there is nothing to offset."
    )
    assert table.row(sector="Catholic")["estimate"] > 0


def test_population_and_groups_differ_in_what_is_known() -> None:
    fit = fitted("mathach ~ ses + minority + (ses || school)")
    own, population = (
        fit.trade_off(HSB, "ses", {"minority": "Yes"}, random=random).row()
        for random in ("all", "none")
    )
    assert np.isinf(own["df"])
    assert np.isfinite(population["df"])
    assert own["conf_high"] != population["conf_high"]


@pytest.mark.slow
def test_fieller_limits_cover() -> None:
    """Known truth: y = 1.0 x + 0.6 z, so that + 1 of z is offset by - 0.6 of x; 30 groups.

    600 data sets at a conf_level of 0.90: the standard error of the share is 1.2 %.
    """
    rng = np.random.default_rng(20)
    g = np.repeat(np.arange(30), 6)
    x = rng.normal(size=180)
    z = np.repeat(rng.normal(size=30), 6)
    data = {"y": rng.normal(size=180), "x": x, "z": z, "g": g}
    first = ec.fit("y ~ x + z + (1 | g)", data | {"y": data["y"] + np.repeat(x[:30], 6)})
    covered = 0
    for _ in range(600):
        y = x + 0.6 * z + np.repeat(rng.normal(size=30), 6) + 1.5 * rng.normal(size=180)
        row = first.refit(y).trade_off(data | {"y": y}, "x", {"z": "+ 1"}, conf_level=0.9).row()
        covered += row["conf_low"] <= -0.6 <= row["conf_high"]
    assert abs(covered / 600 - 0.90) < 0.037  # three standard errors
