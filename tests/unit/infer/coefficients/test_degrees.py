"""Every way to count degrees of freedom: rules against dense ranks, and what all have in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import echelon as ec
from echelon.engine.reference.gaussian import dense_Z
from echelon.infer.coefficients.degrees import ByCoefficient, Constant
from echelon.infer.coefficients.inference import linear_inference
from echelon.options import DF_METHODS, read_df_method

pytestmark = pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")

RNG = np.random.default_rng(11)
N = 120
DATA = {
    "y": RNG.normal(size=N),
    "x": RNG.normal(size=N),
    "year": 2000.0 + np.arange(N) % 5,
    "w": np.repeat(RNG.normal(size=6), 20),
    "f": np.array(list("abc"))[np.arange(N) % 3],
    "g": np.arange(N) // 20,
    "h": np.arange(N) // 5,
    "c": RNG.integers(0, 8, N),
}
DATA["y"] = DATA["y"] + RNG.normal(size=6)[DATA["g"]] + RNG.normal(size=24)[DATA["h"]]


def df(formula: str, method: str) -> dict[str, float]:
    inference = linear_inference(ec.fit(formula, DATA).fit, method)
    rows = inference.rows(np.eye(len(inference.names)), 0.95)
    return dict(zip(inference.names, rows["df"].tolist(), strict=True))


def test_a_combination_has_the_least_df_among_what_it_uses() -> None:
    rule = ByCoefficient(np.array([5.0, 100.0, np.nan, 40.0]))
    L = np.array([[0, 1, 0, 0], [0, 1, 0, -2], [1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 0]], float)
    np.testing.assert_array_equal(rule.rows(L), [100, 40, 5, 100, np.nan])
    assert rule.joint(L[:2]) == (40.0, 1.0)
    assert np.isnan(rule.joint(L[4:])[0])


def test_a_constant_that_is_not_positive_is_not_a_number() -> None:
    assert Constant(7).joint(np.eye(2)) == (7.0, 1.0)
    assert np.isnan(Constant(0).rows(np.eye(2))).all()


@pytest.mark.parametrize("written", ["Kenward-Roger", "KENWARD_ROGER", "kenward roger"])
def test_ways_to_write_a_method(written: str) -> None:
    assert read_df_method(written) == "kenward_roger"
    assert read_df_method("Asymptotic") == "normal"


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + f + (1 | g)",
        "y ~ x * f + w + (x | g)",
        "y ~ year + (year | g)",
        "y ~ f + (0 + f | g)",
        "y ~ x + (1 | g/h)",
        "y ~ x + (x | g) + (1 | c)",
        "y ~ 0 + f + (x || h)",
    ],
)
def test_containment_by_dense_ranks(formula: str) -> None:
    """The residual stratum is n - rank [X Z], the others are differences of ranks."""
    fit = ec.fit(formula, DATA).fit
    X, Z = fit.design.X, dense_Z(fit.design)
    total = int(np.linalg.matrix_rank(np.hstack([X, Z])))
    found = df(formula, "containment")
    terms = [name for name in found if name.startswith("f[") and "(0 + f" not in formula]
    if terms:  # no random effect contains f
        assert {found[name] for name in terms} == {N - total}
    if "(Intercept)" in found and formula.count("|") == 1 and "/" not in formula:
        ones = Z[:, :: fit.design.rows.blocks[0].n_columns]
        if "0 + f" not in formula:
            added = np.linalg.matrix_rank(np.hstack([X, ones])) - X.shape[1]
            assert found["(Intercept)"] <= added


def test_containment_of_a_slope() -> None:
    """The ranks of sequences, by hand: 6 groups, 5 for the intercepts, 5 more for the slopes."""
    assert df("y ~ x + (x | g)", "containment") == {"(Intercept)": 5, "x": 5}
    assert df("y ~ x + (1 | g)", "containment") == {"(Intercept)": 5, "x": N - 7}
    assert df("y ~ year + (year | g)", "containment") == {"(Intercept)": 5, "year": 5}


def test_between_and_within() -> None:
    assert df("y ~ x + w + (1 | g)", "between_within") == {
        "(Intercept)": 4, "x": N - 6 - 1, "w": 4,
    }  # fmt: skip
    assert df("y ~ x + w + (1 | g/h)", "between_within") == {
        "(Intercept)": 4, "x": N - 24 - 1, "w": 4,
    }  # fmt: skip
    crossed = df("y ~ x + (1 | g) + (1 | c)", "between_within")
    assert crossed == {"(Intercept)": 5, "x": N - (1 + 5 + 7) - 1}


def test_level() -> None:
    assert df("y ~ x * w + (x | g)", "level") == dict.fromkeys(
        ["(Intercept)", "x", "w", "x:w"], 4.0
    )
    assert df("y ~ x * w + f + (1 | g)", "level") == {
        "(Intercept)": 4, "w": 4, "x": N - 6 - 4, "x:w": N - 6 - 4, "f[b]": N - 10, "f[c]": N - 10,
    }  # fmt: skip
    assert df("y ~ x + w + (1 | g/h)", "level") == {
        "(Intercept)": 4, "w": 4, "x": N - 6 - 24 - 1,
    }  # fmt: skip


@pytest.mark.parametrize("method", DF_METHODS)
def test_without_random_effects_they_are_those_of_the_residuals(method: str) -> None:
    expected = np.inf if method == "normal" else N - 2
    assert df("y ~ x", method) == pytest.approx({"(Intercept)": expected, "x": expected})


@pytest.mark.parametrize("method", DF_METHODS)
def test_hard_cases_have_numbers_or_none_and_never_fail(method: str) -> None:
    data = DATA | {"x2": 2 * DATA["x"], "p": RNG.uniform(0.5, 2, N)}
    for formula in (
        "y ~ x + x2 + (1 | g)",
        "y ~ 0 + (1 | g)",
        "y ~ 1 + (x || g)",
        "y ~ f * c + (1 | g) + (1 | c)",
        "y ~ x + offset(w) + (1 | mm(g, c))",
    ):
        fit = ec.fit(formula, data, weights="p", df_method=method)
        table = fit.fixed_effects
        assert len(table) == len(fit.beta)
        estimated = np.array([not np.isnan(value) for value in fit.beta.values()], dtype=bool)
        np.testing.assert_array_equal(np.isnan(table["std_error"]), ~estimated)
        assert "Fixed effects" in str(fit) or not fit.beta
        fit.anova()


@pytest.mark.parametrize("method", DF_METHODS)
def test_a_fit_without_its_rows_counts_the_same(method: str, tmp_path: Path) -> None:
    fit = ec.fit("y ~ x * w + f + (x | g)", DATA)
    fit.save(tmp_path / "fit", rows=False)
    bare = ec.load(tmp_path / "fit")
    here, there = (linear_inference(one.fit, method).rows(np.eye(6), 0.95) for one in (fit, bare))
    np.testing.assert_array_equal(here["df"], there["df"])
