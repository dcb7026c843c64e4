"""The kinds of ICC and their standard errors, against V in full and differences of likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

import echelon
from echelon._types import FloatArray
from echelon.design.parts import Design
from echelon.engine.curvature import curvature
from echelon.engine.reference.gaussian import dense_Lambda, dense_Z
from echelon.fit import Fit
from echelon.measure.icc import icc
from echelon.measure.icc_kinds import KINDS, icc_table
from tests.golden import fits
from tests.reference.case import load
from tests.reference.test_cases import fitted

KIND_NAMES = ("adjusted", "unadjusted", "unconditional", "levels")


@cache
def sleep(method: str = "REML") -> Fit:
    data = echelon.datasets.load("sleep")
    return echelon.fit("reaction ~ days + (days | subject)", data, method=method).fit


@cache
def pastes() -> Fit:
    data = echelon.datasets.load("pastes")
    return echelon.fit("strength ~ 1 + (1 | batch/cask)", data).fit


@cache
def crossed() -> Fit:
    data = echelon.datasets.load("penicillin")
    return echelon.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", data).fit


def dense_V(fit: Fit) -> FloatArray:
    """Covariance of the response, (n, n)."""
    design, sigma = fit.design, fit.estimates.sigma
    U = dense_Z(design) @ dense_Lambda(design, fit.estimates.theta)
    return sigma**2 * (U @ U.T + np.eye(design.n_obs))


def minus_two_log_likelihood(design: Design, kernels: list[FloatArray], v: FloatArray) -> float:
    """REML criterion at variances v: V = sum of v_k kernel_k, plus v_last I."""
    V = sum(x * kernel for x, kernel in zip(v, kernels, strict=False)) + v[-1] * np.eye(
        len(design.y)
    )
    precision = np.linalg.inv(V)
    information = design.X.T @ precision @ design.X
    residual = design.y - design.X @ np.linalg.solve(information, design.X.T @ precision @ design.y)
    logdets = np.linalg.slogdet(V)[1] + np.linalg.slogdet(information)[1]
    return float(logdets + residual @ precision @ residual)


def difference_hessian(f: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """Second derivatives by central differences, steps of a thousandth."""
    k, h = len(at), 1e-3 * at
    steps = np.eye(k) * h
    return np.array([
        [
            (f(at + a + b) - f(at + a - b) - f(at - a + b) + f(at - a - b)) / (4 * h[i] * h[j])
            for j, b in enumerate(steps)
        ]
        for i, a in enumerate(steps)
    ])  # fmt: skip


def test_standard_errors_by_differences_of_the_likelihood() -> None:
    """Nested intercepts: variances as parameters, delta method by hand."""
    fit = pastes()
    kernels = []
    for block in fit.design.rows.blocks:
        codes = block.memberships[0].codes
        kernels.append((codes[:, None] == codes[None, :]).astype(float))
    table = icc_table(fit)
    v = table["variance"]
    hessian = difference_hessian(lambda x: minus_two_log_likelihood(fit.design, kernels, x), v)
    covariance = 2 * np.linalg.inv(hessian)
    slopes = (np.eye(3) - np.outer(v / v.sum(), np.ones(3))) / v.sum()
    errors = np.sqrt(np.diagonal(slopes @ covariance @ slopes.T))
    assert table["std_error"] == pytest.approx(errors, rel=1e-4)  # differences of second order
    both = slopes[0] + slopes[1]
    inner = icc_table(fit, "levels").row(grouping="batch:cask")
    assert inner["std_error"] == pytest.approx(np.sqrt(both @ covariance @ both), rel=1e-4)


def test_limits_are_symmetric_on_the_logit_scale() -> None:
    row = icc_table(sleep(), conf_level=0.9).row(grouping="subject")
    value, error = row["icc"], row["std_error"]
    centre, margin = np.log(value / (1 - value)), 1.6448536269514722 * error / (value * (1 - value))
    limits = [1 / (1 + np.exp(-(centre + sign * margin))) for sign in (-1, 1)]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(limits, rel=1e-12)


@pytest.mark.parametrize("fit", [sleep(), pastes(), crossed()])
def test_shares_are_those_of_the_plain_table(fit: Fit) -> None:
    plain, full = icc(fit), icc_table(fit)
    for column in plain.columns:
        assert plain[column].tolist() == full[column].tolist()
    assert full["icc"].sum() == pytest.approx(1, abs=1e-12)


def test_levels_are_correlations_in_V() -> None:
    """Two rows of a cask, of a batch but not of a cask, of a plate, of a sample."""
    for fit in (pastes(), crossed()):
        V = dense_V(fit)
        correlation = V / V[0, 0]
        codes = {b.grouping: b.memberships[0].codes for b in fit.design.rows.blocks}
        for row in icc_table(fit, "levels").rows():
            shared = row["shared"].split(", ")
            other = next(
                i for i in range(1, len(V))
                if {g for g in codes if codes[g][i] == codes[g][0]} == set(shared)
            )  # fmt: skip
            assert row["icc"] == pytest.approx(correlation[0, other], rel=1e-10)
    assert icc_table(pastes(), "levels")["shared"].tolist() == ["batch", "batch, batch:cask"]
    assert icc_table(crossed(), "levels")["shared"].tolist() == ["sample", "plate"]


def test_correlation_at_values_is_that_in_V() -> None:
    """Rows of the first subject on days 0 to 9."""
    fit = sleep()
    V = dense_V(fit)[:10, :10]
    size = np.sqrt(np.diagonal(V))
    table = icc_table(fit, at={"days": (0, 3, 9)})
    assert table.columns[:3] == ("grouping", "days_1", "days_2")
    for row in table.rows():
        a, b = int(row["days_1"]), int(row["days_2"])
        covariance = V[a, b] - (fit.estimates.sigma**2 if a == b else 0.0)
        assert row["icc"] == pytest.approx(covariance / size[a] / size[b], rel=1e-9)
        assert row["conf_low"] < row["icc"] < row["conf_high"]


def test_standard_error_at_values_by_differences_in_theta() -> None:
    """The correlation of days 0 and 9, moved with theta; sigma cancels."""
    fit = sleep("ML")
    row = icc_table(fit, at={"days": (0, 9)}).row(days_1=0, days_2=9)
    z = np.array([[1.0, 0.0], [1.0, 9.0]])

    def correlation(theta: FloatArray) -> float:
        factor = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
        V = z @ factor @ factor.T @ z.T
        return float(V[0, 1] / np.sqrt((V[0, 0] + 1) * (V[1, 1] + 1)))

    theta = fit.estimates.theta
    steps = 1e-5 * np.eye(3)
    slopes = np.array([(correlation(theta + s) - correlation(theta - s)) / 2e-5 for s in steps])
    covariance = curvature(fit).covariance[:3, :3]
    assert row["std_error"] == pytest.approx(np.sqrt(slopes @ covariance @ slopes), rel=1e-6)


def test_random_effects_by_name_and_by_variable_agree() -> None:
    data = echelon.datasets.load("sleep")
    fit = echelon.fit("reaction ~ days + (days + I(days^2 / 10) | subject)", data).fit
    by_variable = icc_table(fit, at={"days": (1, 4)})
    name = fit.design.rows.blocks[0].column_names[2]
    by_name = icc_table(fit, at={"days": (1, 4), name: (0.1, 1.6)})
    assert by_variable["icc"] == pytest.approx(by_name["icc"], rel=1e-12)


def test_a_centred_predictor_by_its_raw_value_in_a_group() -> None:
    data = echelon.datasets.load("hsb")
    formula = "mathach ~ cwc(ses, school) + (cwc(ses, school) | school)"
    fit = echelon.fit(formula, data).fit
    ses = data["ses"].to_numpy()
    mean = float(ses[data["school"].to_numpy() == data["school"][0]].mean())
    raw = icc_table(fit, at={"ses": 0.0, "school": data["school"][0]})
    centred = icc_table(fit, at={"cwc(ses, school)": -mean})
    assert raw["icc"] == pytest.approx(centred["icc"], rel=1e-9)


def test_categories_and_one_value_for_all() -> None:
    fit = fitted("lmm_machines_slope_reml").fit
    table = icc_table(fit, at={"Machine": ["A", "C"]})
    assert table["Machine_1"].tolist() == ["A", "A", "C"]
    V = dense_V(fit)
    first = {
        row: i
        for i, row in reversed(list(enumerate(load("lmm_machines_slope_reml").frame()["Machine"])))
    }
    both = V[first["A"], first["C"]]
    size = np.sqrt(V[first["A"], first["A"]] * V[first["C"], first["C"]])
    assert table["icc"][1] == pytest.approx(both / size, rel=1e-9)
    twice = icc_table(sleep(), at={"days": [2, 2]})
    assert twice["icc"] == pytest.approx(icc_table(sleep(), at={"days": 2})["icc"].repeat(3))


def test_a_zero_variance_has_no_interval() -> None:
    fit = fitted("lmm_dyestuff2_singular_reml").fit
    for kind in KIND_NAMES:
        row = icc_table(fit, kind).row(grouping="Batch")
        assert row["icc"] == 0
        assert [row["std_error"], row["conf_low"], row["conf_high"]] == [None] * 3


def test_conditional_is_another_word_for_unadjusted() -> None:
    assert set(KINDS) == {*KIND_NAMES, "conditional"}
    assert icc_table(sleep(), "conditional") == icc_table(sleep(), "unadjusted")


def test_notes_say_what_is_averaged_and_what_is_together() -> None:
    table = icc_table(pastes())
    assert any(
        note.startswith("All random terms together: 0.937 (95% limits") for note in table.notes
    )
    assert any("average over the rows" in note for note in icc_table(sleep()).notes)


def test_no_variance_at_all_has_no_shares() -> None:
    data = {"y": np.arange(40.0), "g": np.arange(40) // 4}
    fit = fits.hand_set("y ~ 1 + (1 | g)", data, [0], [1], [[[0.5]]], 0.0)
    assert np.isnan(icc(fit)["icc"]).all()


@pytest.mark.slow
def test_interval_covers_the_truth() -> None:
    """50 groups of 8, ICC 0.2: of 400 intervals at 95 %, 92 to 98 % hold it."""
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(50), 8)
    held = []
    for _ in range(400):
        y = 0.5 * rng.normal(size=50)[codes] + rng.normal(size=400)
        fit = echelon.fit("y ~ 1 + (1 | g)", {"y": y, "g": codes}).fit
        row = icc_table(fit).row(grouping="g")
        held.append(row["conf_low"] is not None and row["conf_low"] < 0.2 < row["conf_high"])
    assert 0.92 <= np.mean(held) <= 0.98  # three standard errors of 400 draws
