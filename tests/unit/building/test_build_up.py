"""A model built up step by step."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from echelon.building.build_up import build_up
from echelon.building.steps import BuildUp
from echelon.datasets import load
from echelon.errors import DesignError
from echelon.fit import fit_model
from tests.unit.building.fitted import fit, pupils

FIT = "echelon.building.build_up.fit_model"


@cache
def built() -> BuildUp:
    """A slope of x that varies and that kind explains in part; z does neither."""
    return build_up(
        "y", pupils(), level1=["x", "z"], level2=["kind", "size of school"], group="school"
    )


def test_the_sequence() -> None:
    names = [(step.name, step.stage, step.is_kept) for step in built().steps]
    assert names == [
        ("null", "null", True),
        ("level 1", "predictors of level 1", True),
        ("level 2", "predictors of level 2", True),
        ("slope of x", "random slopes", True),
        ("slope of z", "random slopes", False),
        ("x:kind", "cross-level interactions", True),
        ("x:size of school", "cross-level interactions", False),
    ]
    assert built().comparison.names == ("null", "level 1", "level 2", "slope of x", "x:kind")
    expected = "y ~ x + z + kind + `size of school` + x:kind + (1 + x | school)"
    assert built().final.spec.formula.text == expected
    assert [step.against for step in built().steps] == [
        "", "null", "level 1", "level 2", "slope of x", "slope of x", "x:kind",
    ]  # fmt: skip


def test_numbers_are_those_of_the_models_fitted_one_by_one() -> None:
    rows, right = pupils(), "x + z + kind + `size of school`"
    smaller = fit(f"y ~ {right} + (1 | school)", rows).estimates
    larger = fit(f"y ~ {right} + (x | school)", rows).estimates
    step = built().steps[3]
    assert step.statistic == pytest.approx(smaller.objective - larger.objective, rel=1e-7)
    tails = math.erfc(math.sqrt(step.statistic / 2)), math.exp(-step.statistic / 2)
    assert step.p_value == pytest.approx(sum(tails) / 2, rel=1e-6)
    assert (step.df, step.mixture, step.method) == (2, "0.5 chi2(1) + 0.5 chi2(2)", "REML")
    fixed = built().steps[5]
    before = fit(f"y ~ {right} + (x | school)", rows, method="ML").estimates
    after = fit(f"y ~ {right} + x:kind + (x | school)", rows, method="ML").estimates
    assert fixed.statistic == pytest.approx(before.objective - after.objective, rel=1e-6)
    assert (fixed.df, fixed.mixture, fixed.method) == (1, "chi2(1)", "ML")


def test_reasons() -> None:
    reasons = [step.reason for step in built().steps]
    assert reasons == [
        "kept: it shows at which level the variance lies.",
        "kept as asked, whatever the test: x, z.",
        "kept as asked, whatever the test: kind, size of school.",
        "kept: the slope of x differs between groups of school.",
        "not kept: no sign that the slope of z differs between groups of school (p not below "
        "0.05).",
        "kept: x:kind tells where the slope is steeper.",
        "not kept: no sign of x:size of school (p not below 0.05).",
    ]


def test_alpha_decides() -> None:
    strict = build_up("y", pupils(), level1="x", level2="kind", group="school", alpha=1e-99)
    assert [step.is_kept for step in strict.steps] == [True, True, True, False]


def test_stages_can_be_left_out() -> None:
    plain = build_up("y", pupils(), level1="x", group="school", slopes=None)
    assert [step.name for step in plain.steps] == ["null", "level 1"]
    asked = build_up(
        "y", pupils(), level1="x", level2="kind", group="school", slopes=None,
        cross_level=["x:kind"], center="cgm",
    )  # fmt: skip
    assert [step.name for step in asked.steps] == ["null", "level 1", "level 2", "x:kind"]


def test_rows_incomplete_in_any_candidate_are_in_no_step() -> None:
    rows = dict(pupils())
    rows["z"] = np.where(np.arange(720) < 5, np.nan, rows["z"])
    found = build_up("y", rows, level1=["x", "z"], group="school", slopes=["x"])
    assert {step.fit.design.n_obs for step in found.steps if step.fit} == {715}
    assert found.rows.dropped == (("missing z", 5),)


def test_three_levels() -> None:
    """The slopes differ between schools; over classes alone they seem to differ as well."""
    found = build_up(
        "y", pupils(), level1="x", level3="kind", group=["class", "school"], center="cwc"
    )
    names = [step.name for step in found.steps]
    assert names[:5] == [
        "null", "level 1", "level 3", "slope of x over school", "slope of x over school:class",
    ]  # fmt: skip
    assert [step.is_kept for step in found.steps[3:5]] == [True, False]
    assert "x:kind" in names
    assert "(1 + cwc(x, class, school) | school)" in found.steps[3].formula
    assert list(found.comparison.table.row(model="null"))[4:6] == [
        "n_groups[school]", "n_groups[school:class]",
    ]  # fmt: skip


def test_a_slope_that_makes_the_fit_singular_is_not_kept() -> None:
    """Two rows per group and a slope that cannot be told from the intercept."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(40), 5)
    x = np.tile(np.arange(5.0), 40)
    rows = {"y": (1 + x) * rng.normal(size=40)[group] + rng.normal(size=200), "x": x, "g": group}
    found = build_up("y", rows, level1="x", group="g")
    step = found.steps[-1]
    assert not step.is_kept
    assert step.p_value < 0.05
    assert step.reason.startswith("not kept: the fit is singular: correlation of (Intercept) and x")


def test_a_slope_that_cannot_be_fitted_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(spec: Any, frame: Any) -> Any:
        if "+ x |" in spec.formula.text:
            raise DesignError("No.", where="", got="", need="", do="", slug="internal")
        return fit_model(spec, frame)

    monkeypatch.setattr(FIT, refuse)
    step = build_up("y", pupils(), level1="x", group="school").steps[-1]
    assert (step.is_kept, step.fit, step.against) == (False, None, "level 1")
    assert step.formula == "y ~ x + (1 + x | school)"
    assert step.reason == "not kept: it cannot be fitted. No."


def test_a_slope_that_does_not_converge_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(spec: Any, frame: Any) -> Any:
        fitted = fit_model(spec, frame)
        if "+ x |" not in spec.formula.text:
            return fitted
        verdict = replace(fitted.estimates.verdict, is_converged=False, reason="out of patience")
        return replace(fitted, estimates=replace(fitted.estimates, verdict=verdict))

    monkeypatch.setattr(FIT, stop)
    step = build_up("y", pupils(), level1="x", group="school").steps[-1]
    assert step.reason == "not kept: the fit did not converge (out of patience)."


@cache
def interactions_of_hsb() -> BuildUp:
    """Raudenbush & Bryk's model; the interaction with meanses shows once that of sector is in."""
    return build_up(
        "mathach", load("hsb"), level1="ses", level2=["meanses", "sector"], group="school",
        center="cwc",
    )  # fmt: skip


def test_an_interaction_is_tried_again_once_others_are_in() -> None:
    names = [(step.name, step.is_kept) for step in interactions_of_hsb().steps[4:]]
    assert names == [("ses:meanses", False), ("ses:sector", True), ("ses:meanses again", True)]


def test_an_interaction_may_explain_all_of_a_slope() -> None:
    """Then the fit is singular, and the interaction a success."""
    group = np.repeat(np.arange(30), 8)
    kind, x = np.array(["a", "b"])[group % 2], np.tile(np.arange(8.0) - 3.5, 30)
    school, noise = (np.random.default_rng(seed).normal(size=n) for seed, n in ((51, 30), (1, 240)))
    rows = {"y": (kind == "a") * x + school[group] + noise, "x": x, "kind": kind, "g": group}
    step = build_up("y", rows, level1="x", level2="kind", group="g").steps[-1]
    assert (step.name, step.is_kept) == ("x:kind", True)
    assert "; on the boundary now: " in step.reason


def test_an_interaction_that_says_nothing_new_is_not_kept() -> None:
    rows = pupils() | {"one": np.ones(720)}
    step = build_up("y", rows, level1="x", group="school", cross_level=["x:one"]).steps[-1]
    assert step.reason == "not kept: no test: the two models are the same."


def test_a_level_at_which_a_slope_cannot_be_fitted_comes_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(spec: Any, frame: Any) -> Any:
        if "+ x | school)" in spec.formula.text:
            raise DesignError("No.", where="", got="", need="", do="", slug="internal")
        return fit_model(spec, frame)

    monkeypatch.setattr(FIT, refuse)
    steps = build_up("y", pupils(), level1="x", group=["class", "school"]).steps
    names = [step.name for step in steps[2:4]]
    assert names == ["slope of x over school:class", "slope of x over school"]
