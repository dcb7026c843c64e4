"""Variance explained, against sums over rows written out in NumPy."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import echelon
from echelon.fit import Fit
from echelon.infer.coefficients.inference import linear_inference
from echelon.measure.r_squared import r_squared
from echelon.table import Table
from tests.golden import fits

RNG = np.random.default_rng(11)
SIZES = np.tile([4, 7, 10], 12)
CODES = np.repeat(np.arange(36), SIZES)
N = len(CODES)
RAW = RNG.normal(size=N) + RNG.normal(size=36)[CODES]
MEANS = np.bincount(CODES, RAW)[CODES] / SIZES[CODES]
LEVEL2 = RNG.normal(size=36)[CODES]
H = RNG.integers(0, 6, N)
SLOPES, INTERCEPTS = RNG.normal(0.8, 0.5, 36)[CODES], RNG.normal(3, 1, 36)[CODES]
DATA = {
    "g": CODES, "x": RAW, "xc": RAW - MEANS, "xm": MEANS, "z": LEVEL2,
    "w": RNG.uniform(0.5, 2.0, N), "h": H,
    "y": SLOPES * (RAW - MEANS) + 0.5 * MEANS + 0.4 * LEVEL2 + INTERCEPTS + 0.3 * H
    + RNG.normal(size=N),
}  # fmt: skip
CENTRED = "y ~ xc * z + xm + (xc | g)"


@cache
def fit_of(formula: str, weights: str | None = None) -> Fit:
    return echelon.fit(formula, DATA, weights=weights).fit


def values(table: Table, measure: str) -> dict[str, float]:
    return {r["part"]: r["value"] for r in table.rows() if r["measure"] == measure}


def by_rows(fit: Fit) -> dict[str, float]:
    """Rights & Sterba's variances, row by row: group means of X beta, z of each row."""
    X, block = fit.design.X, fit.design.rows.blocks[0]
    predicted = X @ fit.estimates.beta
    between = (np.bincount(CODES, predicted) / SIZES)[CODES]
    z = np.column_stack(block.columns)
    factor = fit.estimates.sigma * fit.estimates.Lambdas[0]
    Sigma, centre = factor @ factor.T, z.mean(axis=0)
    weights = np.ones(N) if fit.design.weights is None else fit.design.weights
    return {
        "f1": np.var(predicted - between, ddof=1),
        "f2": np.var(between, ddof=1),
        "v": np.trace(Sigma @ np.cov(z.T).reshape(len(Sigma), -1)),
        "m": centre @ Sigma @ centre,
        "residual": fit.estimates.sigma**2 * np.mean(1 / weights),
    }


@pytest.mark.parametrize("weights", [None, "w"])
def test_rights_and_sterba_by_rows(weights: str | None) -> None:
    fit = fit_of(CENTRED, weights)
    at = by_rows(fit)
    total, within, between = (
        sum(at.values()), at["f1"] + at["v"] + at["residual"], at["f2"] + at["m"],
    )  # fmt: skip
    expected = {
        "total f1": at["f1"] / total, "total f2": at["f2"] / total, "total v": at["v"] / total,
        "total m": at["m"] / total, "total f": (at["f1"] + at["f2"]) / total,
        "total fv": (at["f1"] + at["f2"] + at["v"]) / total,
        "total fvm": 1 - at["residual"] / total,
        "within f1": at["f1"] / within, "within v": at["v"] / within,
        "within f1v": 1 - at["residual"] / within,
        "between f2": at["f2"] / between, "between m": at["m"] / between,
    }  # fmt: skip
    ours = values(r_squared(fit), "Rights & Sterba")
    assert list(ours) == list(expected)
    assert ours == pytest.approx(expected, rel=1e-10)


def test_a_hand_worked_partition() -> None:
    """Simple numbers: gamma = (2, 1), T = diag(3, 1), sigma^2 = 2; xc and z are -1 or 1.

    With n - 1 = 15 below, both predictors have variance 16/15, so that f1 = 4 (16/15),
    f2 = v = 16/15, m = 3, and the total is 6 (16/15) + 3 + 2.
    """
    data = {
        "y": np.arange(16.0), "xc": np.tile([-1.0, 1.0], 8), "z": np.repeat([-1.0, 1.0], 8),
        "g": np.repeat(np.arange(4), 4),
    }  # fmt: skip
    factor = np.diag(np.sqrt([3.0, 1.0]) / np.sqrt(2.0))
    fit = fits.hand_set(
        "y ~ xc + z + (xc || g)", data, [0, 2, 1], [1, 1, 1], [factor], float(np.sqrt(2.0))
    )
    scale = 16 / 15
    parts = {"f1": 4 * scale, "f2": scale, "v": scale, "m": 3.0}
    total = 6 * scale + 3 + 2
    ours = values(r_squared(fit), "Rights & Sterba")
    for source, variance in parts.items():
        assert ours[f"total {source}"] == pytest.approx(variance / total, rel=1e-12)


def test_identities() -> None:
    """Parts add up; totals agree with Nakagawa's but for the divisor n - 1 of v."""
    table = r_squared(fit_of(CENTRED))
    ours, nakagawa = values(table, "Rights & Sterba"), values(table, "Nakagawa & Schielzeth")
    assert ours["between f2"] + ours["between m"] == pytest.approx(1)
    assert ours["total f1"] + ours["total f2"] == pytest.approx(ours["total f"])
    assert ours["total fvm"] == pytest.approx(nakagawa["conditional"], abs=1 / N)
    plain = r_squared(fit_of("y ~ x + (1 | g)"))
    assert values(plain, "Rights & Sterba")["total fvm"] == pytest.approx(
        values(plain, "Nakagawa & Schielzeth")["conditional"], rel=1e-12
    )


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("y ~ x + (1 | g)", "because 'x' varies within and between groups: centre it, cwc(., g)."),
        ("y ~ xc + (x | g)", "because 'x' varies within and between groups: centre it, cwc(., g)."),
        ("y ~ xc + (1 | g) + (1 | h)", "because there are several grouping factors."),
    ],
)
def test_total_measures_only(formula: str, why: str) -> None:
    table = r_squared(fit_of(formula))
    assert table.notes[0] == f"Rights & Sterba: no measures within and between groups, {why}"
    assert list(values(table, "Rights & Sterba")) == [
        "total f", "total v", "total m", "total fv", "total fvm",
    ]  # fmt: skip


def test_proportional_reduction_against_a_named_baseline() -> None:
    """The variance of a slope, explained by a cross-level interaction."""
    fit, baseline = fit_of(CENTRED), fit_of("y ~ xc + (xc | g)")
    table = r_squared(fit, baseline)
    ours = values(table, "Raudenbush & Bryk")
    after, before = (
        np.diag(f.estimates.sigma**2 * f.estimates.Lambdas[0] @ f.estimates.Lambdas[0].T)
        for f in (fit, baseline)
    )
    assert list(ours) == ["(Intercept) | g", "xc | g", "residual"]
    assert list(ours.values())[:2] == pytest.approx(1 - after / before)
    assert "against y ~ xc + (xc | g)" in table.row(part="xc | g")["meaning"]
    assert "their predictors are zero" in table.row(part="(Intercept) | g")["meaning"]
    assert not table.notes


def test_without_a_baseline_the_slope_is_missed() -> None:
    note = r_squared(fit_of(CENTRED)).notes[-1]
    assert note == (
        "Raudenbush & Bryk: the null model has no variance of xc | g; give a baseline= that has."
    )


def test_edwards_from_the_f_test() -> None:
    fit = fit_of(CENTRED)
    ours = values(r_squared(fit), "Edwards et al.")
    test = linear_inference(fit).joint(np.eye(5)[1:])
    ratio = 4 * test.statistic / test.df_den
    assert ours["all predictors"] == pytest.approx(ratio / (1 + ratio))
    assert list(ours)[1:] == ["partial xc", "partial z", "partial xm", "partial xc:z"]


def test_least_squares() -> None:
    """Without groups: the classical R-squared by Edwards, the adjusted one by the residuals."""
    table = r_squared(fit_of("y ~ x + z"))
    X = np.column_stack([np.ones(N), DATA["x"], DATA["z"]])
    residual = DATA["y"] - X @ np.linalg.lstsq(X, DATA["y"])[0]
    left, total = residual @ residual, np.var(DATA["y"]) * N
    adjusted = 1 - left / (N - 3) / (total / (N - 1))
    assert values(table, "Edwards et al.")["all predictors"] == pytest.approx(1 - left / total)
    assert values(table, "Raudenbush & Bryk") == pytest.approx({"residual": adjusted})
    assert values(table, "Snijders & Bosker") == pytest.approx({"level 1": adjusted})
    nakagawa = values(table, "Nakagawa & Schielzeth")
    assert nakagawa["marginal"] == nakagawa["conditional"]


def test_without_rows_all_is_the_same() -> None:
    fit = fit_of(CENTRED)
    nothing = np.empty(0)
    rows = replace(
        fit.design.rows,
        fixed_columns=(nothing,) * 5,
        blocks=tuple(replace(b, columns=(nothing, nothing)) for b in fit.design.rows.blocks),
    )
    lost = replace(fit, design=replace(fit.design, y=nothing, rows=rows))
    assert r_squared(lost) == r_squared(fit)


def test_every_row_has_its_sentence() -> None:
    for meaning in r_squared(fit_of(CENTRED))["meaning"]:
        assert meaning[0].isupper()
        assert meaning.endswith(".")


@pytest.mark.slow
def test_population_values() -> None:
    """3,000 groups of 10: f1 = 1, f2 = 0.25, v = 0.25, m = 0.5, sigma^2 = 2."""
    rng = np.random.default_rng(8)
    codes = np.repeat(np.arange(3000), 10)
    x = rng.normal(size=30000)
    x -= (np.bincount(codes, x) / 10)[codes]
    x /= x.std()
    z = rng.normal(size=3000)[codes]
    slopes = rng.normal(1.0, 0.5, 3000)[codes]
    u = rng.normal(0, np.sqrt(0.5), 3000)[codes]
    y = slopes * x + 0.5 * z + u + rng.normal(0, np.sqrt(2), 30000)
    fit = echelon.fit("y ~ x + z + (x | g)", {"y": y, "x": x, "z": z, "g": codes}).fit
    ours = values(r_squared(fit), "Rights & Sterba")
    for part, share in (("f1", 0.25), ("f2", 0.0625), ("v", 0.0625), ("m", 0.125)):
        assert ours[f"total {part}"] == pytest.approx(share, abs=0.01)


@pytest.mark.filterwarnings("ignore::echelon.errors.RankWarning")
def test_a_combination_of_other_columns_takes_nothing_away() -> None:
    """The column that is kept explains what it explains without its copy."""
    twice = DATA | {"x2": 2.0 * RAW}
    alone, doubled = (
        values(r_squared(echelon.fit(f"y ~ {x} + z + (1 | g)", twice).fit), "Edwards et al.")
        for x in ("x", "x + x2")
    )
    assert doubled == pytest.approx(alone, rel=1e-6)
    assert set(doubled) == {"all predictors", "partial x", "partial z"}


def test_a_column_of_one_value_is_neither_between_nor_within() -> None:
    """Without an intercept it is estimated, and has no variance to divide by."""
    constant = DATA | {"three": np.full(len(RAW), 3.0)}
    fit = echelon.fit("y ~ 0 + three + x + (1 | g)", constant).fit
    assert values(r_squared(fit), "Rights & Sterba")["total m"] > 0
